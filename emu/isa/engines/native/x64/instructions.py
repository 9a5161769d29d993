"""Single instructions in quick code."""

from __future__ import annotations

from emu.isa.engines.native import layout
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.assigning import Assignments
from emu.isa.engines.native.x64.encoding import CONSTANT, RAX, RCX, REGISTER, STATE
from emu.isa.engines.native.x64.exits import PC_WORD
from emu.isa.engines.native.x64.flags import CONDITION_OF
from emu.isa.engines.native.x64.pending import write as write_flags
from emu.isa.engines.native.x64.uncounted import CYCLES, TERM
from emu.isa.engines.native.x64.values import Values
from emu.isa.registers import SP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from emu.isa.engines.lifting import Lifted
    from emu.isa.engines.native.x64.accesses import Accesses
    from emu.isa.engines.native.x64.encoding import Code
    from emu.isa.engines.native.x64.exits import Exits
    from emu.isa.engines.native.x64.flags import Flags
    from emu.isa.engines.native.x64.uncounted import Uncounted


def is_guarded(lifted: Lifted, stack_guard: int) -> bool:
    """Whether SP may be below the guard after an instruction."""
    return bool(stack_guard) and any(number == SP for number, _ in lifted.registers)


class Instructions:
    """Writes them: number `index` of the block that begins at `here`. `hosts` are the host registers of those guest
    registers that have one, `live` the flags that are alive behind each instruction, by block.
    """

    def __init__(
        self,
        code: Code,
        hosts: Mapping[int, int],
        flags: Flags,
        live: Mapping[int, list[int]],
        accesses: Accesses,
        counting: Uncounted,
        exits: Exits,
        postponed: list[Callable[[], None]],
        stack_guard: int,
        returning: Collection[int],
    ) -> None:
        """`returning` are blocks that end with a branch of which it is known where it leads."""
        self._code = code
        self._hosts = hosts
        self._flags = flags
        self._live = live
        self._accesses = accesses
        self._counting = counting
        self._exits = exits
        self._postponed = postponed
        self._stack_guard = stack_guard
        self._returning = returning
        self._assignments = Assignments(code, hosts)

    def certain(self, here: int, index: int, lifted: Lifted) -> None:
        """One whose condition is known to hold. It is left to whoever calls to go where it has branched."""
        code, values = self._code, self._values()
        after = self._live[here][index]
        places = [values.register(number) for number, _ in lifted.registers]
        self._flags.before(lifted, places, after)
        is_interpreted = self._counting.is_interpreted(lifted)
        if lifted.steps or is_interpreted:
            cold = self._exits.later(lifted.address, index, cold=True, along=("before", here, index))
            if is_interpreted:
                code.jump(cold)
            for position in range(len(lifted.steps)):
                self._accesses.step(position, lifted, values, cold)
        if lifted.cycles is not None:
            values.share(lifted.cycles)
            values.word(lifted.cycles)
            code.move_to_vector(TERM, RAX)
            code.add_vectors(CYCLES, TERM)
            self._counting.cycles(here, index)
        registers = dict(lifted.registers)
        if lifted.flags and lifted.reads_flags:
            for value in registers.values():
                values.keep(value)
        if lifted.target is not None and lifted.target.number is None and here not in self._returning:
            values.word(lifted.target)
            code.store(PC_WORD, (REGISTER, RAX))
        self._flags.overwritten(places)
        if lifted.flags:
            destination = None
            if len(registers) == 1:
                number = next(iter(registers))
                destination = self._hosts.get(number), values.register(number)
            if self._flags.set(lifted, values, destination, after):
                registers = {}
        self._assignments.assign(registers, values)
        self._guard_stack(here, index, lifted)

    def chosen(self, here: int, index: int, lifted: Lifted) -> None:
        """A conditional one that only computes."""
        code, flags = self._code, self._flags
        values = self._values()
        registers = dict(lifted.registers)
        condition, after = lifted.instruction.condition, self._live[here][index]
        places = [values.register(number) for number in registers]
        if len(registers) != 1:
            skipped = code.new_label()
            flags.before(lifted, places, after)
            holds = flags.condition(condition)
            self._counting.condition(here, index, holds)
            code.jump_if(holds ^ 1, skipped)
            self._assignments.assign(registers, values)
            code.label(skipped)
            flags.overwritten(places)
            self._guard_stack(here, index, lifted)
            return
        ((number, value),) = registers.items()
        operand = values.simple(value)
        if operand is None:
            values.word(value)
            code.move(RCX, (REGISTER, RAX))
            operand = REGISTER, RCX
        # While all operands of a comparison still are where they were.
        flags.condition(condition)
        flags.before(lifted, places, after)
        holds = flags.condition(condition)
        position = code.position
        if after:
            self._counting.condition(here, index, holds)
        if operand[0] == CONSTANT:
            code.move(RCX, operand)
            operand = REGISTER, RCX
        host = self._hosts.get(number)
        if host is None:
            code.move(RAX, (STATE, 4 * number))
            code.conditional_move(holds, RAX, operand)
            code.store(4 * number, (REGISTER, RAX))
        else:
            code.conditional_move(holds, host, operand)
        if after:
            flags.stays(position)
        else:
            self._counting.last_condition(here, index, holds)
        flags.overwritten(places)
        self._guard_stack(here, index, lifted)

    def _values(self) -> Values:
        return Values(self._code, self._hosts, lambda flag: self._flags.condition(CONDITION_OF[flag]))

    def _guard_stack(self, here: int, index: int, lifted: Lifted) -> None:
        """Leaves after an instruction that has set SP below the guard. It was not below before."""
        if not is_guarded(lifted, self._stack_guard):
            return
        code, below = self._code, self._code.new_label()
        host = self._hosts.get(SP)
        if host is None:
            code.move(RAX, (STATE, 4 * SP))
        code.arithmetic(x.CMP, RAX if host is None else host, (CONSTANT, self._stack_guard))
        code.jump_if(x.BELOW, below)
        state, out = self._flags.state, self._exits.out()

        def write() -> None:
            code.label(below)
            self._counting.passed("after", here, index)
            write_flags(code, state)
            if lifted.target is None:
                code.store(PC_WORD, (CONSTANT, lifted.address + 4))
            else:
                if lifted.target.number is not None:
                    code.store(PC_WORD, (CONSTANT, lifted.target.number))
                self._counting.left_after(lifted)
            code.store(4 * layout.IS_COLD, (CONSTANT, 1))
            self._exits.spend(index + 1)
            code.jump(out)

        self._postponed.append(write)
