"""`emu asm`, `emu disasm`, `emu fmt` and `emu symbols`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emu.cli import disasm
from emu.isa.assembler import assemble
from tests.cli.command import SAMPLES, emu

HELLO = SAMPLES / "hello.s"

PROGRAM = """\
        .org    0x8000
        .equ    TWO, 2
_start: LDR     R0, =0x12345678
        MOV     R1, #TWO
        BL      print
        MOV     R0, #0
        SWI     #0
print:  SWI     #3
        MOV     PC, LR
text:   .asciz  "ab"
        .align  2
tail:   .word   0x11223344
"""

WORDS = ["e59f0024", "e3a01002", "eb000001", "e3a00000", "ef000000", "ef000003", "e1a0f00e"]
IMAGE = b"".join(bytes.fromhex(word)[::-1] for word in WORDS) + b"ab\0\0\x44\x33\x22\x11\x78\x56\x34\x12"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A program with code, data, labels, a constant and a literal pool."""
    path = tmp_path / "program.s"
    path.write_text(PROGRAM)
    return path


def with_literal_at(image: bytes) -> bytes:
    """The image with the offset of the only literal, which depends on nothing but the length of the program."""
    return (len(image) - 4 - 8).to_bytes(1, "little") + image[1:]


# -- asm --------------------------------------------------------------------------------------------------------------


def test_asm_writes_the_image(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "program.bin"
    result = emu("asm", "-o", target, source)
    assert (result.status, result.out, result.err) == (0, b"", "")
    assert target.read_bytes() == with_literal_at(IMAGE)
    assert emu("asm", "-f", "raw", source).out == with_literal_at(IMAGE)


def test_asm_writes_intel_hex(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "program.hex"
    assert emu("asm", "-o", target, source).status == 0
    image = bytearray()
    for line in target.read_text().split():
        record = bytes.fromhex(line.removeprefix(":"))
        assert sum(record) % 256 == 0
        count, address, kind, data = record[0], int.from_bytes(record[1:3], "big"), record[3], record[4:-1]
        assert count == len(data)
        if kind == 0:
            assert address == 0x8000 + len(image)
            image += data
    assert bytes(image) == with_literal_at(IMAGE)
    assert target.read_text().endswith(":00000001FF\n")


def test_asm_shows_a_listing_unless_told_otherwise(source: Path) -> None:
    listing = emu("asm", source).out.decode()
    assert listing == emu("asm", "--format", "listing", source).out.decode()
    for line in PROGRAM.splitlines():
        assert line.strip() in listing
    assert "8004" in listing
    assert "E3A01002" in listing.upper()


def test_asm_shows_symbols(source: Path) -> None:
    table = emu("asm", "-f", "symbols", source).out
    assert table == emu("symbols", source).out


def test_asm_writes_everything_as_json(source: Path) -> None:
    found = json.loads(emu("asm", "-f", "json", source).out)
    assert found["entry"] == 0x8000
    image = b"".join(bytes.fromhex(segment["data"]) for segment in found["segments"])
    assert image == with_literal_at(IMAGE)
    assert {symbol["name"] for symbol in found["symbols"]} == {"TWO", "_start", "print", "text", "tail"}
    first = next(line for line in found["source_map"] if line["is_code"])
    assert (first["address"], first["size"], first["line"]) == (0x8000, 4, 3)
    assert first["file"] == str(source)


@pytest.mark.parametrize(
    ("target", "begins"),
    [("a.bin", b"\x24\0\x9f\xe5"), ("a.img", b"\x24\0\x9f\xe5"), ("a.hex", b":"), ("a.json", b"{")],
)
def test_the_ending_of_the_output_file_chooses_the_format(
    source: Path, tmp_path: Path, target: str, begins: bytes
) -> None:
    assert emu("asm", "-o", tmp_path / target, source).status == 0
    assert (tmp_path / target).read_bytes()[1:].startswith(begins[1:])


def test_asm_leaves_no_file_behind_if_there_are_errors(tmp_path: Path) -> None:
    result = emu("asm", "-o", tmp_path / "a.bin", "-", stdin=b" MOV R0, #0x12345\n")
    assert result.status == 1
    assert "<stdin>:1:" in result.err
    assert list(tmp_path.iterdir()) == []


def test_asm_cannot_write_where_it_may_not(source: Path, tmp_path: Path) -> None:
    result = emu("asm", "-o", tmp_path, source)
    assert result.status == 1
    assert result.err == f"emu: error: cannot write {tmp_path}: is a directory\n"


# -- disasm -----------------------------------------------------------------------------------------------------------


def test_disasm_shows_labels_code_and_data(source: Path) -> None:
    lines = emu("disasm", source).out.decode().splitlines()
    assert lines[1] == "00008000            _start:"
    assert lines[3] == "00008004  E3A01002          MOV     R1, #2"
    assert lines[4] == "00008008  EB000001          BL      print"
    assert "0000801C            text:" in lines
    assert "0000801C  00006261          .word   0x00006261" in lines
    assert "00008020  11223344          .word   0x11223344" in lines


def test_what_disasm_shows_assembles_to_the_same_image(source: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.s"
    again.write_bytes(emu("disasm", "--no-addresses", source).out)
    assert emu("asm", "-f", "raw", again).out == emu("asm", "-f", "raw", source).out


@pytest.mark.parametrize("program", sorted(SAMPLES.glob("*.s")), ids=lambda path: path.stem)
def test_every_sample_survives_the_way_there_and_back(program: Path) -> None:
    first = assemble(program.read_bytes(), program.name).program
    assert first is not None
    text = "".join(line.text(plain=True) for line in disasm.of_program(first))
    again = assemble(text, program.name).program
    assert again is not None
    assert again.segments == first.segments


def test_disasm_reads_images(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"\x05\0\xa0\xe3\xfd\xff\xff\xea\xab\xcd")
    shown = emu("disasm", "--base", "0x8000", image).out.decode()
    assert shown == (
        "00008000  E3A00005          MOV     R0, #5\n"
        "00008004  EAFFFFFD          B       0x00008000\n"
        "00008008  AB                .byte   0xAB\n"
        "00008009  CD                .byte   0xCD\n"
    )
    assert emu("disasm", "--base", "32768", "-", stdin=image.read_bytes()).out.decode() == shown


def test_disasm_says_how_to_read_an_image(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"\x05\0\xa0\xe3")
    result = emu("disasm", image)
    assert result.status == 1
    assert f"emu disasm --base 0x8000 {image}" in result.err
    assert emu("disasm", "--base", "0x8002", image).status == 2


# -- symbols ----------------------------------------------------------------------------------------------------------


def test_symbols_are_sorted_by_value(source: Path) -> None:
    result = emu("symbols", source)
    assert result.status == 0
    assert result.out.decode() == (
        "Symbol Table\n"
        "============\n"
        "\n"
        "Name                           Type         Address    Status\n"
        "--------------------------------------------------------------------------------\n"
        "TWO                            Constant     0x00000002 Defined\n"
        "_start                         Label        0x00008000 Defined\n"
        "print                          Label        0x00008014 Defined\n"
        "text                           Label        0x0000801C Defined\n"
        "tail                           Label        0x00008020 Defined\n"
        "\n"
        "Total symbols: 5\n"
    )


def test_symbols_for_programs(source: Path) -> None:
    rows = json.loads(emu("symbols", "--json", source).out)
    assert rows[0] == {
        "name": "TWO", "kind": "constant", "value": 2, "names_code": False,
        "file": str(source), "line": 2, "column": 17,
    }  # fmt: skip
    assert [(row["name"], row["line"], row["names_code"]) for row in rows[1:]] == [
        ("_start", 3, True), ("print", 8, True), ("text", 10, False), ("tail", 12, False)
    ]  # fmt: skip


def test_a_program_without_symbols() -> None:
    assert emu("symbols", "-", stdin=b" NOP\n").out == b"No symbols defined\n"


def test_errors_in_the_source_end_every_command_with_1() -> None:
    for command in (["asm"], ["disasm"], ["symbols"], ["fmt"]):
        result = emu(*command, "-", stdin=b" MOV R0, [\n")
        assert (result.status, result.out) == (1, b"")
        assert "<stdin>:1:" in result.err


# -- fmt --------------------------------------------------------------------------------------------------------------

UNTIDY = b"; a comment\n_start:mov r0,#1;one\n\n  swi 0\n"
TIDY = b"; a comment\n_start: MOV     R0, #1                  ; one\n\n        SWI     0\n"


def test_fmt_writes_the_canonical_form() -> None:
    result = emu("fmt", "-", stdin=UNTIDY)
    assert (result.status, result.err) == (0, "")
    assert result.out == TIDY
    assert emu("fmt", "-", stdin=TIDY).out == TIDY


def test_fmt_check_only_looks(tmp_path: Path) -> None:
    tidy, untidy = tmp_path / "tidy.s", tmp_path / "untidy.s"
    tidy.write_bytes(TIDY)
    untidy.write_bytes(UNTIDY)
    assert emu("fmt", "--check", tidy).status == 0
    result = emu("fmt", "--check", tidy, untidy)
    assert (result.status, result.out) == (1, b"")
    assert result.err == f"{untidy}: not in canonical form\n"
    assert untidy.read_bytes() == UNTIDY


def test_fmt_shows_a_diff(tmp_path: Path) -> None:
    source = tmp_path / "untidy.s"
    source.write_bytes(UNTIDY)
    result = emu("fmt", "--diff", source)
    assert result.status == 0
    shown = result.out.decode()
    assert shown.startswith(f"--- {source}\n+++ {source} (formatted)\n@@ ")
    assert "-_start:mov r0,#1;one\n+_start: MOV     R0, #1" in shown
    assert source.read_bytes() == UNTIDY


def test_fmt_writes_files_back_if_asked(tmp_path: Path) -> None:
    source = tmp_path / "untidy.s"
    source.write_bytes(UNTIDY)
    assert emu("fmt", "-i", source).out == b""
    assert source.read_bytes() == TIDY
    assert emu("fmt", "-i", "-", stdin=UNTIDY).status == 2


@pytest.mark.parametrize("style", ["default", "compact", "expanded"])
def test_fmt_knows_three_styles(style: str) -> None:
    formatted = emu("fmt", "--style", style, "-", stdin=UNTIDY).out
    assert emu("fmt", "--style", style, "-", stdin=formatted).out == formatted
    assert emu("asm", "-f", "raw", "-", stdin=formatted).out == emu("asm", "-f", "raw", "-", stdin=UNTIDY).out


def test_a_source_with_errors_is_left_alone(tmp_path: Path) -> None:
    source = tmp_path / "broken.s"
    source.write_bytes(b"mov r0,[\n")
    assert emu("fmt", "-i", source).status == 1
    assert source.read_bytes() == b"mov r0,[\n"
