"""When the office's tests happen."""

from datetime import UTC, datetime

MONDAY_NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
THURSDAY_NOON = datetime(2026, 11, 26, 11, 0, tzinfo=UTC)
