"""Jobs that expire one account at the same moment, when nothing keeps them apart."""

import pytest
from django.db import IntegrityError

from accounts.ledger import expire_account
from accounts.models import ClipAccount, ClipEntry
from tests.factories import UserFactory, open_shop, pay, place
from tests.races.threads import at_once, met_before, without_row_locks

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.fault(60)]


def test_expiry_jobs_at_once_meet_an_error_without_the_lock() -> None:
    """Both have seen the clips; the ledger's numbers and keys refuse the second entry."""
    order = place(UserFactory.create(), (open_shop(), 100)).order
    pay(order)
    account = ClipAccount.objects.get()
    later = order.placed_at.replace(year=order.placed_at.year + 2)
    with without_row_locks(), met_before("accounts.ledger._append", parties=2):
        answers = at_once(*[lambda: expire_account(account, now=later)] * 2)
    [refused] = [answer for answer in answers if answer is not None]
    assert isinstance(refused, IntegrityError)
    assert ClipEntry.objects.count() == 2
