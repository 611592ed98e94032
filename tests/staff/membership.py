"""A new member as the office types it, and what the member does with the mailed link."""

import re

from django.test import Client

from accounts.models import Company
from billing.models import OutboxMail
from tests.visitor import Visitor

ADD = "/admin/accounts/company/add/"
NEW_PASSWORD = "fjord-og-klit-1957"
COMPANY = {
    "name": "Bageri Æblegård I/S",
    "cvr": "13585628",
    "address": "Storegade 4, 1. tv.",
    "postal_code": "6200",
    "city": "Aabenraa",
    "ean": "5790000000005",
    "administrative_email": "kontor@bageri.example",
    "invoice_email": "faktura@bageri.example",
    "purchase_order_number": "PO-7",
}
PERSON = {"username": "soeren", "email": "soeren@bageri.example", "first_name": "Søren", "last_name": "Åkjær"}


def form(**typed: str) -> list[tuple[str, str]]:
    """Return the fields of a new company with its first user, with what a test types instead."""
    return list({**COMPANY, **PERSON, **typed}.items())


def link_in(mail: OutboxMail) -> str:
    """Return the path of the link for choosing a password."""
    found = re.search(r"http://testserver(/kodeord/\S+)", mail.text)
    assert found is not None
    return found[1]


def choose_password(path: str, password: str = NEW_PASSWORD) -> Visitor:
    """Follow a mailed link and choose a password, as somebody who is not logged on."""
    visitor = Visitor().open(path)
    if visitor.status == 200 and visitor.has_button("Gem kodeord"):
        visitor.fill("Nyt kodeord", password).fill("Gentag det nye kodeord", password).press("Gem kodeord")
    return visitor


def log_on(username: str, password: str) -> bool:
    """Try to log on by the members' door, and return whether that opened it."""
    client = Client()
    client.post("/log-paa/", {"login": username, "password": password})
    return "_auth_user_id" in client.session


def user_form(of: Company | None, **typed: str) -> list[tuple[str, str]]:
    """Return the fields of one more user of a company."""
    fields = {**PERSON, "company": str(of.pk) if of else "", "role": "buyer", "is_active": "on", **typed}
    return list(fields.items())
