"""How objects go into an answer: expanded where asked, and in lists that are read page by page."""

import copy
import operator
from collections.abc import Iterable, Sequence

from demo.stripe_simulator import Json
from demo.stripe_simulator.errors import ApiError, no_such
from demo.stripe_simulator.store import Kind, Store

_DEEPEST = 4
_LARGEST_PAGE = 100
_COMPARISONS = {"eq": operator.eq, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
_DEFAULT_PAGE = 10
# By object: the field, and what its id names.
_EXPANDABLE: dict[str, dict[str, Kind]] = {
    "checkout.session": {"payment_intent": "payment_intent"},
    "payment_intent": {"latest_charge": "charge", "payment_method": "payment_method"},
    "charge": {"payment_intent": "payment_intent"},
}


def expanded(store: Store, found: Json, paths: Sequence[str] = ()) -> Json:
    """Return a copy of an object or a list, in which the fields that the paths name are whole objects."""
    answer = copy.deepcopy(found)
    for path in sorted(paths):
        steps = path.split(".")
        if len(steps) > _DEEPEST:
            message = f"You cannot expand more than {_DEEPEST} levels of a property. Property: {path}"
            raise ApiError(message)
        _expand(store, answer, steps, path)
    return answer


def _expand(store: Store, holder: Json, steps: Sequence[str], path: str) -> None:
    step, *deeper = steps
    for inner in _reached(store, holder, step, path):
        if deeper:
            _expand(store, inner, deeper, path)


def _reached(store: Store, holder: Json, step: str, path: str) -> Iterable[Json]:
    """Return what the step leads to, made whole inside the holder."""
    if holder["object"] == "list" and step == "data":
        return list(holder["data"])
    if holder["object"] == "checkout.session" and step == "line_items":
        holder.setdefault("line_items", line_items(store, holder["id"]))
        return [holder["line_items"]]
    kind = _EXPANDABLE.get(holder["object"], {}).get(step)
    if kind is None:
        raise ApiError(f"This property cannot be expanded ({path}).")
    if isinstance(holder[step], str):
        holder[step] = copy.deepcopy(store.get(kind, holder[step]))
    return [holder[step]] if holder[step] else []


def line_items(store: Store, session: str) -> Json:
    """Return the list of what a session sells."""
    items = copy.deepcopy(store.get("checkout", session)["items"])
    return {"object": "list", "data": items, "has_more": False, "url": f"/v1/checkout/sessions/{session}/line_items"}


def page_of(found: Sequence[Json], asked: Json, *, url: str) -> Json:
    """Return a page of a list as `limit`, `starting_after`, `ending_before` and `created` ask for it."""
    limit = asked.get("limit", _DEFAULT_PAGE)
    if limit > _LARGEST_PAGE:
        message = f"This value must be less than or equal to {_LARGEST_PAGE}."
        raise ApiError(message, code="parameter_invalid_integer", param="limit")
    rows = [one for one in found if _is_within(one, asked.get("created", {}))]
    if "starting_after" in asked:
        rows = rows[_place(rows, asked["starting_after"], "starting_after") + 1 :]
    has_more = len(rows) > limit
    if "ending_before" in asked:
        before = rows[: _place(rows, asked["ending_before"], "ending_before")]
        rows, has_more = before[-limit:], len(before) > limit
    return {"object": "list", "data": rows[:limit], "has_more": has_more, "url": url}


def _is_within(one: Json, bounds: Json) -> bool:
    created: int = one.get("created", 0)
    return all(_COMPARISONS[name](created, bound) for name, bound in bounds.items())


def _place(rows: Sequence[Json], name: str, param: str) -> int:
    for place, row in enumerate(rows):
        if row["id"] == name:
            return place
    raise no_such("object", name, param=param)
