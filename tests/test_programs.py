"""Whole programs: what they print is what the specification says they print, byte for byte, on every engine.

The expected output of a program ends with a line feed whether or not the program writes one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from emu.host.performer import HostPerformer
from emu.host.stdio import Stdio
from emu.isa.assembler import assemble
from emu.isa.machine import Machine
from emu.isa.stops import Halted
from emu.services.driver import drive
from emu.services.effects import AwaitInput, Effect, Stream, Write
from emu.services.services import Services

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.services.effects import Answer

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.s"))


class Terminal:
    """Performs console effects in memory, and everything else on the host below one directory."""

    def __init__(self, services: Services, root: Path, text: bytes) -> None:
        self.services = services
        self.host = HostPerformer(Stdio(services.console), str(root))
        self.text = text
        self.output = bytearray()

    def __call__(self, effect: Effect) -> Answer:
        if isinstance(effect, Write):
            if effect.stream is Stream.STDOUT:
                self.output += effect.data
            return None
        if isinstance(effect, AwaitInput):
            if self.text:
                self.services.console.feed(self.text)
                self.text = b""
            else:
                self.services.console.close()
            return None
        return self.host(effect)


@pytest.mark.parametrize("engine", ["python", "interpreter"])
@pytest.mark.parametrize("source", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_prints_what_the_specification_shows(source: Path, engine: str, tmp_path: Path) -> None:
    assembly = assemble(source.read_bytes(), source.name)
    assert assembly.program is not None, [str(diagnostic) for diagnostic in assembly.diagnostics]
    machine = Machine(engine=engine)
    machine.load(assembly.program)
    services = Services()
    given = source.with_suffix(".in")
    terminal = Terminal(services, tmp_path, given.read_bytes() if given.exists() else b"")
    stop = drive(machine, services, terminal, 1_000_000)
    assert stop == Halted(0)
    expected = source.with_suffix(".out").read_bytes()
    assert bytes(terminal.output).rstrip(b"\n") == expected.rstrip(b"\n")
