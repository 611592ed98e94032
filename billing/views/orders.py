""" "Ordrer og fakturaer": the company's orders, to look through and to search."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import MemberRequest, member_required
from billing.models import Document, Order, OrderState
from billing.services.searching import LONGEST_TERM, cleaned, orders_matching

ORDERS_PER_PAGE = 20


@dataclass(frozen=True)
class Wanted:
    """What the member looks for; what the form does not offer is not asked for."""

    term: str
    year: int | None
    state: OrderState | None

    @classmethod
    def read(cls, query: QueryDict, years: list[int]) -> "Wanted":
        """Read the address of the page."""
        year, state = query.get("aar", ""), query.get("status", "")
        return cls(
            term=cleaned(query.get("soeg", "")),
            year=next((each for each in years if str(each) == year), None),
            state=next((each for each in OrderState if each.value == state), None),
        )

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.term or self.year or self.state)

    def among(self, orders: QuerySet[Order]) -> QuerySet[Order]:
        """Keep the orders that are looked for."""
        if self.year:
            orders = orders.filter(placed_at__year=self.year)
        if self.state:
            orders = orders.filter(state=self.state)
        return orders_matching(orders, self.term)


@require_safe
@member_required
def orders(request: MemberRequest) -> HttpResponse:
    """Show the orders that are looked for with their documents, the newest first."""
    documents = Prefetch(
        "documents",
        Document.objects.order_by("issued_at", "pk"),
        to_attr="documents_shown",
    )
    own = Order.objects.of_company(request.company)
    years = own.years()
    wanted = Wanted.read(request.GET, years)
    page = Paginator(wanted.among(own).prefetch_related(documents), ORDERS_PER_PAGE).get_page(request.GET.get("side"))
    awaiting_card = list(wanted.among(Order.objects.filter(company=request.company).awaiting_card()))
    return render(
        request,
        "billing/orders.html",
        {
            "page": page,
            "awaiting_card": awaiting_card,
            "wanted": wanted,
            "number_found": page.paginator.count + len(awaiting_card),
            "years": years,
            # A document may be issued in a later year than its order.
            "document_years": range(timezone.localdate().year, years[-1] - 1, -1) if years else (),
            "states": OrderState,
            "longest_term": LONGEST_TERM,
        },
    )
