"""What the sample members did before today: orders, payments and clips used, so that there is something to find.

Every order goes through the shop's own services on its day, and the days are counted back from today: the last months
of an account are never empty.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from django.utils import timezone

from accounts.ledger import NotEnoughClips, use_clips
from accounts.models import ClipAccount, User
from billing.models import MailStatus, Order, OrderLine, OutboxMail, PaymentMethod, TermsOfSale
from billing.services.cancelling import cancel_order
from billing.services.performing import mark_performed
from billing.services.placing import Placement, RequestedLine, place_order
from billing.services.settling import Received, settle_order, transfer_key
from catalog.prices import Offer, current_price_list
from demo import clock

OLDEST_DAY = 1150
_WEEKS_ONE_BY_ONE = 60


@dataclass(frozen=True)
class _Bought:
    """An order by bank transfer so many days ago; paid some days later, never (None), or cancelled."""

    days_ago: int
    username: str
    quantities: dict[str, int]
    paid_after: int | None = 4
    purchase_order_number: str = ""
    cancelled: bool = False


_BOUGHT = (
    _Bought(1120, "medlem", {"Fakturaklip": 2000}, 6, "BOG-2023-11"),
    _Bought(1080, "nabo", {"Fakturaklip": 5000}),
    _Bought(830, "medlem", {"Fakturaklip": 1000, "Systemopsæt": 2}, 3, "BOG-2024-08"),
    _Bought(770, "nabo", {"Fakturaklip": 5000, "Modtageklip": 1000}),
    _Bought(610, "medlem", {"Fakturaklip": 2000}, 8, "BOG-2025-03"),
    _Bought(430, "nabo", {"Fakturaklip": 6000}, 2),
    _Bought(335, "medlem", {"Fakturaklip": 1000, "Gensendelsesklip": 200}, 5, "BOG-2025-12"),
    _Bought(260, "nabo", {"Modtageklip": 500, "B2B fakturamodtagersupport": 3}),
    _Bought(205, "nabo", {"Ordreklip": 500}, None, cancelled=True),
    _Bought(170, "medlem", {"Fakturaklip": 1000}, 7, "BOG-2026-06"),
    _Bought(96, "nabo", {"Fakturaklip": 5000}),
    _Bought(54, "medlem", {"Fakturaklip": 500, "Opsætning til Norge": 1}, 2),
    _Bought(19, "nabo", {"Modtageklip": 1000}, None, "NOE-77"),
)
# What the companies use in a week, and how much it goes up and down.
_USED = (
    ("medlem", "Fakturaklip", 38, 23),
    ("medlem", "Gensendelsesklip", 2, 3),
    ("nabo", "Fakturaklip", 110, 41),
    ("nabo", "Modtageklip", 12, 9),
)


def write(now: datetime) -> None:
    """Write the history up to `now` into a shop that has sample people, a seller and prices, and no orders."""
    for moment, happening in sorted(_happenings(now), key=lambda one: one[0]):
        with clock.at(moment):
            happening()
    # Those mails are long gone: the demo's worker must not send them today.
    for mail in OutboxMail.objects.all():
        OutboxMail.objects.filter(pk=mail.pk).update(status=MailStatus.SENT, sent_at=mail.created_at)


def _happenings(now: datetime) -> Iterator[tuple[datetime, Callable[[], None]]]:
    morning = timezone.localtime(now).replace(hour=9, minute=12, second=0, microsecond=0)
    for bought in _BOUGHT:
        key = uuid4()
        ordered = morning - timedelta(days=bought.days_ago)
        yield ordered, partial(_order, bought, key)
        if bought.cancelled:
            yield ordered + timedelta(days=9), partial(_cancel, key)
        elif bought.paid_after is not None:
            yield ordered + timedelta(days=bought.paid_after, hours=2), partial(_pay, key)
    for week in range(OLDEST_DAY // 7, 0, -1):
        # Before last year, four weeks are one entry: the demo starts sooner.
        weeks = 1 if week <= _WEEKS_ONE_BY_ONE else 4
        if week % weeks == 0:
            friday = morning - timedelta(days=week * 7 - 1, hours=-5)
            for username, clips, usual, swing in _USED:
                yield friday, partial(_use, username, clips, weeks * (usual + week * 7 % swing - swing // 2))


def _order(bought: _Bought, key: UUID) -> None:
    offers = {offer.product.name: offer for offer in current_price_list()}
    lines = tuple(_requested(offers[name], quantity) for name, quantity in bought.quantities.items())
    place_order(
        Placement(
            user=User.objects.get(username=bought.username),
            key=key,
            lines=lines,
            payment_method=PaymentMethod.BANK_TRANSFER,
            terms_id=TermsOfSale.objects.get().pk,
            purchase_order_number=bought.purchase_order_number,
        )
    )


def _requested(offer: Offer, quantity: int) -> RequestedLine:
    return RequestedLine(offer.product.pk, quantity, offer.unit_price(quantity), offer.product.vat_rate)


def _pay(key: UUID) -> None:
    """Register the transfer, and carry out the support that was waiting for it."""
    staff = User.objects.get(username="kundecenter")
    order = Order.objects.get(placement_key=key)
    received = Received(
        method=PaymentMethod.BANK_TRANSFER,
        amount=order.total,
        received_on=timezone.localdate(),
        key=transfer_key(order),
        registered_by=staff,
    )
    settle_order(order_id=order.pk, received=received)
    for line in OrderLine.objects.to_be_performed().filter(order=order):
        mark_performed(line_id=line.pk, actor=staff, note="")


def _cancel(key: UUID) -> None:
    order = Order.objects.get(placement_key=key)
    cancel_order(order_id=order.pk, actor=User.objects.get(username="kundecenter"), reason="Bestilt ved en fejl")


def _use(username: str, clips: str, quantity: int) -> None:
    """Use clips as the platform does; a company without any sends nothing that week."""
    account = ClipAccount.objects.filter(company__users__username=username, clip_type__name=clips).first()
    if account is None:
        return
    now = timezone.now()
    with suppress(NotEnoughClips):
        use_clips(account=account, quantity=quantity, key=f"sample:{account.pk}:{now:%Y-%m-%d}", now=now)
