"""Entries as a file for Danish Excel: UTF-8 with a mark at its beginning, semicolons, dates as 24-11-2026, CRLF.

The file is Danish, as documents are, whatever the language of the page. It is written piece by piece, and holds a
thousand entries in memory at a time.
"""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from io import StringIO

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import override

from accounts.entry_filter import EntryFilter
from accounts.models import ClipAccount, ClipEntry, EntryKind
from accounts.spreadsheet import BYTE_ORDER_MARK, day_cell, text_cell

HEADINGS = ("Løbenr.", "Dato", "Klokkeslæt", "Hvad", "Tekst", "Ændring", "Saldo", "Gælder til og med")
_ENTRIES_AT_A_TIME = 1000

Row = tuple[int, datetime, str, str, int, int, date | None]


def csv_of(entries: QuerySet[ClipEntry]) -> Iterator[bytes]:
    """Yield the file: headings, then a line an entry."""
    with override("da"):
        kinds = {kind.value: str(kind.label) for kind in EntryKind}
    buffer = StringIO()
    buffer.write(BYTE_ORDER_MARK)
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADINGS)
    columns = entries.values_list("seq", "event_at", "kind", "note", "delta", "balance_after", "valid_until")
    for number, row in enumerate(columns.iterator(chunk_size=_ENTRIES_AT_A_TIME), start=1):
        writer.writerow(_cells(row, kinds))
        if number % _ENTRIES_AT_A_TIME == 0:
            yield _taken_from(buffer)
    yield _taken_from(buffer)


def file_name(account: ClipAccount, wanted: EntryFilter, *, today: date) -> str:
    """Name the file after account, kind and period: `fakturaklip_forbrug_2026-01-01_til_2026-06-30.csv`."""
    kind, first_day, last_day = (wanted.cleaned_data[name] for name in ("kind", "first_day", "last_day"))
    with override("da"):
        parts = [account.clip_type.name, *([str(EntryKind(kind).label)] if kind else [])]
    period = f"{first_day or ''}_til_{last_day or today}".lstrip("_")
    return "_".join([*(slugify(part, allow_unicode=True) for part in parts), f"{period}.csv"])


def _taken_from(buffer: StringIO) -> bytes:
    taken = buffer.getvalue().encode()
    buffer.seek(0)
    buffer.truncate()
    return taken


def _cells(row: Row, kinds: dict[str, str]) -> tuple[str | int, ...]:
    seq, event_at, kind, note, delta, balance, valid_until = row
    local = timezone.localtime(event_at)
    return (
        seq,
        day_cell(local),
        f"{local:%H:%M:%S}",
        kinds[kind],
        text_cell(note),
        delta,
        balance,
        day_cell(valid_until),
    )
