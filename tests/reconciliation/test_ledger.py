"""What reconciliation says of clips that are not as they should be."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.ledger import reverse_purchase, use_clips
from accounts.models import ClipAccount, ClipEntry
from billing.reconciliation import ledger
from tests.factories import CompanyFactory
from tests.reconciliation.shop import Shop, again, change, differing, drop_key, lost_check, remove

pytestmark = pytest.mark.django_db


def account_of(shop: Shop) -> ClipAccount:
    """The account of invoice clips: of the paid orders, with six entries that come to 1,500."""
    account = ClipAccount.objects.get(company=shop.user.company, clip_type=shop.fakturaklip.clip_type)
    assert (account.balance, account.last_seq) == (1500, 6)
    return account


def entry_of(account: ClipAccount, seq: int) -> ClipEntry:
    return account.entries.get(seq=seq)


def test_a_balance_that_is_not_the_sum_of_its_entries(shop: Shop) -> None:
    account = account_of(shop)
    ClipAccount.objects.filter(pk=account.pk).update(balance=F("balance") + 1)
    assert differing() == {
        "ledger.balances": [
            f"Klipkonto {account.pk}: saldoen er 1501, posteringerne giver 1500, og den sidste efterlod 1500."
        ]
    }


def test_an_account_with_a_balance_and_no_entry(shop: Shop) -> None:
    empty = ClipAccount.objects.create(company=CompanyFactory.create(), clip_type=account_of(shop).clip_type)
    assert differing() == {}
    ClipAccount.objects.filter(pk=empty.pk).update(balance=5)
    assert differing() == {
        "ledger.balances": [f"Klipkonto {empty.pk}: saldoen er 5, posteringerne giver 0, og den sidste efterlod 0."]
    }


def test_an_account_that_remembers_another_last_number(shop: Shop) -> None:
    account = account_of(shop)
    ClipAccount.objects.filter(pk=account.pk).update(last_seq=7)
    assert differing() == {
        "ledger.last_numbers": [f"Klipkonto {account.pk}: kontoen kender 7 posteringer, og den sidste har nr. 6."]
    }


def test_a_hole_in_the_numbering(shop: Shop) -> None:
    account = account_of(shop)
    last = entry_of(account, 6)
    change(last, seq=8)
    ClipAccount.objects.filter(pk=account.pk).update(last_seq=8)
    assert differing() == {
        "ledger.numbering": [f"Klippostering {last.pk} på klipkonto {account.pk} har nr. 8 og kommer efter nr. 5."]
    }


def test_a_running_balance_that_does_not_go_on_from_the_one_before(shop: Shop) -> None:
    account = account_of(shop)
    change(entry_of(account, 3), balance_after=1)
    [third, fourth] = differing().pop("ledger.running_balances")
    assert third.endswith("er ikke 1.")
    assert fourth.startswith(f"Klippostering {entry_of(account, 4).pk} på klipkonto {account.pk}: 1 og +")
    assert set(differing()) == {"ledger.running_balances"}


def test_a_first_entry_that_does_not_start_from_nothing_past_a_lost_constraint(shop: Shop) -> None:
    first = entry_of(account_of(shop), 1)
    with lost_check(ClipEntry, "first_entry_starts_from_nothing"):
        change(first, delta=99)
        assert set(differing()) == {"ledger.balances", "ledger.running_balances", "ledger.purchases"}
        assert differing()["ledger.running_balances"] == [
            f"Klippostering {first.pk} på klipkonto {first.account_id}: 0 og +99 er ikke 100."
        ]


def test_clips_that_last_longer_than_any_purchase_gives(shop: Shop) -> None:
    account = account_of(shop)
    assert account.expires_on is not None
    longer = account.expires_on + timedelta(days=1)
    ClipAccount.objects.filter(pk=account.pk).update(expires_on=longer)
    assert differing() == {
        "ledger.last_days": [f"Klipkonto {account.pk} gælder til {longer}, og købene til {account.expires_on}."]
    }
    ClipAccount.objects.filter(pk=account.pk).update(expires_on=None)
    assert differing() == {
        "ledger.last_days": [f"Klipkonto {account.pk} gælder til ingen dag, og købene til {account.expires_on}."]
    }


def test_clips_that_were_used_and_purchases_that_were_taken_back_are_sound(shop: Shop) -> None:
    account, now = account_of(shop), timezone.now()
    use_clips(account=account, quantity=30, key="use:1", now=now)
    for number, purchase in enumerate(account.entries.filter(kind="purchase").order_by("seq")):
        reverse_purchase(entry=purchase, quantity=100 if number else 40, key=f"reversal:{number}", now=now)
    assert differing() == {}


def test_more_taken_back_than_was_bought(shop: Shop) -> None:
    account = account_of(shop)
    purchase = account.entries.filter(kind="purchase").order_by("seq")[0]
    entry = reverse_purchase(entry=purchase, quantity=1, key="reversal:1", now=timezone.now())
    change(entry, delta=-purchase.delta - 1)
    assert differing()["ledger.reversals"] == [
        f"Klippostering {purchase.pk}: {purchase.delta + 1} klip er tilbageført af et køb på {purchase.delta}."
    ]


def test_expired_clips_that_nobody_has_taken_away(shop: Shop) -> None:
    account = account_of(shop)
    last_day = timezone.localdate() - timedelta(days=2)
    for entry in account.entries.all():
        change(entry, valid_until=last_day)
    ClipAccount.objects.filter(pk=account.pk).update(expires_on=last_day)
    assert differing() == {
        "ledger.expiries": [f"Klipkonto {account.pk} har stadig 1500 klip, der gjaldt til {last_day}."]
    }


@pytest.mark.parametrize(("minutes", "differences"), [(-1, 0), (1, 1)])
def test_the_hourly_job_has_three_hours_from_midnight_in_copenhagen(shop: Shop, minutes: int, differences: int) -> None:
    ClipAccount.objects.filter(pk=account_of(shop).pk).update(expires_on=date(2026, 11, 30))
    three_at_night = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)
    assert ledger.expiries(three_at_night + timedelta(minutes=minutes)).differences == differences


def test_a_paid_line_that_was_never_credited(shop: Shop) -> None:
    account = account_of(shop)
    last = entry_of(account, 6)
    remove(last)
    ClipAccount.objects.filter(pk=account.pk).update(last_seq=5, balance=1400)
    assert differing() == {
        "ledger.purchases": [
            f"Købet {last.key} er ikke bogført: "
            f"100 klip af type {account.clip_type_id} til medlem {account.company_id}."
        ]
    }


def test_a_purchase_that_belongs_to_no_paid_line(shop: Shop) -> None:
    account = account_of(shop)
    unpaid = shop.awaited.lines.get()
    again(entry_of(account, 6), seq=7, balance_after=1600, key=f"order-line:{unpaid.pk}")
    ClipAccount.objects.filter(pk=account.pk).update(last_seq=7, balance=1600)
    assert differing() == {
        "ledger.purchases": [
            f"Købet order-line:{unpaid.pk} svarer ikke til en betalt linje: "
            f"100 klip af type {account.clip_type_id} til medlem {account.company_id}."
        ]
    }


def test_a_purchase_of_another_quantity_type_or_company(shop: Shop) -> None:
    """Two accounts, both right in themselves, with each other's purchases."""
    account = account_of(shop)
    other = ClipAccount.objects.exclude(clip_type=account.clip_type).get()
    mine, theirs = entry_of(account, 6), other.entries.get()
    change(mine, key="-")
    change(theirs, key=mine.key)
    change(mine, key=theirs.key)
    assert set(differing()) == {"ledger.purchases"}
    [*missing, _, _] = differing()["ledger.purchases"]
    assert sorted(sentence.partition(": ")[0] for sentence in missing) == sorted(
        f"Købet {entry.key} er ikke bogført" for entry in (mine, theirs)
    )


def test_a_line_that_was_changed_after_it_was_credited(shop: Shop) -> None:
    change(shop.card_paid.lines.get(), quantity=101)
    assert set(differing()) == {"ledger.purchases", "orders.amounts", "documents.invoices"}


@pytest.mark.postgresql
def test_a_purchase_that_was_posted_twice_past_a_lost_constraint(shop: Shop) -> None:
    account = account_of(shop)
    last = entry_of(account, 6)
    key = last.key
    drop_key(ClipEntry, "key")
    again(last, seq=7, balance_after=1600)
    ClipAccount.objects.filter(pk=account.pk).update(last_seq=7, balance=1600)
    assert differing() == {"ledger.purchases": [f"Købet {key} er bogført mere end én gang."]}
