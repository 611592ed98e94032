"""Addresses that nobody types by mistake: admin answers each, and no database error gets out."""

import pytest
from django.contrib import admin

from billing.models import Order, OutboxMail
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

LISTS = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
ASKED_MOST = [
    "/admin/billing/order/",
    "/admin/billing/outboxmail/",
    "/admin/accounts/company/",
    "/admin/accounts/user/",
]
NAMES = [
    "q", "p", "o", "e", "all", "\0", "venter", "state__exact", "status__exact", "kind__exact", "company__id__exact",
    "placed_at__gte", "created_at__gte", "is_active__exact", "_facets", "_changelist_filters",
]  # fmt: skip
HUGE = "9" * 30
VALUES = {
    "q": [HUGE, "%", "_", "'", '"', "\\", "a" * 5000, "<script>", "\ud7ff", "+71<" * 50, "(" * 99],
    "p": ["0", "-1", HUGE, "x"],
    "o": ["1.-2.99", HUGE, "x"],
    "venter": ["x"],
    "state__exact": ["x"],
    "company__id__exact": [HUGE, "x", "-1", "1,2"],
    "placed_at__gte": ["x", "0001-01-01 00:00:00+14:00"],
    "created_at__gte": ["0001-01-01 00:00:00+14:00"],
}


def answers_of(desk: Visitor, path: str, queries: list[tuple[str, str]]) -> set[int]:
    """Return how the list answers each of the queries, and all of them together."""
    asked: list[dict[str, str]] = [*({name: value} for name, value in queries), dict(queries)]
    return {desk.client.get(path, query, follow=True).status_code for query in asked}


@pytest.mark.parametrize("path", LISTS)
def test_a_nul_in_every_place_of_an_address_gets_an_answer(desk: Visitor, order: Order, path: str) -> None:
    assert desk.client.get(path, dict.fromkeys(NAMES, "1\0"), follow=True).status_code == 200


def test_a_nul_in_any_place_of_an_address_gets_an_answer(desk: Visitor, order: Order) -> None:
    assert answers_of(desk, "/admin/billing/order/", [(name, "1\0") for name in NAMES]) == {200}


@pytest.mark.parametrize("path", ASKED_MOST)
def test_a_list_answers_whatever_it_is_asked(desk: Visitor, order: Order, path: str) -> None:
    queries = [(name, value) for name, values in VALUES.items() for value in values]
    assert answers_of(desk, path, queries) <= {200, 400}


@pytest.mark.parametrize("path", LISTS)
def test_a_page_of_nothing_leads_back(desk: Visitor, path: str) -> None:
    for key in ("%00", HUGE, "-1", "x", "1%002"):
        for page in ("change", "history", "delete"):
            answer = desk.client.get(f"{path}{key}/{page}/")
            assert answer.status_code in {302, 403, 404}
            assert answer.headers.get("Location", "/admin/").startswith("/admin/")


def test_a_nul_in_an_address_is_left_out_of_it_and_the_rest_is_kept(desk: Visitor, order: Order) -> None:
    desk.open("/admin/billing/order/?state__exact=%00&venter=overfoersel&q=%00")
    assert desk.path == "/admin/billing/order/?venter=overfoersel"
    assert desk.has_link(order.number)


@pytest.mark.parametrize("ticked", ["x", "\0", "", "1' OR 1=1", HUGE])
def test_a_ticked_row_that_is_none_does_nothing(desk: Visitor, order: Order, ticked: str) -> None:
    OutboxMail.objects.update(status="failed")
    fields = [("action", "send_selected_again"), ("index", "0"), ("_selected_action", ticked)]
    desk.send("/admin/billing/outboxmail/", fields)
    assert (desk.status, "Vælg de rækker, som det gælder. Intet er ændret." in desk.text) == (200, True)
    assert OutboxMail.objects.get().status == "failed"


@pytest.mark.parametrize("path", ASKED_MOST)
def test_no_address_brings_a_pattern(desk: Visitor, order: Order, path: str) -> None:
    for name in ("pk__regex", "pk__iregex"):
        assert desk.client.get(path, {name: "^(([^!])+)+!$"}).status_code == 400
