"""Stripe's webhook. It may be late, doubled, out of order or forged: an event only says where to look."""

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import gateway
from billing.gateway import BadEvent, StripeTrouble
from billing.services.stripe_events import act_on, is_known

log = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Answer 2xx once the event's effect is committed, 400 to what Stripe did not sign, 503 for it to try again."""
    try:
        event = gateway.read_event(request.body, request.headers.get("Stripe-Signature", ""))
    except BadEvent as error:
        log.warning("webhook_refused", why=str(error))
        return HttpResponse(status=400)
    if event.livemode != gateway.is_live():
        log.warning("webhook_refused", why="livemode", stripe_event=event.id)
        return HttpResponse(status=400)
    if is_known(event):
        return HttpResponse(status=200)
    try:
        act_on(event)
    except StripeTrouble as error:
        log.warning("webhook_postponed", stripe_event=event.id, error=str(error))
        return HttpResponse(status=503)
    return HttpResponse(status=200)
