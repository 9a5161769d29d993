"""Assembly in, registers out: every line of the tables in `cases/`, on every engine.

A line says what holds before, the instructions, and what has changed afterwards: registers, words of memory, and always
the flags. Whatever a line does not mention was 0 before (SP 0x50000, flags clear) and must not change.
"""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import pytest

from emu.isa.conditions import flags_text
from emu.isa.engines import python
from emu.isa.machine import Machine
from emu.isa.registers import PC, REGISTER_NAMES
from emu.isa.stops import LimitReached
from tests.isa.assembly import program

DATA, DATA_END = 0x20000, 0x50000


class Condition:
    """One side of a case."""

    def __init__(self, text: str) -> None:
        self.registers: dict[int, int] = {}
        self.words: dict[int, int] = {}
        self.flags = "----"
        for item in text.split():
            name, equals, value = item.partition("=")
            if not equals:
                assert len(name) == 4
                self.flags = name
            elif name.startswith("["):
                self.words[int(name[1:-1], 0)] = int(value, 0)
            else:
                self.registers[REGISTER_NAMES.index(name)] = int(value, 0)

    def prepare(self, machine: Machine) -> None:
        """Makes it so."""
        for number, value in self.registers.items():
            machine.registers[number] = value
        for address, value in self.words.items():
            machine.memory.poke(address, value.to_bytes(4, "little"))
        machine.flags[:] = [letter != "-" for letter in self.flags]


def read_cases() -> list[tuple[str, str, str, str]]:
    """(place, before, instructions, after) of every line of every table."""
    cases = []
    for path in sorted((Path(__file__).parent / "cases").glob("*.txt")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line and not line.startswith("#"):
                before, instructions, after = line.split("|")
                cases.append((f"{path.stem}:{number}", before, instructions.strip(), after))
    return cases


CASES = read_cases()


def test_there_are_many() -> None:
    assert len(CASES) >= 300


@pytest.mark.parametrize(("before", "instructions", "after"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_case(before: str, instructions: str, after: str) -> None:
    with mock.patch.object(python, "HOT", 1):
        loaded = program(instructions.replace(";", "\n"))
        end = loaded.segments[0].address + len(loaded.segments[0].data)
        for engine in ("interpreter", "python"):
            machine = Machine(engine=engine)
            machine.load(loaded)
            Condition(before).prepare(machine)
            expected = Condition(after)
            registers = list(machine.registers)
            memory = bytearray(machine.memory.peek(DATA, DATA_END - DATA))
            machine.set_breakpoint(end)
            stop = machine.run(200)
            assert not isinstance(stop, LimitReached), engine
            assert machine.registers[PC] == end, (engine, stop)
            for number, value in expected.registers.items():
                registers[number] = value
            for address, value in expected.words.items():
                memory[address - DATA : address - DATA + 4] = value.to_bytes(4, "little")
            assert [f"{n}={v:#x}" for n, v in zip(REGISTER_NAMES[:15], machine.registers, strict=False)] == [
                f"{n}={v:#x}" for n, v in zip(REGISTER_NAMES[:15], registers, strict=False)
            ], engine
            assert flags_text(machine.flags) == expected.flags, engine
            assert machine.memory.peek(DATA, DATA_END - DATA) == bytes(memory), engine
