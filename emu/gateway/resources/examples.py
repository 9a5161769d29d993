"""The programs that come with the server (spec http-api.md 5.1)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import emu
from emu.gateway.http import PLAIN, Answer, Endpoint, Query, Refused, json
from emu.wire import models

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emu.gateway.http import Call

SUFFIX = ".s"


@cache
def programs() -> Mapping[str, str]:
    """Sources by name. An installed package has them beside its modules, a checkout at its root."""
    package = Path(emu.__file__).parent
    for folder in (package / "samples", package.parent / "samples"):
        found = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob(f"*{SUFFIX}"))}
        if found:
            return found
    return {}


def description_of(name: str, source: str) -> str:
    """What a program's first comment line says of it, beside its name; empty if it says nothing."""
    first = source.partition("\n")[0].strip()
    for mark in (";", "@", "//"):
        if first.startswith(mark):
            return first.removeprefix(mark).strip().removeprefix(f"{name} - ")
    return ""


async def list_all(_: Call) -> Answer:
    """All examples."""
    rows = [models.Example(name, len(text.encode()), description_of(name, text)) for name, text in programs().items()]
    return json(models.ExampleList(rows, len(rows)))


async def show(call: Call) -> Answer:
    """One example, as JSON or as it stands."""
    name = call.variables["name"]
    if "/" in name or "\\" in name:
        raise Refused(400, "Invalid example name")
    text = programs().get(name)
    if text is None:
        raise Refused(404, f"Example not found: {name}")
    if call.query("format") == "text" or wants_text(call.header("Accept")):
        return Answer(200, text.encode("utf-8"), PLAIN)
    return json(models.ExampleText(name, text, len(text.encode("utf-8")), description_of(name, text)))


def wants_text(accept: str | None) -> bool:
    """Whether an Accept header asks for plain text."""
    return any(part.partition(";")[0].strip().lower() == "text/plain" for part in (accept or "").split(","))


ENDPOINTS = (
    Endpoint("GET", "/api/v1/examples", list_all, "All examples", {200: models.ExampleList}, tag="examples"),
    Endpoint(
        "GET",
        "/api/v1/examples/{name}",
        show,
        "One example",
        {200: models.ExampleText, 400: models.Error, 404: models.Error},
        query=(Query("format", "`text` for the bare source", {"type": "string", "enum": ["text", "json"]}),),
        tag="examples",
        details="With `Accept: text/plain` the answer is the bare source.",
    ),
)
