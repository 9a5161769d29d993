"""The call stack, found from code and stack alone.

Theory of operation. A program keeps no frame records, so each frame is worked out. The function that the PC is in
begins at the last address at or before it that some BL calls, or where the program starts. From there the code is
followed along its branches up to the PC; on the way, how far SP has moved is added up, and where LR was stored is
remembered. That gives the return address, and the stack pointer of the caller, and there the same begins anew.
Execution is never needed, and nothing has to be recorded while the program runs. Where SP moves by an amount that is
not in the instructions, or what is found does not lead behind a call, the stack ends.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from emu.debugger.stepping import is_call_at
from emu.isa.analysis.profile import is_call, is_direct_branch
from emu.isa.bits import MASK32, signed
from emu.isa.conditions import ALWAYS
from emu.isa.engines.lifting import lift
from emu.isa.instructions.decoder import decode

if TYPE_CHECKING:
    from emu.isa.engines.lifting import Lifted, Value
    from emu.isa.machine import Machine

MOST_FRAMES = 1000
_MOST_STEPS = 20_000
_MOST_CASES = 1024
_LOAD_FROM_TABLE, _BRANCH_IN_TABLE = 0x079FF100, 0x008FF100
_SP, _LR, _PC = 13, 14, 15


@frozen
class Frame:
    """One active call. `address` is the PC, or where the frame goes on when what it called returns.

    `stack_pointer` is SP there, and `return_address` where the function returns to, if that could be found out.
    """

    address: int
    function: int
    stack_pointer: int = 0
    return_address: int | None = None


@frozen
class _State:
    """At some instruction of a function: SP relative to its value at the function's start, and where LR is.

    `saved` is the stack slot of the return address, relative likewise; None while it is in LR, if it `is_in_lr`.
    """

    moved: int = 0
    saved: int | None = None
    is_in_lr: bool = True


def call_stack(machine: Machine, most: int = MOST_FRAMES) -> list[Frame]:
    """The frames, the innermost first, at most as many as wanted."""
    starts = _function_starts(machine)
    frames: list[Frame] = []
    pc, sp = machine.registers[_PC], machine.registers[_SP]
    inside = pc
    states: dict[tuple[int, int], _State | None] = {}
    while len(frames) < most:
        position = bisect_right(starts, inside)
        start = starts[position - 1] if position else pc
        frames.append(Frame(pc, start, sp))
        # The frames of a recursion have the same answer.
        if (start, pc) not in states:
            states[start, pc] = _state_at(machine, start, pc)
        state = states[start, pc]
        if state is None:
            break
        sp = (sp - state.moved) & MASK32
        if state.saved is not None:
            slot = (sp + state.saved) & MASK32
            back = int.from_bytes(machine.memory.peek(slot, 4), "little")
        elif state.is_in_lr and len(frames) == 1:
            back = machine.registers[_LR]
        else:
            break
        inside = (back - 4) & MASK32
        if back & 3 or not is_call_at(machine, inside):
            break
        frames[-1] = evolve(frames[-1], return_address=back)
        pc = back
    return frames


def _function_starts(machine: Machine) -> list[int]:
    program = machine.program
    if program is None:
        return []
    starts = {program.entry}
    words, size = machine.memory.words, machine.memory.size
    for address in program.instruction_addresses:
        # A program may have a hundred thousand instructions, and somebody waits.
        if address < size and (word := words[address >> 2]) & 0x0F000000 == 0x0B000000:
            starts.add(_target(address, word))
    if program.memory_map is not None:
        # Of what only a pointer leads to, the symbols tell.
        starts.update(symbol.value for symbol in program.symbols.values() if symbol.is_label and symbol.names_code)
    return sorted(starts)


def _state_at(machine: Machine, start: int, pc: int) -> _State | None:
    """The state in front of the instruction at `pc`; where no path is found, that of the nearest one before it."""
    pending = [(start, _State())]
    seen: dict[int, _State] = {}
    while pending and len(seen) < _MOST_STEPS:
        address, state = pending.pop()
        if address == pc:
            return state
        if address in seen:
            continue
        seen[address] = state
        word = _word(machine, address)
        behind = (address + 4) & MASK32
        always = word >> 28 == ALWAYS
        if is_call_at(machine, address):
            pending.append((behind, _State(state.moved, state.saved, False)))
        elif is_direct_branch(word):
            if not always:
                pending.append((behind, state))
            pending.append((_target(address, word), state))
        else:
            lifted = lift(decode(word), address)
            if lifted.target is None:
                after = _after(lifted, state)
                if after is not None:
                    pending.append((behind, after))
            else:
                if not always:
                    pending.append((behind, state))
                pending += [(target, state) for target in _switch(machine, address, word)]
    nearest = max((address for address in seen if start < address < pc), default=None)
    return None if nearest is None else seen[nearest]


def _switch(machine: Machine, address: int, word: int) -> list[int]:
    """Where a jump by a table leads: `LDR PC, [PC, Rn, LSL #2]` by addresses, `ADD PC, PC, Rn, LSL #2` by branches."""
    program = machine.program
    code = program.instruction_addresses if program is not None else ()
    targets: list[int] = []
    for place in range(address + 8, address + 8 + 4 * _MOST_CASES, 4):
        entry = _word(machine, place)
        if word & 0x0FFFFFF0 == _LOAD_FROM_TABLE and place not in code and entry in code:
            targets.append(entry)
        elif word & 0x0FFFFFF0 == _BRANCH_IN_TABLE and is_direct_branch(entry) and not is_call(entry):
            targets.append(place)
        else:
            break
    return targets


def _after(lifted: Lifted, state: _State) -> _State | None:
    """What an instruction that goes on behind itself makes of a state; None if SP is then unknown."""
    moved, saved, in_lr = state.moved, state.saved, state.is_in_lr
    for step in lifted.steps:
        offset = _from_sp(step.address)
        if step.kind == "store" and offset is not None:
            for index, value in enumerate(step.values):
                if value.op == "register" and value.args[0] == _LR and in_lr and saved is None:
                    saved = state.moved + offset + 4 * index
    for number, value in lifted.registers:
        if number == _SP:
            change = _from_sp(value)
            if change is None:
                return None
            moved = state.moved + change
        elif number == _LR:
            in_lr = False
            if value.op == "loaded":
                step = lifted.steps[value.args[0]]
                offset = _from_sp(step.address)
                if offset is not None and saved == state.moved + offset + 4 * value.args[1]:
                    saved, in_lr = None, True
    return _State(moved, saved, in_lr)


def _from_sp(value: Value) -> int | None:
    """N for a value that is SP + N, else None."""
    op, args = value.op, value.args
    if op == "register":
        return 0 if args[0] == _SP else None
    if op == "result":
        op, args = ("add" if args[0].op == "sum" else "sub"), args[0].args
    if op in ("add", "sub", "address"):
        base, number = _from_sp(args[0]), args[1].number
        if base is None or number is None:
            return None
        subtracts = op == "sub" or (op == "address" and args[2])
        return base - signed(number) if subtracts else base + signed(number)
    return None


def _target(address: int, word: int) -> int:
    return (address + 8 + signed((word & 0xFFFFFF) << 8) // 64) & MASK32


def _word(machine: Machine, address: int) -> int:
    memory = machine.memory
    if address < memory.size and not address & 3:
        return memory.words[address >> 2]
    return int.from_bytes(memory.peek(address, 4), "little")
