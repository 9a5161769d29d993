"""Damage where it hurts: headers, tables and strings of real executables, cut at every boundary, and struck at random.

Whatever is struck, a file loads or is refused with a reason, in a time and with a memory that its size bounds.
"""

from __future__ import annotations

import random
import struct
import time
import tracemalloc

import pytest

from emu.isa.elf.errors import ElfError
from emu.isa.elf.loader import load_elf
from emu.isa.machine import Machine
from tests.cli.command import SAMPLES

SEED = 1996
FILES = [(SAMPLES / "c" / f"{name}.elf").read_bytes() for name in ("hello", "queens", "huffman")]
HELLO = FILES[0]
INTERESTING = (0, 1, 2, 4, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFC, 0x8000, 0x8001, 64 << 20)
PATIENCE = 3.0
"""Seconds of processor time for one file of this size, which needs a few hundredths."""
MOST_MEMORY = 64 << 20


def section_headers(data: bytes) -> list[tuple[int, ...]]:
    start, count = struct.unpack_from("<I", data, 32)[0], struct.unpack_from("<H", data, 48)[0]
    return [struct.unpack_from("<10I", data, start + 40 * number) for number in range(count)]


def tables(data: bytes) -> list[tuple[int, int]]:
    """(position, size) of everything in the file that is read as more than bytes to load."""
    segments_at, sections_at = struct.unpack_from("<II", data, 28)
    sections = section_headers(data)
    found = [(0, 52), (segments_at, 32 * 4), (sections_at, 40 * len(sections))]
    found += [(section[4], section[5]) for section in sections if section[1] and not section[2] & 2 and section[5]]
    return found


TABLES = {data: tables(data) for data in FILES}


def look_at_all(data: bytes) -> str:
    """What became of a file: `ok`, or the code of its refusal."""
    began = time.process_time()
    try:
        program = load_elf(data, "x")
    except ElfError as error:
        outcome = error.code if error.message and "\n" not in error.message else "no message"
    else:
        len(program.symbols), len(program.instruction_addresses), len(program.source_map)
        program.labels()
        Machine().load(program)
        outcome = "ok"
    assert time.process_time() - began < PATIENCE
    return outcome


def struck(chance: random.Random) -> bytes:
    original = chance.choice(FILES)
    data = bytearray(original)
    for _ in range(chance.randint(1, 6)):
        start, size = chance.choice(TABLES[original])
        if chance.random() < 0.5 and size >= 4:
            place = start + chance.randrange(size // 4) * 4
            struct.pack_into("<I", data, place, chance.choice((*INTERESTING, chance.getrandbits(32))))
        else:
            data[start + chance.randrange(size)] = chance.randrange(256)
    if chance.random() < 0.2:
        del data[chance.randrange(len(data)) :]
    return bytes(data)


@pytest.mark.parametrize("part", range(4))
def test_struck_files(part: int) -> None:
    chance = random.Random(SEED + part)
    outcomes = set()
    for number in range(150):
        print(f"seed {SEED + part}, file {number}")  # noqa: T201 (pytest shows the last one of a failure)
        outcomes.add(look_at_all(struck(chance)))
    assert {"ok", "truncated", "damaged"} < outcomes
    assert "no message" not in outcomes


def test_files_cut_at_every_boundary() -> None:
    ends = {position for start, size in TABLES[HELLO] for position in (start, start + size)}
    ends |= {section[4] for section in section_headers(HELLO)} | {0, 1, 4, 15, 16, 20, 51, 52, len(HELLO)}
    for end in sorted(ends):
        for size in {max(0, end - 1), end, min(len(HELLO), end + 1)}:
            outcome = look_at_all(HELLO[:size])
            assert outcome in (("ok",) if size == len(HELLO) else ("truncated", "not_elf")), size


def test_memory_is_bounded_whatever_the_numbers_say() -> None:
    chance = random.Random(SEED)
    tracemalloc.start()
    try:
        for _ in range(12):
            look_at_all(struck(chance))
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


def test_tables_that_point_at_themselves_and_at_each_other() -> None:
    start = struct.unpack_from("<I", HELLO, 32)[0]
    for number, section in enumerate(section_headers(HELLO)):
        for link in range(len(section_headers(HELLO))):
            if section[1] not in (2, 3):
                continue
            data = bytearray(HELLO)
            struct.pack_into("<I", data, start + 40 * number + 24, link)
            look_at_all(bytes(data))


def line_program(*units: bytes) -> bytes:
    """hello.elf with another line table, behind everything else."""
    data = bytearray(HELLO)
    start = struct.unpack_from("<I", HELLO, 32)[0]
    sections = section_headers(HELLO)
    names = sections[struct.unpack_from("<H", HELLO, 50)[0]]
    table = b"".join(struct.pack("<I", len(unit)) + unit for unit in units)
    for number, section in enumerate(sections):
        name = HELLO[names[4] + section[0] :].split(b"\0", 1)[0]
        if name == b".debug_line":
            struct.pack_into("<II", data, start + 40 * number + 16, len(data), len(table))
    return bytes(data) + table


HEAD = bytes((1, 1, 0xFB, 14, 13)) + bytes((0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1)) + b"\0" + b"a.c\0\0\0\0" + b"\0"
HEADER = struct.pack("<HI", 2, len(HEAD)) + HEAD
ENTRY = b"\0\x05\x02" + struct.pack("<I", 0x8000)
"""Sets the address to the first instruction of the program."""


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        (b"", 0),
        (ENTRY + b"\x01\x02\x04\x01\0\x01\x01", 1),
        (b"\0\0" * 1000, 0),  # extended operations without any operation
        (ENTRY + b"\x01\x02" + b"\xff" * 40, 0),  # a number that never ends
        (ENTRY + b"\x01\x03\xff\xff\xff\xff\x7f\x01" * 3, 0),  # lines before the first
        (ENTRY + b"\x01\x02\0" * 3000, 0),  # rows that go nowhere
        (ENTRY + b"\x01\x02\x04" + b"\x04\xff\xff\x03\x01\x02\x04\x01", 2),  # a file that is not in the table
    ],
)
def test_line_programs_that_go_nowhere(program: bytes, lines: int) -> None:
    loaded = load_elf(line_program(HEADER + program), "x")
    began = time.process_time()
    assert len(loaded.source_map) == lines
    assert time.process_time() - began < PATIENCE


def test_as_many_rows_as_fit() -> None:
    """A table of a few hundred kilobytes that makes a row for each byte is read to its bound and no further."""
    program = ENTRY + bytes((0x4B,)) * 600_000
    loaded = load_elf(line_program(HEADER + program), "x")
    began = time.process_time()
    assert len(loaded.source_map) == 0
    assert "more than 524288 rows" in getattr(loaded.source_map, "problem", "")
    assert time.process_time() - began < 3 * PATIENCE
