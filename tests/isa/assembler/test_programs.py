"""Where everything goes: layout, entry, symbols, literals, conditions, macros (spec sections 4 to 12)."""

from __future__ import annotations

import struct

import pytest

from emu.isa.assembler import Assembly, assemble, render_all
from emu.isa.assembler.listing import listing
from emu.isa.assembler.output import intel_hex, raw_image
from emu.isa.layout import Layout
from emu.isa.program import Program


def program(source: str | bytes, **options: int | None) -> Program:
    assembly: Assembly = assemble(source, "prog.s", entry=options.get("entry"))
    assert assembly.program is not None, render_all(assembly.diagnostics)
    return assembly.program


def image(source: str | bytes) -> bytes:
    return raw_image(program(source))


def words(source: str | bytes) -> list[int]:
    data = image(source)
    return list(struct.unpack(f"<{len(data) // 4}I", data))


ENCODINGS = {
    "MOV R0,#5": 0xE3A00005, "MOVS R0,R1,LSL #2": 0xE1B00101, "ADD R0,R1,R2,LSR R3": 0xE0810332,
    "CMP R4,#3": 0xE3540003,
    "MUL R0,R1,R2": 0xE0000291, "MLA R0,R1,R2,R3": 0xE0203291, "BX LR": 0xE12FFF1E, "BLX R7": 0xE12FFF37,
    "LDR R0,[R1,#4]": 0xE5910004, "STRB R0,[R1],#1": 0xE4C10001, "LDRH R0,[R1,#2]": 0xE1D100B2,
    "STRH R0,[R1,R2]": 0xE18100B2, "LDRSB R0,[R1]": 0xE1D100D0, "PUSH {R4,LR}": 0xE92D4010, "POP {R4,PC}": 0xE8BD8010,
    "SWI #0x13": 0xEF000013, "MRS R0,CPSR": 0xE10F0000, "B .": 0xEAFFFFFE, "MOV R0,#0x100": 0xE3A00F40,
    "MOV R0,#0x8000": 0xE3A00C80, "NOP": 0xE1A00000, "NOPEQ": 0x01A00000, "MOV R07, r1": 0xE1A07001,
    "MOV R0, 5": 0xE3A00005, "MOV R0, -1": 0xE3E00000, "MOV R0, '\\n'": 0xE3A0000A, "MOV R0, (1+2)": 0xE3A00003,
    "MOV R0, R1, LSL 2": 0xE1A00101, "MOV R0, R1, ASL #2": 0xE1A00101, "MOV R0, R1, LSR #0": 0xE1A00001,
    "LDR R0, [R1, 4]": 0xE5910004, "LDR R0, [R1, -#4]": 0xE5110004, "LDR R0, [R1, #-0]": 0xE5910000,
    "LDR R0, [R1, -4]": 0xE5110004, "LDR R0, [R1, #+4]": 0xE5910004, "LDR R0, [R1, +R2]": 0xE7910002,
    "LDR R0, [R1, #0xFFFFFFFC]": 0xE5110004, "MUL R0, R0, R1": 0xE0000091, "PUSH R0": 0xE92D0001, "SVC 1": 0xEF000001,
    "LDREQB R0, [R1]": 0x05D10000, "LDRBEQ R0, [R1]": 0x05D10000, "ADDEQS R0, R0, R0": 0x00900000, "BLS .": 0x9AFFFFFE,
    "BLEQ .": 0x0BFFFFFE, "MOV R0, #1, #2": 0xE3A00101, "msr cpsr_f, r0": 0xE128F000, "LDM R0, R1": 0xE8900002,
}  # fmt: skip


@pytest.mark.parametrize("statement", ENCODINGS)
def test_encoding(statement: str) -> None:
    assert [f"{word:08X}" for word in words(statement)] == [f"{ENCODINGS[statement]:08X}"]


# -- source text ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    assert image(f".byte 1{end}.byte 2 ; text{end}{end}.byte 3") == b"\1\2\3"


def test_bytes_of_any_encoding_pass_through_strings() -> None:
    assert image(b'.ascii "\xff\x80\xc3\xa9" ; \xff') == b"\xff\x80\xc3\xa9"


def test_a_byte_order_mark_is_no_text() -> None:
    assert image(b"\xef\xbb\xbf.byte 1") == b"\1"


@pytest.mark.parametrize("source", ["", "\n", "; nothing", "/* nothing\n at all */", " \t\n", "alone:"])
def test_an_empty_program_is_a_program(source: str) -> None:
    assembled = program(source)
    assert assembled.segments == ()
    assert (assembled.entry, assembled.entry_reason) == (0x8000, "default")


ESCAPES = {
    r"\n\t\r\\": b"\n\t\r\\",
    r"\a\b\f\v": b"\a\b\f\v",
    r"\x41\102\0\377": b"AB\0\xff",
    r"\128": b"\n8",
    r"\'": b"'",
}


@pytest.mark.parametrize(("text", "data"), ESCAPES.items())
def test_escapes(text: str, data: bytes) -> None:
    assert image(f'.ascii "{text}"') == data
    assert image(f".asciz '{text}'") == data + b"\0"


@pytest.mark.parametrize(
    ("text", "data"), [(r"\q", b"\\q"), (r"\400", b"\\400"), (r"\x0", b"\\x0"), (r"\xZZ", b"\\xZZ")]
)
def test_an_invalid_escape_stays_in_a_string(text: str, data: bytes) -> None:
    assembly = assemble(f'.ascii "{text}"')
    assert assembly.program is not None
    assert raw_image(assembly.program) == data
    assert [d.code for d in assembly.diagnostics] == ["invalid-escape"]


# -- layout and entry -------------------------------------------------------------------------------------------

ENTRIES = {
    "_start": ("NOP\n_start: NOP", 4, "_start"),
    "_start as a constant": (".equ _start, 0x9000\n NOP", 0x9000, "_start"),
    "the origin": (" .org 0x8000\n NOP\nmain: NOP", 0x8000, "origin of the program"),
    "an origin without code": (" .org 0x8000\n .word 1\nmain: NOP", 0x8004, "first instruction"),
    "text before org": (" .text\n .org 0x8000\n NOP", 0x8000, "first instruction"),
    "data then text": (" .data\n .word 1\n .text\n NOP", 4, "first instruction"),
    "nothing said": (" .word 1\n NOP", 4, "first instruction"),
    "no code": (" .word 1", 0x8000, "default"),
    "the case of _START matters": (" .word 1\n NOP\n_START: NOP", 4, "first instruction"),
}


@pytest.mark.parametrize(("source", "entry", "reason"), ENTRIES.values(), ids=ENTRIES.keys())
def test_entry(source: str, entry: int, reason: str) -> None:
    assembled = program(source)
    assert (assembled.entry, assembled.entry_reason) == (entry, reason)


def test_an_explicit_entry_wins() -> None:
    assert program("_start: NOP\n NOP", entry=4).entry == 4


def test_sections_do_not_move_the_counter() -> None:
    assert image(".data\n.byte 1\n.text\n.byte 2\n.bss\n.byte 3\n.section .rodata, x\n.byte 4") == b"\1\2\3\4"


def test_a_label_stands_before_the_padding_of_its_line() -> None:
    symbols = program(".byte 1\na: .align 2\nb: NOP").symbols
    assert (symbols["a"].value, symbols["b"].value) == (1, 4)
    assert (symbols["a"].names_code, symbols["b"].names_code) == (False, True)


def test_blocks_are_segments_and_touching_ones_are_one() -> None:
    source = " .org 0x8010\n .word 3\nend: .org 0x8000\n .word 1\n .org 0x8004\nb: .word 2\n"
    assembled = program(source)
    assert [(s.address, len(s.data)) for s in assembled.segments] == [(0x8000, 8), (0x8010, 4)]
    assert assembled.symbols["b"].block_end == 0x8008
    assert assembled.symbols["end"].block_end == 0x8014
    assert raw_image(assembled) == bytes.fromhex("0100000002000000 0000000000000000 03000000")


def test_the_image_must_fit_the_memory_map_that_it_is_for() -> None:
    source = " .org 0x8000\n NOP\n .org 0x17FFC\n .word 1, 2"
    assert not assemble(source).ok
    assert assemble(source, layout=Layout(code_size=0x20000)).ok
    assert not assemble(" .org 0x30004\n .word 1", layout=Layout(code_size=0x20000, data_size=4)).ok


def test_low_memory_is_there_for_programs_that_use_it() -> None:
    assert assemble(" .org 0x7FFC\n NOP\n NOP").ok


# -- symbols ----------------------------------------------------------------------------------------------------


def test_set_gives_each_use_the_definition_before_it() -> None:
    source = " .set x, 1\n .byte x\n .set x, x + 1\n .byte x\nx = 9\n .byte x"
    assert image(source) == b"\1\2\x09"
    assert image(" .byte y\n y = 5\n y = 6") == b"\5"


def test_numeric_labels_mean_the_nearest() -> None:
    assert image("1: .byte 1b, 1f\n .byte 1b, 1f\n1: .byte 1b, 1f\n01: .byte 1b") == bytes([0, 4, 0, 4, 4, 6, 6])


def test_forward_constants() -> None:
    assert words("MOV R0, #N\n LDR R1, [R2, #M]\n .equ N, 5\n .equ M, -4") == [0xE3A00005, 0xE5121004]


def test_negative_constants_stay_negative_until_they_are_stored() -> None:
    assembly = assemble(".equ M, -7\n.byte M, M / 2\n.half M >> 1\n.word M\n")
    assert assembly.program is not None
    assert raw_image(assembly.program) == bytes([0xF9, 0xFD, 0xFC, 0xFF, 0xF9, 0xFF, 0xFF, 0xFF])
    assert assembly.program.symbols["M"].value == 0xFFFFFFF9
    assert assembly.diagnostics == ()


def test_mnemonics_may_be_labels_and_so_may_register_aliases() -> None:
    assert words("ADD: BEQ ADD") == [0x0AFFFFFE]
    assert words("MOV FP, IP") == [0xE1A0B00C]
    assert words("fp: B fp\n LDR R0, fp") == [0xEAFFFFFE, 0xE51F000C]
    assert [d.code for d in assemble("sl: .word 1\n MOV R0, sl").diagnostics] == ["invalid-register"]
    assert assemble("sl: .word 1\n MOV R0, SL").ok


def test_labels_with_dots_and_several_on_a_line() -> None:
    symbols = program(".word 1\n.loop: a: b: .word .loop").symbols
    assert {name: symbols[name].value for name in symbols} == {".loop": 4, "a": 4, "b": 4}


def test_constants_from_outside_win() -> None:
    assembly = assemble(".equ N, 1\n.byte N\n.ifdef N\n.byte 2\n.endif", defines={"N": 7})
    assert assembly.program is not None
    assert raw_image(assembly.program) == b"\7\2"


# -- literals ---------------------------------------------------------------------------------------------------


def test_literals_become_moves_where_that_works() -> None:
    source = "LDRNE R0, =0xFF0\n LDR R1, =-2\n LDR R2, =label\n B .\nlabel:"
    assert words(source) == [0x13A00EFF, 0xE3E01001, 0xE3A02010, 0xEAFFFFFE]


def test_the_end_pool_holds_each_value_once_in_order_of_use() -> None:
    source = "LDR R0, =0x11223344\n LDR R1, =0x55667788\n LDR R2, =0x11220000+0x3344\n B .\n .byte 1"
    assert words(source + "\n .space 3") == [
        0xE59F000C, 0xE59F100C, 0xE59F2004, 0xEAFFFFFE, 1, 0x11223344, 0x55667788,
    ]  # fmt: skip


def test_the_end_pool_lies_behind_the_highest_address() -> None:
    source = " .org 0x8100\n .space 5\n .org 0x8000\n LDR R0, =0x12345678\n B .\n"
    assert program(source).segments[-1].data.endswith(struct.pack("<I", 0x12345678))
    assert program(source).segments[-1].address + len(program(source).segments[-1].data) == 0x810C


def test_ltorg_emits_what_is_pending() -> None:
    source = "LDR R0, =0x12345678\n B over\n .ltorg\nmsg: .word 5\nover: LDR R1, =0x12345678\n LDR R2, =0x1234567\n B ."
    assert words(source) == [
        0xE59F0000, 0xEA000001, 0x12345678, 5, 0xE51F1010, 0xE59F2000, 0xEAFFFFFE, 0x01234567,
    ]  # fmt: skip


def test_a_reserved_word_that_is_not_needed_is_zero() -> None:
    source = "LDR R0, =small\n LDR R1, =12\n B over\n .ltorg\nover: NOP\n .equ small, 5"
    assert words(source) == [0xE3A00005, 0xE3A0100C, 0xEA000000, 0, 0xE1A00000]


def test_a_pool_far_behind_is_put_behind_the_block_instead() -> None:
    source = " .org 0x8000\n LDR R0, =0x12345678\n B .\n .org 0x20000\n .word 1"
    assert [segment.data.hex() for segment in program(source).segments] == ["00009fe5feffffea78563412", "01000000"]


def test_falling_into_a_pool_is_worth_a_warning() -> None:
    def codes(end: str) -> list[str]:
        return [d.code for d in assemble(f"LDR R0, =0x12345678\n {end}\n .ltorg").diagnostics]

    assert codes("NOP") == codes("BEQ .") == codes("SWI 1") == codes("BL 0") == ["pool-fallthrough"]
    for end in ("B .", "BX LR", "MOV PC, LR", "POP {PC}", "SWI 0", ".word 1", "LDR PC, [R0]"):
        assert codes(end) == []


# -- conditions, macros, repetitions ----------------------------------------------------------------------------


def test_conditions_nest() -> None:
    source = ".if 1\n.if 0\n.byte 1\n.else\n.byte 2\n.endif\n.else\n.if 1\n.byte 3\n.endif\n.endif\n"
    assert image(source) == b"\2"


def test_ifdef_sees_what_was_defined_before() -> None:
    block = "{0} {1}\n.byte 1\n.else\n.byte 2\n.endif\n"
    for name in "abc":
        before, after = block.format(".ifdef", name), block.format(".ifndef", name)
        assert image(before + "a: .equ b, 1\n.macro c\n.endm\n" + after) == b"\2\2"


def test_macros_substitute_the_longest_parameter() -> None:
    source = '.macro M n, no, x\n .byte \\no, \\n, \\{n}0, \\x\\()1\n .ascii "\\n"\n.endm\n M 1, 2, (3)+\n'
    assert image(source) == bytes([2, 1, 10, 4]) + b"1"


def test_arguments_are_split_at_commas_outside_quotes_and_brackets() -> None:
    source = ".macro M a, b\n LDR R0, \\a\n .ascii \\b\n.endm\n M [R1, #4], ','\n"
    assert image(source) == bytes.fromhex("040091e5") + b","


def test_each_expansion_has_its_number() -> None:
    assert image(".macro M\nl\\@: .byte l\\@\n.endm\n M\n M ; x\n") == b"\0\1"


def test_macros_define_macros_and_call_macros() -> None:
    assert image(".macro OUTER\n.macro INNER\n.byte 7\n.endm\n.endm\n OUTER\n INNER\n") == b"\7"


def test_repetitions() -> None:
    assert (
        image(".set n, 0\n.rept 3\n.rept 2\n.byte n\n.endr\n.set n, n + 1\n.endr\n.rept 0\n.byte 9\n.endr")
        == b"\0\0\1\1\2\2"
    )


def test_end_ends() -> None:
    assert image(".byte 1\n.end\nthis is no program \"'") == b"\1"


def test_without_a_loader_there_are_no_includes() -> None:
    (diagnostic,) = assemble('.include "x.s"').diagnostics
    assert diagnostic.code == "include"


# -- what comes with the image ----------------------------------------------------------------------------------


def test_the_source_map_names_code_and_data() -> None:
    source = " .org 0x8000\nmain: NOP ; text\n .word 1, 2\n .align 4\n .space 0\n B main"
    lines = program(source).source_map
    assert [(line.address, line.size, line.line, line.is_code) for line in lines] == [
        (0x8000, 4, 2, True), (0x8004, 8, 3, False), (0x8010, 0, 5, False), (0x8010, 4, 6, True),
    ]  # fmt: skip
    assert lines[0].text == "main: NOP ; text"
    assert program(source).instruction_addresses == {0x8000, 0x8010}


def test_intel_hex_has_addresses_and_checksums() -> None:
    text = intel_hex(program(" .org 0x2FFFE\n .hword 1\n .word 2\n"))
    assert text.split() == [
        ":020000040002F8", ":02FFFE00010000", ":020000040003F7", ":0400000002000000FA",
        ":040000050000800077", ":00000001FF",
    ]  # fmt: skip
    for line in text.split():
        assert sum(bytes.fromhex(line[1:])) & 0xFF == 0


def test_a_listing_shows_every_line_with_its_bytes() -> None:
    source = ' .org 0x8000\n; text\nmain: MOV R0, #1\n LDR R1, =0x12345678\n B .\nt: .ascii "hello"\n'
    text = listing(assemble(source))
    for line in source.splitlines():
        assert line in text
    assert "00008000  E3A00001" in text
    assert "0000800C  68 65 6C 6C 6F" in text
    assert "00008014  12345678" in text


def test_what_compilers_write_for_other_tools_changes_nothing() -> None:
    housekeeping = """ .syntax unified
 .cpu arm7tdmi
 .eabi_attribute 20, 1
 .file "x.c"
 .type f, %function
 .weak f
 .cfi_startproc
 .fnstart
 .loc 1 3 0
 .save {r4, lr}
"""
    code = "f: push {r4, lr}\n pop {r4, pc}\n"
    after = ' .cfi_endproc\n .fnend\n .size f, .-f\n .ident "GCC: (GNU)"\n'
    assert raw_image(program(housekeeping + code + after)) == raw_image(program(code))
