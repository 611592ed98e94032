"""Logs: one line for each event on stderr, as JSON in production, and nobody's personal data in it.

Code logs facts by id (`log.info("mail_sent", mail=17)`): names, addresses and mail bodies stay in the database. What
frameworks would add by themselves (SQL parameters, the values in PostgreSQL's error details, addresses in the words of
an error) is left out here. Each line of a request carries its `request_id` (`request_ids.py`), each line of a task its
`task_id` (`task_ids.py`).
"""

import logging.config
import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from truelink_shop.request_ids import name_requests

# PostgreSQL repeats the offending row: `DETAIL:  Key (email)=(jens@example.dk) already exists.`
_ERROR_DETAIL = re.compile(r"^(DETAIL|CONTEXT|Failing row contains).*$", re.MULTILINE)
# Mail servers and validators repeat the address: `550 <jens@example.dk>: unknown user`.
_EMAIL_ADDRESS = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(\.[\w-]+)+")
# The key at the end of a link for choosing a password opens an account.
_PASSWORD_LINK = re.compile(r"(/kodeord/)[0-9A-Za-z]+-[^\s/]+")


def _without_row_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Take the values of rows, and what opens an account, out of words that are not ours."""
    for key in ("event", "exception"):
        if isinstance(event.get(key), str):
            text = _ERROR_DETAIL.sub(r"\1: (left out)", event[key])
            text = _EMAIL_ADDRESS.sub("(address left out)", text)
            event[key] = _PASSWORD_LINK.sub(r"\1(left out)", text)
    return event


def logging_config(*, as_json: bool, level: str) -> None:
    """Set up structlog and the standard library's logging for this process.

    Both write to stderr, from `level` ("INFO", "WARNING", …) up: a JSON object on each line when `as_json`, plain text
    otherwise. Times are in UTC.
    """
    name_requests()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_row_values,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_standard_library(shared, renderer, level))
    logging.captureWarnings(True)


class _WithoutTraceback(logging.Filter):
    """Takes the traceback off a refusal: a page that says no, as a rule says it should, is no fault of the code's."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record; only those of errors keep their traceback."""
        if record.levelno < logging.ERROR:
            record.exc_info = None
        return True


def _standard_library(shared: list[Processor], renderer: Processor, level: str) -> dict[str, Any]:
    """Return the standard library's half of the set-up, in which its own records pass the same processors as ours."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            renderer,
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "filters": {"without_traceback": {"()": _WithoutTraceback}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # At DEBUG these print SQL with its parameters, and whole messages.
            "django.db.backends": {"level": "INFO"},
            "django.request": {"filters": ["without_traceback"]},
            "kombu": {"level": "INFO"},
            # What is asked of Stripe and what it answers, words of its errors that quote what was sent.
            "stripe": {"level": "WARNING"},
            "urllib3": {"level": "INFO"},
            "amqp": {"level": "INFO"},
            # A line for every sweep, every five seconds, would drown the rest.
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "fontTools": {"level": "WARNING"},
            "weasyprint": {"level": "ERROR"},
        },
    }
