"""No source, whatever its bytes, makes the assembler raise, hang or hand out a program along with an error."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.isa.assembler import Assembly, Limits, assemble, render_all

CORPUS = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / "diagnostics").glob("*.s"))]
CORPUS.append(
    """
        .org 0x8000
        .equ N, 3
        .macro SHOW reg, base
        MOV R0, \\reg
1:      SUBS R0, R0, #\\{base} + N @ \\@ counts
        BNE 1b
        .endm
_start: SHOW R4, 10
        LDR R0, =0x12345678 /* a
        comment */
        LDRH R1, [R2, #-4]!
        STMFD SP!, {R0-R3, LR}
        .rept 3
        ADD R0, R0, R1, LSL #N
        .endr
        .if N > 2
        .else
        .byte 1, 'a', "\\n"
        .endif
        .ltorg
text:   .asciz "it's; text\\x41\\101"
        .align 2
        .space 4 * (N + 1), 0xFF
        .set X, 1
X = X + 1
        SWI X
"""
)

LIMITS = Limits(lines=2000, expanded_characters=50_000, image_bytes=1 << 16, diagnostics=200)


def check(assembly: Assembly) -> None:
    assert assembly.ok == (not assembly.errors)
    assert list(assembly.diagnostics) == sorted(assembly.diagnostics, key=lambda d: (d.line, d.column))
    for diagnostic in assembly.diagnostics:
        assert diagnostic.line >= 1
        assert diagnostic.column >= 1
        assert diagnostic.message
        rendered = diagnostic.render()
        assert all(character.isprintable() or character in "\n\t" for character in rendered)
    render_all(assembly.diagnostics)


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    check(assemble(data, limits=LIMITS))


@given(st.text(max_size=100))
def test_any_text(text: str) -> None:
    check(assemble(text, limits=LIMITS))


PIECES = st.sampled_from(
    """MOV ADD LDR STMFD B BL SWI ADR MUL MSR R0 R1, PC SP! , # [ ] ] ! { } ^ = + - * / % & | ~ ( ) << >> : :
    .word .byte .half .ascii .asciz .space .align .balign .org .equ .set .macro .endm
    .rept .endr .if .else .endif .ifdef
    .ltorg .include .fill .end 0 1 4095 0x8000 0xFFFFFFFF 1b 1f 1: x: x y fp LSL RRX CPSR_f 'a' "text" "open 'o \\x \\@
    \\ /* */ ; @ // é . .x .x: -1 1<<40""".split()
)


@given(st.lists(st.tuples(PIECES, st.sampled_from([" ", " ", " ", "", "\n", "\n ", "\t"])), max_size=60))
def test_any_order_of_sensible_pieces(pieces: list[tuple[str, str]]) -> None:
    check(assemble("".join(piece + gap for piece, gap in pieces), limits=LIMITS))


@given(st.sampled_from(CORPUS), st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 40), PIECES), max_size=6))
def test_sources_with_pieces_cut_out_and_put_in(source: str, changes: list[tuple[int, int, str]]) -> None:
    for position, length, piece in changes:
        position %= len(source)
        source = source[:position] + piece + source[position + length :]
    check(assemble(source, limits=LIMITS))


HUGE = {
    "parentheses": " .word " + "(" * 50_000 + "1" + ")" * 50_000,
    "open parentheses": " .word " + "(" * 100_000,
    "signs": " .word " + "-" * 100_000 + "1",
    "a long sum": " .word x" + "+1" * 50_000 + "\nx:",
    "a long product": " .word 1" + "*4294967295" * 20_000,
    "a tower of shifts": " .word 1" + "<<4000" * 10_000,
    "a long number": " .word " + "9" * 1_000_000,
    "a long name": " B " + "a" * 1_000_000,
    "a long unknown word": "a" * 1_000_000,
    "a long string": ' .ascii "' + "a" * 1_000_000,
    "many backslashes": ' .ascii "' + "\\" * 1_000_000,
    "many quotes": '"' * 1_000_000,
    "many blanks": " " * 1_000_000 + "?",
    "many labels": "a:" * 50_000,
    "many colons": ":" * 100_000,
    "nested conditions": " .if 1\n" * 50_000,
    "nested macros": ".macro a\n" * 50_000,
    "nested repetitions": " .rept 1000\n" * 50 + " NOP\n" + " .endr\n" * 50,
    "a huge repetition": " .rept 4294967295\n NOP\n .endr",
    "an empty huge repetition": " .rept 4294967295\n .endr",
    "nested empty repetitions": " .rept 99999\n .rept 99999\n .endr\n .endr",
    "doubling arguments": "".join(f".macro m{n} a\nm{n + 1} \\a\\a\n.endm\n" for n in range(99)) + "m0 xx\n",
    "doubling calls": "".join(f".macro m{n}\nm{n + 1}\nm{n + 1}\n.endm\n" for n in range(90)) + "m0\n",
    "a huge space": " .space 0x7FFFFFFF",
    "many huge spaces": " .space 0x7FFFFFFF\n" * 1000,
    "a huge fill": " .fill 0x7FFFFFFF, 8, 1",
    "a huge alignment": " .byte 1\n .align 31",
    "unknown words": "".join(f"unknown{n} R0\n" for n in range(5000)),
    "undefined symbols": "".join(f"s{n}: B x{n}\n" for n in range(5000)),
    "literals": "".join(f" LDR R0, =0x12345{n:03x}\n" for n in range(2000)),
    "pools": " LDR R0, =0x12345678\n .ltorg\n" * 3000,
    "origins": "".join(f" .org {0x8000 + 8 * (n * 7919 % 8000)}\n NOP\n" for n in range(8000)),
    "aliases": " ADD fp, fp, ip\n" * 5000 + "fp:\n",
    "redefinitions": " .set x, 1\n MOV R0, #x\n" * 5000,
    "numeric labels": "1: B 1b\n B 1f\n" * 3000 + "1:\n",
    "comments": "/* */" * 50_000,
    "open comments": "/*\n" * 50_000,
}


@pytest.mark.parametrize("source", HUGE.values(), ids=HUGE.keys())
def test_huge_sources_end_in_bounded_time(source: str) -> None:
    begin = time.process_time()
    check(assemble(source))
    assert time.process_time() - begin < 10
