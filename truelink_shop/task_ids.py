"""All log lines of a Celery task carry its `task_id` and its name. Only the worker imports this."""

from typing import Any

import structlog
from celery import signals


@signals.task_prerun.connect
def _begin(*, task_id: str, task: Any, **_: Any) -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task_id=task_id, task=task.name)


@signals.task_postrun.connect
def _end(**_: Any) -> None:
    structlog.contextvars.clear_contextvars()
