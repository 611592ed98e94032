"""Numbers: each series runs unbroken to its counter, but for the gaps whose reason is written down."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import F, Max, Min, Q, Window
from django.db.models.functions import Lag

from billing.models import Document, DocumentKind, NumberGap, NumberSeries
from billing.reconciliation.check import Check, Found, Side, found
from billing.services.numbers import FIRST_NUMBERS

# The first and the last of numbers that follow one another.
Run = tuple[int, int]


def numbers(_now: datetime) -> Found:
    """Look for numbers that no document has and no gap explains, and for documents that no counter gave a number."""
    return found(Document.objects.count(), *(_of_series(kind) for kind in DocumentKind))


def dates(_now: datetime) -> Found:
    """Look for a document that was issued before the one whose number is before its own."""
    documents = Document.objects.annotate(moment_before=_before("issued_at"), day_before=_before("issued_on"))
    back = documents.filter(Q(issued_at__lt=F("moment_before")) | Q(issued_on__lt=F("day_before")))
    return found(
        Document.objects.count(),
        (
            f"{DocumentKind(kind).label} {number} er udstedt før den, der har nummeret foran."
            for kind, number in back.order_by().values_list("kind", "number").iterator()
        ),
    )


def _of_series(kind: DocumentKind) -> Iterator[str]:
    """Tell what is wrong with one series. A series that another system began lower than the shop begins there."""
    issued = Document.objects.filter(kind=kind)
    ends = issued.aggregate(lowest=Min("number"), highest=Max("number"))
    gaps = list(NumberGap.objects.filter(kind=kind).order_by("first").values_list("first", "last"))
    counter = NumberSeries.objects.filter(kind=kind).values_list("last_number", flat=True).first() or 0
    start = min(FIRST_NUMBERS[kind], *(first for first, _ in gaps), ends["lowest"] or FIRST_NUMBERS[kind])
    unused = [*_holes(kind, start)]
    if (first := (ends["highest"] or start - 1) + 1) <= counter:
        unused.append((first, counter))
    name = kind.label
    for run in _minus(unused, gaps):
        yield f"{name} {_in_words(run)} findes ikke, og ingen har skrevet hvorfor."
    for run in _minus(gaps, unused):
        yield f"{name} {_in_words(run)} står som nummerhul, men er givet ud."
    for (number,) in Side(issued, "number").repeated():
        yield f"{name} {number} findes flere gange."
    if (ends["highest"] or 0) > counter:
        yield f"{name} {ends['highest']} er højere end tælleren, der står på {counter}."


def _holes(kind: DocumentKind, start: int) -> Iterator[Run]:
    """Yield what lies between the start and the first document, and between one document and the next."""
    before = Window(Lag("number", default=start - 1), order_by=("number", "pk"))
    documents = Document.objects.filter(kind=kind).annotate(before=before).filter(number__gt=F("before") + 1)
    for before_it, number in documents.order_by("number").values_list("before", "number").iterator():
        yield before_it + 1, number - 1


def _minus(runs: Iterable[Run], others: Iterable[Run]) -> Iterator[Run]:
    """Yield what is left of the runs without the others, which come in their order."""
    for first, last in runs:
        rest = first
        for other_first, other_last in others:
            if other_last < rest or other_first > last:
                continue
            if rest < other_first:
                yield rest, other_first - 1
            rest = other_last + 1
        if rest <= last:
            yield rest, last


def _in_words(run: Run) -> str:
    first, last = run
    return str(first) if first == last else f"{first} til {last}"


def _before(column: str) -> Window:
    """Return what the column holds in the document whose number is before; nothing in the first."""
    return Window(Lag(column), partition_by=F("kind"), order_by=("number", "pk"))


CHECKS = (
    Check("Bilagsnumrene er ubrudte, bortset fra de nummerhuller, der er forklaret", numbers),
    Check("Bilagenes datoer følger numrene", dates),
)
