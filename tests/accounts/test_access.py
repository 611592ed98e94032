"""Who may see and do what."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.ledger import lock_accounts
from accounts.models import ClipAccount, Company, Role, User
from billing.models import Document, Order
from catalog.models import Product
from checkout.cart import Cart
from tests.factories import StaffFactory, UserFactory, open_shop, place

pytestmark = pytest.mark.django_db

PUBLIC = {
    "checkout:front",
    "billing:terms",
    "billing:terms_version",
    "billing:stripe_webhook",
    "health",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "set_language",
}


@pytest.fixture
def fakturaklip() -> Product:
    return open_shop()


@pytest.fixture
def neighbours(fakturaklip: Product) -> tuple[Order, Document, ClipAccount]:
    """The order, invoice and clip account of a company."""
    assert fakturaklip.clip_type is not None
    placed = place(UserFactory.create(), (fakturaklip, 100))
    assert placed.invoice is not None
    [account] = lock_accounts(placed.order.company, {fakturaklip.clip_type})
    return placed.order, placed.invoice, account


def logged_on(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _pages() -> dict[str, str]:
    """Return the address of every page of the shop by name, whichever parameters it takes."""

    def walk(resolver: URLResolver, space: str) -> None:
        for each in resolver.url_patterns:
            if isinstance(each, URLResolver):
                if each.namespace != "admin":
                    walk(each, f"{each.namespace}:" if each.namespace else space)
            elif isinstance(each, URLPattern) and each.name:
                parameters = dict.fromkeys([*each.pattern.converters, *each.pattern.regex.groupindex], "1")
                found[space + each.name] = reverse(space + each.name, kwargs=parameters)

    found: dict[str, str] = {}
    walk(get_resolver(), "")
    return found


PAGES = _pages()
POSTS = {"checkout:add", "billing:make_archive"}
OF_MEMBERS = sorted(set(PAGES) - PUBLIC - {"account_change_password"})


def test_pages_are_all_known() -> None:
    """A new page comes here, and the tests below look after it."""
    assert OF_MEMBERS == [
        "accounts:clip_account",
        "accounts:clip_accounts",
        "accounts:clip_entries",
        "accounts:invoice_setup",
        "accounts:menu",
        "billing:archive",
        "billing:archive_file",
        "billing:card_return",
        "billing:document",
        "billing:document_pdf",
        "billing:make_archive",
        "billing:order",
        "billing:orders",
        "billing:pay",
        "checkout:add",
        "checkout:buy_again",
        "checkout:cart",
        "checkout:products",
        "checkout:review",
    ]


@pytest.mark.parametrize("name", OF_MEMBERS)
def test_page_of_members_asks_others_to_log_on(client: Client, name: str) -> None:
    method = client.post if name in POSTS else client.get
    response = method(PAGES[name])
    assert (response.status_code, response["Location"]) == (302, f"/log-paa/?next={PAGES[name]}")


@pytest.mark.parametrize("name", OF_MEMBERS)
def test_page_of_members_is_closed_to_staff_without_a_company(name: str) -> None:
    client = logged_on(StaffFactory.create())
    method = client.post if name in POSTS else client.get
    assert method(PAGES[name]).status_code == 403


# --- a company's own things ------------------------------------------------------------------------------------------

_THINGS: list[tuple[str, Callable[[Order, Document, ClipAccount], int], int]] = [
    ("billing:order", lambda order, invoice, account: order.pk, 200),
    ("billing:document", lambda order, invoice, account: invoice.pk, 200),
    ("billing:document_pdf", lambda order, invoice, account: invoice.pk, 202),
    ("accounts:clip_account", lambda order, invoice, account: account.pk, 200),
    ("accounts:clip_entries", lambda order, invoice, account: account.pk, 200),
]


@pytest.mark.fault(45)
@pytest.mark.parametrize(("name", "key", "status"), _THINGS, ids=[name for name, _, _ in _THINGS])
def test_thing_of_another_company_does_not_exist(
    neighbours: tuple[Order, Document, ClipAccount],
    name: str,
    key: Callable[[Order, Document, ClipAccount], int],
    status: int,
) -> None:
    order, invoice, account = neighbours
    address = reverse(name, args=[key(order, invoice, account)])
    nowhere = reverse(name, args=[987654])
    stranger = logged_on(UserFactory.create())
    assert logged_on(order.placed_by).get(address).status_code == status
    assert logged_on(UserFactory.create(company=order.company, role=Role.READER)).get(address).status_code == status
    refused, missing = stranger.get(address), stranger.get(nowhere)
    assert (refused.status_code, missing.status_code) == (404, 404)
    # Not even its page tells that it is there; the page names its own address.
    assert len(refused.content.replace(address.encode(), b"")) == len(missing.content.replace(nowhere.encode(), b""))


@pytest.mark.fault(45)
def test_lists_show_the_companys_own_things_only(neighbours: tuple[Order, Document, ClipAccount]) -> None:
    order, invoice, _ = neighbours
    stranger = logged_on(UserFactory.create())
    assert invoice.title in logged_on(order.placed_by).get("/ordrer/").content.decode()
    assert invoice.title not in stranger.get("/ordrer/").content.decode()
    assert "Fakturaklip" in logged_on(order.placed_by).get("/egen-vedligeholdelse/konti/").content.decode()
    assert "Fakturaklip" not in stranger.get("/egen-vedligeholdelse/konti/").content.decode()


# --- roles -----------------------------------------------------------------------------------------------------------

_CHANGES = [
    ("/koeb/laeg-i-kurv/", {Role.ADMINISTRATOR, Role.BUYER}),
    ("/kurv/", {Role.ADMINISTRATOR, Role.BUYER}),
    ("/kassen/", {Role.ADMINISTRATOR, Role.BUYER}),
    ("/ordrer/bilag/", {Role.ADMINISTRATOR, Role.BUYER, Role.READER}),
    ("/egen-vedligeholdelse/konti/", {Role.ADMINISTRATOR}),
    ("/egen-vedligeholdelse/modtagelse-af-faktura/", {Role.ADMINISTRATOR}),
]


@pytest.mark.fault(46)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("address", "allowed"), _CHANGES)
def test_post_is_for_the_roles_that_may(fakturaklip: Product, address: str, allowed: set[Role], role: Role) -> None:
    user = UserFactory.create(role=role)
    fields = {
        "product": fakturaklip.pk,
        "quantity": "100",
        "administrative_email": "ny@firma.example",
        "invoice_email": "ny@firma.example",
        "placement_key": str(uuid4()),
    }
    client = logged_on(user)
    response = client.post(address, fields)
    assert (response.status_code == 403) == (role not in allowed)
    if role not in allowed:
        company = Company.objects.get(users=user)
        assert "ny@firma.example" not in {company.administrative_email, company.invoice_email}
        assert Cart(client.session).quantities == {}


@pytest.mark.fault(46)
def test_reader_sees_prices_and_a_sentence_but_no_form(fakturaklip: Product) -> None:
    page = logged_on(UserFactory.create(role=Role.READER)).get("/koeb/").content.decode()
    assert fakturaklip.name in page
    assert "Du har læseadgang og kan ikke købe." in page
    assert "Læg i kurv" not in page


# --- people who are no longer let in ---------------------------------------------------------------------------------


@pytest.mark.fault(47)
@pytest.mark.parametrize("name", ["accounts:menu", "checkout:products"])
def test_removed_user_is_out_at_the_next_request(fakturaklip: Product, name: str) -> None:
    assert fakturaklip.is_active
    user = UserFactory.create()
    client = logged_on(user)
    assert client.get(PAGES[name]).status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    response = client.get(PAGES[name])
    assert (response.status_code, response["Location"]) == (302, f"/log-paa/?next={PAGES[name]}")


@pytest.mark.fault(47)
def test_removed_user_places_nothing_any_more(fakturaklip: Product) -> None:
    user = UserFactory.create()
    client = logged_on(user)
    client.post("/koeb/laeg-i-kurv/", {"product": fakturaklip.pk, "quantity": "100"})
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.post("/kassen/", {}).status_code == 302
    assert not Order.objects.exists()
