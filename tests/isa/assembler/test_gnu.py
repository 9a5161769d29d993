"""The same bytes as GNU as, for statements that both know.

Two differences are meant: a rotated immediate uses the largest rotation here, the smallest there; and PUSH or POP of
one register is a block transfer here.
"""

from __future__ import annotations

from pathlib import Path

from emu.isa.assembler import assemble, render_all
from tests.isa.assembler.gnu import canonical, gnu_image, needs_gnu, words

CONDITIONS = "EQ NE CS HS CC LO MI PL VS VC HI LS GE LT GT LE AL".split()
SHIFTS = [f", {shift} #{amount}" for shift in ("LSL", "LSR", "ASR", "ROR") for amount in (1, 5, 31)]
SHIFTS += [", LSR #32", ", ASR #32", ", RRX", ", LSL R4", ", ROR R5", ""]
VALUES = (0, 1, 255, 256, 0x3FC, 0xFF000000, 0xF000000F, 0x104, 0x8000)
OFFSETS = "[R1]|[R1, #4]|[R1, #-4]|[R1, #4]!|[R1], #4|[R1], #-4|[R1, R2]|[R1, -R2]|[R1, R2]!|[R1], R2|[R1], -R2"
WORD_OFFSETS = "[R1, #4095]|[R1, #-4095]|[R1, R2, LSL #2]|[R1, -R2, ASR #32]!|[R1], R2, ROR #7|[R1, R2, RRX]|near"


def data_processing() -> list[str]:
    statements = []
    for base in "ADD ADC SUB SBC RSB RSC AND ORR EOR BIC".split():
        for s in ("", "S"):
            statements += [f"{base}{s} R1, R2, #0x{value:x}" for value in VALUES]
            statements += [f"{base}{s} R1, R2, R3{shift}" for shift in SHIFTS]
            statements += [f"{base}{s} R1, R3", f"{base}{s} SP, #4"]
    for base in "MOV MVN MOVS MVNS CMP CMN TST TEQ".split():
        statements += [f"{base} R1, #0x{value:x}" for value in VALUES]
        statements += [f"{base} R1, R3{shift}" for shift in SHIFTS]
    return statements


def substitutions() -> list[str]:
    return """MOV R0, #-1|MVN R0, #0xFFFFFFF0|CMP R3, #-3|CMN R3, #-3|ADD R0, R1, #-4|SUB R0, R1, #-4|ADDS R0, R1, #-256
        |AND R0, R1, #0xFFFFFF00|BIC R0, R1, #0xFFFFFF00|ADC R0, R1, #-1|SBC R0, R1, #-1""".split("|")


def conditions() -> list[str]:
    words = (
        "ADDS{c} R0, R0, #1|LDRB{c} R1, [R2]|B{c} target|BL{c} target|SWI{c} 5|MOV{c} R1, R2|STMDB{c} SP!, {{R0, R1}}"
    )
    words += "|BX{c} LR|MUL{c} R1, R2, R3|LDRSH{c} R0, [R1]|MRS{c} R0, CPSR"
    return [word.format(c=condition) for condition in CONDITIONS for word in words.split("|")]


MODES = "IA IB DA DB FD FA ED EA".split()


def transfers() -> list[str]:
    addresses, short = f"{OFFSETS}|{WORD_OFFSETS}".split("|"), f"{OFFSETS}|[R1, #-255]".split("|")
    statements = [f"{word} R0, {address}" for word in "LDR STR LDRB STRB".split() for address in addresses]
    statements += [f"{word} R0, {address}" for word in "LDRH STRH LDRSB LDRSH".split() for address in short]
    for base in ("LDM", "STM"):
        statements += [f"{base}{mode} R0, {{R1-R3, R8}}" for mode in MODES]
        statements += [f"{base}{mode} SP!, {{R0, LR}}" for mode in MODES]
    statements += ["LDM R0, {R1, R2}", "LDMIA R0, {R1, PC}^", "STMDB R0, {R1}^", "PUSH {R4, LR}", "POP {R4-R6, PC}"]
    return statements


OTHERS = """
    MUL R1, R2, R3|MULS R1, R2, R3|MLA R1, R2, R3, R4|UMULL R1, R2, R3, R4|UMLALS R1, R2, R3, R4|
    SMULL R1, R2, R3, R4|SMLAL R1, R2, R3, R4|MRS R0, SPSR|MSR CPSR_f, R0|MSR CPSR_fc, R0|MSR SPSR_fsxc, R2|
    MSR CPSR_f, #0xF0000000|CLZ R0, R1|SWP R0, R1, [R2]|SWPB R0, R1, [R2]|NEG R0, R1|LSL R0, R1, #3|
    LSR R0, R1, R2|ASRS R0, R1, #32|ROR R0, R1, #4|RRX R0, R1|BLX R3|BX PC|SVC #0x123456|ADR R0, target|
    ADR R1, near|B .|BL . + 8|MOV fp, ip|ADD a1, v8, sl
    """

DATA = """
    .word 1, -1, 0xFFFFFFFF|.byte 1, 2, 'A', -1|.hword 1, -1|.short 2|.long 3|.4byte 4|.2byte 5|
    .ascii "ab\\n\\\\\\101\\x41;"|.asciz "a", "bb"|.balign 4|.align 4, 7|.p2align 2|.balign 16, 1|
    .space 5, 0xAA|.skip 3|.zero 4|.fill 3, 2, 0x1234|.fill 2, 8, 0x12345678|.fill 3|
    .word target-near, target+4|.rept 3\n.byte 9\n.endr|.set k, 5\n.byte k|k = 7\n.byte k|
    .if 1 + 1\n.byte 1\n.else\n.byte 2\n.endif|.balign 4
    """

EXPRESSIONS = """
    1+2*3 (1+2)*3 -7/2 7%3 -7%3 1<<4|1 ~5 0x10^3 100-10-1 2+3|4 7&3+1 1|2+4 6-2&3 -(-5) --5 2*3%4 1<<2<<3 0xFF>>4
    017 0b101
    'A'+1 10/3*3 3-~0 1+2|4^1 -1>>4 -~3*2 8>>1+1 ~0&0xFF 1|2^3&4 (1|2)+(3&2)*4
    """.split()


def check(statements: list[str], folder: Path) -> None:
    lines = "\n".join(statement.strip() for statement in statements)
    # The labels lie within reach of everything: a long list is compared in pieces.
    source = f"target: MOV R0, R0\n{lines}\n.balign 4\nnear: .word 7\n"
    assembly = assemble(source)
    assert assembly.program is not None, render_all(assembly.diagnostics)
    ours, theirs = assembly.program.segments[0].data, gnu_image(source, folder)
    assert len(ours) == len(theirs)
    differing = [
        f"{at:04X}: {a:08X}, GNU says {b:08X}"
        for at, (a, b) in enumerate(zip(words(ours), words(theirs), strict=True))
        if canonical(a) != canonical(b)
    ]
    assert not differing


@needs_gnu
def test_instructions(tmp_path: Path) -> None:
    check(OTHERS.split("|"), tmp_path)
    statements = data_processing() + substitutions() + conditions() + transfers()
    for start in range(0, len(statements), 200):
        check(statements[start : start + 200], tmp_path)


@needs_gnu
def test_data(tmp_path: Path) -> None:
    check(DATA.split("|"), tmp_path)


@needs_gnu
def test_expressions(tmp_path: Path) -> None:
    check([f".word {expression}" for expression in EXPRESSIONS], tmp_path)
