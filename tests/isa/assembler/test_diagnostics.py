"""Every error and warning at its exact place. The expectations are comments in the sources, on the faulty lines:

    MOV R0, R16   ;; 9 invalid-register: invalid register 'R16' | the registers are R0 to R15

is column, code, message and hint; what is expected may be cut short at the end. A line without such a comment has no
diagnostic.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emu.isa.assembler import Diagnostic, Limits, assemble, render_all

SOURCES = sorted((Path(__file__).parent / "diagnostics").glob("*.s"))
EXPECTATION = re.compile(r" ;; (\d+) (warning )?([a-z-]+): ((?:(?! ;; ).)*)")


def expected(text: str) -> list[tuple[int, int, str, str, str]]:
    return [
        (number, int(found[1]), "warning" if found[2] else "error", found[3], found[4].rstrip())
        for number, line in enumerate(text.split("\n"), 1)
        for found in EXPECTATION.finditer(line)
    ]


def told(diagnostic: Diagnostic) -> str:
    return diagnostic.message + (f" | {diagnostic.hint}" if diagnostic.hint else "")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_all_errors_of_a_source_are_found_in_their_places(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    wanted = expected(text)
    assembly = assemble(text, path.name)
    found = [(d.line, d.column, d.severity, d.code) for d in assembly.diagnostics]
    assert found == [(line, column, severity, code) for line, column, severity, code, _ in wanted]
    for diagnostic, (*_, message) in zip(assembly.diagnostics, wanted, strict=True):
        assert told(diagnostic).startswith(message)
        assert diagnostic.file == path.name
    assert assembly.ok == (not any(d.is_error for d in assembly.diagnostics))


def test_there_are_sources_to_test_with() -> None:
    assert sum(len(expected(path.read_text(encoding="utf-8"))) for path in SOURCES) > 200


def only(source: str) -> Diagnostic:
    (diagnostic,) = assemble(source, "prog.s").diagnostics
    return diagnostic


def test_a_diagnostic_shows_the_line_and_points_at_the_column() -> None:
    assert only("\tMOV\tR0, #0x12345").render() == (
        "prog.s:1:10: error: MOV cannot encode 0x00012345\n"
        "\tMOV\tR0, #0x12345\n"
        "\t   \t    ^\n"
        "hint: use LDR R0, =0x12345"
    )


def test_columns_count_characters_and_odd_bytes_do_not_reach_the_terminal() -> None:
    diagnostic = only('t: .asciz "é\x1b" x')
    assert diagnostic.column == 16
    assert diagnostic.render().split("\n")[1:3] == ['t: .asciz "é\\x1B" x', "                  ^"]


def test_bytes_that_are_no_text_are_shown_as_escapes() -> None:
    (diagnostic,) = assemble(b"\xff\xfe MOV").diagnostics
    assert "'\\xFF'" in diagnostic.render()


def test_a_very_long_line_is_cut_around_the_column() -> None:
    rendered = only(" .word " + "1," * 5000 + "nonsense" + ",1" * 5000).render().split("\n")
    assert len(rendered[1]) < 200
    assert rendered[1][rendered[2].index("^") :].startswith("nonsense")


def test_a_duplicate_names_the_first_definition() -> None:
    (note,) = only("\n one: NOP\n one: NOP").notes
    assert (note.message, note.line, note.column) == ("first defined here", 2, 2)


def test_a_use_before_a_definition_names_the_definition() -> None:
    (note,) = only(" .space N\n .equ N, 4").notes
    assert (note.line, note.column) == (2, 7)


MACRO = """.macro LOAD register, value
        MOV   \\register, #\\{value} + extra
        .endm
        LOAD  R0, 1
"""


def test_an_error_in_a_macro_names_the_body_and_the_call() -> None:
    diagnostic = only(MACRO)
    assert (diagnostic.line, diagnostic.column) == (2, 38)
    assert diagnostic.source_line.endswith("#\\{value} + extra")
    (note,) = diagnostic.notes
    assert (note.line, note.column) == (4, 9)
    assert note.message == "in the macro LOAD, used here, as: MOV   R0, #1 + extra"


def test_an_error_in_an_argument_points_to_the_parameter() -> None:
    diagnostic = only(MACRO.replace("+ extra", "").replace("LOAD  R0", "LOAD  R99"))
    assert (diagnostic.line, diagnostic.column) == (2, 15)


def test_every_level_of_macros_is_named() -> None:
    diagnostic = only(".macro A\nMOV R0, x\n.endm\n.macro B\nA\n.endm\n.macro C\nB\n.endm\nC")
    assert [note.line for note in diagnostic.notes] == [5, 8, 10]


def test_an_error_moves_no_other_error_around() -> None:
    """A statement with an error takes the room it would have taken: no wrong errors about what follows it."""
    source = " .org 0x8000\n MOV R0, R99\nloop: .word nothing\n B loop\n LDR R0, loop\n"
    assert [d.line for d in assemble(source).diagnostics] == [2, 3]


def test_a_mistyped_label_is_reported_once() -> None:
    assert [d.line for d in assemble("loop MOV R0, #1\n B loop\n BNE loop\n").diagnostics] == [1]


def test_a_failed_constant_is_reported_once() -> None:
    assert [d.line for d in assemble(".equ N, 1+\n MOV R0, #N\n .space N\n").diagnostics] == [1]


@pytest.mark.parametrize("source", [".equ A, A", ".equ A, B\n.equ B, A", ".set A, A+1\n MOV R0, #A", "A = B\nB = 1+"])
def test_constants_that_depend_on_themselves_are_reported(source: str) -> None:
    assert assemble(source).diagnostics[0].line == 1


def test_many_errors_are_collected_and_some_are_shown() -> None:
    diagnostics = assemble("nonsense 1\n" * 100).diagnostics
    assert len(diagnostics) == 100
    shown = render_all(diagnostics, limit=3)
    assert shown.count("error:") == 3
    assert "... and 97 more" in shown
    assert shown.endswith("100 errors")


def test_there_is_an_end_to_errors() -> None:
    assembly = assemble("nonsense\n" * 100, limits=Limits(diagnostics=10))
    assert len(assembly.diagnostics) == 10
    assert not assembly.ok
