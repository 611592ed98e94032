"""Addresses that nobody types by mistake: admin answers each, and no database error gets out."""

import pytest
from django.contrib import admin

from billing.models import Order, OutboxMail
from tests.visitor import Visitor

pytestmark = pytest.mark.django_db

LISTS = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
HUGE = "9" * 30
QUERIES = {
    "q": ["\0", "10001\0", HUGE, "%", "_", "'", '"', "\\", "a" * 5000, "<script>", "\ud7ff", "+71<" * 50, "(" * 99],
    "p": ["\0", "0", "-1", HUGE, "x"],
    "o": ["\0", "1.-2.99", HUGE, "x"],
    "e": ["\0", "1"],
    "all": ["\0", ""],
    "\0": ["x"],
    "venter": ["\0", "x"],
    "state__exact": ["\0", "x"],
    "status__exact": ["\0"],
    "kind__exact": ["\0"],
    "company__id__exact": ["\0", HUGE, "x", "-1", "1,2"],
    "placed_at__gte": ["\0", "x", "0001-01-01 00:00:00+14:00"],
    "is_active__exact": ["\0", "x"],
    "created_at__gte": ["\0", "0001-01-01 00:00:00+14:00"],
    "_facets": ["\0", "True"],
    "_changelist_filters": ["\0"],
}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_answers_whatever_it_is_asked(desk: Visitor, order: Order, path: str) -> None:
    answers = {}
    for name, values in QUERIES.items():
        for value in values:
            answers[name, value] = desk.client.get(path, {name: value}, follow=True).status_code
    assert set(answers.values()) <= {200, 400}


@pytest.mark.parametrize("path", LISTS)
def test_a_page_of_nothing_leads_back(desk: Visitor, path: str) -> None:
    for key in ("%00", HUGE, "-1", "x", "1%002"):
        for page in ("change", "history", "delete"):
            assert desk.client.get(f"{path}{key}/{page}/", follow=True).status_code in {200, 403, 404}


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
