"""The Celery app of the shop: how tasks travel from the web to the worker, and what beat asks for again and again.

What is to be done stands in our own tables (`OutboxMail`, `DocumentFile`, `RenderFailure`). A message is only a knock
on the worker's door: it may be lost or come twice, and beat's sweeps find what no knock came for. So nothing here tries
hard to deliver one, and a web process never waits long for a broker that is down.
"""

import os
from typing import Any

from celery import Celery, signals
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "truelink_shop.settings")

# A lost or late message costs nothing, so every second of waiting for Redis would be wasted on the member who waits.
_REDIS_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "visibility_timeout": 600,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
# Sweeps that a stopped worker missed are worthless: a new one comes in seconds.
_SWEEP_EXPIRES = {"expires": 30}


def _configuration() -> dict[str, Any]:
    """Return Celery's settings. Called by Celery when it first needs one: importing this module reads no settings."""
    broker: str = settings.CELERY_BROKER_URL
    in_a_file = broker.startswith("sqlite:")
    return {
        "broker_url": broker,
        "broker_transport": "truelink_shop.file_broker:Transport" if in_a_file else None,
        "broker_transport_options": {} if in_a_file else _REDIS_OPTIONS,
        "broker_connection_timeout": 2,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "task_publish_retry": False,
        "task_default_queue": "truelink",
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        # A knock is not kept until the work is done: it may be lost, and kombu's Redis transport ends the worker when
        # it cannot give an unfinished one back (met by killing Redis in the middle of a task).
        "task_acks_late": False,
        "worker_prefetch_multiplier": 1,
        # Control messages are broadcast, which the file broker can only imitate, at the price of more polling.
        "worker_enable_remote_control": not in_a_file,
        "timezone": settings.TIME_ZONE,
        "beat_schedule": {
            "sweep-outbox": {"task": "billing.sweep_outbox", "schedule": 5.0, "options": _SWEEP_EXPIRES},
            "sweep-documents": {"task": "billing.sweep_documents", "schedule": 10.0, "options": _SWEEP_EXPIRES},
            "sweep-archives": {"task": "billing.sweep_archives", "schedule": 10.0, "options": _SWEEP_EXPIRES},
            "sweep-card-payments": {
                "task": "billing.sweep_card_payments",
                "schedule": 10.0,
                "options": _SWEEP_EXPIRES,
            },
            "cancel-forgotten-card-orders": {
                "task": "billing.cancel_forgotten_card_orders",
                "schedule": 900.0,
                "options": {"expires": 900},
            },
            # Hourly, not at midnight: a beat that was down then catches up, and clocks that change do not matter.
            "clear-sessions": {"task": "billing.clear_sessions", "schedule": 3600.0, "options": {"expires": 3600}},
            "delete-old-archives": {
                "task": "billing.delete_old_archives",
                "schedule": 3600.0,
                "options": {"expires": 3600},
            },
            "expire-clips": {"task": "billing.expire_clips", "schedule": 3600.0, "options": {"expires": 3600}},
            # In Copenhagen, at an hour that each day has once. A night that is missed shows on admin's front page.
            "reconcile": {
                "task": "billing.reconcile",
                "schedule": crontab(hour="3", minute="15"),
                "options": {"expires": 6 * 3600},
            },
        },
    }


# Only the worker imports what `include` names. Web processes send tasks by name, and so never load WeasyPrint.
app = Celery("truelink_shop", include=["billing.tasks", "truelink_shop.task_ids"])
app.add_defaults(_configuration)


@signals.setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Keep Celery from setting up logging of its own: settings have done it already."""
