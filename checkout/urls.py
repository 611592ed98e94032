"""Addresses for shopping."""

from django.urls import path

from checkout.views.buy_again import buy_again
from checkout.views.cart import cart
from checkout.views.front import front
from checkout.views.products import add, products
from checkout.views.review import review

app_name = "checkout"
urlpatterns = [
    path("", front, name="front"),
    path("koeb/", products, name="products"),
    path("koeb/laeg-i-kurv/", add, name="add"),
    path("kurv/", cart, name="cart"),
    path("kurv/koeb-igen/<int:pk>/", buy_again, name="buy_again"),
    path("kassen/", review, name="review"),
]
