"""Filters for amounts and numbers on pages, in mails and in documents."""

from django import template

from catalog import amounts, price_words, units

register = template.Library()
register.filter("kroner", amounts.kroner)
register.filter("unit_price", amounts.unit_price)
register.filter("whole", amounts.whole)
register.filter("signed", amounts.signed)
register.filter("plain", amounts.plain)
register.filter("percent", amounts.percent)
register.filter("megabytes", amounts.megabytes)
register.filter("unit_in_words", units.unit_in_words)
register.filter("per_unit", units.per_unit)
register.filter("price_in_words", price_words.price_in_words)
register.filter("longer_in_words", price_words.longer_in_words)
register.filter("nudge_in_words", price_words.nudge_in_words)
