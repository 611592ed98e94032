"""What the chapters of the guide share: a shop with clips and support, and a member who follows the guide."""

from collections.abc import Callable

import pytest

from accounts.models import User
from billing.models import Document
from billing.tasks import render_document, sweep_outbox
from catalog.models import Product
from tests.factories import CompanyFactory, UserFactory, open_shop, support
from tests.visitor import Visitor


@pytest.fixture
def shop(db: None) -> Product:
    """A shop that sells "Fakturaklip" and support."""
    support()
    return open_shop()


@pytest.fixture
def user(shop: Product) -> User:
    company = CompanyFactory.create(
        name="Holm & Søn ApS",
        administrative_email="kontor@holm.example",
        invoice_email="faktura@holm.example",
    )
    return UserFactory.create(username="karen", company=company)


@pytest.fixture
def member(user: User) -> Visitor:
    """A member who has logged on."""
    return Visitor(user).open("/egen-vedligeholdelse/")


@pytest.fixture
def at_checkout(member: Visitor) -> Visitor:
    """A member with 1,000 invoice clips in the cart, at the checkout."""
    member.open("/koeb/").fill("Antal", "1000", inside="Fakturaklip").press("Læg i kurv", inside="Fakturaklip")
    return member.click("Gå til kassen")


@pytest.fixture
def worker() -> Callable[[], None]:
    """What the worker process does after each commit: makes PDFs and sends mails."""

    def work() -> None:
        for document in Document.objects.without_file():
            render_document(document.pk)
        sweep_outbox()

    return work
