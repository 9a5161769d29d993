"""The terminal's debugger and a session's make the same stops, and a debugger that only knows single steps agrees."""

from __future__ import annotations

from random import Random

import pytest

from emu.actors.commands import Load, RemoveWatchpoint, Run
from emu.actors.core import SessionCore
from emu.actors.debug_commands import CarryOut, ChangeBreakpoint, CommandOutput, PutBreakpoint, PutWatchpoint
from emu.actors.events import Event, Notice, StateChanged, Status
from emu.actors.handlers import apply
from emu.actors.journal import Journal
from emu.actors.options import SessionOptions
from emu.actors.replay import replay
from emu.actors.world import LiveWorld
from tests.debugger.brute_force import CONDITIONS, WORDS, BruteForce, draw_program
from tests.debugger.conversation import Conversation


class SessionUnderTest:
    """A session's core, driven in pieces of random length."""

    def __init__(self, source: str, random: Random) -> None:
        options = SessionOptions(max_cycles=0)
        self._random = random
        self._events: list[Event] = []
        self.journal = Journal(options)
        self.core = SessionCore(options, world=LiveWorld(None), journal=self.journal, publish=self._publish)
        text = (".org 0x8000\n" + source).encode()
        apply(self.core, Load(text), BruteForce(source).program)

    def _publish(self, payload: object) -> int:
        self._events.append(Event(len(self._events) + 1, payload))  # type: ignore[arg-type]  # it is a Payload
        return len(self._events)

    def _is_impatient(self) -> bool:
        return self._random.random() < 0.3

    def say(self, line: str) -> str:
        """What comes of a line, in the words of the terminal."""
        before = len(self._events)
        answer = apply(self.core, CarryOut(line))
        assert isinstance(answer, CommandOutput)
        if not self.core.status.is_active and self.core.status is not Status.IDLE and "..." not in answer.output:
            return answer.output
        while self.core.can_execute:
            self.core.conclude(self.core.execute(self._random.choice([1, 2, 7, 1000]), self._is_impatient))
        happened = [event.payload for event in self._events[before:]]
        state = next((one for one in reversed(happened) if isinstance(one, StateChanged)), None)
        if state is None:
            return answer.output
        if state.status is Status.HALTED:
            return f"Program exited with code {state.exit_code}"
        [why] = [one.message for one in happened if isinstance(one, Notice) and one.name == "breakpoint_hit"]
        return f"Stopped: {why} at PC=0x{state.pc:08X}"

    def check_replay(self) -> None:
        """The journal gives the same events again."""
        assert list(replay(self.journal).events) == self._events


class Story:
    """Random commands to all three."""

    def __init__(self, seed: int, engine: str) -> None:
        self.random = Random(seed)
        source = draw_program(self.random)
        self.model = BruteForce(source)
        self.terminal = Conversation(self.model.program, engine=engine)
        self.session = SessionUnderTest(source, self.random)
        self.told: list[str] = []

    def say(self, line: str) -> str:
        """A line that both debuggers must answer alike."""
        self.told.append(line)
        for machine in (self.terminal.machine, self.session.core.machine):
            if self.random.random() < 0.2:
                machine.pause()
        at_terminal = self.terminal.say(line).rpartition("\n")[2]
        in_session = self.session.say(line)
        self.told.append(f"    {at_terminal}")
        assert in_session == at_terminal, (line, self.told)
        return at_terminal

    def play(self, lines: int) -> None:
        """The whole story."""
        assert self.terminal.say("run").endswith(self.session.say("run").rpartition("\n")[2])
        self.model.run(lambda _: None)
        for _ in range(lines):
            if self.model.machine.outcome is not None:
                self.restart()
            self.one_command()
            self.compare()
        self.session.check_replay()

    def restart(self) -> None:
        """All stand behind the first instruction again."""
        second = self.model.program.entry + 4
        self.model.machine.restart()
        self.model.depth = 0
        self.model.set_breakpoint(second, None, True)
        expected = self.model.run(lambda _: None)
        assert self.say(f"tbreak 0x{second:X}").startswith("Temporary")
        assert self.say("run") == expected

    def one_command(self) -> None:
        """Any command."""
        kinds = {self.mark: 3, self.unmark: 2, self.watch: 2, self.run: 10}
        self.random.choices(list(kinds), list(kinds.values()))[0]()

    def place(self) -> int:
        """The address of an instruction."""
        return self.random.choice(sorted(self.model.program.instruction_addresses))

    def mark(self) -> None:
        """A breakpoint."""
        address = self.place()
        condition = self.random.choice([None, None, *CONDITIONS])
        temporary = self.random.random() < 0.3
        self.model.set_breakpoint(address, condition, temporary)
        self.say(f"{'tbreak' if temporary else 'break'} 0x{address:X}" + (f" if {condition}" if condition else ""))

    def unmark(self) -> None:
        """Something is removed, turned off or on."""
        marks = [(mark, "") for mark in self.model.breakpoints.values()]
        marks += [(mark, "watch ") for mark in self.model.watchpoints]
        if not marks:
            return
        mark, kind = self.random.choice(marks)
        verb = self.random.choice(["delete", "delete", "enable", "disable"])
        if verb != "delete":
            mark.enabled = verb == "enable"
        elif kind:
            self.model.watchpoints.remove(mark)
        else:
            del self.model.breakpoints[mark.address]
        self.say(f"{verb} {kind}{mark.number}")

    def watch(self) -> None:
        """A watchpoint."""
        text = self.random.choice(
            [*(f"r{number}" for number in (0, 1, 4, 5, 8)), "sp", "lr", "pc"]
            + [f"[data+{4 * number}]" for number in range(WORDS)]
        )
        access = self.random.choice(["watch", "rwatch", "awatch", "cwatch"])
        self.model.watch(text, access)
        self.say(f"{access} {text}")

    def run(self) -> None:
        """A step, a step over, a run to somewhere."""
        model, depth = self.model, self.model.depth
        count = self.random.choice([1, 1, 2, 5])
        kind = self.random.choice(["step", "next", "finish", "until", "continue", "continue"])
        if kind == "finish" and depth == 0:
            assert self.say("finish") == "Error: not in a function"
            return
        line = kind
        if kind == "step":
            line = f"step {count}"
            expected = model.run(countdown(count), stepping=True)
        elif kind == "next":
            line = f"next {count}"
            expected = ""
            for _ in range(count):
                expected = over(model)
                if not expected.startswith(("Stopped: single", "Stopped: step")):
                    break
        elif kind == "until":
            address = self.place()
            line = f"until 0x{address:X}"
            expected = model.run(lambda m: "place reached" if m.pc == address else None)
        elif kind == "finish":
            expected = model.run(lambda m: "function returned" if m.depth < depth else None)
        else:
            expected = model.run(lambda _: None)
        assert self.say(line) == expected, self.told

    def compare(self) -> None:
        """Registers, flags, instructions, and what each mark has counted."""
        model, story = self.model, self.told
        for machine in (self.terminal.machine, self.session.core.machine):
            assert machine.registers == model.machine.registers, story
            assert [bool(flag) for flag in machine.flags] == [bool(flag) for flag in model.machine.flags], story
            assert machine.instructions == model.machine.instructions, story
        for control in (self.terminal.debugger.runner.control, self.session.core.control):
            hits = [(one.number, one.address, one.enabled, one.hits, one.condition) for one in control.breakpoints]
            wanted = sorted(model.breakpoints.values(), key=lambda one: one.number)
            assert hits == [(one.number, one.address, one.enabled, one.hits, one.condition) for one in wanted], story
            watched = [(one.number, one.text, one.enabled, one.hits) for one in control.watchpoints]
            assert watched == [(one.number, one.text, one.enabled, one.hits) for one in model.watchpoints], story


def countdown(count: int):  # type: ignore[no-untyped-def]  # one of the plans of `run`
    """A number of single steps."""
    left = [count]

    def done(_: BruteForce) -> str | None:
        left[0] -= 1
        return None if left[0] else "single step"

    return done


def over(model: BruteForce) -> str:
    """One instruction, a call as a whole."""
    depth, first = model.depth, [True]

    def done(one: BruteForce) -> str | None:
        is_first, first[0] = first[0], False
        if one.depth > depth:
            return None
        return "single step" if is_first else "step over complete"

    return model.run(done)


@pytest.mark.parametrize("engine", ["auto", "interpreter"])
@pytest.mark.parametrize("seed", range(15))
def test_all_debuggers_make_the_same_stops(seed: int, engine: str) -> None:
    story = Story(seed, engine)
    note = f"seed {seed}, engine {engine}\n{story.model.source}"
    try:
        story.play(40)
    except AssertionError as error:
        error.add_note("\n".join([note, *story.told]))
        raise


def test_each_of_several_steps_over_leaves_a_breakpoint_that_it_begins_at() -> None:
    source = "_start: BL sub\nMOV R0, #0\nMOV R0, #1\nSWI #0\nsub: MOV PC, LR\n"
    talk = Conversation(source)
    talk.transcript("break 0x8004", "break 0x8008")
    assert talk.say("next 2") == "Stopped: single step at PC=0x00008008"
    assert talk.say("info b").count("hit") == 0


@pytest.mark.parametrize("seed", range(5))
def test_marks_may_change_in_the_middle_of_a_run_and_a_replay_follows(seed: int) -> None:
    random = Random(seed)
    session = SessionUnderTest("_start: ADD R0, R0, #1\nADD R1, R1, #1\nB _start\n", random)
    core = session.core
    for address in (0x8000, 0x8004, 0x8008):
        apply(core, PutBreakpoint(f"{address}", "r0 == 1 << 31"))
    for _ in range(60):
        if core.status is not Status.RUNNING:
            apply(core, Run())
        core.conclude(core.execute(random.choice([1, 2, 3, 50]), lambda: random.random() < 0.5))
        condition = random.choice(["r0 == 1 << 31", "r0 & 1", "r1 == r0"])
        apply(core, ChangeBreakpoint(random.choice([1, 2, 3]), condition=condition))
        if random.random() < 0.2:
            apply(core, PutWatchpoint("r0", "write"))
            core.conclude(core.execute(1, lambda: True))
            apply(core, RemoveWatchpoint(max(one.number for one in core.watchpoints)))
    session.check_replay()
