"""Loading programs: sources and executables (spec http-api.md 5.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.actors.commands import Load, LoadElf, LoadRefused
from emu.gateway.http import Endpoint, Query, Refused, bad_body, json
from emu.wire import models

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emu.gateway.http import Answer, Call
    from emu.isa.assembler.diagnostics import Diagnostic

MOST_ERRORS = 100
"""Errors of a source that an answer lists."""
LONGEST_NAME = 255
MOST_ARGUMENTS = 1000

_PROGRAM = "program.elf"


async def load(call: Call) -> Answer:
    """Makes a source, which is assembled, or an executable the session's program."""
    command = _command(call)
    reply = await call.ask(command)
    headers = call.position(reply.seq)
    if isinstance(reply.answer, LoadRefused):
        where = "file" if isinstance(command, LoadElf) else "source"
        return json(_load_failed(reply.answer.diagnostics, where), 400, headers)
    return json(models.Loaded(True, reply.answer.entry, dict(reply.answer.labels)), headers=headers)


def _command(call: Call) -> Load | LoadElf:
    if call.media_type == "application/octet-stream":
        return _executable(call, call.body, call.query("name"), call.queries("argument"))
    if call.media_type == "text/plain":
        return Load(_source(call, call.body))
    wanted = call.model(models.Load)
    if wanted.elf is not None:
        return _executable(call, wanted.elf, wanted.name, wanted.arguments, wanted.sources)
    return Load(_source(call, wanted.source.encode("utf-8")), _name(wanted.name) or "api")


def _source(call: Call, source: bytes) -> bytes:
    """The limit of all other requests counts for sources, too."""
    if len(call.body) > call.config.max_body:
        raise bad_body()
    return source


def _executable(
    call: Call, image: bytes, name: str | None, arguments: list[str], sources: Mapping[str, str] | None = None
) -> LoadElf:
    if len(image) > call.config.max_program:
        raise Refused(400, f"The program is too large (max {call.config.max_program} bytes)")
    if len(arguments) > MOST_ARGUMENTS:
        raise Refused(400, f"Too many arguments (max {MOST_ARGUMENTS})")
    texts = tuple((sources or {}).items())
    if sum(len(text) for _, text in texts) > call.config.max_body:
        raise Refused(400, f"The sources are too large (max {call.config.max_body} characters)")
    return LoadElf(image, _name(name) or _PROGRAM, tuple(arguments), texts)


def _name(name: str | None) -> str:
    if name is not None and (len(name) > LONGEST_NAME or "\0" in name):
        raise Refused(400, f"Invalid program name (at most {LONGEST_NAME} characters, none of them NUL)")
    return name or ""


def _load_failed(diagnostics: tuple[Diagnostic, ...], where: str) -> models.LoadFailed:
    errors = [diagnostic for diagnostic in diagnostics if diagnostic.is_error]
    shown = errors[:MOST_ERRORS]
    count = f"{len(errors)} error{'' if len(errors) == 1 else 's'} in the {where}"
    message = count
    if errors:
        first = errors[0]
        place = f", the first in line {first.line}" if first.line else ""
        hint = f" ({first.hint})" if first.hint is not None and not first.line else ""
        message = f"{count}{place}: {first.message}{hint}"
    return models.LoadFailed(
        success=False,
        error="Bad Request",
        message=message,
        code=400,
        errors=[_as_text(diagnostic) for diagnostic in shown],
        # Clients count on a place; a file that is no text has only a beginning.
        parse_errors=[models.ParseError(one.line or 1, one.column or 1, one.message) for one in shown],
    )


def _as_text(diagnostic: Diagnostic) -> str:
    place = f"{diagnostic.file}:{diagnostic.line}:{diagnostic.column}" if diagnostic.line else diagnostic.file
    text = f"{place}: error: {diagnostic.message}\n"
    if diagnostic.source_line.strip():
        text += f"    {diagnostic.source_line.rstrip()}\n"
    if diagnostic.hint is not None:
        text += f"  hint: {diagnostic.hint}\n"
    return text


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/session/{id}/load",
        load,
        "Load a program",
        {200: models.Loaded, 400: models.LoadFailed},
        models.Load,
        query=(
            Query("name", "of an executable that is the body: what it is called", {"type": "string"}),
            Query("argument", "of an executable that is the body: repeat it for each argument", {"type": "string"}),
        ),
        is_command=True,
        plain_text=True,
        takes_executable=True,
        details="A source is assembled. An ELF executable for ARMv4T, in base64 or as a body of type "
        "`application/octet-stream`, is loaded as it is; it may be larger than other requests.",
    ),
)
