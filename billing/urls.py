"""Addresses of the member's orders and documents."""

from django.urls import path

from billing.views.archive import archive, archive_file, make_archive
from billing.views.card_return import card_return
from billing.views.document import document, document_pdf
from billing.views.order import order
from billing.views.orders import orders
from billing.views.pay import pay
from billing.views.terms import terms, terms_version
from billing.webhooks import stripe_webhook

app_name = "billing"
urlpatterns = [
    path("ordrer/", orders, name="orders"),
    path("ordrer/bilag/", make_archive, name="make_archive"),
    path("ordrer/bilag/<int:year>/", archive, name="archive"),
    path("ordrer/bilag/<int:year>/zip/", archive_file, name="archive_file"),
    path("ordrer/<int:pk>/", order, name="order"),
    path("ordrer/<int:pk>/betal/", pay, name="pay"),
    path("ordrer/<int:pk>/betal/retur/", card_return, name="card_return"),
    path("stripe/webhook/", stripe_webhook, name="stripe_webhook"),
    path("dokumenter/<int:pk>/", document, name="document"),
    path("dokumenter/<int:pk>/pdf/", document_pdf, name="document_pdf"),
    path("salgsbetingelser/", terms, name="terms"),
    path("salgsbetingelser/<int:pk>/", terms_version, name="terms_version"),
]
