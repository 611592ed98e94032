"""What the pages have in common on which staff confirm an action."""

from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.generic import FormView

from accounts.models import User
from billing.admin.links import link, page_of
from billing.models import Document, DocumentKind, Order

F = TypeVar("F", bound=forms.Form)

PERMISSION = "billing.change_order"


def may_act(request: HttpRequest) -> bool:
    """Whether the person may do more than look."""
    return request.user.has_perm(PERMISSION)


class StaffAction(FormView[F]):
    """A page that shows what is about to happen, with a prefilled form. Its POST calls one service.

    What has become impossible meanwhile is told in a sentence, on the page of the order, and nothing is written.
    """

    admin_site: AdminSite | None = None
    title = ""
    button = ""
    order: Order

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Admit those who may change orders, as long as there is something to do."""
        if not may_act(request):
            raise PermissionDenied
        self.order = self.find(kwargs["pk"])
        refusal = self.refusal()
        if refusal:
            return self.refuse(refusal)
        return super().dispatch(request, *args, **kwargs)

    def find(self, pk: int) -> Order:
        """Return the order that the address names. Raises Http404."""
        raise NotImplementedError

    def refusal(self) -> str | SafeString:
        """Return why the action is impossible now; an empty text when it is possible."""
        raise NotImplementedError

    def refuse(self, sentence: str | SafeString) -> HttpResponse:
        """Tell why nothing happened, on the order's page."""
        messages.warning(self.request, sentence)
        return HttpResponseRedirect(page_of(self.order))

    def finish(self, sentence: str | SafeString, *, level: int = messages.SUCCESS) -> HttpResponse:
        """Tell what happened, on the front page, where the next task is."""
        messages.add_message(self.request, level, sentence)
        return HttpResponseRedirect(reverse("admin:index"))

    def get_form_kwargs(self) -> dict[str, Any]:
        """Leave out the colon after labels: they are read aloud, and looked for, without it."""
        return {**super().get_form_kwargs(), "label_suffix": ""}

    def form_invalid(self, form: F) -> HttpResponse:
        """Show the form again with what was typed."""
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the template what admin's pages need, and the order."""
        site = self.admin_site.each_context(self.request) if self.admin_site is not None else {}
        shown = {"title": self.title, "order": self.order, "order_page": page_of(self.order), "opts": Order._meta}
        shown["button"] = self.button or self.title
        bought = {"invoice": self.invoice(), "lines": self.order.lines.order_by("position")}
        return super().get_context_data(**site, **shown, **bought, **kwargs)

    def actor(self) -> User:
        """Return who is doing this. Admin has let nobody in who is not logged on."""
        if not isinstance(self.request.user, User):
            raise PermissionDenied
        return self.request.user

    def invoice(self) -> Document | None:
        """Return the order's invoice."""
        return self.order.documents.filter(kind=DocumentKind.INVOICE).first()

    def name(self) -> SafeString:
        """Return what the order is called in a sentence, as a link: by its invoice, or else by its own number."""
        invoice = self.invoice()
        return link(self.order, invoice.title if invoice else "")
