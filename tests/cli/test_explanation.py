"""What `--explain-engine` and `-v` tell about the engine."""

from __future__ import annotations

from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

import pytest

from emu.cli import report
from emu.cli.explanation import EngineExplanation
from emu.isa.engines import python
from emu.isa.engines.native import improving
from emu.isa.machine import Machine
from tests.isa.assembly import program

LOOP = """
_start: MOV   R0, #0
        LDR   R1, =300000
loop:   ADD   R0, R0, #1
        CMP   R0, R1
        BNE   loop
        SWI   #0
"""


def test_it_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "CACHED_PATIENCE", 1000)
    monkeypatch.setattr(python, "FIRST_PATIENCE", 1000)
    monkeypatch.setattr(python, "PRICES", python.Prices(0, 1, 1))
    monkeypatch.setattr(improving, "LOOK", 100_000)
    monkeypatch.setattr(improving, "WORTH_A_LOOK", 1000)
    monkeypatch.setattr(improving, "WORTH_WAITING", 1000)
    machine = Machine()
    machine.load(program(LOOP))
    explanation = EngineExplanation(machine)
    machine.run()
    text = explanation.text()
    if find_spec("llvmlite") is not None:
        assert "loop" in text
        assert "native, fully compiled" in text
        assert machine.translated[1] > 800_000
    counts = [int(line.split()[1].replace(",", "")) for line in text.splitlines()[-3:]]
    assert sum(counts) == machine.instructions
    usage = machine.engine.native_usage()
    assert sum(usage.values()) == counts[2]
    if usage:
        assert f"{max(usage.values()):,}" in text


def test_better_code_is_told_of_before_quick_code(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine()
    machine.load(program(LOOP))
    explanation = EngineExplanation(machine)
    for number in range(100):
        explanation.installed(0x8000 + 4 * number, "quick", 1, number)
    explanation.installed(0x9000, "full", 7, 1_234_567)
    text = explanation.text()
    assert "1,234,567" in text
    assert "and 61 more" in text


def test_nothing_hot_is_told_as_well() -> None:
    machine = Machine()
    machine.load(program("_start: MOV R0, #0\n        SWI #0\n"))
    explanation = EngineExplanation(machine)
    machine.run()
    assert "0 Python functions and 0 native regions" in explanation.text()


def test_verbose_says_when_there_is_no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine = Machine()
    guest = program(LOOP)
    machine.load(guest)
    monkeypatch.setattr(PathFinder, "find_spec", lambda _name: object())
    assert "llvmlite" not in report.before(machine, guest, str(tmp_path))
    monkeypatch.setattr(PathFinder, "find_spec", lambda _name: None)
    assert "llvmlite" in report.before(machine, guest, str(tmp_path))
