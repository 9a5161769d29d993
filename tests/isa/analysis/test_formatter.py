"""The formatter changes the layout and nothing else."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.isa.analysis.formatter import Style, format_source
from emu.isa.assembler import assemble
from emu.isa.instructions.disassembler import disassemble
from tests.isa.assembler.test_robustness import CORPUS, PIECES

ROOT = Path(__file__).parents[3]
SAMPLES = sorted(
    path for folder in ("samples", "tests/programs", "tests/isa/analysis/lint") for path in (ROOT / folder).glob("*.s")
)


def formatted(source: str, style: Style = Style.DEFAULT) -> str:
    result = format_source(source.encode(), "prog.s", style)
    assert result.text is not None, result.diagnostics
    return result.text.decode()


LAYOUT = """_start:mov r0,#1;comment
loop: addseq r0 , r1,r2 , lsl#2 @ first
   b loop
alone:
.WORD 1,2
"""


def test_default_style_aligns_everything() -> None:
    assert formatted(LAYOUT) == (
        "_start: MOV     R0, #1                  ; comment\n"
        "loop:   ADDEQS  R0, R1, R2, LSL #2      ; first\n"
        "        B       loop\n"
        "alone:\n"
        "        .word   1, 2\n"
    )


def test_compact_style_aligns_nothing() -> None:
    assert formatted(LAYOUT, Style.COMPACT) == (
        "_start: MOV R0, #1 ; comment\nloop: ADDEQS R0, R1, R2, LSL #2 ; first\n B loop\nalone:\n .word 1, 2\n"
    )


def test_expanded_style_has_wider_columns() -> None:
    assert formatted(LAYOUT, Style.EXPANDED).split("\n")[:3] == [
        "_start:     MOV         R0, #1                    ; comment",
        "loop:       ADDEQS      R0, R1, R2, LSL #2        ; first",
        "            B           loop",
    ]


LINES = {
    "a label as long as its column": ("labels8:  nop", "labels8: NOP"),
    "a label longer than its column": ("a_long_label: nop", "a_long_label: NOP"),
    "several labels": ("a:b: nop", "a: b:   NOP"),
    "an indented label": ("  here:", "here:"),
    "condition before S": ("ADDSEQ R0, R0, R0", "        ADDEQS  R0, R0, R0"),
    "condition behind a size": ("ldreqb r0, [r1]", "        LDRBEQ  R0, [R1]"),
    "condition behind a mode": ("LDMEQFD sp!, {r0}", "        LDMFDEQ SP!, {R0}"),
    "the other name of a condition": ("bhs .", "        BHS     ."),
    "register lists": ("push {r0,r4 - r6 , lr}", "        PUSH    {R0, R4 - R6, LR}"),
    "memory operands": ("ldr r0,[ r1 , # 4 ] !", "        LDR     R0, [R1, #4]!"),
    "literals": ("ldr r0,=  0x10", "        LDR     R0, =0x10"),
    "names keep their case": ("Lsl: bl Lsl", "Lsl:    BL      Lsl"),
    "a label named like a shift": ("lsl: ldr r0, lsl", "lsl:    LDR     R0, lsl"),
    "RRX as a shift": ("mov r0, r1, rrx", "        MOV     R0, R1, RRX"),
    "status registers": ("msr cpsr_F, r0", "        MSR     CPSR_f, R0"),
    "strings": ("""t: .asciz "a ; b" ,'c  @ d'""", """t:      .asciz  "a ; b", 'c  @ d'"""),
    "assignments": ("X=5", "X = 5"),
    "an assignment behind a label": ("x: Y=5", "x:      Y = 5"),
    "housekeeping": (".TYPE  main,%function", "        .type   main,%function"),
    "comment marker @": ("nop @ text", "        NOP                             ; text"),
    "comment marker //": ("nop //text", "        NOP                             ; text"),
    "comment marker ;": ("nop ;text", "        NOP                             ; text"),
    "comment between marks": ("nop /* text */", "        NOP                             ; text"),
    "comment within a line": ("mov r0, /* text */ r1  ", "mov r0, /* text */ r1"),
    "comment in the first column": ("@text", "; text"),
    "comment elsewhere": ("  @text", "        ; text"),
    "comment with ornaments": (";;; text", ";;; text"),
    "empty comment": ("nop ;", "        NOP                             ;"),
    "a blank line": ("   \t", ""),
    "bytes that are no text": (".ascii '\udcff' ; \udcfe", "        .ascii  '\udcff'                     ; \udcfe"),
}


@pytest.mark.parametrize(("before", "after"), LINES.values(), ids=LINES.keys())
def test_a_line(before: str, after: str) -> None:
    result = format_source(before.encode("utf-8", "surrogateescape"), "prog.s")
    assert result.text is not None
    assert result.text.decode("utf-8", "surrogateescape") == after + "\n"


def test_macro_calls_and_lines_with_parameters_keep_their_text() -> None:
    source = ".macro add  a,b\nlab\\@: mov \\a,#\\b ; text\n mov r0,r1\n.endm\n add  r0 , 5\n add r0 ,6\n"
    assert formatted(source).split("\n") == [
        "        .macro  add  a,b",
        "lab\\@: mov \\a,#\\b                       ; text",
        "        MOV     R0, R1",
        "        .endm",
        "        add     r0, 5",
        "        add     r0, 6",
        "",
    ]


def test_a_macro_in_capitals_does_not_catch_instructions() -> None:
    source = ".macro MOV a\n.endm\n mov r0, #1\n MOV x\n"
    assert "        mov     R0, #1\n        MOV     x\n" in formatted(source)


def test_what_is_never_assembled_may_be_anything() -> None:
    source = ' .if 0\n mov is "no program\n .endif\n'
    assert ' mov is "no program\n' in formatted(source)


def test_block_comments_stay_as_they_are() -> None:
    source = "/* one\n   two */\n/* three\n four */ nop\n"
    assert formatted(source) == source


def test_includes_are_not_looked_for() -> None:
    assert formatted(' .include "nowhere.s"\n  print  r0') == '        .include "nowhere.s"\n        print   r0\n'


@pytest.mark.parametrize("source", [' .ascii "open', " mov r0, [", " .if 1", "/*", " nonsense 1", " .nonsense"])
def test_a_source_with_syntax_errors_is_left_alone(source: str) -> None:
    result = format_source(source.encode(), "prog.s")
    assert result.text is None
    assert all(diagnostic.is_error and diagnostic.file == "prog.s" for diagnostic in result.diagnostics)
    assert result.diagnostics


def check(source: str, style: Style) -> None:
    result = format_source(source.encode("utf-8", "surrogateescape"), "prog.s", style)
    if result.text is None:
        return
    again = format_source(result.text, "prog.s", style)
    assert again.text == result.text
    before, after = assemble(source).program, assemble(result.text).program
    if before is not None:
        assert after is not None
        assert after.segments == before.segments
        assert after.entry == before.entry
        assert {n: s.value for n, s in after.symbols.items()} == {n: s.value for n, s in before.symbols.items()}


STYLES = st.sampled_from(Style)


CHANGES = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 40), PIECES), max_size=4)


@given(st.sampled_from(CORPUS), CHANGES, STYLES)
def test_the_image_stays_and_formatting_twice_changes_nothing(
    source: str, changes: list[tuple[int, int, str]], style: Style
) -> None:
    for position, length, piece in changes:
        position %= len(source)
        source = source[:position] + piece + source[position + length :]
    check(source, style)


STATEMENTS = st.sampled_from(
    """
    mov r0,#1
    ADDSEQ r1 , r2,R3,lsl#2
    ldr r0,=x+4
    ldreqb r0,[r1],# -4
    stmfdeq sp!,{r0-r3 , lr}
    x:
    y: .byte 1 , 'a'
    b x
    bl  lsl
    lsl:
    .align 2
    .ascii "a;b\\n"
    mov r0,r1,rrx
    nop;c
    nop@c
    // c
    # c
    /* c */
    mrs r0,cpsr
    msr CPSR_F , r0
    X=1
    z: X=1
    .set X , X+ 1
    swi X
    1: b 1b
    .space 4,0
    push {r0}
    fp: ldr fp,fp
    add fp,fp,#1
    MOV a1, a2
    .if X
    .endif
    .macro mov a
    .endm
    svc 0
    ldr r0 , [ r1 , - r2 , LSL # 2 ]
    mov r0,#'a'
    mov r0 , # ( 1 + 2 ) * 3
    rsbs r0,r0,#0
    umullseq r0,r1,r2,r3
    """.strip().split("\n")
)
GAPS = st.sampled_from(["\n", "\n\t", "\n   ", " ; c\n", "\r\n"])


@given(st.lists(st.tuples(STATEMENTS, GAPS), max_size=12), STYLES)
def test_sources_of_statements_keep_their_image(lines: list[tuple[str, str]], style: Style) -> None:
    check("".join(statement.strip() + gap for statement, gap in lines), style)


@given(st.lists(st.tuples(PIECES, st.sampled_from([" ", "", "\n", "\t"])), max_size=40), STYLES)
def test_any_order_of_sensible_pieces(pieces: list[tuple[str, str]], style: Style) -> None:
    check("".join(piece + gap for piece, gap in pieces), style)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("style", Style)
def test_samples_keep_their_image(path: Path, style: Style) -> None:
    check(path.read_text(encoding="utf-8"), style)


@pytest.mark.parametrize("style", Style)
def test_random_instructions_keep_their_words(style: Style, seed: int) -> None:
    random = Random(f"format {seed}")
    lines = [" .org 0x8000"]
    while len(lines) < 400:
        written = disassemble(random.getrandbits(32), 0x8000 + 4 * (len(lines) - 1))
        if not written.remark and written.mnemonic != "B":
            blanks = (random.choice(("", " ", "\t", "  ")) for _ in written.operands)
            spread = "".join(c + (next(blanks) if c in ",[]{}" else "") for c in written.operands)
            lines.append(f"{random.choice(('', ' ', 'l' + str(len(lines)) + ': '))}{written.mnemonic.lower()} {spread}")
    source = "\n".join(lines)
    assert assemble(source).program is not None
    check(source, style)
