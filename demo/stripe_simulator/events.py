"""What happened, as events, and which of them still have to be delivered."""

import copy
import hashlib
import hmac
import json
from collections.abc import Sequence

from demo.stripe_simulator import Json, clock
from demo.stripe_simulator.objects import new_event, new_id
from demo.stripe_simulator.store import Store

NOBODY: Json = {"id": None, "idempotency_key": None}
DROP_NEXT = "drop_next"
DUPLICATE_NEXT = "duplicate_next"


def record_event(store: Store, kind: str, subject: Json, *, request: Json = NOBODY) -> None:
    """Keep an event about an object as it is now, to be delivered as often as tests want it to be."""
    event = new_event(kind, copy.deepcopy(subject), created=clock.now(store), request=request)
    store.put("event", event["id"], event)
    if _take_one(store, DROP_NEXT):
        return
    deliver_again(store, event)
    if _take_one(store, DUPLICATE_NEXT):
        deliver_again(store, event)


def _take_one(store: Store, counter: str) -> bool:
    left = int(store.setting(counter, 0))
    if left:
        store.set_setting(counter, left - 1)
    return left > 0


def deliver_again(store: Store, event: Json, *, attempts: int = 0) -> None:
    """Line an event up for delivery."""
    delivery = {"id": new_id("del"), "event": event["id"], "attempts": attempts}
    store.put("delivery", delivery["id"], delivery)


def deliver_in_reverse(store: Store) -> None:
    """Turn the line of deliveries round."""
    for delivery in reversed(store.all("delivery")):
        store.remove("delivery", delivery["id"])
        deliver_again(store, store.get("event", delivery["event"]), attempts=delivery["attempts"])


def mark_delivered(store: Store, name: str) -> None:
    """Forget a delivery, which may be forgotten already."""
    delivery = store.find("delivery", name)
    if delivery is not None:
        store.remove("delivery", name)
        event = store.get("event", delivery["event"])
        store.put("event", event["id"], event | {"pending_webhooks": 0})


def body_of(event: Json) -> bytes:
    """Return what is posted for an event."""
    return json.dumps(event, ensure_ascii=False, indent=2).encode()


def sign(body: bytes, *, secrets: Sequence[str], timestamp: int) -> str:
    """Return the header `Stripe-Signature`: https://docs.stripe.com/webhooks#verify-manually."""
    signed = f"{timestamp}.".encode() + body
    digests = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={timestamp}", *(f"v1={digest}" for digest in digests)])
