"""A broker that nobody answers for. How long a kick may wait for one is tested in tests/test_celery.py."""

import pytest
from celery import Celery
from pytest_django import Settings

app_without_broker = Celery("without_broker", broker="redis://127.0.0.1:1//", set_as_current=False)
app_without_broker.conf.broker_transport_options = {"max_retries": 0}


@pytest.fixture
def broker_down(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever knocks finds no broker."""
    monkeypatch.delenv("CELERY_BROKER_URL")  # Celery would read it before what an app is told
    settings.CELERY_APP = f"{__name__}.app_without_broker"
