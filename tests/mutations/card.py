"""Card payments without their guards."""

from tests.mutations.mutation import Mutation

_PAYING = "billing/services/paying.py"
_FULFILLING = "billing/services/fulfilling.py"

CARD = (
    Mutation(
        "two tabs make two attempts",
        _PAYING,
        'order = Order.objects.select_for_update(of=("self",)).get(pk=order_id)',
        "order = Order.objects.get(pk=order_id)",
        ("tests/races/test_card_payments.py",),
        "postgresql",
    ),
    Mutation(
        "each call to Stripe has a new key",
        _PAYING,
        "key=str(attempt.key))",
        "key=str(uuid4()))",
        ("tests/card/test_attempts.py",),
    ),
    Mutation(
        "Stripe is called inside the transaction",
        _PAYING,
        "        return open_attempt or _new_attempt(order, user, card_type, now)",
        "        attempt = open_attempt or _new_attempt(order, user, card_type, now)\n"
        "        if not attempt.url:\n            _create(attempt)\n        return attempt",
        ("tests/card/test_attempts.py",),
    ),
    Mutation(
        "an order is abandoned without closing Stripe's page",
        _PAYING,
        "        close_attempt(attempt)\n    if is_under_way",
        "        _end_without_session(attempt, '')\n    if is_under_way",
        ("tests/card/test_attempts.py",),
    ),
    Mutation(
        "a lost answer is not looked for at Stripe",
        _PAYING,
        "    session_id = attempt.session_id or _session_of_lost_answer(attempt)",
        "    session_id = attempt.session_id",
        ("tests/card/test_attempts.py",),
    ),
    Mutation(
        "money that does not fit is credited",
        _FULFILLING,
        "    if difference:\n",
        "    if False:\n",
        ("tests/card/test_fulfilling.py",),
    ),
    Mutation(
        "a completed session counts as paid",
        "billing/gateway.py",
        'return self.status == "complete" and self.payment_status == "paid"',
        'return self.status == "complete"',
        ("tests/card/test_fulfilling.py",),
    ),
    Mutation(
        "an attempt is closed without its money",
        _FULFILLING,
        "        outcome = settle_order(order_id=attempt.order_id, received=received)\n",
        "        outcome = Outcome.ALREADY\n",
        ("tests/card/test_fulfilling.py",),
    ),
    Mutation(
        "an event is remembered before it has had its effect",
        "billing/webhooks.py",
        '        log.warning("webhook_postponed", stripe_event=event.id, error=str(error))\n'
        "        return HttpResponse(status=503)",
        '        log.warning("webhook_postponed", stripe_event=event.id, error=str(error))\n'
        "        return HttpResponse(status=200)",
        ("tests/card/test_webhook.py",),
    ),
    Mutation(
        "a webhook's signature is not checked",
        "billing/gateway.py",
        "        _verify(text, signature)\n",
        "",
        ("tests/card/test_webhook.py",),
    ),
    Mutation(
        "an event of the other mode is believed",
        "billing/webhooks.py",
        "    if event.livemode != gateway.is_live():",
        "    if False:",
        ("tests/card/test_webhook.py",),
    ),
    Mutation(
        "the sweep does not ask about open pages",
        "billing/services/sweeping.py",
        "            fulfil(str(attempt.session_id))",
        "            pass",
        ("tests/card/test_sweeping.py",),
    ),
)
