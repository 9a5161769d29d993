"""Every sample, table by table, against pyelftools, which reads the same format in a way of its own."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator

import pytest
from elftools.dwarf.lineprogram import LineProgram
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Symbol, SymbolTableSection

from emu.isa.elf.addresses import Addresses
from emu.isa.elf.loader import load_elf
from emu.isa.program import Program
from tests.cli.command import SAMPLES

NAMES = sorted(path.stem for path in (SAMPLES / "c").glob("*.elf"))
WITH_LINES = ("hello", "queens", "script")
KINDS = ("STT_NOTYPE", "STT_OBJECT", "STT_FUNC")
RESERVED = ("SHN_UNDEF", "SHN_COMMON")

each = pytest.mark.parametrize("name", NAMES)


def read(name: str) -> tuple[Program, ELFFile]:
    data = (SAMPLES / "c" / f"{name}.elf").read_bytes()
    return load_elf(data, name), ELFFile(io.BytesIO(data))


def symbols_of(other: ELFFile) -> Iterator[Symbol]:
    table = other.get_section_by_name(".symtab")
    assert isinstance(table, SymbolTableSection)
    return iter(table.iter_symbols())


@each
def test_segments_permissions_and_entry(name: str) -> None:
    program, other = read(name)
    assert program.entry == other["e_entry"]
    assert program.memory_map is not None
    loaded = sorted(other.iter_segments("PT_LOAD"), key=lambda segment: int(segment["p_vaddr"]))
    assert [(s.address, s.data) for s in program.segments] == [
        (s["p_vaddr"], s.data()) for s in loaded if s["p_filesz"]
    ]
    regions = [region for region in program.memory_map.regions if region.name not in ("heap", "stack")]
    assert len(regions) == len(loaded)
    for region, segment in zip(regions, loaded, strict=True):
        flags, start = segment["p_flags"], segment["p_vaddr"]
        permissions = (region.readable, region.writable, region.executable)
        assert permissions == (bool(flags & 5), bool(flags & 2), bool(flags & 1))
        assert region.start <= start
        assert start + segment["p_memsz"] <= region.end < start + segment["p_memsz"] + 64


@each
def test_symbols(name: str) -> None:
    program, other = read(name)
    expected: set[tuple[str, int]] = set()
    for symbol in symbols_of(other):
        mapping = symbol.name[:2] in ("$a", "$d", "$t")
        if symbol.name and not mapping and symbol["st_info"]["type"] in KINDS and symbol["st_shndx"] not in RESERVED:
            expected.add((symbol.name, symbol["st_value"]))
    assert {(symbol.name, symbol.value) for symbol in program.symbols.values()} == expected
    assert len(expected) > 100


@each
def test_code_and_data(name: str) -> None:
    program, other = read(name)
    expected: set[int] = set()
    for number, section in enumerate(other.iter_sections()):
        if section["sh_flags"] & 6 != 6:
            continue
        marks = sorted(
            (symbol["st_value"], symbol.name[1])
            for symbol in symbols_of(other)
            if symbol.name[:2] in ("$a", "$d") and symbol["st_shndx"] == number
        ) or [(section["sh_addr"], "a")]
        end = section["sh_addr"] + section["sh_size"]
        for (start, what), after in zip(marks, [*(mark[0] for mark in marks[1:]), end], strict=True):
            if what == "a":
                expected.update(range(start, after, 4))
    assert set(program.instruction_addresses) == expected
    assert len(program.instruction_addresses) == len(expected) > 1000


@pytest.mark.parametrize("name", WITH_LINES)
def test_the_line_of_every_instruction(name: str) -> None:
    program, other = read(name)
    expected = Counter(lines_by_the_other_reader(other))
    assert program.memory_map is not None
    code = [r for r in program.memory_map.regions if r.executable]
    found = Counter(
        (address, line.file.rpartition("/")[2], line.line)
        for line in program.source_map
        for address in range(line.address, line.address + line.size, 4)
    )
    assert set(found) == {key for key in expected if any(r.start <= key[0] < r.end for r in code)}
    assert any(file == ("main.c" if name == "script" else f"{name}.c") for _, file, _ in found)


def lines_by_the_other_reader(other: ELFFile) -> Iterator[tuple[int, str, int]]:
    """(address, file, line) of every word between one row of a table and the next."""
    dwarf = other.get_dwarf_info()
    table = dwarf.debug_line_sec
    assert table is not None
    offset = 0
    while offset < table.size:
        unit: LineProgram = dwarf._parse_line_program_at_offset(offset, dwarf.structs)
        files, before = unit.header["file_entry"], None
        for entry in unit.get_entries():
            state = entry.state
            if state is None:
                continue
            if before is not None and before.line:
                name = files[before.file if unit.header["version"] >= 5 else before.file - 1].name.decode()
                for address in range(before.address, state.address, 4):
                    yield address, name.rpartition("/")[2], before.line
            before = None if state.end_sequence else state
        offset += unit.header["unit_length"] + 4


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([], []),
        ([(0, 4)], [0]),
        ([(1, 9)], [4]),
        ([(8, 16), (0, 12)], [0, 4, 8, 12]),
        ([(0, 8), (8, 16), (4, 6)], [0, 4, 8, 12]),
        ([(20, 10), (0, 3)], []),
    ],
)
def test_a_set_of_ranges(ranges: list[tuple[int, int]], expected: list[int]) -> None:
    addresses = Addresses(lambda: ranges)
    assert list(addresses) == expected
    assert len(addresses) == len(expected)
    assert [address for address in range(-4, 24) if address in addresses] == expected
    assert {4, 5} & addresses == {4} & set(expected)
    assert addresses | {1} == {1, *expected}
    assert addresses.__contains__("4") is False
