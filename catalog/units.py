"""Units of products in the reader's language."""

from django.utils.translation import gettext, gettext_noop

# Staff write units in Danish; of these the shop knows the English, and how the price of one is told.
_PER_UNIT = {gettext_noop("stk."): gettext_noop("pr. stk."), gettext_noop("t."): gettext_noop("pr. time")}


def unit_in_words(unit: str) -> str:
    """Return the unit in the reader's language where the shop knows it, and as staff wrote it otherwise."""
    return gettext(unit) if unit in _PER_UNIT else unit


def per_unit(unit: str) -> str:
    """Return what stands behind the price of one: `pr. stk.`, `pr. time`."""
    return gettext(_PER_UNIT[unit]) if unit in _PER_UNIT else gettext("pr. %(unit)s") % {"unit": unit}
