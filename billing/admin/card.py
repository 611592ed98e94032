"""Tries at paying by card, what Stripe told about them, and the cases they left: lists to look at."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from billing.admin import search
from billing.admin.action import may_act
from billing.admin.card_panels import OUTCOMES, handled, outcome_of
from billing.admin.handle import Handle
from billing.admin.links import age_of, link, moment, page_of
from billing.admin.stripe_words import event_choices, explained, with_meaning
from billing.models import ActionItem, PaymentAttempt, StripeEvent
from catalog.staff_pages import Choice, ChoiceFilter, ReadOnlyAdmin, Tool


class WithoutOutcome(ChoiceFilter):
    """Finds the attempts that nobody could learn the end of."""

    title = "Udfald"
    parameter_name = "udfald"
    choices_by_value: ClassVar = {
        "mangler": Choice(
            "Mangler længe efter", lambda: Q(pk__in=PaymentAttempt.objects.long_over(timezone.now()).values("pk"))
        )
    }


class EventTypeFilter(admin.SimpleListFilter):
    """Finds events by what they tell of, in Danish."""

    title = "Hændelse"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the types that the shop asks Stripe for."""
        return event_choices()

    def queryset(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> QuerySet[StripeEvent]:
        """Keep what was chosen."""
        return queryset.filter(type=self.value()) if self.value() else queryset


class EventOutcomeFilter(admin.SimpleListFilter):
    """Finds events by what they led to."""

    title = "Udfald"
    parameter_name = "udfald"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what an event may lead to."""
        return list(OUTCOMES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> QuerySet[StripeEvent]:
        """Keep what was chosen."""
        return queryset.filter(outcome=self.value()) if self.value() else queryset


class AttemptAdmin(ReadOnlyAdmin[PaymentAttempt]):
    """Attempts as they went."""

    list_display = ("began", "order_shown", "company", "card_type", "state", "answer")
    list_filter = (WithoutOutcome, "state", "card_type", "created_at")
    list_select_related = ("order__company",)
    search_fields = ("session_id",)
    search_help_text = search.HELP
    sortable_by: ClassVar = ("began",)
    fields = (
        ("order_shown", "company"),
        ("card_type", "state"),
        ("began", "started_by"),
        ("expires_at", "closed_at", "next_look_at"),
        ("session_id", "payment_intent_id"),
        "answer",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PaymentAttempt], search_term: str
    ) -> tuple[QuerySet[PaymentAttempt], bool]:
        """Search by Stripe's ids, or like the list of orders."""
        if search_term:
            orders = search.orders_found(search_term)
            queryset = queryset.filter(search.is_at_stripe(search_term) | Q(order__in=orders.values("pk")))
        return queryset, False

    @admin.display(description="påbegyndt", ordering="created_at")
    def began(self, attempt: PaymentAttempt) -> str:
        """Return when the attempt was begun."""
        return moment(attempt.created_at)

    @admin.display(description="bestilling")
    def order_shown(self, attempt: PaymentAttempt) -> SafeString:
        """Return a link to the order."""
        return link(attempt.order)

    @admin.display(description="medlem")
    def company(self, attempt: PaymentAttempt) -> SafeString:
        """Return a link to the company."""
        return link(attempt.order.company)

    @admin.display(description="Stripe svarede")
    def answer(self, attempt: PaymentAttempt) -> str:
        """Return what Stripe said, with the meaning of its codes."""
        return explained(attempt.stripe_said)


class StripeEventAdmin(ReadOnlyAdmin[StripeEvent]):
    """Events as they came."""

    list_display = ("received", "type_shown", "outcome_shown", "order_shown", "event_id")
    list_filter = (EventTypeFilter, EventOutcomeFilter, "received_at")
    list_select_related = ("attempt__order",)
    search_fields = ("event_id",)
    search_help_text = search.HELP
    sortable_by: ClassVar = ("received",)
    ordering = ("-received_at", "-pk")
    fields = (
        ("type_shown", "outcome_shown"),
        ("happened", "received"),
        ("event_id", "object_id"),
        ("attempt_shown", "order_shown"),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[StripeEvent], search_term: str
    ) -> tuple[QuerySet[StripeEvent], bool]:
        """Search by the id of the event, of what it is about or of its attempt, or like the list of orders."""
        if search_term:
            term, orders = search_term.strip(), search.orders_found(search_term)
            attempts = PaymentAttempt.objects.filter(search.is_at_stripe(term) | Q(order__in=orders.values("pk")))
            own = Q(event_id=term) | Q(object_id=term)
            queryset = queryset.filter(own | Q(attempt__in=attempts.values("pk")))
        return queryset, False

    @admin.display(description="modtaget", ordering="received_at")
    def received(self, event: StripeEvent) -> str:
        """Return when the shop had acted on the event."""
        return moment(event.received_at)

    @admin.display(description="hændelse")
    def type_shown(self, event: StripeEvent) -> str:
        """Return the event's type, with its meaning."""
        return with_meaning(event.type)

    @admin.display(description="skete")
    def happened(self, event: StripeEvent) -> str:
        """Return when it happened at Stripe."""
        return moment(event.happened_at)

    @admin.display(description="udfald")
    def outcome_shown(self, event: StripeEvent) -> str:
        """Return what the event led to."""
        return outcome_of(event)

    @admin.display(description="betalingsforsøg")
    def attempt_shown(self, event: StripeEvent) -> str:
        """Return a link to the attempt, if it is one of the shop's."""
        return link(event.attempt) if event.attempt else "ukendt"

    @admin.display(description="bestilling")
    def order_shown(self, event: StripeEvent) -> str:
        """Return a link to the order."""
        return link(event.attempt.order) if event.attempt else ""


class HandledFilter(ChoiceFilter):
    """Finds the cases that wait."""

    title = "Status"
    parameter_name = "venter"
    choices_by_value: ClassVar = {
        "ja": Choice("Venter", lambda: Q(pk__in=ActionItem.objects.waiting().values("pk"))),
        "nej": Choice("Håndteret", lambda: Q(handled_at__isnull=False)),
    }


class ActionItemAdmin(ReadOnlyAdmin[ActionItem]):
    """Cases about money, whose only button is "Markér som håndteret"."""

    list_display = ("kind", "what", "company", "order_shown", "age", "state")
    list_filter = (HandledFilter, "kind", "created_at")
    list_select_related = ("order__company", "handled_by")
    search_fields = ("what",)
    search_help_text = search.HELP
    sortable_by: ClassVar = ()
    fields = (
        ("kind", "created_at"),
        "what",
        ("order_shown", "company"),
        ("handled_at", "handled_by"),
        "handled_note",
    )

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Show the newest first, or what has waited the longest."""
        waits = request.GET.get(HandledFilter.parameter_name) == "ja"
        return ("created_at", "pk") if waits else ("-created_at", "-pk")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ActionItem], search_term: str
    ) -> tuple[QuerySet[ActionItem], bool]:
        """Search like the list of orders, which knows Stripe's ids too."""
        if search_term:
            queryset = queryset.filter(order__in=search.orders_found(search_term).values("pk"))
        return queryset, False

    def get_urls(self) -> list[URLPattern]:
        """Add the page of the action."""
        view = self.admin_site.admin_view(Handle.as_view(admin_site=self.admin_site))
        return [path("<int:pk>/haandteret/", view, name="billing_actionitem_handle"), *super().get_urls()]

    def tools(self, request: HttpRequest, obj: ActionItem) -> list[Tool]:
        """Offer to mark the item while it waits."""
        waits = obj.handled_at is None and may_act(request)
        return [Tool("Markér som håndteret", page_of(obj, path="handle"))] if waits else []

    @admin.display(description="status")
    def state(self, item: ActionItem) -> str:
        """Return whether the item waits, or who did what about it."""
        return handled(item) or "Venter"

    @admin.display(description="alder")
    def age(self, item: ActionItem) -> str:
        """Return how long ago the case came up."""
        return age_of(item.created_at)

    @admin.display(description="medlem")
    def company(self, item: ActionItem) -> SafeString:
        """Return a link to the company."""
        return link(item.order.company)

    @admin.display(description="bestilling")
    def order_shown(self, item: ActionItem) -> SafeString:
        """Return a link to the order."""
        return link(item.order)
