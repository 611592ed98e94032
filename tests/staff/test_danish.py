"""Every page of admin is Danish: the shop's own words, Django's, and what Django makes of the two."""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission

from accounts.models import Company, User
from billing.models import CreditNote, DocumentKind, Invoice, MailStatus, Order, OutboxMail
from billing.services.cancelling import cancel_order
from billing.services.numbers import skip_numbers
from catalog.models import Product
from tests.factories import StaffFactory, pay, place, support
from tests.staff.cards import attempt_of, event_of, item_of
from tests.staff.reconciliations import run_of
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

# English words that are no Danish ones. Danish has its own "at", "by", "for", "have", "hour", "list", "men" and "set".
ENGLISH = set(
    """
    about account accounts action actions add added after all and another any apply are back been below can cancel
    change changed choose clear clips close company confirm continue correct count counts customer date dates day days
    delete deleted deletion documentation does done edit editing email empty enter entries entry error errors every
    expired failed field fields found from go group groups has hide history home invoice is items last login logout
    lookup may month months must new next no none not object objects of only open order orders page pages paid password
    passwords past payment payments perhaps permission permissions please previous price products purchase refunded
    relationship remove required result results row rows run save search see select selected selection show site skip
    something sorry state summary that the there these this today toggle unknown update updated user username users view
    was welcome were with without would year yes yet you your
    """.split()
)
# What a code of Stripe's or a mail server's looks like, an address, a file.
_CODES = re.compile(r"\S*[_@/\\.]\S+|\S+://\S+")
_WORD = re.compile(r"[^\W\d_]+")
_SPOKEN = ("alt", "title", "placeholder", "aria-label", "data-label")


def words_of(page: Element) -> Iterator[str]:
    """Yield what is read or heard on the page, without its styles and scripts."""
    for element in page.iter():
        if element.tag not in {"script", "style"} and element.text:
            yield element.text
        if element.tail:
            yield element.tail
        yield from (element.get(name, "") for name in _SPOKEN)
        if element.tag == "input" and element.get("type") in {"submit", "button"}:
            yield element.get("value", "")


def english_on(page: Element) -> set[str]:
    """Return the English words on the page."""
    text = _CODES.sub(" ", " ".join(words_of(page)))
    return {word for word in _WORD.findall(text) if word.lower() in ENGLISH}


@pytest.fixture
def _everything(order: Order, staff: User, member: User, fakturaklip: Product) -> None:
    """Something of everything that admin shows."""
    cancel_order(order_id=order.pk, actor=staff, reason="Fortrudt")
    paid = place(member, (fakturaklip, 100), (support(), 1), purchase_order_number="Rekv. 12").order
    pay(paid, by=staff)
    place(member, (fakturaklip, 100))
    said = "expired/unpaid, visa •••• 4242, afvist: card_declined insufficient_funds"
    event_of(attempt_of(paid, member, stripe_said=said))
    event_of(None, type="charge.refunded", outcome="unknown")
    item_of(paid)
    run_of("Konto 1 har 3 klip for meget.")
    skip_numbers(kind=DocumentKind.INVOICE, to=20_000, reason="Nyt nummerinterval")
    OutboxMail.objects.filter(order=paid).update(status=MailStatus.FAILED, last_error="550")
    group = Group.objects.create(name="Bogholderi")
    group.permissions.set(Permission.objects.all()[:3])


def rows() -> Iterator[tuple[str, str]]:
    """Yield the address of each list, and of one row on it."""
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        rows = model._default_manager.order_by("-pk")
        if model in {Invoice, CreditNote}:
            rows = rows.filter(kind=DocumentKind.INVOICE if model is Invoice else DocumentKind.CREDIT_NOTE)
        row = rows.first()
        assert row is not None, f"there is no {model.__name__} to look at"
        yield path, f"{path}{row.pk}/"


@pytest.mark.usefixtures("_everything")
def test_every_page_of_admin_is_danish(desk: Visitor) -> None:
    pages = ["/admin/", "/admin/accounts/", "/admin/billing/", "/admin/catalog/", "/admin/auth/", "/admin/findes-ikke/"]
    for path, row in rows():
        pages += [
            path,
            f"{path}?q=findes-ikke",
            f"{path}?_facets=True",
            f"{path}?e=1",
            f"{path}add/",
            f"{path}999999/change/",
        ]
        pages += [f"{row}change/", f"{row}history/", f"{row}delete/"]
    found = {}
    statuses = set()
    for path in pages:
        desk.open(path)
        statuses.add(desk.status)
        if english := english_on(desk.page):
            found[path] = english
    assert found == {}
    assert statuses == {200, 403, 404}


@pytest.mark.usefixtures("_everything")
def test_what_admin_answers_is_danish(desk: Visitor) -> None:
    company, order, user = (
        Company.objects.get(),
        Order.objects.filter(state="awaiting_payment").get(),
        User.objects.first(),
    )
    assert user is not None
    product, group = Product.objects.filter(clip_type=None).get(), Group.objects.get()
    answers: list[tuple[str, list[tuple[str, str]]]] = [
        ("/admin/accounts/company/add/", []),
        (f"/admin/accounts/company/{company.pk}/change/", [("name", ""), ("cvr", "1")]),
        ("/admin/accounts/user/add/", [("username", "a b"), ("email", "x")]),
        (f"/admin/accounts/user/{user.pk}/change/", [("username", "")]),
        ("/admin/auth/group/add/", [("name", "Bogholderi")]),
        (f"/admin/auth/group/{group.pk}/change/", [("name", "Bogholderiet")]),
        ("/admin/catalog/cliptype/add/", [("code", "æ ø"), ("short_validity_months", "-1")]),
        ("/admin/catalog/product/add/", [("name", product.name), ("vat_rate", "x"), ("minimum_quantity", "0")]),
        (f"/admin/catalog/product/{product.pk}/delete/", [("post", "yes")]),
        ("/admin/billing/termsofsale/add/", []),
        (f"/admin/billing/order/{order.pk}/betalt/", []),
        (f"/admin/billing/order/{order.pk}/annuller/", []),
        ("/admin/billing/outboxmail/", [("action", "send_selected_again"), ("index", "0")]),
        ("/admin/billing/outboxmail/", [("action", ""), ("index", "0"), ("_selected_action", "1")]),
        ("/admin/auth/group/", [("action", "delete_selected"), ("_selected_action", str(group.pk))]),
        (f"/admin/auth/group/{group.pk}/delete/", [("post", "yes")]),
        ("/admin/auth/group/", [("action", "delete_selected"), ("_selected_action", "x")]),
    ]
    found = {}
    for path, fields in answers:
        desk.send(path, fields)
        assert desk.status in {200, 403, 422}
        if english := english_on(desk.page):
            found[path] = english
    assert found == {}


def test_a_clerk_without_permissions_is_told_so_in_danish() -> None:
    clerk = Visitor(StaffFactory.create(is_superuser=False))
    for path, status in (("/admin/", 200), ("/admin/billing/order/", 403), ("/admin/auth/group/add/", 403)):
        assert (clerk.open(path).status, english_on(clerk.page)) == (status, set())


@pytest.mark.parametrize("word", ["Search", "group-permission relationship", "Can add bestilling", "Are you sure"])
def test_english_is_noticed(word: str) -> None:
    page = Element("p")
    page.text = f"Her står {word} midt i det danske."
    assert english_on(page)


def test_a_permission_is_named_in_danish_and_only_where_it_opens_something(desk: Visitor) -> None:
    desk.open("/admin/auth/group/add/")
    for label in ("Bestillinger: se", "Bestillinger: rette", "Medlemmer: tilføje", "Pristrin: slette"):
        assert desk.field(label).get("type") == "checkbox"
    for label in ("Bestillinger: slette", "Fakturaer: rette", "Logmeddelelser: se"):
        assert label not in desk.text
    ticked = desk.field("Bestillinger: se").get("value", "")
    desk.send("/admin/auth/group/add/", [("name", "Telefon"), ("permissions", ticked)])
    assert list(Group.objects.get().permissions.values_list("codename", flat=True)) == ["view_order"]
