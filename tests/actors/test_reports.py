"""A session's reports are those of a run at the command line, however the session's run was cut into pieces."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import pytest

from emu.actors.commands import Load, Run
from emu.actors.core import SessionCore
from emu.actors.debug_commands import GetReport, SetReport
from emu.actors.events import Event, Status
from emu.actors.handlers import apply
from emu.actors.journal import Journal
from emu.actors.options import SessionOptions
from emu.actors.recorders import ReportSource
from emu.actors.replay import replay
from emu.actors.reports import FORMATS
from emu.actors.world import LiveWorld
from emu.isa.analysis import coverage, statistics_text
from emu.isa.analysis.call_trace import CallTrace
from emu.isa.analysis.execution_trace import ExecutionTrace, MemoryTrace
from emu.isa.analysis.flag_trace import FlagTrace
from emu.isa.analysis.profile import Profile
from emu.isa.analysis.register_trace import RegisterTrace
from emu.isa.analysis.stack_trace import StackTrace
from emu.isa.analysis.statistics import collect
from emu.isa.analysis.witness import Observed
from emu.isa.machine import Machine
from emu.isa.program import Program
from emu.services.driver import drive
from emu.services.effects import Effect
from emu.services.services import Services
from tests.debugger.brute_force import draw_program
from tests.isa.assembly import program

if TYPE_CHECKING:
    from emu.isa.analysis.witness import Observer


def expected(loaded: Program) -> dict[tuple[str, str], str]:
    """All reports of a run, by kind and format."""
    machine = Machine(engine="interpreter")
    machine.load(loaded)
    machine.profile = Profile()
    texts: dict[tuple[str, str], list[str]] = {
        key: [] for key in (("trace", "text"), ("memory-trace", "text"), ("calls", "chrome"), ("calls", "folded"))
    }
    calls = [CallTrace(machine, texts["calls", form].append, form) for form in ("chrome", "folded")]
    stack, flags, registers = StackTrace(machine), FlagTrace(machine), RegisterTrace(machine)
    moments = coverage.Moments()
    observers: list[Observer] = [
        ExecutionTrace(loaded, texts["trace", "text"].append),
        MemoryTrace(loaded, texts["memory-trace", "text"].append),
        *calls, stack, flags, registers, moments,
    ]  # fmt: skip
    drive(Observed(machine, observers), Services(), _nothing)
    for one in calls:
        one.finish()
    found = {key: "".join(pieces) for key, pieces in texts.items()}
    for kind, trace in (("stack-trace", stack), ("flag-trace", flags), ("register-trace", registers)):
        found[kind, "text"] = trace.as_text()
        found[kind, "json"] = json.dumps(trace.as_dict(), indent=2) + "\n"
    measured = coverage.measure(machine, moments)
    found["coverage", "text"] = coverage.as_text(measured, machine)
    found["coverage", "json"] = json.dumps(coverage.as_dict(measured, machine), indent=2) + "\n"
    found["coverage", "lcov"] = coverage.as_lcov(measured, machine)
    figures = collect(machine)
    for form in statistics_text.FORMATS:
        found["statistics", form] = statistics_text.rendered(figures, 0.0, loaded, form)
    return found


def _nothing(_effect: Effect) -> None:
    return None


@pytest.mark.parametrize("seed", range(8))
def test_reports_are_those_of_a_run(seed: int) -> None:
    random = Random(seed)
    source = draw_program(random).replace("SWI #0xF1", "NOP")
    wanted = expected(program(source))
    options, events = SessionOptions(max_cycles=0), list[Event]()

    def publish(payload: object) -> int:
        events.append(Event(len(events) + 1, payload))  # type: ignore[arg-type]  # it is a Payload
        return len(events)

    core = SessionCore(options, world=LiveWorld(None), journal=Journal(options), publish=publish)
    text = (".org 0x8000\n" + source).encode()
    apply(core, Load(text, "<source>"), program(source))
    for kind in FORMATS:
        apply(core, SetReport(kind, True))
    apply(core, Run())
    while core.status is Status.RUNNING:
        core.conclude(core.execute(random.choice([1, 3, 50, 1000]), lambda: random.random() < 0.5))
        if random.random() < 0.1:
            apply(core, GetReport(random.choice(list(FORMATS))))
    assert core.status is Status.HALTED
    for (kind, form), text_wanted in wanted.items():
        answer = apply(core, GetReport(kind, form))
        assert isinstance(answer, ReportSource)
        assert answer.render() == text_wanted, (seed, kind, form)
        assert answer.dropped == 0
    again = replay(core.journal)
    assert list(again.events) == events
    for kind, form in wanted:
        assert again.core.reports.source(kind, form).render() == wanted[kind, form]
