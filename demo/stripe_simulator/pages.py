"""The hosted page: pays a session as its visitor says. Danish, without JavaScript, and plainly no real payment."""

from datetime import UTC, datetime
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from demo.stripe_simulator import Json, clock
from demo.stripe_simulator.cards import MOBILEPAY, SAMPLE_CARDS, Method, Refused, read_card
from demo.stripe_simulator.payments import SessionIsNotOpen, ask_3d_secure, asked_method, pay_session
from demo.stripe_simulator.running import Running, running_in
from demo.stripe_simulator.store import Store

_STYLE = Path(__file__).parent / "templates" / "simulator.css"
_SEE_OTHER = 303


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """The pages' style sheet."""
    return HttpResponse(_STYLE.read_bytes(), content_type="text/css; charset=utf-8")


@never_cache
@csrf_exempt
def pay(request: HttpRequest, session: str) -> HttpResponse:
    """Show what is to be paid; POST pays it with a card or MobilePay."""
    running = running_in(request)
    with running.changing() as store:
        found = _session(store, session)
        if request.method != "POST" or found["status"] != "open":
            return _page(request, store, found)
        try:
            method = _typed_method(request, store, found)
        except Refused as refused:
            return _page(request, store, found, error=str(refused))
        if method.asks_3d_secure:
            ask_3d_secure(store, found, method)
            return _see_other(f"/c/pay/{session}/3ds")
        return _paid_with(request, running, found, method)


@never_cache
@csrf_exempt
def three_d_secure(request: HttpRequest, session: str) -> HttpResponse:
    """Ask whether the card's owner approves; POST answers."""
    running = running_in(request)
    with running.changing() as store:
        found = _session(store, session)
        method = asked_method(store, found)
        if method is None or found["status"] != "open":
            return _see_other(f"/c/pay/{session}")
        if request.method != "POST":
            return render(request, "three_d_secure.html", _facts(store, found) | {"card": method})
        method = method.answered(approved=request.POST.get("answer") == "approve")
        return _paid_with(request, running, found, method)


def _session(store: Store, name: str) -> Json:
    found = store.find("session", name)
    if found is None:
        raise Http404
    return found


def _typed_method(request: HttpRequest, store: Store, session: Json) -> Method:
    """Return what the visitor pays with; raise Refused when it cannot be tried at all."""
    asked = request.POST
    chosen = "card" if asked.get("method") == "card" else "mobilepay"
    if chosen not in session["payment_method_types"]:
        raise Refused("Butikken tager ikke imod den betalingsmåde her.")
    if chosen == "mobilepay":
        return MOBILEPAY.answered(approved=asked.get("method") == "mobilepay_approve")
    today = datetime.fromtimestamp(clock.now(store), UTC)
    return read_card(
        number=asked.get("number", ""),
        expiry=asked.get("expiry", ""),
        cvc=asked.get("cvc", ""),
        blocked=_blocked_brands(session),
        today=(today.year, today.month),
    )


def _blocked_brands(session: Json) -> list[str]:
    restrictions: dict[str, list[str]] = session["payment_method_options"]["card"].get("restrictions", {})
    return restrictions.get("brands_blocked", [])


def _paid_with(request: HttpRequest, running: Running, session: Json, method: Method) -> HttpResponse:
    """Pay, and lead back to the shop; or say why it was declined, so that another card can be tried."""
    try:
        decline = pay_session(running.store, session, method)
    except SessionIsNotOpen:
        return _page(request, running.store, session)
    if decline:
        return _page(request, running.store, session, error=decline.danish)
    return _see_other(_way_back(session))


def _way_back(session: Json) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _see_other(address: str) -> HttpResponse:
    # Django's own has 302, with which a browser may post again.
    answer = HttpResponseRedirect(address)
    answer.status_code = _SEE_OTHER
    return answer


def _page(request: HttpRequest, store: Store, session: Json, *, error: str = "") -> HttpResponse:
    template = {"open": "pay.html", "complete": "complete.html", "expired": "expired.html"}[session["status"]]
    return render(request, template, _facts(store, session) | {"error": error})


def _facts(store: Store, session: Json) -> Json:
    items = store.get("checkout", session["id"])["items"]
    return {
        "session": session,
        "lines": [{"name": item["description"], **_line_facts(item)} for item in items],
        "amount": _in_danish(session["amount_total"]),
        "currency": "kr." if session["currency"] == "dkk" else session["currency"].upper(),
        "way_back": _way_back(session),
        "takes_cards": "card" in session["payment_method_types"],
        "takes_mobilepay": "mobilepay" in session["payment_method_types"],
        "cards": SAMPLE_CARDS,
    }


def _line_facts(item: Json) -> Json:
    return {"quantity": item["quantity"], "amount": _in_danish(item["amount_total"])}


def _in_danish(amount: int) -> str:
    """Return øre as kroner: 1.234,50."""
    return f"{amount / 100:,.2f}".translate(str.maketrans(",.", ".,"))
