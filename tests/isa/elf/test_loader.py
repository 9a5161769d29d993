"""Executables of a real compiler are read as another reader reads them, and damaged ones are refused in good time."""

from __future__ import annotations

import io
import struct
import time

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section
from hypothesis import given, settings
from hypothesis import strategies as st

from emu.isa.elf.attributes import check_attributes
from emu.isa.elf.errors import ElfError
from emu.isa.elf.loader import load_elf
from emu.isa.machine import Machine
from emu.isa.program import Program
from tests.cli.command import SAMPLES

HELLO = (SAMPLES / "c" / "hello.elf").read_bytes()
PATIENCE = 3.0
"""Seconds that no file of this size may take."""


def refusal(data: bytes, **sizes: int) -> ElfError:
    with pytest.raises(ElfError) as caught:
        load_elf(data, "program", **sizes)
    return caught.value


def patched(position: int, form: str, *values: int) -> bytes:
    """hello.elf with a few bytes replaced."""
    return HELLO[:position] + struct.pack(form, *values) + HELLO[position + struct.calcsize(form) :]


def section(data: bytes, name: str) -> Section:
    """A section as the other reader sees it."""
    found = ELFFile(io.BytesIO(data)).get_section_by_name(name)
    assert found is not None
    return found


def segment(number: int) -> int:
    """Where a program header of hello.elf is."""
    start: int = struct.unpack_from("<I", HELLO, 28)[0]
    return start + 32 * number


LOADED = [n for n in range(8) if HELLO[segment(n) : segment(n) + 4] == b"\x01\0\0\0"][:2]


def test_it_runs() -> None:
    machine = Machine()
    machine.load(load_elf(HELLO, "hello.elf"))
    assert machine.memory_map.stack_top == 64 << 20
    assert machine.run(100_000).__class__.__name__ == "ServiceCall"


# -- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_elf"),
        (b"\x7fELF", "truncated"),
        (patched(4, "B", 2), "class"),
        (patched(5, "B", 2), "byte_order"),
        (patched(16, "<H", 1), "type"),
        (patched(16, "<H", 3), "type"),
        (patched(18, "<H", 62), "machine"),
        (patched(20, "<I", 7), "damaged"),
        (patched(24, "<I", 0x8001), "thumb"),
        (patched(24, "<I", 0x8002), "entry"),
        (patched(24, "<I", 0), "entry"),
        (patched(28, "<I", 0xFFFFFFF0), "truncated"),
        (patched(32, "<I", 0xFFFFFFF0), "truncated"),
        (patched(36, "<I", 0x05800000), "byte_order"),
        (patched(36, "<I", 0x05000400), "floating_point"),
        (patched(36, "<I", 0x02000000), "abi"),
        (patched(44, "<H", 0), "no_segments"),
        (patched(44, "<H", 0xFFFF), "damaged"),
        (patched(segment(LOADED[0]), "<I", 3), "dynamic"),
        (patched(segment(LOADED[0]) + 4, "<I", 0xFFFFFF00), "truncated"),
        (patched(segment(LOADED[0]) + 16, "<I", 0x7FFFFFFF), "damaged"),
        (patched(segment(LOADED[0]) + 20, "<I", 0xFFFFFFFF), "memory"),
        (patched(segment(LOADED[1]) + 8, "<I", 0x8100), "overlap"),
    ],
)
def test_each_kind_of_damage_has_its_own_refusal(data: bytes, code: str) -> None:
    assert refusal(data).code == code


def test_too_little_memory() -> None:
    error = refusal(HELLO, memory_size=1 << 20, stack_size=1 << 20)
    assert (error.code, error.hint) == ("memory", "--memory BYTES gives the program more")


@pytest.mark.parametrize(
    ("tag", "value", "named"),
    [(6, 3, "ARMv5T"), (6, 99, "architecture 99"), (8, 0, "Tag_ARM_ISA_use"), (9, 2, "Tag_THUMB_ISA_use"),
     (10, 1, "Tag_FP_arch"), (12, 1, "Tag_Advanced_SIMD_arch")],
)  # fmt: skip
def test_attributes_that_ask_for_more(tag: int, value: int, named: str) -> None:
    body = bytes((tag, value))
    scope = b"\x01" + struct.pack("<I", len(body) + 5) + body
    vendor = b"aeabi\0" + scope
    with pytest.raises(ElfError, match=named):
        check_attributes(b"A" + struct.pack("<I", len(vendor) + 4) + vendor)


def test_a_damaged_line_table_is_no_reason_not_to_run() -> None:
    start = section(HELLO, ".debug_line")["sh_offset"]
    program = load_elf(patched(start + 4, "<H", 99), "x")
    assert len(program.source_map) == 0
    assert (
        getattr(program.source_map, "problem", "") == "the file is damaged: its line table has the unknown version 99"
    )


# -- whatever the bytes -----------------------------------------------------------------------------------------------


def survives(data: bytes) -> None:
    """The file loads and can be looked at, or is refused; either in good time."""
    before = time.process_time()
    try:
        program: Program = load_elf(data, "x")
    except ElfError:
        pass  # which message it is, the tests above look at
    else:
        Machine().load(program)
        len(program.source_map)
    assert time.process_time() - before < PATIENCE


@given(st.binary(max_size=300))
def test_random_bytes(data: bytes) -> None:
    survives(HELLO[:16] + data)


@given(st.integers(0, len(HELLO)))
@settings(max_examples=60, deadline=None)
def test_files_cut_off(size: int) -> None:
    survives(HELLO[:size])


TABLES = st.integers(0, 180) | st.integers(len(HELLO) - 1400, len(HELLO) - 1) | st.integers(0, len(HELLO) - 1)


@given(st.lists(st.tuples(TABLES, st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_changed_bytes(changes: list[tuple[int, int]]) -> None:
    data = bytearray(HELLO)
    for position, value in changes:
        data[position] = value
    survives(bytes(data))


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_changed_line_table(data: st.DataObject) -> None:
    table = section(HELLO, ".debug_line")
    start, size = table["sh_offset"], table["sh_size"]
    changed = bytearray(HELLO)
    for position in data.draw(st.lists(st.integers(start, start + size - 1), min_size=1, max_size=12)):
        changed[position] = data.draw(st.integers(0, 255))
    survives(bytes(changed))
