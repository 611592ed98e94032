"""What Stripe's codes mean, in Danish, beside the code: the code is what Stripe's own support asks for.

The codes are those of https://docs.stripe.com/declines/codes and https://docs.stripe.com/error-codes, the states those
of a Checkout Session, the events those that the shop asks for.
"""

import re

_STATES = {
    "open/unpaid": "betalingssiden var åben, intet betalt",
    "complete/unpaid": "gennemført, men ikke betalt",
    "complete/paid": "betalt",
    "expired/unpaid": "betalingssiden udløb, intet betalt",
}
_REFUSALS = {
    "authentication_required": "banken kræver, at kortholderen godkender betalingen",
    "call_issuer": "kortholderen skal ringe til sin bank",
    "card_declined": "kortet blev afvist",
    "card_not_supported": "kortet kan ikke bruges til købet",
    "card_velocity_exceeded": "kortets beløbsgrænse er overskredet",
    "currency_not_supported": "kortet kan ikke betale i danske kroner",
    "do_not_honor": "banken afviste uden at sige hvorfor",
    "do_not_try_again": "banken afviste for altid",
    "duplicate_transaction": "samme beløb er lige betalt med kortet",
    "expired_card": "kortet er udløbet",
    "fraudulent": "Stripe mistænker svindel",
    "generic_decline": "banken afviste uden at sige hvorfor",
    "incorrect_cvc": "kontrolcifrene er forkerte",
    "incorrect_number": "kortnummeret er forkert",
    "insufficient_funds": "der er ikke penge nok på kontoen",
    "invalid_cvc": "kontrolcifrene er forkerte",
    "invalid_expiry_month": "udløbsmåneden er forkert",
    "invalid_expiry_year": "udløbsåret er forkert",
    "issuer_not_available": "banken kunne ikke nås",
    "lost_card": "kortet er meldt tabt",
    "payment_intent_authentication_failure": "betalingen blev ikke godkendt hos banken",
    "payment_method_customer_decline": "kunden afviste betalingen",
    "payment_method_provider_decline": "udbyderen afviste betalingen",
    "pickup_card": "kortet er spærret",
    "processing_error": "fejl hos banken undervejs",
    "restricted_card": "kortet er spærret",
    "stolen_card": "kortet er meldt stjålet",
    "test_mode_live_card": "et rigtigt kort blev brugt i prøvedrift",
    "transaction_not_allowed": "banken tillader ikke købet",
    "try_again_later": "banken beder om et nyt forsøg senere",
    "withdrawal_count_limit_exceeded": "kortets grænse er overskredet",
}
_EVENTS = {
    "checkout.session.completed": "betalingssiden blev gennemført",
    "checkout.session.async_payment_succeeded": "pengene kom",
    "checkout.session.async_payment_failed": "pengene kom ikke",
    "checkout.session.expired": "betalingssiden udløb",
    "charge.refunded": "penge tilbageført",
    "refund.updated": "en tilbagebetaling blev ændret",
    "refund.failed": "en tilbagebetaling mislykkedes",
    "charge.dispute.created": "kortholderen gør indsigelse",
    "charge.dispute.closed": "en indsigelse blev afgjort",
}
_CODE = re.compile(r"[a-z]+(?:[_/][a-z]+)+|fraudulent")


def explained(said: str) -> str:
    """Return what Stripe said with the Danish meaning of each code that is known behind it.

    `expired/unpaid, afvist: card_declined` becomes `expired/unpaid (betalingssiden udløb, intet betalt), afvist:
    card_declined (kortet blev afvist)`.
    """
    return _CODE.sub(_explained_code, said)


def with_meaning(event_type: str) -> str:
    """Return a type of event with its meaning, if the shop asks for it: `charge.refunded (penge tilbageført)`."""
    return _with(event_type, _EVENTS.get(event_type))


def event_choices() -> list[tuple[str, str]]:
    """Return the types of events that the shop asks for, each with its meaning, for a filter."""
    return [(name, meaning[0].upper() + meaning[1:]) for name, meaning in _EVENTS.items()]


def _explained_code(found: re.Match[str]) -> str:
    return _with(found[0], _STATES.get(found[0]) or _REFUSALS.get(found[0]))


def _with(code: str, meaning: str | None) -> str:
    return f"{code} ({meaning})" if meaning else code
