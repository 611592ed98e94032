"""Cells of the files that members open in a spreadsheet, written so that all of them open alike in Danish Excel."""

from datetime import date

# Excel on Windows knows by it that the letters are UTF-8.
BYTE_ORDER_MARK = "\ufeff"
# What Excel and its kin take for the beginning of a formula, also in the wide forms of East Asian keyboards
# (owasp.org, "CSV Injection").
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


def day_cell(day: date | None) -> str:
    """Return the day as `24-11-2026`, which Danish spreadsheets know for a date; empty for none."""
    return f"{day:%d-%m-%Y}" if day else ""


def text_cell(text: str) -> str:
    """Return the text on one line, marked as text if a spreadsheet would take it for a formula."""
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(_FORMULA) else line
