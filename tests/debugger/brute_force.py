"""A debugger that executes one instruction after the other and knows its programs' text: the oracle of the real one.

Programs are drawn from a seed, in a small language of instructions whose accesses can be read off their text, so that
nothing here depends on how the machine decodes, lifts or watches. Calls are counted, not guessed from the stack.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import define, field

from emu.isa.machine import Machine
from emu.isa.stops import ServiceCall
from tests.isa.assembly import program

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from emu.isa.program import Program

WORDS = 4
"""Words of data, at `data`, which R9 points to."""

CONDITIONS: dict[str, Callable[[BruteForce], int]] = {
    "r4 == 2": lambda m: m.r(4) == 2,
    "r5 > r6": lambda m: m.r(5) > m.r(6),
    "[data] & 1": lambda m: m.word(m.data) & 1,
    "[r9 + 4] != r0": lambda m: m.word((m.r(9) + 4) & 0xFFFFFFFF) != m.r(0),
    "[r0]": lambda m: m.word(m.r(0)),
    "z || r1 < 3": lambda m: m.machine.flags[1] or m.r(1) < 3,
}


def draw_program(random: Random) -> str:
    """A program that ends: a loop that calls functions, some of which call others, and one that calls itself."""

    def work() -> str:
        a, b, c = (random.choice("012356") for _ in range(3))
        offset = 4 * random.randrange(WORDS)
        return random.choice(
            [
                f"ADD R{a}, R{b}, R{c}", f"ADDS R{a}, R{b}, #{random.randrange(9)}", f"SUBS R{a}, R{b}, R{c}",
                f"MOV R{a}, R{b}", f"MOV R{a}, #{random.randrange(200)}", f"CMP R{a}, R{b}", f"EORNE R{a}, R{b}, R{c}",
                f"MOVEQ R{a}, #{random.randrange(9)}", f"LDR R{a}, [R9, #{offset}]", f"STR R{a}, [R9, #{offset}]",
                f"STRB R{a}, [R9, #{offset + random.randrange(4)}]", f"LDRB R{a}, [R9, #{offset + 1}]",
                f"STRNE R{a}, [R9, #{offset}]", "SWI #7",
            ]
        )  # fmt: skip

    def body(most: int) -> list[str]:
        return [work() for _ in range(random.randrange(1, most))]

    functions = random.randrange(1, 4)
    lines = ["_start: LDR R9, =data", f"MOV R4, #{random.randrange(2, 6)}", "loop: MOV R8, #3", *body(5)]
    for _ in range(random.randrange(1, 4)):
        lines += [f"BL f{random.randrange(functions)}", *body(3)]
    lines += ["BL again"] if random.random() < 0.6 else []
    lines += ["SWI #0xF1"] if random.random() < 0.2 else []
    lines += ["SUBS R4, R4, #1", "BNE loop", "MOV R0, #7", "SWI #0"]
    for number in range(functions):
        if number + 1 < functions and random.random() < 0.7:
            lines += [f"f{number}: STMFD SP!, {{R5, R6, LR}}", *body(4), f"BL f{number + 1}", *body(3)]
            lines += ["LDMFD SP!, {R5, R6, PC}"]
        else:
            lines += [f"f{number}: MOV R1, R0", *body(5), random.choice(["MOV PC, LR", "BX LR"])]
    lines += ["again: CMP R8, #0", "BXEQ LR", "STMFD SP!, {R5, LR}", "SUB R8, R8, #1", *body(3), "BL again", *body(3)]
    lines += ["LDMFD SP!, {R5, PC}", ".align 2", "data: .word 1, 2, 3, 4", ""]
    return "\n".join(lines)


@define
class Mark:
    """A breakpoint or a watchpoint."""

    number: int
    text: str
    enabled: bool = True
    hits: int = 0
    address: int = 0
    condition: str | None = None
    temporary: bool = False
    access: str = ""


@define
class BruteForce:
    """See the module's docstring."""

    source: str
    machine: Machine = field(init=False)
    program: Program = field(init=False)
    breakpoints: dict[int, Mark] = field(init=False, factory=dict)
    """By address."""
    watchpoints: list[Mark] = field(init=False, factory=list)
    depth: int = field(init=False, default=0)
    _last_breakpoint: int = field(init=False, default=0)
    _last_watchpoint: int = field(init=False, default=0)
    _texts: dict[int, str] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.program = program(self.source)
        self.machine = Machine(engine="interpreter")
        self.machine.load(self.program)
        for line in self.program.source_map:
            if line.is_code:
                self._texts[line.address] = re.sub(r"^\w+:\s*", "", line.text.strip())

    # -- what it knows

    @property
    def data(self) -> int:
        """Where the words are."""
        return self.program.symbols["data"].value

    @property
    def pc(self) -> int:
        """The address of the next instruction."""
        return self.machine.registers[15]

    def r(self, number: int) -> int:
        """A register."""
        return self.machine.registers[number]

    def word(self, address: int) -> int:
        """A word of memory. Raises LookupError where there is none."""
        memory = self.machine.memory
        if address & 3 or memory.region_at(address) is None:
            raise LookupError(address)
        return int.from_bytes(memory.peek(address, 4), "little")

    def stopped(self, why: str) -> str:
        """What is said of a stop."""
        return f"Stopped: {why} at PC=0x{self.pc:08X}"

    # -- breakpoints and watchpoints

    def set_breakpoint(self, address: int, condition: str | None, temporary: bool) -> None:
        """Sets or replaces one."""
        old = self.breakpoints.get(address)
        if old is None:
            self._last_breakpoint += 1
            old = self.breakpoints[address] = Mark(self._last_breakpoint, "", address=address)
        old.condition, old.temporary, old.enabled = condition, temporary, True

    def watch(self, text: str, access: str) -> None:
        """Watches a register, or a word of the data: `r5`, `[data+4]`."""
        self._last_watchpoint += 1
        self.watchpoints.append(Mark(self._last_watchpoint, text, access=access))

    # -- running

    def run(self, done: Callable[[BruteForce], str | None], *, stepping: bool = False) -> str:
        """Executes until `done` says why that is enough, a breakpoint (unless stepping) or something else stops it."""
        assert self.machine.outcome is None
        is_first = True
        while True:
            if not is_first and not stepping:
                told = self._at_breakpoint()
                if told is not None:
                    return told
            is_first = False
            told = self._execute()
            if told is not None:
                return told
            told = done(self)
            if told is not None:
                return self.stopped(told)

    def _at_breakpoint(self) -> str | None:
        mark = self.breakpoints.get(self.pc)
        if mark is None or not mark.enabled:
            return None
        why = f"breakpoint {mark.number}"
        if mark.condition is not None:
            try:
                if not CONDITIONS[mark.condition](self):
                    return None
            except LookupError as error:
                address = int(error.args[0])
                problem = (
                    "unaligned access"
                    if address & 3
                    else f"memory access violation: address 0x{address:08X} is not mapped"
                )
                why += f" (condition error: failed to read memory at 0x{address:08X}: {problem})"
        mark.hits += 1
        if mark.temporary:
            del self.breakpoints[self.pc]
        return self.stopped(why)

    def _execute(self) -> str | None:
        """One instruction: what is to be said if it ends the run."""
        machine = self.machine
        text, before, flags = self._texts[self.pc], list(machine.registers), list(machine.flags)
        content = machine.memory.peek(self.data, 4 * WORDS)
        stop = machine.run(1, leaving_breakpoint=True)
        if isinstance(stop, ServiceCall):
            if stop.number == 0:
                machine.halt(before[0])
                return f"Program exited with code {before[0]}"
            machine.finish_service_call(counted=stop.number != 0xF1)
            if stop.number == 0xF1:
                return self.stopped("breakpoint call")
        executed = _executed(text, flags)
        if executed and text.startswith("BL"):
            self.depth += 1
        if executed and (re.match(r"BX|MOV PC", text) or text.endswith("PC}")):
            self.depth -= 1
        touched = [
            mark for mark in self.watchpoints if mark.enabled and self._touches(mark, text, before, flags, content)
        ]
        for mark in touched:
            mark.hits += 1
        return self.stopped(", ".join(f"watchpoint {one.number}: {one.text}" for one in touched)) if touched else None

    def _touches(self, mark: Mark, text: str, before: list[int], flags: list[bool], content: bytes) -> bool:
        executed = _executed(text, flags)
        if mark.text.startswith("["):
            offset = int(mark.text[6:-1] or 0)
            reads, writes = _accesses(text) if executed else (set(), set())
            mine = set(range(offset, offset + 4))
            changed = content[offset : offset + 4] != self.machine.memory.peek(self.data + offset, 4)
            return {
                "rwatch": bool(mine & reads), "watch": bool(mine & writes), "awatch": bool(mine & (reads | writes)),
                "cwatch": bool(mine & writes) and changed,
            }[mark.access]  # fmt: skip
        number = {"sp": 13, "lr": 14, "pc": 15}.get(mark.text) or int(mark.text[1:])
        expected = before[15] + 4 if number == 15 else before[number]
        written = self.machine.registers[number] != expected
        read = executed and number in _registers_read(text)
        return {"watch": written, "cwatch": written, "rwatch": read, "awatch": written or read}[mark.access]


def _executed(text: str, flags: list[bool]) -> bool:
    word = text.split(maxsplit=1)[0]
    if word in ("MOVEQ", "BXEQ"):
        return bool(flags[1])
    return not flags[1] if word in ("BNE", "EORNE", "STRNE") else True


def _accesses(text: str) -> tuple[set[int], set[int]]:
    """The bytes of the data that an instruction reads and writes, as offsets."""
    match = re.match(r"(LDR|STR)(B?)(?:NE)? R\d, \[R9, #(\d+)\]", text)
    if match is None:
        return set(), set()
    offset = int(match[3])
    touched = set(range(offset, offset + (1 if match[2] else 4)))
    return (touched, set()) if match[1] == "LDR" else (set(), touched)


def _registers_read(text: str) -> set[int]:
    """The registers that an instruction reads, as far as they are its operands."""
    word, _, operands = text.partition(" ")
    names = {"SP": 13, "LR": 14, "PC": 15}
    numbers = [names.get(name) or int(name[1:]) for name in re.findall(r"\b(?:R\d+|SP|LR|PC)\b", operands)]
    if word.startswith("STM"):
        return set(numbers)
    if word.startswith("LDM"):
        return {13}
    if word.startswith(("CMP", "STR", "BX")):
        return set(numbers)
    if operands.startswith("R9, =") or word.startswith(("B", "SWI")):
        return set()
    return set(numbers[1:])
