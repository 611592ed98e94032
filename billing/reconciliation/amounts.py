"""Sums and VAT of what has lines: orders and documents alike.

`catalog.money` is the judge. The database only sorts out first what is plainly right, a millimetre from every rounding:
a million orders would keep the judge busy for a minute.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import F, FloatField, Max, Min, Q, Sum
from django.db.models.functions import Abs, Cast

from billing.reconciliation.check import Rows
from catalog.amounts import kroner, unit_price
from catalog.money import line_net, totals_of

Sums = tuple[Decimal, Decimal, Decimal]

# Kroner. Amounts that are nearer to each other than this are the same, and less than half an øre rounds to the øre.
_SAME = 0.004
_ROUNDS = 0.0049


def wrong_sums(owners: Rows) -> Iterator[tuple[int, str]]:
    """Yield the id of each order or document whose net, VAT and total do not follow from its lines, and in what."""
    judged = owners.filter(pk__in=_doubtful(owners).values("pk")).order_by("pk")
    rows = judged.values_list("pk", "net", "vat", "total", "lines__vat_rate").annotate(base=Sum("lines__net"))
    for pk, group in groupby(rows.iterator(), key=itemgetter(0)):
        of_rates = list(group)
        written: Sums = of_rates[0][1:4]
        computed = _sums((base, rate) for *_, rate, base in of_rates if rate is not None)
        if written != computed:
            yield pk, f"{_in_words(written)}, og linjerne giver {_in_words(computed)}"


def wrong_lines(lines: Rows) -> Iterator[tuple[int, str]]:
    """Yield the id of each line whose net is not quantity times unit price, rounded, and in what."""
    off = Abs(F("quantity") * _number("unit_price") - _number("net"))
    doubtful = lines.alias(off=off).filter(off__gt=_ROUNDS).order_by("pk")
    for pk, quantity, price, net in doubtful.values_list("pk", "quantity", "unit_price", "net").iterator():
        if net != line_net(quantity, price):
            yield pk, f"{quantity} gange {unit_price(price)} er ikke {kroner(net)}"


def _doubtful(owners: Rows) -> Rows:
    """Keep those that have lines of several VAT rates, or none, or whose amounts are not plainly right."""
    base, rate = Sum(_number("lines__net")), Min(_number("lines__vat_rate"))
    net, vat, total = _number("net"), _number("vat"), _number("total")
    summed = owners.order_by().values("pk", "net", "vat", "total").annotate(
        lowest=Min("lines__vat_rate"),
        highest=Max("lines__vat_rate"),
        off_net=Abs(base - net),
        off_vat=Abs(base * rate / 100.0 - vat),
        off_total=Abs(net + vat - total),
    )  # fmt: skip
    plain = Q(off_net__lt=_SAME, off_vat__lt=_ROUNDS, off_total__lt=_SAME, lowest=F("highest"))
    doubtful: Rows = summed.filter(Q(lowest=None) | ~plain)
    return doubtful


def _number(column: str) -> Cast:
    return Cast(column, FloatField())


def _sums(bases: Iterable[tuple[Any, Decimal]]) -> Sums:
    totals = totals_of(bases)
    return totals.net, totals.vat, totals.total


def _in_words(sums: Sums) -> str:
    return " + ".join(map(kroner, sums[:2])) + f" = {kroner(sums[2])}"
