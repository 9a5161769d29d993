"""The call trace, compared with a model that knows the calls of the programs it writes."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import pytest
from attrs import field, frozen

from emu.isa.analysis import call_stack, call_trace
from emu.isa.analysis.call_trace import CallTrace
from emu.isa.analysis.naming import Names
from emu.isa.analysis.witness import Moment, Observed
from emu.isa.elf.loader import load_elf
from emu.isa.machine import Machine
from emu.isa.places import address_name
from emu.isa.stops import Faulted, Halted, LimitReached, ServiceCall
from emu.services.driver import drive
from emu.services.effects import Answer, AwaitInput, Effect
from emu.services.services import Services
from tests.cli.command import SAMPLES, WORKED_EXAMPLE
from tests.isa.assembly import machine as assembled


def traced(machine: Machine, format_name: str = "chrome", limit: int = 1_000_000, *, count_cycles: bool = False) -> str:
    """What is written about a run to the first service call, which is taken for the end."""
    pieces: list[str] = []
    trace = CallTrace(machine, pieces.append, format_name, count_cycles=count_cycles)
    observed = Observed(machine, [trace])
    stop = observed.run(limit)
    if isinstance(stop, ServiceCall):
        observed.halt(0)
    trace.finish()
    return "".join(pieces)


def events(text: str) -> list[dict[str, Any]]:
    return [event for event in json.loads(text)["traceEvents"] if event["ph"] != "M"]


def story(text: str) -> list[tuple[str, int]]:
    """(name, time) of calls, ("", time) of returns."""
    return [(event.get("name", ""), event["ts"]) for event in events(text)]


# -- a model of programs with calls -----------------------------------------------------------------------------------

RETURNS = {
    "MOV": ([], ["MOV PC, LR"]),
    "BX": ([], ["BX LR"]),
    "POP PC": (["PUSH {R4, LR}"], ["POP {R4, PC}"]),
    "POP LR": (["PUSH {LR}"], ["POP {LR}", "BX LR"]),
    "LDR PC": (["STR LR, [SP, #-4]!"], ["LDR PC, [SP], #4"]),
    "LDM LR": (["STMFD SP!, {R4, R5, LR}"], ["LDMFD SP!, {R4, R5, LR}", "MOV PC, LR"]),
    "LDM PC": (["STMFD SP!, {R4, LR}"], ["LDMFD SP!, {R4, PC}"]),
    "LDMIB PC": (["SUB SP, SP, #8", "STR LR, [SP, #4]"], ["ADD SP, SP, #8", "LDMDB SP, {PC}"]),
}
LEAVES = ("MOV", "BX")
CALLS = {
    "BL": ["BL {}"],
    "BLX": ["LDR R3, ={}", "BLX R3"],
    "by hand": ["LDR R3, ={}", "MOV LR, PC", "BX R3"],
    "by hand, MOV": ["ADR R3, {}", "MOV LR, PC", "MOV PC, R3"],
    "BLEQ": ["CMP R0, R0", "BLEQ {}"],
}
OTHERS = (
    ["NOP"], ["CMP R0, R0", "BLNE f1"], ["B .+4"], ["CMP R0, R0", "MOVNE PC, LR"], ["LDR R2, =x", "LDR R2, [R2]"],
    ["CMP R0, R0", "BEQ .+8"],
)  # fmt: skip
TAILS = {"B": "B {0}", "BX": "LDR R3, ={0};BX R3", "MOV": "LDR R3, ={0};MOV PC, R3"}
SKIPPED = {"BEQ .+8": "NOP"}


@frozen
class Function:
    """A function of the model: how it returns, what it does, and whom it may jump to instead of returning."""

    name: str
    how: str
    actions: list[tuple[list[str], str]]
    tail: str = ""
    tail_how: str = "B"

    def lines(self) -> list[str]:
        before, after = RETURNS[self.how]
        lines = [f"{self.name}:", *before]
        for texts, _ in self.actions:
            lines += texts
            lines += [SKIPPED[text] for text in texts if text in SKIPPED]
        return [
            *lines,
            *(after if not self.tail else [*after[:-1], *TAILS[self.tail_how].format(self.tail).split(";")]),
        ]


@frozen
class Model:
    """Runs the functions in mind."""

    functions: dict[str, Function]
    told: list[tuple[str, int]] = field(factory=list)
    clock: list[int] = field(factory=lambda: [0])

    def call(self, name: str) -> None:
        """From the instruction behind the call to the one that returns."""
        self.told.append((name, self.clock[0]))
        function = self.functions[name]
        before, after = RETURNS[function.how]
        self.clock[0] += len(before)
        for texts, callee in function.actions:
            self.clock[0] += len(texts)
            if callee:
                self.call(callee)
        self.clock[0] += len(after) + (bool(function.tail) and TAILS[function.tail_how].count(";"))
        self.told.append(("", self.clock[0]))
        if function.tail:
            self.call(function.tail)


def random_model(random: Random) -> Model:
    names = [f"f{number}" for number in range(random.randrange(2, 8))]
    functions = {}
    for number, name in enumerate(names):
        later = names[number + 1 :]
        actions: list[tuple[list[str], str]] = []
        for _ in range(random.randrange(5)):
            if later and random.randrange(2):
                callee = random.choice(later)
                actions.append(([text.format(callee) for text in random.choice(list(CALLS.values()))], callee))
            else:
                actions.append((random.choice(OTHERS), ""))
        calls = any(callee for _, callee in actions)
        how = random.choice([how for how in RETURNS if not calls or how not in LEAVES])
        # With what a leaf does instead, LR must be what it was.
        tails = later if how in ("MOV", "BX", "POP LR", "LDM LR") else []
        tail = random.choice(tails) if tails and random.randrange(3) == 0 else ""
        functions[name] = Function(name, how, actions, tail, random.choice(list(TAILS)))
    return Model(functions)


def source_of(model: Model) -> str:
    lines = ["_start:", *(f"BL {name}" for name in model.functions), "SWI #0"]
    for function in model.functions.values():
        lines += function.lines()
    return "\n".join([*(f" {line}" if line[-1] != ":" else line for line in lines), "x: .word 0", ""])


def expected_story(model: Model) -> list[tuple[str, int]]:
    model.told.append(("_start", 0))
    for name in model.functions:
        model.clock[0] += 1
        model.call(name)
    model.told.append(("", model.clock[0] + 1))
    return model.told


def folded(told: list[tuple[str, int]]) -> str:
    """The folded stacks of a story, by definition."""
    times: dict[str, int] = {}
    path: list[str] = []
    since = 0
    for name, time in told:
        key = ";".join(path)
        times[key] = times.get(key, 0) + time - since
        since = time
        if name:
            path.append(name)
        else:
            path.pop()
    return "".join(sorted(f"{key} {time}\n" for key, time in times.items() if time))


@pytest.mark.parametrize("number", range(150))
def test_random_calls_are_those_of_the_model(number: int, seed: int) -> None:
    model = random_model(Random(f"calls {seed} {number}"))
    source = source_of(model)
    expected = expected_story(model)
    assert story(traced(assembled(source, engine="interpreter"))) == expected, source
    assert traced(assembled(source, engine="interpreter"), "folded") == folded(expected), source


# -- single stories ---------------------------------------------------------------------------------------------------


def test_the_worked_example() -> None:
    machine = assembled(WORKED_EXAMPLE.replace("SWI   #3", "NOP"), engine="interpreter")
    text = traced(machine)
    assert story(text) == [
        ("_start", 0), ("add", 5), ("", 11), ("add", 17), ("", 23), ("add", 29), ("", 35), ("", 44),
    ]  # fmt: skip
    assert json.loads(text)["traceEvents"][:3] == [
        {"name": "process_name", "ph": "M", "pid": 1, "tid": 1, "args": {"name": "<source>"}},
        {"name": "thread_name", "ph": "M", "pid": 1, "tid": 1, "args": {"name": "calls"}},
        {
            "name": "_start", "cat": "call", "ph": "B", "pid": 1, "tid": 1, "ts": 0,
            "args": {"address": "0x00008000"},
        },
    ]  # fmt: skip
    assert events(text)[1]["args"] == {"address": "0x00008030", "from": "loop+12", "line": "<source>:8"}
    assert text == traced(assembled(WORKED_EXAMPLE.replace("SWI   #3", "NOP"), engine="interpreter"))


RECURSION = """
_start: MOV R0, #{depth}
        BL  down
        SWI #0
down:   PUSH {{LR}}
        SUBS R0, R0, #1
        BLNE down
        POP {{PC}}
"""


def test_recursion_is_as_deep_as_it_is() -> None:
    told = story(traced(assembled(RECURSION.format(depth=50), engine="interpreter")))
    assert [name for name, _ in told] == ["_start", *["down"] * 50, *[""] * 51]


def test_calls_beyond_the_limit_are_counted_and_do_not_confuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_stack, "MOST_FRAMES", 10)
    source = RECURSION.format(depth=50).replace("        SWI #0", "        MOV R0, #2\n        BL down\n        SWI #0")
    found = events(traced(assembled(source, engine="interpreter")))
    names = [event.get("name", "") for event in found]
    assert names == [
        "_start", *["down"] * 9, *[""] * 9, "down", "down", "", "", "", "41 calls were nested too deeply to be shown",
    ]  # fmt: skip
    assert found[9]["ts"] == 2 + 3 * 8
    assert found[10]["ts"] == 2 + 50 * 3 + 42, "the first return that is shown is the ninth call's own"


def test_folded_stacks_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_trace, "MOST_STACKS", 4)
    source = RECURSION.format(depth=6).replace("        SWI #0", "        MOV R0, #1\n        BL down\n        SWI #0")
    text = traced(assembled(source, engine="interpreter"), "folded")
    assert text.splitlines() == ["_start 5", "_start;down 8", "_start;down;down 4", "_start;down;down;down 16"]


LONGJMP = """
_start: LDR R4, =saved
        BL setjmp
        CMP R0, #0
        BLEQ deep
        BL last
        SWI #0
setjmp: STMIA R4, {SP, LR}
        MOV R0, #0
        BX LR
deep:   PUSH {R5, LR}
        BL deeper
deeper: PUSH {R5, LR}
        MOV R0, #1
        LDMIA R4, {SP, PC}
last:   BX LR
saved:  .space 8
"""


def test_a_long_jump_leaves_every_call_above() -> None:
    source = LONGJMP.replace("LDMIA R4, {SP, PC}", "LDR SP, [R4]\n LDR PC, [R4, #4]")
    for text in (LONGJMP, source):
        told = [name for name, _ in story(traced(assembled(text, engine="interpreter")))]
        assert told == ["_start", "setjmp", "", "deep", "deeper", "", "", "last", "", ""]


def test_jumps_within_a_function_are_no_calls() -> None:
    source = """
_start: BL f
        BL g
        BL h
        SWI #0
f:      MOV R0, #1
        ADD PC, PC, R0, LSL #2
        NOP
        B  1f
        B  2f
1:      NOP
2:      LDR R1, =3f
        BX R1
3:      SUBS R5, R5, #1
        BVS f           @ a loop to the beginning
        PUSH {R0}
        B  g            @ SP is not what it was: this cannot be the end of f
g:      MOV PC, LR
h:      MOV R6, LR
        MOV LR, #0
        B  i            @ LR is not what it was: who knows where i returns to
        BL i
i:      MOV PC, R6
"""
    told = [name for name, _ in story(traced(assembled(source, engine="interpreter")))]
    assert told == ["_start", "f", "", "g", "", "h", "", ""]


def test_a_fault_ends_all_calls_and_is_an_event() -> None:
    machine = assembled("_start: BL f\nf: MOV R0, #1\n LDR R0, [R0]\n", engine="interpreter")
    found = events(traced(machine))
    assert isinstance(machine.outcome, Faulted)
    assert [(event["ph"], event["ts"]) for event in found] == [("B", 0), ("B", 1), ("E", 2), ("E", 2), ("i", 2)]
    assert found[-1]["name"] == "fault at f+4: unaligned word access at 0x00000001"


def test_time_can_be_cycles() -> None:
    source = "_start: MVN R1, #0\n BL f\n SWI #0\nf: MUL R2, R0, R1\n BX LR\n"
    told = story(traced(assembled(source, engine="interpreter"), count_cycles=True))
    assert told == [("_start", 0), ("f", 2), ("", 2 + 16 + 1), ("", 2 + 16 + 1)]


def test_a_run_that_is_cut_off_still_has_an_end() -> None:
    machine = assembled("_start: BL f\nf: B f\n", engine="interpreter")
    assert story(traced(machine, limit=10)) == [("_start", 0), ("f", 1), ("", 10), ("", 10)]
    assert machine.outcome is None


def test_a_compiled_program_has_the_names_of_its_functions() -> None:
    path = SAMPLES / "c" / "huffman.elf"
    machine = Machine(engine="interpreter")
    machine.load(load_elf(path.read_bytes(), path.name))
    text = traced(machine, limit=60_000)
    found = events(text)
    depth, last = 0, 0
    for event in found:
        assert event["ts"] >= last
        last = event["ts"]
        depth += 1 if event["ph"] == "B" else -1
        assert depth >= 0
    assert depth == 0
    assert not any(event["name"].startswith("0x") or "+" in event["name"] for event in found if event["ph"] == "B")
    assert machine.outcome is None or isinstance(machine.outcome, Halted)


class Visits:
    """Counts how often each instruction is executed."""

    def __init__(self) -> None:
        self.times: Counter[int] = Counter()

    def executed(self, moment: Moment) -> None:
        self.times[moment.address] += moment.executed


def test_every_call_of_a_compiled_program_is_seen() -> None:
    """A function of a compiler has no jump to its beginning, so it was called as often as its beginning was executed.

    The library's addition is the exception: its subtraction, with the sign turned round, runs into it.
    """
    path = SAMPLES / "c" / "huffman.elf"
    machine = Machine(engine="interpreter")
    machine.load(load_elf(path.read_bytes(), path.name))
    assert machine.program is not None
    pieces: list[str] = []
    visits, trace = Visits(), CallTrace(machine, pieces.append)
    services = Services()
    given = path.with_suffix(".in").read_bytes()

    def perform(effect: Effect) -> Answer:
        if isinstance(effect, AwaitInput):
            services.console.feed(given)
            services.console.close()
        return None

    assert drive(Observed(machine, [visits, trace]), services, perform, 60_000) == LimitReached()
    trace.finish()
    calls = Counter(int(event["args"]["address"], 16) for event in events("".join(pieces)) if event["ph"] == "B")
    functions = {s.value: s.name for s in machine.program.symbols.values() if s.is_label and s.names_code}
    assert len(functions.keys() & calls.keys()) > 40
    different = {functions[a] for a in functions if calls[a] != visits.times[a]}
    assert different <= {"__adddf3", "__aeabi_dadd"}


@pytest.mark.parametrize("name", ["huffman", "lisp"])
def test_names_are_those_of_a_plain_search(name: str, seed: int) -> None:
    path = SAMPLES / "c" / f"{name}.elf"
    program = load_elf(path.read_bytes(), path.name)
    names, random = Names(program), Random(f"names {seed}")
    top = max(segment.address + len(segment.data) for segment in program.segments)
    for address in [random.randrange(top + 0x1000) for _ in range(300)]:
        assert names.place(address) == address_name(program, address)
        line = names.line(address & ~3)
        there = [s for s in program.source_map if s.is_code and s.address <= address & ~3 < s.address + s.size]
        assert (line is not None) == bool(there)
        assert line is None or line in there


def test_the_limit_of_a_run_is_kept() -> None:
    machine = assembled("_start: B _start\n", engine="interpreter")
    observed = Observed(machine, [])
    assert observed.run(100_000) == LimitReached()
    assert machine.instructions == 100_000
