"""Addresses of the member's orders and documents."""

from django.urls import path

from billing.views.document import document, document_pdf
from billing.views.order import order
from billing.views.orders import orders
from billing.views.terms import terms, terms_version

app_name = "billing"
urlpatterns = [
    path("ordrer/", orders, name="orders"),
    path("ordrer/<int:pk>/", order, name="order"),
    path("dokumenter/<int:pk>/", document, name="document"),
    path("dokumenter/<int:pk>/pdf/", document_pdf, name="document_pdf"),
    path("salgsbetingelser/", terms, name="terms"),
    path("salgsbetingelser/<int:pk>/", terms_version, name="terms_version"),
]
