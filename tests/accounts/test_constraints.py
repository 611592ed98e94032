"""What the database refuses about people, companies and clips, whoever asks."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import ClipAccount, ClipEntry, EntryKind, User
from tests.database import constraints_of, refused_by
from tests.factories import ClipTypeFactory, CompanyFactory, UserFactory

pytestmark = pytest.mark.django_db


def _account(**fields: Any) -> ClipAccount:
    defaults = {"company": CompanyFactory.create(), "clip_type": ClipTypeFactory.create()}
    return ClipAccount.objects.create(**{**defaults, **fields})


def _entry(account: ClipAccount | None = None, **fields: Any) -> ClipEntry:
    purchase = {
        "account": account or _account(),
        "seq": 1,
        "kind": EntryKind.PURCHASE,
        "delta": 100,
        "balance_after": 100,
        "valid_until": date(2027, 11, 23),
        "key": "order-line:1",
        "event_at": datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
    }
    return ClipEntry.objects.create(**{**purchase, **fields})


def _second_account_of_a_type() -> None:
    account = _account()
    _account(company=account.company, clip_type=account.clip_type)


def _same_number_twice() -> None:
    account = _entry().account
    _entry(account, key="order-line:2")


def _names_that_differ_in_case_only() -> None:
    UserFactory.create(username="Karen")
    UserFactory.create(username="kAREN")


def _reversal(**fields: Any) -> None:
    bought = _entry()
    taken_back = {"kind": EntryKind.REVERSAL, "seq": 2, "delta": -100, "balance_after": 0, "valid_until": None}
    _entry(bought.account, **{**taken_back, "reverses": bought, "key": "credit:1", **fields})


_USE: dict[str, Any] = {"kind": EntryKind.USE, "seq": 2, "valid_until": None}
_EXPIRY: dict[str, Any] = {"kind": EntryKind.EXPIRY, "seq": 2, "valid_until": None}
_BREACHES: dict[str, list[Callable[[], object]]] = {
    "user_names_differ_by_more_than_case": [_names_that_differ_in_case_only],
    "a_user_is_staff_or_belongs_to_a_company": [lambda: UserFactory.create(company=None, is_staff=False)],
    "user_role_is_known": [
        lambda: UserFactory.create(role="owner"),
        lambda: User.objects.filter(pk=UserFactory.create().pk).update(role=""),
    ],
    "one_account_for_company_and_clip_type": [_second_account_of_a_type],
    "entries_of_an_account_are_numbered": [_same_number_twice],
    "entry_numbers_start_at_one": [lambda: _entry(seq=0)],
    "entry_key_is_not_empty": [lambda: _entry(key="")],
    "entry_direction_follows_its_kind": [
        lambda: _entry(seq=2, delta=-100),
        lambda: _entry(seq=2, delta=0),
        lambda: _entry(seq=2, valid_until=None),
        lambda: _entry(**_EXPIRY, delta=100),
        lambda: _entry(**{**_EXPIRY, "valid_until": date(2027, 1, 1)}, delta=-100),
        lambda: _entry(seq=2, kind="gift"),
        lambda: _entry(**_USE, delta=100),
        lambda: _entry(**{**_USE, "valid_until": date(2027, 1, 1)}, delta=-100),
        lambda: _reversal(delta=100),
        lambda: _reversal(delta=0),
        lambda: _reversal(valid_until=date(2027, 1, 1)),
    ],
    "a_reversal_names_a_purchase_and_only_a_reversal_does": [
        lambda: _reversal(reverses=None),
        lambda: _reversal(kind=EntryKind.USE),
        lambda: _reversal(kind=EntryKind.EXPIRY),
        lambda: _reversal(kind=EntryKind.PURCHASE, delta=100, valid_until=date(2027, 1, 1)),
    ],
    "first_entry_starts_from_nothing": [lambda: _entry(balance_after=101)],
}


@pytest.mark.parametrize(
    ("name", "breach"), [(name, breach) for name, breaches in _BREACHES.items() for breach in breaches]
)
def test_database_refuses(name: str, breach: Callable[[], object]) -> None:
    with refused_by(name):
        breach()


def test_database_refuses_a_negative_balance() -> None:
    """The columns hold no negative number either, and which of the two rules speaks first is the database's choice."""
    account = _account(balance=5)
    with pytest.raises(IntegrityError, match="balance"), transaction.atomic():
        ClipAccount.objects.filter(pk=account.pk).update(balance=-1)
    with pytest.raises(IntegrityError, match="balance"), transaction.atomic():
        _entry(account, **_EXPIRY, delta=-100, balance_after=-1)


def test_every_constraint_of_the_room_is_shown() -> None:
    negative_balance = {"balance_is_never_negative", "balance_after_is_never_negative"}
    assert set(_BREACHES) | negative_balance == set(constraints_of("accounts"))


def test_database_refuses_a_key_that_is_in_the_ledger() -> None:
    """A purchase cannot be entered twice, not even on another account."""
    _entry()
    with pytest.raises(IntegrityError, match="key"), transaction.atomic():
        _entry(_account())


def test_database_refuses_a_cvr_number_that_is_in_use() -> None:
    company = CompanyFactory.create()
    with pytest.raises(IntegrityError, match="cvr"), transaction.atomic():
        CompanyFactory.create(cvr=company.cvr)
