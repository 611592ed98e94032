"""The API, the hosted page, and the control API for tests."""

from django.urls import URLPattern, path, re_path

from demo.stripe_simulator import api, control, pages

urlpatterns: list[URLPattern] = [
    re_path(r"^v1/", api.answer_call, name="api"),
    path("c/simulator.css", pages.style, name="style"),
    path("c/pay/<str:session>", pages.pay, name="pay"),
    path("c/pay/<str:session>/3ds", pages.three_d_secure, name="three_d_secure"),
    path("_control/<path:what>", control.answer, name="control"),
]
