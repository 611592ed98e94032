"""Form-encoded requests with nested keys, `line_items[0][price_data][currency]=dkk`, as checked JSON-like data.

A field knows what it accepts; a request with anything else is an error, as at Stripe.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from demo.stripe_simulator import Json
from demo.stripe_simulator.errors import ApiError

_MOST_METADATA = 50
_LONGEST_METADATA_KEY = 40
_LONGEST_METADATA_VALUE = 500


def parse_form(pairs: Iterable[tuple[str, str]]) -> Json:
    """Return nested dictionaries of text; a list is a dictionary whose keys are numbers."""
    parsed: Json = {}
    for key, value in pairs:
        first, *deeper = re.findall(r"[^\[\]]+|\[\]", key) or [key]
        _put(parsed, [first, *deeper], value, key)
    return parsed


def _put(target: Json, steps: Sequence[str], value: str, key: str) -> None:
    *inner, last = steps
    for step in inner:
        target = target.setdefault(_number_of(step, target), {})
        if not isinstance(target, dict):
            raise ApiError(f"Invalid parameter: {key}", param=key)
    target[_number_of(last, target)] = value


def _number_of(step: str, target: Json) -> str:
    return str(len(target)) if step == "[]" else step


class Field(Protocol):
    """What one parameter accepts."""

    def clean(self, raw: Any, name: str) -> Any:
        """Return the value as Stripe documents it, or raise ApiError."""


@dataclass(frozen=True)
class Text:
    """Text that is not empty."""

    longest: int = 5000

    def clean(self, raw: Any, name: str) -> str:
        """Return the text."""
        if not isinstance(raw, str):
            raise ApiError(f"Invalid string: {name}", param=name)
        if not raw:
            message = f"You passed an empty string for '{name}'. Leave the parameter out instead."
            raise ApiError(message, code="parameter_invalid_empty", param=name)
        if len(raw) > self.longest:
            raise ApiError(f"Invalid string: {name}; at most {self.longest} characters", param=name)
        return raw


@dataclass(frozen=True)
class Url:
    """An address of the web."""

    def clean(self, raw: Any, name: str) -> str:
        """Return the address."""
        text = Text().clean(raw, name)
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ApiError("Not a valid URL", code="url_invalid", param=name)
        return text


@dataclass(frozen=True)
class Email:
    """Something with an @ in it."""

    def clean(self, raw: Any, name: str) -> str:
        """Return the address."""
        text = Text(longest=512).clean(raw, name)
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
            raise ApiError(f"Invalid email address: {text}", code="email_invalid", param=name)
        return text


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    least: int = 0

    def clean(self, raw: Any, name: str) -> int:
        """Return the number."""
        if not isinstance(raw, str) or not re.fullmatch(r"-?[0-9]{1,15}", raw):
            raise ApiError(f"Invalid integer: {raw}", code="parameter_invalid_integer", param=name)
        if int(raw) < self.least:
            message = f"This value must be greater than or equal to {self.least}."
            raise ApiError(message, code="parameter_invalid_integer", param=name)
        return int(raw)


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def clean(self, raw: Any, name: str) -> str:
        """Return the word."""
        if raw not in self.words:
            raise ApiError(f"Invalid {name}: must be one of {', '.join(self.words)}", param=name)
        return str(raw)


@dataclass(frozen=True)
class ListOf:
    """A list of one kind."""

    item: Field
    longest: int = 100

    def clean(self, raw: Any, name: str) -> list[Any]:
        """Return the list."""
        if not isinstance(raw, dict) or not all(key.isascii() and key.isdigit() for key in raw):
            raise ApiError(f"Invalid array: {name}", param=name)
        if len(raw) > self.longest:
            raise ApiError(f"Array {name} exceeded maximum {self.longest} allowed elements.", param=name)
        return [self.item.clean(raw[key], f"{name}[{key}]") for key in sorted(raw, key=int)]


@dataclass(frozen=True)
class Metadata:
    """Keys and texts of the caller's own: https://docs.stripe.com/api/metadata."""

    def clean(self, raw: Any, name: str) -> dict[str, str]:
        """Return the texts by key."""
        if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
            raise ApiError(f"Invalid hash: {name}", param=name)
        if len(raw) > _MOST_METADATA:
            raise ApiError(f"Metadata can have at most {_MOST_METADATA} keys.", param=name)
        for key, value in raw.items():
            if len(key) > _LONGEST_METADATA_KEY or len(value) > _LONGEST_METADATA_VALUE:
                raise ApiError("A metadata key has at most 40 characters, a value 500.", param=f"{name}[{key}]")
        return {key: value for key, value in raw.items() if value}


@dataclass(frozen=True)
class Fields:
    """Named parameters, of which some must be there."""

    known: Mapping[str, Field]
    required: Sequence[str] = field(default=())

    def clean(self, raw: Any, name: str = "") -> Json:
        """Return the values by name."""
        if not isinstance(raw, dict):
            raise ApiError(f"Invalid object: {name}", param=name)
        for key in raw:
            if key not in self.known:
                message = f"Received unknown parameter: {_inside(name, key)}"
                raise ApiError(message, code="parameter_unknown", param=_inside(name, key))
        for key in self.required:
            if key not in raw:
                message = f"Missing required param: {_inside(name, key)}."
                raise ApiError(message, code="parameter_missing", param=_inside(name, key))
        return {key: self.known[key].clean(value, _inside(name, key)) for key, value in raw.items()}


def _inside(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


@dataclass(frozen=True)
class WholeOrRange:
    """A moment, or a range of them: `created=1` or `created[gte]=1`."""

    def clean(self, raw: Any, name: str) -> dict[str, int]:
        """Return the bounds by their names; `eq` is the moment itself."""
        if isinstance(raw, str):
            return {"eq": Whole().clean(raw, name)}
        return Fields({bound: Whole() for bound in ("gt", "gte", "lt", "lte")}).clean(raw, name)
