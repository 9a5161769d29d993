"""The linter finds what is there, in its place, and nothing else. The expectations are comments in the sources:

    BNE lop   ;; 5 error UNDEF_LABEL: undefined symbol lop | did you mean loop?

is column, level, code, message and hint; what is expected may be cut short at the end.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.isa.analysis.control_flow import ControlFlow
from emu.isa.analysis.lint import CODES, Finding, LintOptions, failed, lint
from emu.isa.analysis.lint_formats import FORMATS, as_dict, as_github, as_sarif, as_text, rendered
from emu.isa.analysis.profile import Profile
from emu.isa.analysis.references import references
from emu.isa.assembler import LoadedFile, assemble
from emu.isa.machine import Machine
from emu.isa.stops import LimitReached, ServiceCall
from tests.cli.command import ROOT, SAMPLES
from tests.isa.assembler.test_robustness import CORPUS, PIECES

SOURCES = sorted((Path(__file__).parent / "lint").glob("*.s"))
PROGRAMS = sorted([*SAMPLES.glob("*.s"), *(ROOT / "tests" / "programs").glob("*.s")])
EXPECTATION = re.compile(r" ;; (\d+) (\w+) ([A-Z_]+): ((?:(?! ;; ).)*)")

RIGHT = {
    "macros": [("UNREACHABLE_CODE", 19)],
    "worked_example": [("UNREACHABLE_CODE", 21)],
}
"""Programs of the specification with dead code in them."""


def expected(text: str) -> list[tuple[int, int, str, str, str]]:
    return [
        (number, int(found[1]), found[2], found[3], found[4].rstrip())
        for number, line in enumerate(text.split("\n"), 1)
        for found in EXPECTATION.finditer(line)
    ]


def told(finding: Finding) -> str:
    return finding.message + (f" | {finding.hint}" if finding.hint else "")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_everything_is_found_in_its_place(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    wanted = expected(text)
    findings = lint(text, path.name)
    assert [(f.line, f.column, f.level, f.code) for f in findings] == [row[:4] for row in wanted]
    for finding, (*_, message) in zip(findings, wanted, strict=True):
        assert told(finding).startswith(message)
        assert finding.file == path.name


def test_every_code_has_an_example() -> None:
    shown = {row[3] for path in SOURCES for row in expected(path.read_text(encoding="utf-8"))}
    assert shown == CODES


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_nothing_is_found_in_a_good_program(path: Path) -> None:
    found = [(finding.code, finding.line) for finding in lint(path.read_bytes(), path.name)]
    assert found == (RIGHT.get(path.stem, []) if path.parent.name == "programs" else [])


# -- the control flow -------------------------------------------------------------------------------------------------


def executed(source: bytes, name: str, limit: int) -> tuple[ControlFlow, set[int]]:
    """The graph of a program, and the instructions of its own that it executes; every service call answers with 1."""
    assembly = assemble(source, name)
    assert assembly.program is not None
    machine = Machine(engine="python")
    machine.load(assembly.program)
    machine.profile = Profile()
    while isinstance(stop := machine.run(limit), ServiceCall):
        limit -= 1
        if stop.number == 0 or not limit:
            break
        machine.registers[0] = 1
        machine.finish_service_call()
    assert not isinstance(stop, LimitReached) or limit
    image = assembly.program.instruction_addresses
    reached = {place.address for place, count in machine.profile.counts().items() if count.reached}
    return ControlFlow(assembly.passes, assembly.program, references(assembly.passes)), reached & image


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_whatever_is_executed_counts_as_reachable(path: Path) -> None:
    flow, reached = executed(path.read_bytes(), path.name, 6_000)
    assert reached
    assert reached <= flow.reachable


BLOCKS = (
    "B {other}", "BEQ {other}", "BL {other}", "BX LR", "POP {{PC}}", "NOP", "MOV R1, #3", "SWI #0", "SWIEQ #0",
    "LDR R2, ={other}\n BX R2", "ADR R2, {other}\n MOV PC, R2", "MOV LR, PC\n B {other}", ".word 0xE1A00000",
    "CMP R1, #1", "PUSH {{LR}}", "LDR PC, {other}_at", "B {other}\n{other}_at: .word {other}", "SUBS R1, R1, #1",
    "ADD PC, PC, R0, LSL #2\n NOP\n B {other}\n B {label}", "LDRLS PC, [PC, R0, LSL #2]\n NOP\n .word {other}, {label}",
)  # fmt: skip


def random_source(random: Random) -> str:
    names = [f"l{number}" for number in range(random.randrange(2, 12))]
    lines = [" .org 0x8000", "_start:"]
    tables = set()
    for name in names:
        lines.append(f"{name}:")
        for _ in range(random.randrange(4)):
            block = random.choice(BLOCKS).format(other=random.choice(names), label=name)
            if (made := re.search(r"(\w+_at):", block)) is not None:
                if made[1] in tables:
                    continue
                tables.add(made[1])
            lines.append(" " + block)
    used = set(re.findall(r"\w+_at", "\n".join(lines))) - tables
    return "\n".join([*lines, " SWI #0", *(f"{name}: .word {name[:-3]}" for name in sorted(used))])


@pytest.mark.parametrize("number", range(150))
def test_what_random_programs_execute_is_reachable_and_where_they_run_out_is_told(number: int, seed: int) -> None:
    random = Random(f"flow {seed} {number}")
    source = random_source(random)
    flow, reached = executed(source.encode(), "prog.s", 400)
    assert reached <= flow.reachable, source
    dead = {f.line for f in lint(source, "prog.s") if f.code == "UNREACHABLE_CODE"}
    program = assemble(source, "prog.s").program
    assert program is not None
    assert not dead & {line.line for line in program.source_map if line.is_code and line.address in reached}, source


# -- options, files, formats ------------------------------------------------------------------------------------------

MIXED = """        .org 0x8000
_start: MUL  R0, R1, R2
        LDR  R1, [R1], #4
        SWI  #0
        ADD  PC, R0, R1
unused: .half 1, 2
"""


def codes(source: str, options: LintOptions | None = None) -> list[str]:
    return [finding.code for finding in lint(source, "prog.s", options or LintOptions())]


def test_checks_can_be_left_out() -> None:
    everything = ["WRITEBACK_BASE", "UNREACHABLE_CODE", "PC_DEST_WARNING", "UNUSED_LABEL"]
    assert sorted(codes(MIXED)) == sorted(everything)
    assert "UNUSED_LABEL" not in codes(MIXED, LintOptions(unused_labels=False))
    assert "UNREACHABLE_CODE" not in codes(MIXED, LintOptions(reachability=False))
    assert codes(MIXED, LintOptions(register_use=False)) == ["UNREACHABLE_CODE", "UNUSED_LABEL"]
    assert codes(" MUL R0, R0, R0", LintOptions(register_use=False)) == ["INVALID_MUL_REGS"], "it does not assemble"


def test_warnings_can_count_as_errors() -> None:
    assert not failed(lint(MIXED))
    assert failed(lint(MIXED, "prog.s", LintOptions(warnings_as_errors=True)))


def test_hints_can_be_left_out() -> None:
    findings = lint("_start: B strat", "prog.s", LintOptions(suggestions=False))
    assert [(f.code, f.hint, f.fix) for f in findings] == [("UNDEF_LABEL", None, None)]


FIXABLE = """        .org 0x8000
_start: BL   fucntion
        LDR  R0, [R1]!
        SWI  #0
function:
        BX   LR
spare:  .byte 1
        .hafl 2
        .word 3
"""


def apply(source: str, findings: tuple[Finding, ...]) -> str:
    lines = source.splitlines(keepends=True)
    for finding in reversed(findings):
        if (fix := finding.fix) is not None:
            line = lines[fix.line - 1]
            lines[fix.line - 1] = line[: fix.column - 1] + fix.text + line[fix.end_column - 1 :]
    return "".join(lines)


def test_fixes_settle_what_they_are_for() -> None:
    source, rounds = FIXABLE, 0
    while findings := lint(source, "prog.s"):
        assert all(finding.fix is not None for finding in findings), findings
        source = apply(source, findings)
        rounds += 1
        assert rounds < 4
    assert "BL   function" in source
    assert "        .byte 1" in source


class Library:
    """A loader that knows one file."""

    def load(self, path: str, including: str) -> LoadedFile:
        return LoadedFile(path, path, b"one: BX LR\n NOP\ntwo: BL missing\n BX LR\n")


def test_an_included_file_may_have_more_than_is_used() -> None:
    findings = lint('_start: BL one\n SWI #0\n .include "lib.s"', "prog.s", loader=Library())
    assert [(f.file, f.line, f.code) for f in findings] == [("lib.s", 3, "UNDEF_LABEL")]


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_tells_every_finding(format_name: str) -> None:
    for path in SOURCES:
        findings = lint(path.read_bytes(), path.name)
        text = rendered(findings, format_name)
        text.encode("ascii" if format_name in ("json", "sarif") else "utf-8")
        for finding in findings:
            assert text.count(finding.code) >= 1
            assert finding.message in text.replace("\\\\", "\\") or '"' in finding.message


def test_there_is_no_other_format() -> None:
    with pytest.raises(ValueError, match="not as 'xml'"):
        rendered((), "xml")


def test_text_ends_with_a_count() -> None:
    assert as_text(lint("_start: B strat\nx: SWI #0")).endswith("1 error, 1 warning\n")
    assert as_text(()) == ""


def test_the_json_form() -> None:
    report = json.loads(json.dumps(as_dict(lint("_start: B strat", "prog.s"))))
    assert report == {
        "errors": 1,
        "warnings": 0,
        "infos": 0,
        "findings": [
            {
                "file": "prog.s",
                "line": 1,
                "column": 11,
                "level": "error",
                "code": "UNDEF_LABEL",
                "message": "undefined symbol strat",
                "hint": "did you mean _start?",
                "fix": {
                    "line": 1,
                    "column": 11,
                    "end_column": 16,
                    "text": "_start",
                    "description": "replace strat by _start",
                },
            }
        ],
    }


def test_annotations_escape_what_would_end_them() -> None:
    text = as_github([Finding("a,b:c.s", 1, 2, "warning", "CODE", "100 %\x1b", "two")])
    assert text == "::warning file=a%2Cb%3Ac.s,line=1,col=2,title=CODE::100 %25\\x1B%0Ahint: two\n"


def test_sarif_names_rules_places_and_fixes() -> None:
    log: Any = as_sarif(lint("_start: B strat", "a dir/prög.s"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"]["rules"] == [{"id": "UNDEF_LABEL"}]
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "a%20dir/pr%C3%B6g.s"}, "region": {"startLine": 1, "startColumn": 11}}
    assert result["fixes"][0]["artifactChanges"][0]["replacements"][0]["insertedContent"] == {"text": "_start"}


CHANGES = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 40), PIECES), max_size=4)


@given(st.sampled_from(CORPUS), CHANGES)
def test_no_source_is_too_much(source: str, changes: list[tuple[int, int, str]]) -> None:
    for position, length, piece in changes:
        position %= len(source)
        source = source[:position] + piece + source[position + length :]
    findings = lint(source.encode("utf-8", "surrogateescape"), "prog.s")
    assert failed(findings) == (assemble(source, "prog.s").program is None)
    assert {finding.code for finding in findings} <= CODES
    for format_name in FORMATS:
        rendered(findings, format_name).encode("utf-8")
