"""The linter: what is wrong with a source, and what is probably not meant (spec diagnostics.md section 12).

Theory of operation. The assembler has the first word: its errors and warnings become findings under the linter's
codes. Then come checks of names, which need no program, and checks of where execution goes, which need one; a source
with errors gets as many of them as cannot be misled by the errors. A finding must be right: where the analysis cannot
know, it is silent.
"""

from __future__ import annotations

import re

from emu.isa.analysis.control_flow import ENTRY_NAMES, ControlFlow
from emu.isa.analysis.lint_findings import ERROR, WARNING, Finding, Findings, Fix
from emu.isa.analysis.lint_flow import check_reachability, check_returns
from emu.isa.analysis.references import references
from emu.isa.assembler.assemble import assemble
from emu.isa.assembler.lexer import LABEL
from emu.isa.assembler.limits import Limits
from emu.isa.assembler.operands import PendingShift
from emu.isa.assembler.statements import InstructionStatement
from emu.isa.instructions.operands import Register, ShiftedRegister
from emu.isa.registers import PC
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emu.isa.analysis.references import Reference
    from emu.isa.assembler import Assembly, IncludeLoader
    from emu.isa.assembler.diagnostics import Diagnostic
    from emu.isa.assembler.first_pass import FirstPass

__all__ = ["Finding", "LintOptions", "failed", "lint"]


class LintOptions(Record):
    """Which checks are made."""

    unused_labels: bool = True
    reachability: bool = True
    register_use: bool = True
    suggestions: bool = True
    """Hints and fixes."""
    warnings_as_errors: bool = False


_CODES = {
    "undefined-symbol": "UNDEF_LABEL",
    "duplicate-symbol": "DUPLICATE_LABEL",
    "misaligned-instruction": "MISALIGNED_CODE",
    "unknown-directive": "UNKNOWN_DIRECTIVE",
    "multiply": "INVALID_MUL_REGS",
    "not-constant": "FORWARD_REFERENCE",
    "immediate": "ENCODING_ERROR",
    "offset": "ENCODING_ERROR",
    "branch": "ENCODING_ERROR",
    "service-number": "ENCODING_ERROR",
    "value-range": "ENCODING_ERROR",
    "overlap": "LAYOUT_ERROR",
    "memory": "LAYOUT_ERROR",
}
"""For the assembler's errors; every other one is a PARSE_ERROR."""

_WARNINGS = {
    "truncated-value": "TRUNCATED_VALUE",
    "writeback-base": "WRITEBACK_BASE",
    "writeback": "REDUNDANT_WRITEBACK",
    "unaligned-data": "UNALIGNED_DATA",
    "invalid-escape": "INVALID_ESCAPE",
    "pool-fallthrough": "POOL_FALLTHROUGH",
}

CODES = frozenset(
    {*_CODES.values(), *_WARNINGS.values(), "PARSE_ERROR", "INVALID_DIRECTIVE", "UNUSED_LABEL", "UNREACHABLE_CODE"}
    | {"PC_DEST_WARNING", "DATA_FALLTHROUGH", "RETURN_ADDRESS_LOST"}
)
"""Every code that a finding can have."""

_ARGUMENT_ERRORS = {"operand-count", "value-range", "include"}
_REGISTER_CHECKS = {"INVALID_MUL_REGS", "WRITEBACK_BASE"}
_MAY_WRITE_PC = {"MOV", "LDR", "STR", "B", "BL", "BX", "BLX"}
_DEFAULT = LintOptions()
_NO_DEFINES: Mapping[str, int] = {}
_LIMITS = Limits()

_NAME = re.compile(r"[A-Za-z_.][A-Za-z0-9_.]*")
_MEANT = re.compile(r"did you mean (\S+)\?")
_STRINGS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")


def lint(
    source: bytes | str,
    name: str = "<source>",
    options: LintOptions = _DEFAULT,
    *,
    loader: IncludeLoader | None = None,
    defines: Mapping[str, int] = _NO_DEFINES,
    entry: int | None = None,
    limits: Limits = _LIMITS,
) -> tuple[Finding, ...]:
    """Everything found in a source, by file, line and column. Never raises for what the source says.

    The arguments are those of `assemble`.
    """
    assembly = assemble(source, name, loader=loader, defines=defines, entry=entry, limits=limits)
    first = assembly.passes
    findings = Findings(first.sources)
    program = assembly.program
    for diagnostic in assembly.diagnostics:
        code = _code(diagnostic)
        if code == "POOL_FALLTHROUGH":
            continue  # the control flow knows better, and without one nobody knows
        if code not in _REGISTER_CHECKS or options.register_use or diagnostic.is_error:
            findings.add(_converted(diagnostic, code, first))
    uses = references(first)
    unused = _unused_labels(assembly, uses) if options.unused_labels else {}
    for label in unused:
        findings.add(_unused(first, label))
    if options.register_use:
        _check_destinations(first, findings)
    if program is not None and (options.reachability or options.register_use):
        flow = ControlFlow(first, program, uses)
        if options.reachability:
            check_reachability(flow, first, program, unused, findings)
        if options.register_use:
            check_returns(flow, findings)
    return tuple(_as_wanted(finding, options) for finding in findings.sorted())


def failed(findings: Sequence[Finding]) -> bool:
    """Whether there is an error among the findings."""
    return any(finding.level == ERROR for finding in findings)


def _as_wanted(finding: Finding, options: LintOptions) -> Finding:
    if options.warnings_as_errors and finding.level == WARNING:
        finding = finding.replace(level=ERROR)
    return finding if options.suggestions else finding.replace(hint=None, fix=None)


# -- what the assembler says ------------------------------------------------------------------------------------------


def _code(diagnostic: Diagnostic) -> str:
    if not diagnostic.is_error:
        return _WARNINGS.get(diagnostic.code, diagnostic.code.upper().replace("-", "_"))
    if diagnostic.code in _ARGUMENT_ERRORS and diagnostic.message.startswith("."):
        return "INVALID_DIRECTIVE"
    return _CODES.get(diagnostic.code, "PARSE_ERROR")


def _converted(diagnostic: Diagnostic, code: str, first: FirstPass) -> Finding:
    return Finding(
        diagnostic.file,
        diagnostic.line,
        diagnostic.column,
        diagnostic.severity,
        code,
        diagnostic.message,
        diagnostic.hint,
        _fix(diagnostic, code, first),
        diagnostic.source_line,
        diagnostic.notes,
    )


def _fix(diagnostic: Diagnostic, code: str, first: FirstPass) -> Fix | None:
    line, column = diagnostic.line, diagnostic.column
    source = first.sources.get(diagnostic.file)
    raw = source.raw[line - 1] if source is not None and line <= len(source.raw) else ""
    wrong = _NAME.match(raw, column - 1)
    meant = _MEANT.fullmatch(diagnostic.hint or "")
    if meant is not None and wrong is not None:
        return Fix(line, column, column + len(wrong[0]), meant[1], f"replace {wrong[0]} by {meant[1]}")
    if code == "MISALIGNED_CODE":
        return Fix(line, 1, 1, "        .align  2\n", "align the code to a multiple of 4")
    boundary = re.search(r"\.balign (\d+)", diagnostic.hint or "")
    if code == "UNALIGNED_DATA" and boundary is not None:
        return Fix(line, 1, 1, f"        .balign {boundary[1]}\n", f"align the data to a multiple of {boundary[1]}")
    if code == "REDUNDANT_WRITEBACK" and raw[column - 1 : column] == "!":
        return Fix(line, column, column + 1, "", "leave out the !")
    return None


# -- names ------------------------------------------------------------------------------------------------------------


def _unused_labels(assembly: Assembly, uses: Sequence[Reference]) -> dict[str, None]:
    """Labels that nothing refers to, in the order of their definition.

    Used is what an assembled statement names, and also what a line names that is not assembled, be it a macro that is
    never expanded or the other branch of a condition. Labels of included files may serve other programs.
    """
    first = assembly.passes
    used = {reference.name for reference in uses} | first.exported | ENTRY_NAMES
    # A label that a mistyped name was meant for will be used.
    used |= {meant[1] for d in assembly.diagnostics if (meant := _MEANT.fullmatch(d.hint or "")) is not None}
    start = assembly.program.entry if assembly.program is not None else None
    candidates = [
        d.name
        for d in first.symbols.definitions.values()
        if d.is_label and d.name not in used and d.value != start
        if d.frame is not None and d.frame.source is _main(first)
    ]
    if not candidates:
        return {}
    named: dict[str, int] = {}
    for source in first.sources.values():
        for line in source.lines:
            _count_names(line, named)
    return {name: None for name in candidates if named.get(name, 0) <= 0}


def _main(first: FirstPass) -> object:
    return next(iter(first.sources.values()), None)


def _count_names(line: str, named: dict[str, int]) -> None:
    """Adds the names in a line; labels that it defines do not count."""
    position = 0
    while (label := LABEL.match(line, position)) is not None:
        position = label.end()
    rest = line[position:]
    if "'" in rest or '"' in rest:
        rest = _STRINGS.sub(" ", rest)
    for name in _NAME.findall(rest):
        named[name] = named.get(name, 0) + 1


def _unused(first: FirstPass, name: str) -> Finding:
    definition = first.symbols.definitions[name]
    assert definition.frame is not None
    place = definition.frame.location(definition.index, definition.column)
    raw = definition.frame.raw(definition.index)
    written = LABEL.match(raw, place.column - 1)
    fix = None
    if written is not None and written[1] == name:
        blank = " " * (written.end() - written.start(1))
        fix = Fix(place.line, place.column, written.end() + 1, blank, f"remove the label {name}")
    hint = "remove it, or name it in .global if it is for others"
    message = f"nothing refers to the label {name}"
    return Finding(place.file, place.line, place.column, WARNING, "UNUSED_LABEL", message, hint, fix)


# -- registers --------------------------------------------------------------------------------------------------------


def _check_destinations(first: FirstPass, findings: Findings) -> None:
    """PC_DEST_WARNING: PC as the first operand of an instruction that is not for jumping."""
    for statement in first.statements:
        if not isinstance(statement, InstructionStatement) or statement.parsed is None:
            continue
        mnemonic, operands = statement.parsed.mnemonic, statement.parsed.operands
        if not operands or operands[0] != Register(PC) or mnemonic.base in _MAY_WRITE_PC:
            continue
        if _is_table_jump(first, statement, operands):
            continue
        message = f"{mnemonic.name} with PC as its first operand is hardly ever meant"
        findings.at(statement, WARNING, "PC_DEST_WARNING", message, "jump with B, BX or MOV PC, Rm")


def _is_table_jump(first: FirstPass, statement: InstructionStatement, operands: Sequence[object]) -> bool:
    """`ADD PC, PC, Rm, LSL #n` with a table of branches behind it, the first of them two instructions further on."""
    assert statement.parsed is not None
    if statement.parsed.mnemonic.base != "ADD" or len(operands) != 3 or operands[1] != Register(PC):
        return False
    entry = first.statements[statement.serial + 2] if statement.serial + 2 < len(first.statements) else None
    is_indexed = isinstance(operands[2], (Register, ShiftedRegister, PendingShift))
    return (
        is_indexed
        and isinstance(entry, InstructionStatement)
        and entry.parsed is not None
        and entry.parsed.mnemonic.base == "B"
        and entry.address == statement.address + 8
    )
