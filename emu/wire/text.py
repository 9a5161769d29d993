"""JSON in and out: lenient where older clients need it, exact everywhere else (spec http-api.md 2.5 and 2.6).

Reading is done in two steps. The text becomes plain values: the first JSON value counts and what follows it is ignored,
invalid UTF-8 and lone surrogates become U+FFFD. Then the values are fitted to a model: member names match without
regard to case, the last of repeated members wins, unknown members are dropped, a member that is null keeps its default.
What a member may be is said by the model alone.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

Model = TypeVar("Model")

_BLANKS = " \t\n\r"


class Malformed(ValueError):
    """The text is no JSON, or not what the model asks for. The message says where and why, for people."""


class _Inexact:
    """Stands for every number that is no plain integer: `3e4` and `32768.0` are refused where integers are wanted."""


class _Members(dict[str, Any]):
    """The members of a JSON object in the order of their last mention."""


def read(data: bytes | str) -> object:
    """The first JSON value in `data` as plain values. Raises Malformed."""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    start = len(text) - len(text.lstrip(_BLANKS))
    try:
        value, _ = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise Malformed("the text is not JSON") from error
    return value


def fit(value: object, model: type[Model]) -> Model:
    """`value`, as `read` gives it, as an instance of `model`. Null counts as an empty object. Raises Malformed."""
    try:
        return msgspec.convert(_fitted({} if value is None else value, model), model)
    except msgspec.ValidationError as error:
        raise Malformed(str(error)) from error


def parse(data: bytes | str, model: type[Model]) -> Model:
    """`read` and `fit` in one."""
    return fit(read(data), model)


def merged(current: Model, value: object) -> Model:
    """`current` with the members that `value` gives, however deep they lie. Raises Malformed."""
    model = type(current)
    given = _fitted({} if value is None else value, model)
    if not isinstance(given, dict):
        raise Malformed("Expected `object`")
    try:
        return msgspec.convert(_overlaid(msgspec.to_builtins(current), given), model)
    except msgspec.ValidationError as error:
        raise Malformed(str(error)) from error


def encode(value: object) -> bytes:
    """Compact UTF-8 JSON without a line end."""
    return _ENCODER.encode(value)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _members(pairs: Iterable[tuple[str, Any]]) -> _Members:
    members = _Members()
    for name, value in pairs:
        members.pop(name, None)
        members[name] = value
    return members


def _fitted(value: object, model: Any) -> object:
    if isinstance(value, str):
        return _scalar_values(value)
    if isinstance(value, list):
        return [_fitted(item, None) for item in value]
    if not isinstance(value, dict):
        return value
    known = _known_members(model)
    if known is None:
        return {_scalar_values(name): _fitted(item, None) for name, item in value.items() if item is not None}
    fitted: dict[str, object] = {}
    for name, item in value.items():
        match = known.get(name) or known.get(name.casefold())
        if match is not None and item is not None:
            fitted[match[0]] = _fitted(item, match[1])
    return fitted


@cache
def _known_members(model: Any) -> dict[str, tuple[str, Any]] | None:
    """The members of a structure by name and by folded name, with the model of each; None for everything else."""
    if not (isinstance(model, type) and issubclass(model, msgspec.Struct)):
        return None
    known: dict[str, tuple[str, Any]] = {}
    for field in msgspec.structs.fields(model):
        known.setdefault(field.encode_name.casefold(), (field.encode_name, _structure_in(field.type)))
    for field in msgspec.structs.fields(model):
        known[field.encode_name] = (field.encode_name, _structure_in(field.type))
    return known


def _structure_in(annotation: Any) -> Any:
    candidates = (annotation, *getattr(annotation, "__args__", ()))
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, msgspec.Struct)), None)


def _overlaid(base: Any, given: dict[Any, Any]) -> dict[str, Any]:
    overlaid = dict(base)
    for name, value in given.items():
        below = overlaid.get(name)
        overlaid[name] = _overlaid(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return overlaid


def _scalar_values(text: str) -> str:
    """`text` with surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=lambda _: _Inexact(), parse_constant=_refuse_constant
)
_ENCODER = msgspec.json.Encoder()
