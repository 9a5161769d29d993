"""The description of the interface as a page for people: one file, nothing fetched from anywhere."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.5rem;border-bottom:1px solid #8886}details{border:1px solid #8886;border-radius:.4rem;margin:.5rem 0}
summary{padding:.5rem .8rem;cursor:pointer}details>div{padding:0 .8rem .8rem}
code,pre{font:14px/1.4 ui-monospace,monospace}b.method{display:inline-block;width:4.5rem;font:600 14px ui-monospace}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #8883}
"""


def page(description: Mapping[str, Any]) -> str:
    """The whole page as HTML."""
    info = description["info"]
    return "".join(
        [
            "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content='width=device-width'>",
            f"<title>{escape(info['title'])} HTTP interface</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>",
            *(f"<p>{_prose(paragraph)}</p>" for paragraph in info["description"].split("\n\n")),
            "<p>For programs: <a href='/openapi.json'>/openapi.json</a></p>",
            *_operations(description),
            "<h2 id=models>Models</h2>",
            *_models(description["components"]["schemas"]),
            "</body></html>\n",
        ]
    )


def _operations(description: Mapping[str, Any]) -> Iterator[str]:
    tags: dict[str, list[str]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            tags.setdefault(operation["tags"][0], []).append(_operation(method.upper(), path, operation))
    for tag, operations in tags.items():
        yield f"<h2>{escape(tag.capitalize())}</h2>"
        yield from operations


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    parts = [
        f"<details><summary><b class=method>{method}</b><code>{escape(path)}</code> ",
        f"{escape(operation['summary'])}</summary><div>",
    ]
    if "description" in operation:
        parts.append(f"<p>{_prose(operation['description'])}</p>")
    if "parameters" in operation:
        rows = "".join(
            f"<tr><td><code>{escape(one['name'])}</code><td>{one['in']}{', required' if one['required'] else ''}"
            f"<td>{_prose(one['description'])}"
            for one in operation["parameters"]
        )
        parts.append(f"<table><tr><th>Parameter<th>Where<th>Meaning{rows}</table>")
    if "requestBody" in operation:
        kinds = operation["requestBody"]["content"]
        parts.append("<p>Body: " + ", ".join(_content(kind, one) for kind, one in kinds.items()) + "</p>")
    rows = "".join(
        f"<tr><td>{status}<td>{escape(answer['description'])}<td>"
        + ", ".join(_content(kind, one) for kind, one in answer["content"].items())
        for status, answer in operation["responses"].items()
    )
    parts.append(f"<table><tr><th>Status<th><th>Body{rows}</table></div></details>")
    return "".join(parts)


def _content(kind: str, content: Mapping[str, Any]) -> str:
    schema = content["schema"]
    if "$ref" in schema:
        return _link(schema["$ref"])
    return f"<code>{escape(kind)}</code>"


def _models(schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in schemas.items():
        rows = "".join(
            f"<tr><td><code>{escape(member)}</code><td>{_type(one)}<td>"
            f"{'required' if member in schema.get('required', ()) else ''}"
            for member, one in schema.get("properties", {}).items()
        )
        yield (
            f"<details id='{escape(name)}'><summary><code>{escape(name)}</code></summary><div>"
            f"<p>{_prose(schema.get('description', ''))}</p><table>{rows}</table></div></details>"
        )


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _link(schema["$ref"])
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if "const" in schema or "enum" in schema:
        return escape(", ".join(str(one) for one in schema.get("enum", [schema.get("const")])))
    return escape(str(schema.get("type", "anything")))


def _link(reference: str) -> str:
    name = escape(reference.rpartition("/")[2])
    return f"<a href='#{name}'><code>{name}</code></a>"


def _prose(text: str) -> str:
    """Text with `code` in backquotes."""
    return "".join(
        f"<code>{escape(part)}</code>" if index % 2 else escape(part) for index, part in enumerate(text.split("`"))
    )
