"""The page with the figures: well formed, self-contained, and true to the figures whatever they are."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from emu.isa.analysis.pictures import bar, heat_strip, ring
from emu.isa.analysis.profile import Profile
from emu.isa.analysis.statistics import Statistics, collect
from emu.isa.analysis.statistics_text import rendered
from emu.isa.elf.loader import load_elf
from emu.isa.machine import Machine
from emu.isa.program import Program
from emu.isa.stops import ServiceCall
from tests.cli.command import SAMPLES
from tests.isa.assembly import machine as assembled

EMPTY = Statistics(0, 0, 0, 0, 0, 0, 0, 0, 0, (), (), ())
VOID = {"meta", "rect", "path", "circle"}


class Checker(HTMLParser):
    """Every element that is opened is closed, and nothing is fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.kinds: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.kinds.add(tag)
        assert not {name for name, _ in attrs} & {"src", "href", "xlink:href", "srcset", "onload"}
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.kinds.add(tag)
        assert tag in VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def checked(page: str) -> Checker:
    checker = Checker()
    checker.feed(page)
    checker.close()
    assert checker.open == []
    assert "url(" not in page
    assert "@import" not in page
    assert not re.search(r"https?://", page)
    return checker


def page_of(machine: Machine, limit: int = 20_000) -> str:
    machine.profile = Profile()
    if isinstance(machine.run(limit), ServiceCall):
        machine.halt(0)
    return rendered(collect(machine), 1.5, machine.program, "html")


def test_a_program() -> None:
    machine = assembled("_start: MOV R4, #9\nloop: BL f\n SUBS R4, R4, #1\n BNE loop\n SWI #0\nf: BX LR\ndead: NOP\n")
    page = page_of(machine)
    checker = checked(page)
    assert {"svg", "circle", "rect", "title", "table"} <= checker.kinds
    for title in ("Summary", "Branches", "Memory", "Top instructions", "Hot addresses", "Functions"):
        assert title in checker.text
    assert "The code from its first to its last address: 6 of 7 instructions were reached." in checker.text
    assert "loop: 9" in checker.text
    assert "dead: never" in checker.text
    assert "taken: 26 (96.3 %)" in checker.text


def test_a_compiled_program() -> None:
    path = SAMPLES / "c" / "huffman.elf"
    machine = Machine(engine="interpreter")
    machine.load(load_elf(path.read_bytes(), path.name))
    page = page_of(machine)
    checked(page)
    assert len(page) < 200_000


def test_nothing_at_all() -> None:
    checker = checked(rendered(EMPTY, 0.0, None, "html"))
    assert checker.text.count("None.") == 3
    assert "0.0 %" in "".join(checker.text)


HOSTILE = '<script>alert("1")</script>&amp;'


def test_names_are_only_names() -> None:
    machine = assembled("_start: BL f\nf: SWI #0\n")
    program = machine.program
    assert program is not None
    symbols = {HOSTILE: program.symbols["f"].replace(name=HOSTILE)}
    hostile = Program(
        HOSTILE, program.segments, program.entry, "", symbols, program.source_map, program.instruction_addresses
    )
    machine.load(hostile)
    checker = checked(page_of(machine))
    assert "script" not in checker.kinds
    assert HOSTILE in checker.text


def test_rings_are_whole() -> None:
    for parts in ([("a", 1)], [("a", 1), ("b", 2), ("c", 0), ("d", 4)], [(str(n), n) for n in range(1, 30)]):
        shares = [float(share) for share in re.findall(r'dasharray="([\d.]+)', ring(parts, "x"))]
        assert sum(shares) == pytest.approx(100, abs=0.1)
        assert len(shares) == sum(1 for _, value in parts if value)
    assert ring([("a", 0)], "x") == ""


def test_bars_are_in_proportion() -> None:
    assert [re.findall(r'width="([\d.]+)"', bar(value, 8))[1] for value in (0, 2, 8)] == ["0.00", "25.00", "100.00"]
    assert 'width="0.00"' in bar(0, 0)


def test_a_strip_has_a_bounded_number_of_cells() -> None:
    for count in (1, 2, 599, 601, 5_000):
        cells = [(f"p{n}", n % 7) for n in range(count)]
        picture = heat_strip(cells, [(n, f"p{n}") for n in range(count)], "x")
        assert picture.count("<rect") <= 600
        assert picture.count("<text") <= 13
        opacity = [float(value) for value in re.findall(r'fill-opacity="([\d.]+)"', picture)]
        assert all(0.15 <= value <= 1 for value in opacity)
    assert heat_strip([], [], "x") == ""
