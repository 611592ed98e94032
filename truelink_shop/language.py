"""The language of a page: Danish until the person switches; the browser is not asked."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import override

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class LanguageMiddleware:
    """Answers each request in the language of its cookie. Staff's admin is Danish, whatever the cookie says.

    Django's own LocaleMiddleware would fall back on `Accept-Language`.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response
        self._admin = reverse("admin:index")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(self._admin):
            with override(settings.LANGUAGE_CODE):
                return self._get_response(request)
        with override(chosen_language(request)):
            response = self._get_response(request)
        patch_vary_headers(response, ("Cookie",))
        return response


def chosen_language(request: HttpRequest) -> str:
    """Return the language that the person switched to, or Danish."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
