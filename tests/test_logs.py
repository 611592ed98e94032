"""What the logs look like, and what they leave out."""

import json
import subprocess
import sys

import pytest


def logged(code: str, *, as_json: bool) -> str:
    """Return what a process that logs as `code` says writes to stderr."""
    setup = f"from truelink_shop.logs import logging_config; logging_config(as_json={as_json}, level='INFO')"
    program = f"import logging, structlog\n{setup}\n{code}"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == ""
    return result.stderr


@pytest.mark.parametrize(
    "code",
    [
        "structlog.get_logger('billing').info('mail_sent', mail=17)",
        "structlog.stdlib.get_logger('billing').bind(mail=17).info('mail_sent')",
    ],
)
def test_json_has_an_object_on_each_line(code: str) -> None:
    line = json.loads(logged(code, as_json=True))

    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "mail_sent", "level": "info", "logger": "billing", "mail": 17}


def test_lines_of_the_standard_library_look_the_same() -> None:
    line = json.loads(logged("logging.getLogger('django').warning('Ingen %s', 'plads')", as_json=True))

    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "Ingen plads", "level": "warning", "logger": "django"}


def test_plain_lines_have_the_facts_too() -> None:
    line = logged("structlog.get_logger('billing').info('mail_sent', mail=17)", as_json=False)

    assert "mail_sent" in line
    assert "mail=17" in line
    assert "\x1b" not in line


def test_level_is_kept() -> None:
    assert logged("structlog.get_logger('billing').debug('detail')", as_json=True) == ""


def test_rows_in_a_database_error_are_left_out() -> None:
    code = """
try:
    raise ValueError('duplicate key value\\nDETAIL:  Key (email)=(jens@example.dk) already exists.')
except ValueError:
    structlog.get_logger('billing').exception('mail_not_queued')
"""
    line = json.loads(logged(code, as_json=True))

    assert "ValueError: duplicate key value\nDETAIL: (left out)" in line["exception"]
    assert "jens" not in json.dumps(line)


def test_sql_with_its_parameters_is_never_logged() -> None:
    assert logged("logging.getLogger('django.db.backends').debug('SELECT %s', 'jens')", as_json=True) == ""


def test_a_refusal_is_one_line_and_an_error_keeps_its_traceback() -> None:
    code = """
try:
    raise PermissionError('nej')
except PermissionError:
    logging.getLogger('django.request').warning('Forbidden', exc_info=True)
    logging.getLogger('django.request').error('Server error', exc_info=True)
"""
    refusal, error = map(json.loads, logged(code, as_json=True).splitlines())

    assert ("exception" in refusal, "exception" in error) == (False, True)
    assert "PermissionError: nej" in error["exception"]
