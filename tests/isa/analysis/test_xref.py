"""The cross reference knows every use of every name, once, and what it is for."""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.isa.analysis.references import KINDS
from emu.isa.analysis.xref import CrossReference, as_dict, as_text, cross_reference, summary, symbol_text
from emu.isa.assembler import LoadedFile, assemble
from tests.cli.command import WORKED_EXAMPLE
from tests.isa.assembler.test_robustness import CORPUS, PIECES


def of(source: str) -> CrossReference:
    return cross_reference(assemble(source, "prog.s"))


def uses(source: str, name: str) -> list[tuple[str, int]]:
    symbol = of(source).symbol(name)
    assert symbol is not None
    return [(use.kind, use.location.line) for use in symbol.uses]


USES = {
    "a call": ("BL x\nx: NOP", [("call", 1)]),
    "a call by BLX": ("BLX x\nx: NOP", [("call", 1)]),
    "a conditional branch": ("BNE x\nx: NOP", [("branch", 1)]),
    "a literal": ("LDR R0, =x\nx: NOP", [("load", 1)]),
    "an expression": ("LDR R0, =x+4*(2-1)\nx: NOP", [("load", 1)]),
    "twice in one expression": ("LDR R0, =x-x\nx: NOP", [("load", 1), ("load", 1)]),
    "ADR": ("ADR R0, x\nx: NOP", [("load", 1)]),
    "a load relative to the PC": ("LDRB R0, x\nx: .byte 0", [("load", 1)]),
    "a store relative to the PC": ("STR R0, x\nx: .word 0", [("store", 1)]),
    "an offset": ("LDR R0, [R1, #x]\nx = 4", [("data", 1)]),
    "a word": (".word 1, x\nx: NOP", [("data", 1)]),
    "an immediate": ("MOV R0, #x\nx = 4", [("data", 1)]),
    "a shift": ("MOV R0, R1, LSL #x\nx = 4", [("data", 1)]),
    "a service number": ("SWI x\nx = 4", [("data", 1)]),
    "a size": ("x = 4\n.space x", [("data", 2)]),
    "another constant": ("x = 4\n.equ y, x + 1", [("data", 2)]),
    "a condition": ("x = 4\n.if x\n.endif\n.ifdef x\n.endif", [("data", 2), ("data", 4)]),
    "a name like a register": ("x: B R17\nR17: BL LRx\nLRx: B x", [("branch", 3)]),
    "a macro's argument": (".macro m a\nBL \\a\n.endm\nm x\nx: NOP", [("call", 2)]),
    "all kinds in their order": (
        ".word x\nSTR R0, x\nLDR R0, x\nB x\nBL x\nx: .word 0",
        [("call", 5), ("branch", 4), ("load", 3), ("store", 2), ("data", 1)],
    ),
    "a name nobody defines": ("B x", [("branch", 1)]),
    "a text that only looks like it": ('.ascii "x" ; x\n.global x\nx: NOP', []),
}


@pytest.mark.parametrize(("source", "expected"), USES.values(), ids=USES.keys())
def test_a_use(source: str, expected: list[tuple[str, int]]) -> None:
    assert uses(source, "x") == expected


KINDS_OF_NAMES = {
    "a constant": (".equ x, 3", "constant"),
    "a function": ("BL x\nx: NOP", "function"),
    "a label": ("B x\nx: NOP", "label"),
    "a label at the end": ("x:", "label"),
    "data": ("x: .word 1", "data"),
    "data below its label": ("x:\ny:\n .byte 1", "data"),
    "data behind padding": (".byte 1\nx: .align 2\n.word 1", "data"),
    "code behind padding": (".byte 1\nx: .align 2\nNOP", "label"),
    "reserved room": ("x: .space 4", "data"),
    "a pool": ("LDR R0, =0x12345\nx: .ltorg", "label"),
    "called data": ("BL x\nx: .word 0xE1A0F00E", "function"),
    "nothing": ("B x", "undefined"),
}


@pytest.mark.parametrize(("source", "kind"), KINDS_OF_NAMES.values(), ids=KINDS_OF_NAMES.keys())
def test_a_kind(source: str, kind: str) -> None:
    symbol = of(source).symbol("x")
    assert symbol is not None
    assert symbol.kind == kind


def test_the_worked_example() -> None:
    report = cross_reference(assemble(WORKED_EXAMPLE, "prog.s"))
    assert [(s.name, s.kind, s.location and s.location.line, len(s.uses)) for s in report.symbols] == [
        ("LIMIT", "constant", 2, 1),
        ("_start", "label", 3, 0),
        ("add", "function", 15, 1),
        ("done", "label", 10, 1),
        ("loop", "label", 4, 1),
        ("total", "data", 23, 2),
    ]
    assert summary(report) == {"total": 6, "defined": 6, "undefined": 0, "unused": 0, "functions": 1}
    assert as_text(report).endswith("Total: 6 names, 6 defined, 0 undefined, 0 unused, 1 functions\n")
    assert "total                data at 0x0000804C, defined in line 23, 2 references\n    load    10, 16\n" in as_text(
        report
    )


def test_queries() -> None:
    report = of(" .org 0x8000\n_start: BL f\nunused: B nowhere\nf: MOV R0, #K\nd: .word 1\nK = 3\n.global d")
    found = {what: [s.name for s in report.query(what)] for what in ("functions", "data", "undefined", "unused")}
    assert found == {"functions": ["f"], "data": ["d"], "undefined": ["nowhere"], "unused": ["unused"]}
    with pytest.raises(KeyError):
        report.query("everything")


def test_one_name_shows_its_lines() -> None:
    report = of("_start: BL   f\nf:\tMOV  PC, LR ; done")
    symbol = report.symbol("f")
    assert symbol is not None
    assert symbol_text(symbol).split("\n") == [
        "f: function at 0x00000004",
        "  defined  prog.s:2  f:      MOV  PC, LR ; done",
        "  call     prog.s:1  _start: BL   f",
        "",
    ]
    assert report.symbol("g") is None


class Library:
    def load(self, path: str, including: str) -> LoadedFile:
        return LoadedFile(path, path, b"f: BL g\n MOV R0, #K\n")


def test_names_of_other_files_and_of_the_command_line() -> None:
    source = '_start: BL f\ng: NOP\n.include "lib.s"'
    report = cross_reference(assemble(source, "prog.s", loader=Library(), defines={"K": -1}))
    f, k = report.symbol("f"), report.symbol("K")
    assert f is not None
    assert f.location is not None
    assert (f.location.file, f.location.line) == ("lib.s", 1)
    assert k is not None
    assert (k.value, k.kind) == (0xFFFFFFFF, "constant")
    text = as_text(report)
    assert "K                    constant = 4294967295 (0xFFFFFFFF), defined in the command line, 1 reference" in text
    assert "    data    lib.s:2" in text
    assert "f                    function at 0x00000008, defined in lib.s:1, 1 reference" in text


FORMS = {
    "call": ("BL {}", "BLXEQ {} + 0"),
    "branch": ("B {}", "BNE {}"),
    "load": ("LDR R1, ={} - 4", "ADR R2, {}"),
    "store": ("STR R1, {}",),
    "data": (".word {}", ".word 1, {} * 2", "MOV R0, #{} & 0"),
}


@pytest.mark.parametrize("number", range(30))
def test_random_sources_against_what_they_were_made_of(number: int, seed: int) -> None:
    """The generator knows what it wrote; the report must say the same."""
    random = Random(f"xref {seed} {number}")
    names = [f"{random.choice(('R', 'LR', 'PC', 'l', 'lsl', '.'))}x{n}" for n in range(8)]
    lines: list[str] = []
    expected: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    defined: dict[str, int] = {}
    for line in range(1, 60):
        name, kind = random.choice(names), random.choice(KINDS)
        label = random.choice(names) if random.randrange(4) == 0 else ""
        if label and label not in defined:
            defined[label] = line
            label += ":"
        else:
            label = ""
        lines.append(f"{label} {random.choice(FORMS[kind]).format(name)}")
        expected[name].append((kind, line))
    report = of("\n".join(lines))
    for name in names:
        symbol = report.symbol(name)
        if symbol is None:
            assert not expected[name]
            assert name not in defined
            continue
        wanted = sorted(expected[name], key=lambda use: (KINDS.index(use[0]), use[1]))
        assert [(use.kind, use.location.line) for use in symbol.uses] == wanted
        assert (symbol.location.line if symbol.location else None) == defined.get(name)
        is_called = any(kind == "call" for kind, _ in wanted)
        assert (symbol.kind == "function") == (is_called and name in defined)
        assert (symbol.kind == "undefined") == (name not in defined)


CHANGES = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 40), PIECES), max_size=4)


@given(st.sampled_from(CORPUS), CHANGES)
def test_no_source_is_too_much(source: str, changes: list[tuple[int, int, str]]) -> None:
    for position, length, piece in changes:
        position %= len(source)
        source = source[:position] + piece + source[position + length :]
    report = of(source)
    as_text(report)
    json.dumps(as_dict(report))
    for symbol in report.symbols:
        symbol_text(symbol)
