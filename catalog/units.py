"""Units of products in the reader's language."""

from django.utils.translation import gettext, gettext_noop

# Staff write units in Danish; of these the shop knows the English.
_KNOWN = {gettext_noop("stk."), gettext_noop("t.")}


def unit_in_words(unit: str) -> str:
    """Return the unit in the reader's language where the shop knows it, and as staff wrote it otherwise."""
    return gettext(unit) if unit in _KNOWN else unit
