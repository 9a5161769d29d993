"""Sources: what is wrong with one, and what a session's program was made from."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from emu.actors import debug_commands as d
from emu.actors.commands import CommandFailed, Refusal
from emu.gateway.http import Endpoint, Refused, json
from emu.isa.analysis.lint import lint
from emu.isa.assembler import assemble
from emu.wire import models
from emu.wire import models_debug as m

if TYPE_CHECKING:
    from emu.gateway.http import Answer, Call
    from emu.isa.analysis.lint import Finding
    from emu.isa.assembler import Diagnostic

MOST_DIAGNOSTICS = 200
SHORT_SOURCE = 2048
"""Bytes of source that are assembled at once, without a detour."""

_TOKEN = re.compile(r"[#=]?[\w.$]+|\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|<<|>>|.", re.DOTALL)


async def check(call: Call) -> Answer:
    """Assembles a source for nobody."""
    if call.media_type == "text/plain":
        wanted = m.Assemble(call.body.decode("utf-8", "replace"))
    else:
        wanted = call.model(m.Assemble)
    work = partial(assembled, wanted.source, wanted.name or "source.s", lints=wanted.lint)
    is_short = len(wanted.source) <= SHORT_SOURCE
    return json(await call.hub.supervisor.execution.compute(work, is_short=is_short))


def assembled(source: str, name: str, *, lints: bool) -> m.Assembled:
    """What is to be said about a source."""
    text = source.encode("utf-8", "replace")
    assembly = assemble(text, name)
    shown = [_diagnostic(one) for one in assembly.diagnostics]
    if lints:
        # Findings name the assembler's diagnostics, too, in the linter's words.
        shown = [_finding(one) for one in lint(text, name)] or shown
    del shown[MOST_DIAGNOSTICS:]
    program = assembly.program
    if program is None:
        return m.Assembled(False, shown)
    size = sum(len(segment.data) for segment in program.segments)
    return m.Assembled(True, shown, program.entry, size, len(program.instruction_addresses))


def _diagnostic(one: Diagnostic) -> m.SourceDiagnostic:
    end = _end(one.source_line, one.column)
    return m.SourceDiagnostic(one.file, one.line, one.column, end, one.severity, one.code, one.message, one.hint or "")


def _finding(one: Finding) -> m.SourceDiagnostic:
    fix = one.fix
    return m.SourceDiagnostic(
        one.file,
        one.line,
        one.column,
        _end(one.source_line, one.column),
        one.level,
        one.code,
        one.message,
        one.hint or "",
        m.SourceFix(fix.line, fix.column, fix.end_column, fix.text, fix.description) if fix is not None else None,
    )


def _end(line: str, column: int) -> int:
    """The column behind the word at a column."""
    start = max(column - 1, 0)
    match = _TOKEN.match(line.rstrip(), start)
    return (match.end() if match is not None else start + 1) + 1


async def source(call: Call) -> Answer:
    """What the program was made from."""
    try:
        found = (await call.ask(d.GetSource())).answer
    except CommandFailed as failed:
        if failed.refusal is not Refusal.NO_PROGRAM:
            raise
        raise Refused(404, "No program loaded") from failed
    files = [m.SourceText(one.name, one.text) for one in found.source.files]
    return json(m.ProgramSource(found.revision, found.source.name, found.source.kind, files))


async def lines(call: Call) -> Answer:
    """Which lines are where."""
    found = (await call.ask(d.GetLines())).answer
    rows = [m.CodeLine(one.address, one.file, one.line, one.size, one.is_code) for one in found.lines]
    return json(m.CodeLines(found.revision, rows))


async def symbols(call: Call) -> Answer:
    """Labels and constants."""
    rows = [
        m.ProgramSymbol(
            name=one.name,
            value=one.value & 0xFFFFFFFF,
            kind="label" if one.is_label else "constant",
            is_code=one.names_code,
            file=one.location.file,
            line=one.location.line,
        )
        for one in (await call.ask(d.GetSymbols())).answer
    ]
    return json(m.ProgramSymbols(rows))


_PATH = "/api/v1/session/{id}"

ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/assemble",
        check,
        "What is to be said about a source",
        {200: m.Assembled},
        m.Assemble,
        tag="server",
        plain_text=True,
        details=f"Touches no session. With `lint`, the linter's findings come in place of the assembler's diagnostics, "
        f"which are among them, and may say how to mend the source. At most {MOST_DIAGNOSTICS} are listed.",
    ),
    Endpoint("GET", f"{_PATH}/source", source, "The source", {200: m.ProgramSource, 404: models.Error}, tag="debugger"),
    Endpoint("GET", f"{_PATH}/lines", lines, "All lines of the source, by address", {200: m.CodeLines}, tag="debugger"),
    Endpoint("GET", f"{_PATH}/symbols", symbols, "Labels and constants", {200: m.ProgramSymbols}, tag="debugger"),
)
