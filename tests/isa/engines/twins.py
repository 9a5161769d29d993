"""Two machines with the same program: one translates, one interprets. Whatever happens must happen to both alike."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

from emu.isa.analysis.profile import FunctionCost, Profile
from emu.isa.bits import MASK32
from emu.isa.conditions import ALWAYS
from emu.isa.engines.python import Prices
from emu.isa.instructions.table import FORMS
from emu.isa.machine import Machine, MachineSnapshot
from emu.isa.memory import Watchpoint
from emu.isa.program import Program
from emu.isa.registers import PC
from emu.isa.stops import BreakpointHit, ServiceCall
from tests.isa.programs import CODE, FORM, SP, Decks, ProgramWriter

if TYPE_CHECKING:
    from emu.isa.stops import Stop

IMPATIENT: dict[str, Any] = {
    "HOT": 2,
    "PATIENCE": 64,
    "FIRST_PATIENCE": 64,
    "_MANY_EXITS": 2,
    "PRICES": Prices(0, 1, 1),
    "QUICK_PRICES": Prices(0, 1, 1),
    "WORTH_A_VISIT": 0,
}
"""Values for `emu.isa.engines.python` with which everything becomes native that can."""

EAGER: dict[str, Any] = {
    "LOOK": 100,
    "WORTH_A_LOOK": 100,
    "WORTH_COMPILING": 500,
    "WORTH_WAITING": 1 << 60,
    "HOP_PRICE": 1,
    "SMALLEST_JOINED": 1,
    "LONG": 0,
    "WINDOWS": 3,
    "WINDOW": 40,
    "FROM_WINDOW_TO_WINDOW": 301,
    "BUSY_TURN": 400,
    "NATIVE_TURN": 1000,
}
"""Values for `emu.isa.engines.native.improving` with which quick code is joined and made better very soon."""

State: TypeAlias = tuple[
    tuple[int, ...], tuple[bool, ...], tuple[bool, ...], int, int, tuple[int, int] | None, object, tuple[int, ...]
]


def state_of(machine: Machine) -> State:
    """Everything that engines must agree on, but for memory."""
    return (
        tuple(machine.registers),
        tuple(machine.flags),
        tuple(machine.saved_flags),
        machine.instructions,
        machine.cycles,
        machine.memory.last_store,
        machine.outcome,
        tuple(sorted(machine.breakpoints)),
    )


def counted(machine: Machine) -> tuple[dict[tuple[int, int], tuple[int, int, int]], dict[int, FunctionCost]]:
    """Everything that a profile has counted: (reached, executed, extra cycles) of each place, and the functions."""
    profile = machine.profile
    assert profile is not None
    places = {
        (place.address, place.word): (count.reached, count.executed, count.extra_cycles)
        for place, count in profile.counts().items()
        if count.reached
    }
    return places, profile.functions(machine.cycles)


class Twins:
    """The two machines. Every method does the same to both and compares them."""

    def __init__(
        self, program: Program, *, engine: str = "python", stack_guard: bool = False, profiled: bool = False
    ) -> None:
        self.translating = Machine(engine=engine, stack_guard=stack_guard)
        self.exact = Machine(engine="interpreter", stack_guard=stack_guard)
        self.both = (self.translating, self.exact)
        for machine in self.both:
            machine.load(program)
        self.history: list[str] = []
        if profiled:
            self.attach_profile()

    def run(self, limit: int | None, *, leaving_breakpoint: bool = False) -> Stop:
        """Runs both and compares why they stopped, and where."""
        self.history.append(f"run({limit}, leaving_breakpoint={leaving_breakpoint})")
        stop, expected = (machine.run(limit, leaving_breakpoint=leaving_breakpoint) for machine in self.both)
        assert stop == expected, self.story()
        self.compare()
        return stop

    def compare(self) -> None:
        """Registers, flags, counters, last store and all of memory."""
        ours, expected = map(state_of, self.both)
        assert ours == expected, self.story()
        same = bytes(self.translating.memory.bytes) == bytes(self.exact.memory.bytes)
        assert same, f"memory differs\n{self.story()}"
        if self.exact.profile is not None:
            self.compare_profiles()

    def attach_profile(self) -> None:
        """Counts from now on, from nothing."""
        self.history.append("attach_profile()")
        for machine in self.both:
            machine.profile = Profile()

    def compare_profiles(self) -> None:
        """What was executed how often, in which cycles, and which functions were called."""
        ours, expected = map(counted, self.both)
        different = [
            f"{address:08X} {word:08X}: {ours[0].get((address, word))}, exactly {expected[0].get((address, word))}"
            for address, word in sorted(ours[0].keys() | expected[0].keys())
            if ours[0].get((address, word)) != expected[0].get((address, word))
        ]
        assert not different, "\n".join([*different, self.story()])
        assert ours[1] == expected[1], self.story()

    def story(self) -> str:
        """What was done so far."""
        return "\n".join(self.history)

    def finish_service_call(self) -> None:
        self.history.append("finish_service_call()")
        hits, expected = (machine.finish_service_call() for machine in self.both)
        assert hits == expected, self.story()

    def set_breakpoint(self, address: int) -> None:
        self.history.append(f"set_breakpoint({address:#x})")
        for machine in self.both:
            machine.set_breakpoint(address)

    def clear_breakpoint(self, address: int) -> None:
        self.history.append(f"clear_breakpoint({address:#x})")
        for machine in self.both:
            machine.clear_breakpoint(address)

    def watch(self, watchpoint: Watchpoint) -> None:
        self.history.append(f"watch({watchpoint})")
        for machine in self.both:
            machine.memory.watch(watchpoint)

    def unwatch(self, number: int) -> None:
        self.history.append(f"unwatch({number})")
        for machine in self.both:
            machine.memory.unwatch(number)

    def limit_cycles(self, limit: int) -> None:
        self.history.append(f"cycle_limit = {limit}")
        for machine in self.both:
            machine.cycle_limit = limit

    def poke(self, address: int, data: bytes) -> None:
        self.history.append(f"poke({address:#x}, {data!r})")
        for machine in self.both:
            machine.memory.poke(address, data)

    def set_register(self, number: int, value: int) -> None:
        self.history.append(f"registers[{number}] = {value:#x}")
        for machine in self.both:
            machine.registers[number] = value

    def snapshot(self) -> tuple[MachineSnapshot, MachineSnapshot]:
        self.history.append("snapshot()")
        ours, expected = (machine.snapshot() for machine in self.both)
        assert ours == expected, self.story()
        return ours, expected

    def restore(self, snapshots: tuple[MachineSnapshot, MachineSnapshot]) -> None:
        self.history.append(f"restore() to {snapshots[0].instructions} instructions")
        for machine, snapshot in zip(self.both, snapshots, strict=True):
            machine.restore(snapshot)


class WildWriter(ProgramWriter):
    """Programs that also fault, call services, change themselves, and use what the architecture leaves open.

    A wild instruction stands behind a comparison with the loop's counter, so that it happens late, when the code
    around it has been translated, and perhaps once in many rounds.
    """

    def __init__(self, random: Random, wildness: int = 6, decks: Decks | None = None) -> None:
        super().__init__(random, decks)
        self.wildness = wildness
        self.slots: list[int] = []

    def unit(self) -> None:
        if self.random.randrange(self.wildness):
            super().unit()
            return
        kind = self.random.choice(
            ("word", "word", "form", "form", "form", "change", "change", "slot", "stack", "service")
        )
        if kind == "change":
            self.change()
        elif kind == "slot":
            self.slots.append(self.emit(0xE2811001))
        elif kind == "stack":
            self.constant(SP, self.random.choice((0x3FFF0, 0x40000, 0x40010, 0x4FF00)))
        elif kind == "edge":
            self.edge()
        elif kind == "service":
            self.wild(0x0F000000 | self.random.getrandbits(8))
        elif kind == "word":
            self.wild(self.random.getrandbits(28))
        else:
            form = self.random.choice(FORMS)
            mask, value = self.random.choice(form.cases())
            self.wild(self.random.getrandbits(28) & ~mask | value & 0x0FFFFFFF)

    def wild(self, word: int) -> None:
        """`word` under a condition that holds now and then, or under a random one."""
        if self.random.randrange(3):
            self.add(
                "Comparison, immediate", opcode=10, rn=self.random.choice(self.counters), imm=self.random.randrange(16)
            )
            self.emit(word & 0x0FFFFFFF)
        else:
            self.emit(self.random.randrange(16) << 28 | word & 0x0FFFFFFF)

    def edge(self) -> None:
        """A transfer around the end of a region or of the address space, which may fault."""
        edge = self.random.choice((0, 0x8000, 0x18000, 0x20000, 0x30000, 0x40000, 0x50000, 0x51000, MASK32 + 1))
        rn = self.register()
        rm = self.register(rn)
        self.constant(rn, edge + self.random.choice((-64, -16, -8, -4, -2, 0, 1, 4, 60)) & MASK32)
        self.constant(rm, self.random.choice((0, 4, 60, 0x1000, 0x8000, 0x80000, 0xFFFFFFF0)))
        title = self.random.choice([title for title in FORM if "transfer" in title or "half" in title])
        form = FORM[title]
        mask, value = self.random.choice(form.cases())
        word = self.random.getrandbits(28) & ~mask | value & 0x0FFFFFFF
        self.wild(word & ~0x000F0000 | rn << 16 if "immediate" in title else word & ~0x000F000F | rn << 16 | rm)

    def change(self) -> None:
        """A store into the program: into a slot seen before, or one that follows at once."""
        rm = self.register()
        rn = self.register(rm)
        target = self.random.choice(self.slots) if self.slots and self.random.randrange(2) else 0
        byte = self.random.randrange(2)
        # ADD Rd, Rn, #imm, whose immediate changes with the counter.
        number = self.random.randrange(12)
        self.constant(rm, 0xE2800000 | number << 16 | number << 12 | self.random.randrange(128))
        if self.random.randrange(2):
            counter = self.random.choice(self.counters)
            self.add("Data processing, register", opcode=4, rd=rm, rn=rm, rm=counter)
        condition = self.random.choice((ALWAYS, ALWAYS, 0, 1))
        self.add(
            "Comparison, immediate", opcode=8, rn=self.random.choice(self.counters), imm=self.random.choice((1, 3, 7))
        )
        fields = {"p": 1, "byte": byte, "rd": rm}
        if target:
            self.constant(rn, target)
            self.add("Word or byte transfer, immediate offset", condition, u=1, rn=rn, offset=0, **fields)
        else:
            gap = self.random.randrange(3)
            self.add("Word or byte transfer, immediate offset", condition, u=1, rn=PC, offset=4 * gap, **fields)
            for _ in range(gap + 1):
                self.emit(0xE1A00000)
            self.slots.append(self.emit(0xE2800001))


def random_watchpoint(random: Random, number: int) -> Watchpoint:
    """A watchpoint on data or on the program."""
    start = random.choice((0x20000, 0x2FFF0, 0x40000, 0x4FF00, CODE)) + random.randrange(256)
    kind = random.randrange(3)
    return Watchpoint(number, start, start + random.choice((1, 2, 4, 40)), kind != 1, kind != 0)


def wander(twins: Twins, random: Random, actions: int) -> None:
    """Does random things to both machines until the program ends for good."""
    addresses = sorted(twins.exact.program.instruction_addresses) if twins.exact.program else [CODE]
    snapshots = [twins.snapshot()]
    watching: list[int] = []
    leaving = False
    for _ in range(actions):
        action = random.choice(
            ("run",) * 8 + ("step", "breakpoint", "watch", "snapshot", "restore", "cycles", "poke", "go on")
        )
        if twins.exact.outcome is not None:
            action = "restore"
        if action == "run":
            stop = twins.run(random.choice((1, 2, 5, 30, 64, 65, 200, 700)), leaving_breakpoint=leaving)
            leaving = bool(random.randrange(2)) or isinstance(stop, BreakpointHit)
            if isinstance(stop, ServiceCall):
                twins.finish_service_call()
        elif action == "step":
            twins.run(1, leaving_breakpoint=True)
        elif action == "breakpoint":
            address = random.choice(addresses)
            if address in twins.exact.breakpoints:
                twins.clear_breakpoint(address)
            else:
                twins.set_breakpoint(address)
        elif action == "watch":
            if watching and random.randrange(2):
                twins.unwatch(watching.pop(random.randrange(len(watching))))
            else:
                number = 1 + max(watching, default=0)
                watching.append(number)
                twins.watch(random_watchpoint(random, number))
        elif action == "snapshot":
            snapshots.append(twins.snapshot())
        elif action == "restore":
            twins.limit_cycles(0)
            twins.restore(random.choice(snapshots))
            twins.compare()
        elif action == "cycles":
            twins.limit_cycles(twins.exact.cycles + random.randrange(1, 400))
        elif action == "poke":
            word = 0xE2800000 | random.randrange(12) * 0x11000 | random.randrange(256)
            twins.poke(random.choice(addresses), word.to_bytes(4, "little"))
        else:
            for address in list(twins.exact.breakpoints):
                twins.clear_breakpoint(address)
            twins.set_register(random.randrange(15), random.getrandbits(32) & random.choice((MASK32, 0x4FFFC)))
