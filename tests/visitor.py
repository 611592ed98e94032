"""A visitor of the shop without JavaScript, who finds things as people do: by label, by the words on a button or link.

It reads well-formed pages only: an element that is closed in the wrong place fails the test.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Self
from urllib.parse import urlencode, urljoin, urlsplit
from xml.etree.ElementTree import Element, SubElement

from django.http import HttpResponseBase
from django.test import Client

from accounts.models import User

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_REDIRECTS_AT_MOST = 5


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("page")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = SubElement(self._open[-1], tag, {name: value or "" for name, value in attrs})
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        closed = self._open.pop()
        assert closed.tag == tag, f"</{tag}> closes <{closed.tag} {closed.attrib}>"

    def handle_data(self, data: str) -> None:
        parent = self._open[-1]
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + data
        else:
            parent.text = (parent.text or "") + data

    def close(self) -> None:
        super().close()
        assert self._open == [self.root], f"<{self._open[-1].tag}> is not closed"


def text_of(element: Element) -> str:
    """Return the words of the element with single spaces between them; a no-break space stays."""
    return " ".join("".join(element.itertext()).replace("\u00a0", "\0").split()).replace("\0", "\u00a0")


def label_of(element: Element) -> str:
    """Return the words of a link or button, without the amount that may stand beside them."""
    amounts = [text_of(each) for each in element.iter("span") if each.get("class") == "btn-amount"]
    return text_of(element).removesuffix("".join(amounts)).rstrip()


class Visitor:
    """One person at the shop. `text`, `status` and `path` are of the page that is shown.

    Where the shop leads away to somebody else's address, the visitor stops: `path` is that address then.
    """

    def __init__(self, user: User | None = None) -> None:
        self.client = Client()
        if user is not None:
            self.client.force_login(user)
        self.requests: list[str] = []

    # --- going somewhere

    def open(self, path: str) -> Self:
        """Type an address."""
        return self._arrive(path, self.client.get(path), "GET")

    def click(self, words: str, *, inside: str = "") -> Self:
        """Follow the one link with these words."""
        links = [link for link in self._scope(inside).iter("a") if label_of(link) == words]
        return self.open(urljoin(self.path, _only(links, words).get("href", "")))

    def press(self, words: str, *, inside: str = "") -> Self:
        """Press the one button with these words: its form is sent with what stands in its fields."""
        path, fields = self.form_of(words, inside=inside)
        if self._form_with(words, inside).get("method", "get") == "get":
            return self.open(urlsplit(path)._replace(query=urlencode(fields)).geturl())
        return self.send(path, fields)

    def form_of(self, words: str, *, inside: str = "") -> tuple[str, list[tuple[str, str]]]:
        """Return where the one button with these words sends its form, and what stands in the fields."""
        button, form = self._button(words, inside), self._form_with(words, inside)
        fields = list(_sent(form))
        if "name" in button.attrib:
            fields.append((button.attrib["name"], button.get("value", "")))
        return urljoin(self.path, form.get("action", "")), fields

    def send(self, path: str, fields: list[tuple[str, str]]) -> Self:
        """Send a form's fields, in their order; a name may come twice."""
        return self._arrive(path, self.client.post(path, by_name(fields)), "POST")

    # --- filling in

    def fill(self, label: str, value: str, *, inside: str = "") -> Self:
        """Write into the field with this label, over what stands there."""
        self.field(label, inside=inside).set("value", value)
        return self

    def select(self, label: str, option: str, *, inside: str = "") -> Self:
        """Choose the option with these words in the list with this label."""
        options = list(self.field(label, inside=inside).iter("option"))
        for each in options:
            each.attrib.pop("selected", None)
        _only([each for each in options if text_of(each) == option], option).set("selected", "")
        return self

    def choose(self, label: str, *, inside: str = "") -> Self:
        """Tick the box, or choose the way, with this label."""
        chosen = self.field(label, inside=inside)
        if chosen.get("type") == "radio":
            for other in self.page.iter("input"):
                if other.get("name") == chosen.get("name"):
                    other.attrib.pop("checked", None)
        chosen.set("checked", "")
        return self

    # --- looking

    def field(self, label: str, *, inside: str = "") -> Element:
        """Return the field that the label with these words names; whether it may be left empty is no part of them."""
        labels = [
            each
            for each in self._scope(inside).iter("label")
            if text_of(each).removesuffix("(frivilligt)").rstrip() == label
        ]
        return self.by_id(_only(labels, label).attrib["for"])

    def described(self, field: Element) -> str:
        """Return what a screen reader says after the field's label: its help and its error."""
        return " ".join(text_of(self.by_id(each)) for each in field.get("aria-describedby", "").split())

    def by_id(self, name: str) -> Element:
        """Return the one element with this id."""
        return _only([each for each in self.page.iter() if each.get("id") == name], f"#{name}")

    def part(self, heading: str) -> str:
        """Return the words of the part of the page that has this heading."""
        return text_of(self._scope(heading))

    def has_link(self, words: str) -> bool:
        """Whether a link with these words is on the page."""
        return any(label_of(link) == words for link in self.page.iter("a"))

    def has_button(self, words: str) -> bool:
        """Whether a button with these words is on the page."""
        return any(label_of(button) == words for button in self.page.iter("button"))

    @property
    def text(self) -> str:
        """The words of the page's main part, with headings and messages."""
        return text_of(_only(list(self.page.iter("main")), "<main>"))

    @property
    def cart(self) -> str:
        """The words of the cart at the top right."""
        return self.part("Din indkøbskurv")

    @property
    def heading(self) -> str:
        """The page's one main heading."""
        return text_of(_only(list(self.page.iter("h1")), "<h1>"))

    @property
    def errors(self) -> list[tuple[str, str]]:
        """The error summary: each sentence with the id of the field to which it leads ("" for none)."""
        summaries = [each for each in self.page.iter("div") if each.get("class") == "error-summary"]
        return [
            (text_of(item), next((link.attrib["href"].lstrip("#") for link in item.iter("a")), ""))
            for summary in summaries
            for item in summary.iter("li")
        ]

    def _scope(self, heading: str) -> Element:
        """Return the part of the page that a heading names through `aria-labelledby`; all of it for none."""
        if not heading:
            return self.page
        names = {each.get("id") for each in self.page.iter() if each.get("id") and text_of(each) == heading}
        parts = [each for each in self.page.iter() if each.get("aria-labelledby") in names]
        assert parts, f"no part is called {heading!r}"
        return parts[0]

    def _button(self, words: str, inside: str) -> Element:
        return _only([each for each in self._scope(inside).iter("button") if label_of(each) == words], words)

    def _form_with(self, words: str, inside: str) -> Element:
        button = self._button(words, inside)
        return next(each for each in self.page.iter("form") if button in list(each.iter("button")))

    def _arrive(self, path: str, response: HttpResponseBase, method: str) -> Self:
        self.requests.append(f"{method} {path}")
        for _ in range(_REDIRECTS_AT_MOST):
            if response.status_code not in {301, 302, 303}:
                break
            path = _at_the_shop(urljoin(path, response["Location"]))
            if not path.startswith("/"):
                break
            response = self.client.get(path)
            self.requests.append(f"GET {path}")
        self.path, self.status, self.response = path, response.status_code, response
        self.content: bytes = getattr(response, "content", b"")
        reader = _Reader()
        if response.headers.get("Content-Type", "").startswith("text/html"):
            reader.feed(self.content.decode())
            reader.close()
        self.page = reader.root
        return self


def by_name(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the fields' values by name, in their order."""
    data: dict[str, list[str]] = {}
    for name, value in fields:
        data.setdefault(name, []).append(value)
    return data


def _at_the_shop(address: str) -> str:
    """Return the path of an address of the shop; any other address as it is."""
    return address.removeprefix("http://testserver") or "/"


def _only(found: list[Element], what: str) -> Element:
    assert len(found) == 1, f"{len(found)} × {what!r}"
    return found[0]


def _sent(form: Element) -> Iterator[tuple[str, str]]:
    """Yield what a browser sends of a form, without its buttons."""
    for field in form.iter():
        name = field.get("name")
        if not name or "disabled" in field.attrib:
            continue
        if field.tag == "input" and (field.get("type") not in {"checkbox", "radio"} or "checked" in field.attrib):
            yield name, field.get("value", "on" if field.get("type") == "checkbox" else "")
        if field.tag == "select":
            options = list(field.iter("option"))
            chosen = next((each for each in options if "selected" in each.attrib), options[0])
            yield name, chosen.get("value", text_of(chosen))
        if field.tag == "textarea":
            yield name, field.get("value") or (field.text or "").removeprefix("\n")
