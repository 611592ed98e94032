"""Sample data: complete enough to shop with, loaded once, and only into the demo's own database."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import ClipAccount, Company, EntryKind, Role, User
from billing.models import Document, MailStatus, OutboxMail, Seller
from billing.services.readiness import current_terms, missing_for_checkout
from billing.services.rendering import make_pdf
from catalog.models import Product
from catalog.prices import current_price_list
from demo import sample
from tests.reconciliation.shop import differing

pytestmark = pytest.mark.django_db


@pytest.fixture
def _demo_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test's database pass for the demo's, whichever kind it is."""
    monkeypatch.setitem(connection.settings_dict, "ENGINE", "django.db.backends.sqlite3")
    monkeypatch.setitem(connection.settings_dict, "NAME", "/var/demo/shop.sqlite3")


def load() -> None:
    sample.load(database=Path("/var/demo/shop.sqlite3"))


@pytest.mark.usefixtures("_demo_database")
def test_the_shop_is_open_after_loading() -> None:
    load()

    prices = current_price_list()
    assert missing_for_checkout(terms=current_terms(), prices=prices) == []
    assert next(iter(prices)).product.name == "Fakturaklip"
    assert {product.minimum_quantity for product in Product.objects.exclude(clip_type=None)} == {100}


@pytest.mark.usefixtures("_demo_database")
def test_sample_people_log_on() -> None:
    load()

    for username in ("medlem", "indkoeber", "laeser", "nabo", "kundecenter"):
        assert Client().login(username=username, password="klip-demo-100")


@pytest.mark.usefixtures("_demo_database")
def test_each_role_is_there_and_the_neighbour_belongs_to_another_company() -> None:
    load()

    member, neighbour = User.objects.get(username="medlem"), User.objects.get(username="nabo")
    roles = set(User.objects.filter(company=member.company).values_list("role", flat=True))
    assert roles == {Role.ADMINISTRATOR, Role.BUYER, Role.READER}
    assert neighbour.company != member.company


@pytest.mark.usefixtures("_demo_database")
def test_loading_again_changes_nothing() -> None:
    load()
    Seller.objects.update(name="Ændret af personalet")
    Company.objects.filter(users__username="nabo").update(name="Omdøbt A/S")

    load()

    assert Seller.objects.get().name == "Ændret af personalet"
    assert sorted(Company.objects.values_list("name", flat=True)) == [
        "Havnegadens Bogtryk ApS (eksempel)",
        "Omdøbt A/S",
    ]


def test_any_other_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(sample.NotTheDemo):
        sample.load(database=tmp_path / "shop.sqlite3")

    assert not User.objects.exists()


@pytest.mark.usefixtures("_demo_database")
def test_the_members_have_a_history_in_which_everything_adds_up() -> None:
    load()

    company = User.objects.get(username="medlem").company
    oldest = Document.objects.filter(order__company=company).order_by("issued_at").first()
    assert oldest is not None
    assert timezone.localdate() - oldest.issued_on > timedelta(days=3 * 365)
    account = ClipAccount.objects.get(company=company, clip_type__name="Fakturaklip")
    assert account.balance > 0
    assert account.entries.filter(kind=EntryKind.USE, event_at__gt=timezone.now() - timedelta(days=31)).count() >= 4
    assert not OutboxMail.objects.exclude(status=MailStatus.SENT).exists()
    for document in Document.objects.all():
        assert make_pdf(document.pk)
    assert differing() == {}
