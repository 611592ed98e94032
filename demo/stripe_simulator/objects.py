"""The shapes of Stripe's objects at the API version, as a payment through a hosted page makes them."""

import secrets
import string

from demo.stripe_simulator import API_VERSION, Json
from demo.stripe_simulator.cards import Method

_ALPHABET = string.ascii_letters + string.digits
_NO_ADDRESS = dict.fromkeys(["city", "country", "line1", "line2", "postal_code", "state"])


def new_id(prefix: str) -> str:
    """Return an id that looks like Stripe's: `ch_`, letters and digits."""
    return f"{prefix}_{''.join(secrets.choice(_ALPHABET) for _ in range(24))}"


def new_line_item(asked: Json, *, created: int) -> Json:
    """Return a line item for what was asked for in `price_data`."""
    price, quantity = asked["price_data"], asked["quantity"]
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": price["product_data"]["name"],
        "metadata": {},
        "price": _new_price(price, created=created),
        "quantity": quantity,
    }


def _new_price(asked: Json, *, created: int) -> Json:
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": created,
        "currency": asked["currency"],
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": new_id("prod"),
        "recurring": None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": asked["unit_amount"],
        "unit_amount_decimal": str(asked["unit_amount"]),
    }


def new_session(asked: Json, *, page: str, amount: int, created: int) -> Json:
    """Return an open session whose hosted page lies below the address `page`; `amount` is in øre."""
    name = new_id("cs_test")
    allowed = asked.get("allowed_payment_method_types")
    empty = dict.fromkeys(_EMPTY_IN_SESSION)
    return empty | {
        "id": name,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "allowed_payment_method_types": allowed,
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "created": created,
        "currency": asked["line_items"][0]["price_data"]["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(["after_submit", "shipping_address", "submit", "terms_of_service_acceptance"]),
        "customer_creation": "if_required",
        "customer_email": asked.get("customer_email"),
        "expires_at": asked["expires_at"],
        "livemode": False,
        "locale": asked.get("locale"),
        "metadata": asked.get("metadata", {}),
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": _session_options(asked),
        "payment_method_types": allowed or ["card", "mobilepay"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "submit_type": asked.get("submit_type"),
        "success_url": asked["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{page}/{name}",
    }


_EMPTY_IN_SESSION = (
    *("after_expiration", "allow_promotion_codes", "billing_address_collection", "client_secret"),
    *("collected_information", "consent", "consent_collection", "currency_conversion", "customer", "customer_account"),
    *("customer_details", "discounts", "integration_identifier", "invoice", "invoice_creation", "managed_payments"),
    *("origin_context", "payment_intent", "payment_link", "payment_method_configuration_details", "permissions"),
    *("recovered_from", "saved_payment_method_options", "setup_intent", "shipping_address_collection"),
    *("shipping_cost", "subscription", "wallet_options"),
)


def _session_options(asked: Json) -> Json:
    card = asked.get("payment_method_options", {}).get("card", {})
    return {"card": {"request_three_d_secure": "automatic"} | card}


def customer_details(email: str | None) -> Json:
    """Return what a completed session says about who paid."""
    nothing = dict.fromkeys(["address", "business_name", "individual_name", "name", "phone"])
    return nothing | {"email": email, "tax_exempt": "none", "tax_ids": []}


def new_payment_intent(session: Json, data: Json, *, created: int) -> Json:
    """Return the payment of a session, before anything is paid; `data` is the `payment_intent_data` asked for."""
    name = new_id("pi")
    return dict.fromkeys(_EMPTY_IN_PAYMENT_INTENT) | {
        "id": name,
        "object": "payment_intent",
        "allowed_payment_method_types": session["allowed_payment_method_types"],
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_received": 0,
        "capture_method": "automatic",
        "client_secret": f"{name}_{new_id('secret')}",
        "confirmation_method": "automatic",
        "created": created,
        "currency": session["currency"],
        "description": data.get("description"),
        "livemode": session["livemode"],
        "metadata": data.get("metadata", {}),
        "payment_method_options": {
            "card": dict.fromkeys(["installments", "mandate_options", "network"])
            | {"request_three_d_secure": "automatic"}
        },
        "payment_method_types": session["payment_method_types"],
        "receipt_email": data.get("receipt_email"),
        "status": "requires_payment_method",
    }


_EMPTY_IN_PAYMENT_INTENT = (
    *("application", "application_fee_amount", "automatic_payment_methods", "canceled_at", "cancellation_reason"),
    *("customer", "customer_account", "excluded_payment_method_types", "last_payment_error", "latest_charge"),
    *("managed_payments", "next_action", "on_behalf_of", "payment_method", "payment_method_configuration_details"),
    *("payment_record", "processing", "review", "setup_future_usage", "shipping", "source", "statement_descriptor"),
    *("statement_descriptor_suffix", "transfer_group"),
)


def new_payment_method(method: Method, *, email: str | None, livemode: bool, created: int) -> Json:
    """Return what was paid with."""
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "limited",
        "billing_details": billing_details(email),
        "created": created,
        "customer": None,
        "customer_account": None,
        "livemode": livemode,
        "metadata": {},
        "type": method.type,
        method.type: method.as_payment_method(),
    }


def billing_details(email: str | None) -> Json:
    """Return who paid, of whom a hosted page knows little."""
    return {"address": dict(_NO_ADDRESS), "email": email, "name": None, "phone": None, "tax_id": None}


def new_charge(payment: Json, method: Method, *, payment_method: Json, created: int) -> Json:
    """Return a charge that went well; `objects.fail` makes it one that did not."""
    return dict.fromkeys(_EMPTY_IN_CHARGE) | {
        "id": new_id("ch"),
        "object": "charge",
        "amount": payment["amount"],
        "amount_captured": payment["amount"],
        "amount_refunded": 0,
        "billing_details": payment_method["billing_details"],
        "calculated_statement_descriptor": "TRUELINK",
        "captured": True,
        "created": created,
        "currency": payment["currency"],
        "description": payment["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": payment["livemode"],
        "metadata": dict(payment["metadata"]),
        "outcome": dict.fromkeys(["advice_code", "network_advice_code", "network_decline_code", "reason"])
        | {"network_status": "approved_by_network", "seller_message": "Payment complete.", "type": "authorized"},
        "paid": True,
        "payment_intent": payment["id"],
        "payment_method": payment_method["id"],
        "payment_method_details": {"type": method.type, method.type: method.as_charged(payment["amount"])},
        "receipt_email": payment["receipt_email"],
        "refunded": False,
        "status": "succeeded",
    }


_EMPTY_IN_CHARGE = (
    *("application", "application_fee", "application_fee_amount", "balance_transaction", "customer"),
    *("failure_balance_transaction", "failure_code", "failure_message", "on_behalf_of", "receipt_number"),
    *("receipt_url", "review", "shipping", "source", "source_transfer", "statement_descriptor"),
    *("statement_descriptor_suffix", "transfer_data", "transfer_group"),
)


def fail(charge: Json, *, code: str, decline_code: str, message: str) -> None:
    """Turn a charge into one that was declined."""
    charge.update(amount_captured=0, captured=False, paid=False, status="failed")
    charge.update(failure_code=code, failure_message=message)
    charge["outcome"] |= {"network_status": "declined_by_network", "reason": decline_code, "type": "issuer_declined"}
    charge["outcome"]["seller_message"] = "The bank did not approve the payment."


def new_event(kind: str, subject: Json, *, created: int, request: Json) -> Json:
    """Return an event with its whole envelope; `subject` is kept as it is now."""
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": created,
        "data": {"object": subject},
        "livemode": subject["livemode"],
        "pending_webhooks": 1,
        "request": request,
        "type": kind,
    }
