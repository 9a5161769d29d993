"""The OpenAPI 3.1 description, made from the declared endpoints and the wire models."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

import emu
from emu.wire.models import Error

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emu.gateway.http import Endpoint

INTRODUCTION = """\
Sessions run ARM programs. Commands go in over HTTP; updates come out as a numbered stream, over WebSocket at
`/api/v1/ws`, as server-sent events, or page by page.

Every answer to a command carries the headers `Emu-Epoch` and `Emu-Seq`: the number of the last event that the command
caused. A command with the header `Idempotency-Key` is executed once, however often it is sent.

A session that was created as `protected` takes commands only with its control key, in the header `Emu-Control`;
reading it and following its updates needs none."""

_VARIABLES: dict[str, tuple[str, dict[str, object]]] = {
    "id": ("the session", {"type": "string"}),
    "name": ("the example's file name", {"type": "string"}),
    "address": ("an address, decimal", {"type": "integer", "minimum": 0, "maximum": 0xFFFF_FFFF}),
    "n": ("the number of the breakpoint or watchpoint", {"type": "integer", "minimum": 1}),
    "kind": ("the kind of report", {"type": "string"}),
    "register": ("`r0` to `r15`, `sp`, `lr`, `pc`, `cpsr`, or a flag: `n`, `z`, `c`, `v`", {"type": "string"}),
}


def describe(endpoints: Sequence[Endpoint]) -> dict[str, Any]:
    """The description of all endpoints that are for programs."""
    endpoints = [endpoint for endpoint in endpoints if endpoint.is_described]
    models = _models(endpoints)
    references, components = msgspec.json.schema_components(models, ref_template="#/components/schemas/{name}")
    schemas = dict(zip(models, references, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "emu", "version": emu.__version__, "description": INTRODUCTION},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _models(endpoints: Iterable[Endpoint]) -> list[type]:
    found: dict[type, None] = {Error: None}
    for endpoint in endpoints:
        if endpoint.request is not None:
            found[endpoint.request] = None
        for model in endpoint.answers.values():
            if isinstance(model, type):
                found[model] = None
    return list(found)


def _operation(endpoint: Endpoint, schemas: dict[type, dict[str, Any]]) -> dict[str, Any]:
    answers = dict(endpoint.answers)
    answers.setdefault(400, Error)
    answers.setdefault(403, Error)
    if endpoint.needs_session:
        answers.setdefault(404, Error)
    if endpoint.is_command:
        answers.setdefault(422, Error)
        answers.setdefault(503, Error)
    if endpoint.method != "GET":
        answers.setdefault(408, Error)
    operation: dict[str, Any] = {
        "operationId": _identifier(endpoint),
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "responses": {
            str(status): _response(status, model, endpoint, schemas) for status, model in sorted(answers.items())
        },
    }
    if endpoint.details:
        operation["description"] = endpoint.details
    parameters = _parameters(endpoint)
    if parameters:
        operation["parameters"] = parameters
    if endpoint.request is not None:
        content: dict[str, Any] = {"application/json": {"schema": schemas[endpoint.request]}}
        if endpoint.plain_text:
            content["text/plain"] = {"schema": {"type": "string"}}
        if endpoint.takes_executable:
            content["application/octet-stream"] = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"content": content, "required": endpoint.path != "/api/v1/session"}
    return operation


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = []
    for name in re.findall(r"\{(\w+)\}", endpoint.path):
        meaning, schema = _VARIABLES[name]
        parameters.append({"name": name, "in": "path", "required": True, "description": meaning, "schema": schema})
    parameters += [
        {
            "name": query.name,
            "in": "query",
            "required": query.required,
            "description": query.meaning,
            "schema": query.schema,
        }
        for query in endpoint.query
    ]
    if endpoint.is_command:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "executed once for each key",
                "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[ -~]+$"},
            }
        )
    if endpoint.needs_session and (endpoint.is_command or endpoint.path.endswith("/control")):
        parameters.append(
            {
                "name": "Emu-Control",
                "in": "header",
                "required": False,
                "description": "the control key of a protected session",
                "schema": {"type": "string"},
            }
        )
    return parameters


def _response(
    status: int, model: type | str, endpoint: Endpoint, schemas: dict[type, dict[str, Any]]
) -> dict[str, Any]:
    content: dict[str, Any]
    if isinstance(model, str):
        content = {
            one: {"schema": {"type": "object" if one == "application/json" else "string"}} for one in model.split(", ")
        }
    else:
        content = {"application/json": {"schema": schemas[model]}}
    if endpoint.path.endswith("/events") and status == 200:
        content["text/event-stream"] = {"schema": {"type": "string"}}
    if endpoint.path.endswith("/examples/{name}") and status == 200:
        content["text/plain"] = {"schema": {"type": "string"}}
    response: dict[str, Any] = {"description": HTTPStatus(status).phrase, "content": content}
    if endpoint.is_command and status < 300:
        response["headers"] = {
            "Emu-Epoch": {"description": "the epoch of the log", "schema": {"type": "string"}},
            "Emu-Seq": {"description": "the last event that the command caused", "schema": {"type": "integer"}},
        }
    return response


def _identifier(endpoint: Endpoint) -> str:
    words = re.findall(r"\w+", endpoint.path.removeprefix("/api/v1"))
    return "_".join([endpoint.method.lower(), *words])
