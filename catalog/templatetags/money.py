"""Filters for amounts and numbers on pages, in mails and in documents."""

from django import template

from catalog import amounts

register = template.Library()
register.filter("kroner", amounts.kroner)
register.filter("unit_price", amounts.unit_price)
register.filter("whole", amounts.whole)
register.filter("percent", amounts.percent)
