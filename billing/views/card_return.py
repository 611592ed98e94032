"""Where Stripe's page sends the member after paying: the one GET that may change something, by asking Stripe."""

import structlog
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, buyer_required
from billing.gateway import StripeTrouble
from billing.models import AttemptState, Order, PaymentAttempt
from billing.services.fulfilling import Fulfilment, fulfil
from billing.views.receipt import receipt_of

log = structlog.get_logger(__name__)

LOOK_AGAIN_SECONDS = 3
_STORIES = {Fulfilment.OPEN: "afbrudt", Fulfilment.EXPIRED: "udloebet", Fulfilment.FAILED: "mislykket"}


@require_safe
@buyer_required
def card_return(request: MemberRequest, pk: int) -> HttpResponse:
    """Lead to the receipt when Stripe says that the money is there, and otherwise to what can be done."""
    order = get_object_or_404(Order, company=request.company, pk=pk)
    session_id = request.GET.get("session", "")
    if not session_id.isprintable():
        raise Http404  # PostgreSQL refuses to look for such a thing
    attempt = get_object_or_404(PaymentAttempt, order=order, session_id=session_id)
    outcome = _ask(attempt)
    if outcome is Fulfilment.PAID:
        return receipt_of(order, just_paid=True)
    if outcome is Fulfilment.SURPLUS:
        return redirect("billing:order", pk=order.pk)
    if outcome in _STORIES:
        return redirect(reverse("billing:pay", args=[order.pk]) + f"?{_STORIES[outcome]}=1")
    if outcome is Fulfilment.SET_ASIDE:
        return redirect("billing:pay", pk=order.pk)
    response = render(request, "billing/card_pending.html", {"order": order}, status=202)
    response["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return response


def _ask(attempt: PaymentAttempt) -> Fulfilment:
    """Return how the payment stands; UNKNOWN when Stripe does not answer, or our database is busy.

    What is known already needs no asking.
    """
    if attempt.state == AttemptState.PAID:
        surplus = attempt.order.payments.filter(key=f"stripe:{attempt.session_id}", is_surplus=True).exists()
        return Fulfilment.SURPLUS if surplus else Fulfilment.PAID
    if attempt.state == AttemptState.SET_ASIDE:
        return Fulfilment.SET_ASIDE
    try:
        return fulfil(str(attempt.session_id), impatient=True)
    except (StripeTrouble, OperationalError) as error:
        log.warning("return_page_waits", attempt=attempt.pk, error=type(error).__name__)
        return Fulfilment.UNKNOWN
