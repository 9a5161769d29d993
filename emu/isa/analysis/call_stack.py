"""Following calls and returns while a program runs.

Theory of operation. A program keeps no list of its calls, so what a jump is follows from what it does:

* a *call* is BL or BLX, or any jump that leaves the address behind itself in LR (`MOV LR, PC` before it);
* a *return* is a computed jump to where an active call goes on, be it by MOV PC, BX, POP, LDM or LDR; calls above that
  one have been left with it;
* a *tail call* is a jump to the beginning of another function with SP and LR as they were when the current function
  was called: the new function takes its place, and will return to its caller;
* a jump behind a call that is no longer active (longjmp) leaves every call whose part of the stack is gone.

Everything else stays within the function. More than `MOST_FRAMES` nested calls are counted, not kept.
"""

from __future__ import annotations

from emu.isa.analysis.profile import is_call, is_direct_branch
from emu.isa.bits import MASK32, signed
from emu.isa.registers import LR, PC, SP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from emu.isa.analysis.witness import Moment
    from emu.isa.machine import Machine
    from emu.isa.program import Program

    class CallSink(Protocol):
        """Who is told of calls. `time` is the clock after the instruction that called or returned."""

        def entered(self, frame: ActiveCall, time: int) -> None:
            """A function was called."""

        def left(self, frame: ActiveCall, time: int) -> None:
            """The innermost function has returned, or has been left."""


MOST_FRAMES = 20_000
"""Nested calls that are kept."""


class ActiveCall:
    """One call. `call_site` is the address of the instruction that called, -1 for the beginning of the program."""

    __slots__ = ("call_site", "function", "return_address", "sp")

    def __init__(self, function: int, call_site: int, return_address: int, sp: int) -> None:
        self.function = function
        self.call_site = call_site
        self.return_address = return_address
        self.sp = sp


class CallStack:
    """The active calls of a machine; an observer."""

    def __init__(self, machine: Machine, sink: CallSink, *, count_cycles: bool = False) -> None:
        """The machine stands where the program begins. Time is instructions, or cycles if they are to be counted."""
        self._machine = machine
        self._sink = sink
        self._count_cycles = count_cycles
        self._functions: set[int] | None = None
        self.calls = 0
        self.hidden = 0
        """Active calls beyond `MOST_FRAMES`."""
        self.overflowed = 0
        """How many calls were not kept."""
        first = ActiveCall(machine.registers[PC], -1, -1, machine.registers[SP])
        self.frames = [first]
        self._waiting: dict[int, int] = {}
        """How many of the frames return to an address."""
        sink.entered(first, self.now)

    @property
    def now(self) -> int:
        """The clock."""
        return self._machine.cycles if self._count_cycles else self._machine.instructions

    def executed(self, moment: Moment) -> None:
        """See `Observer`."""
        registers, address, word = moment.registers, moment.address, moment.word
        target, behind = registers[PC], (address + 4) & MASK32
        if (
            target == behind
            and word & 0x0E000000 != 0x0A000000
            and word & 0x0FFFFFD0 != 0x012FFF10
            and (not moment.writes or moment.writes[-1][0] != PC)
        ):
            return  # as nearly always; but a jump may lead there, too
        if not moment.executed or moment.is_service:
            return
        if is_call(word):
            self._call(target, address, behind, registers[SP])
        elif is_direct_branch(word):
            self._jump(target, registers)
        elif registers[LR] == behind:
            self._call(target, address, behind, registers[SP])
        elif not self._return(target, registers[SP]):
            self._jump(target, registers)

    def finish(self) -> None:
        """The run is over: every active call is left."""
        self._leave_down_to(0)

    # -- what a jump is ---------------------------------------------------------------------------------------------

    def _call(self, function: int, call_site: int, return_address: int, sp: int) -> None:
        self.calls += 1
        if len(self.frames) >= MOST_FRAMES:
            self.hidden += 1
            self.overflowed += 1
            return
        self._enter(ActiveCall(function, call_site, return_address, sp))

    def _return(self, target: int, sp: int) -> bool:
        """Whether a computed jump goes behind a call."""
        frames = self.frames
        for depth in range(len(frames) - 1, -1, -1) if self._waiting.get(target) else ():
            frame = frames[depth]
            # With calls that were not kept, only SP can tell which of many equal return addresses is meant.
            if frame.return_address == target and (not self.hidden or sp >= frame.sp):
                self._leave_down_to(depth)
                return True
        word = self._word((target - 4) & MASK32)
        if not is_call(word):
            return False
        if self.hidden:
            self.hidden -= 1
            return True
        self._leave_down_to(self._owner_of(target, sp))
        return True

    def _owner_of(self, target: int, sp: int) -> int:
        """How many frames are left when execution goes on at `target` with this stack pointer."""
        frames = self.frames
        depth = len(frames)
        while depth > 1 and frames[depth - 1].sp < sp:
            depth -= 1
        function = max((f for f in self._known_functions() if f <= target), default=-1)
        for number in range(depth, 0, -1):
            if frames[number - 1].function == function:
                return number
        return depth

    def _jump(self, target: int, registers: list[int]) -> None:
        """A jump that is neither call nor return: a tail call, or nothing to be told."""
        frame = self.frames[-1]
        if (
            self.hidden
            or target == frame.function
            or registers[SP] != frame.sp
            or (registers[LR] != frame.return_address and frame.return_address >= 0)
            or target not in self._known_functions()
        ):
            return
        depth = len(self.frames) - 1
        self._leave_down_to(depth)
        self.calls += 1
        self._enter(ActiveCall(target, frame.call_site, frame.return_address, frame.sp))

    def _known_functions(self) -> set[int]:
        if self._functions is None:
            self._functions = functions_of(self._machine.program) | {self.frames[0].function}
        return self._functions

    def _word(self, address: int) -> int:
        return int.from_bytes(self._machine.memory.peek(address, 4), "little")

    # -- frames -----------------------------------------------------------------------------------------------------

    def _enter(self, frame: ActiveCall) -> None:
        self.frames.append(frame)
        self._waiting[frame.return_address] = self._waiting.get(frame.return_address, 0) + 1
        self._sink.entered(frame, self.now)

    def _leave_down_to(self, depth: int) -> None:
        frames, now = self.frames, self.now
        if len(frames) > depth:
            self.hidden = 0
        while len(frames) > depth:
            frame = frames.pop()
            if frame.call_site >= 0:
                self._waiting[frame.return_address] -= 1
            self._sink.left(frame, now)


def functions_of(program: Program | None) -> set[int]:
    """Where functions begin: what BL calls, and in a compiled program every label of code."""
    functions: set[int] = set()
    if program is None:
        return functions
    code = program.instruction_addresses
    for segment in program.segments:
        data = segment.data
        for offset in range(-segment.address & 3, len(data) - 3, 4):
            if data[offset + 3] & 0x0F == 0x0B and segment.address + offset in code:
                word = int.from_bytes(data[offset : offset + 4], "little")
                functions.add((segment.address + offset + 8 + 4 * signed(word & 0xFFFFFF, 24)) & MASK32)
    if program.memory_map is not None:
        functions.update(symbol.value for symbol in program.symbols.values() if symbol.is_label and symbol.names_code)
    return functions & code
