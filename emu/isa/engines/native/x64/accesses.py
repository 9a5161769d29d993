"""Accesses to guest memory in quick code.

Theory of operation. The address comes to a host register. A load first looks whether it lies in the span where loads
are expected to go: one comparison. A store looks into the guard of its granule. What else there is to look at stands
out of the way; if it is anything unusual, execution leaves before the instruction.
"""

from __future__ import annotations

from emu.isa.engines.native import layout
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.assigning import loads_first
from emu.isa.engines.native.x64.encoding import CONSTANT, RAX, RBP, RCX, RDX, REGISTER, STATE
from emu.isa.memory import CODE, GRANULE_SHIFT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from emu.isa.engines.lifting import Lifted, Step, Value
    from emu.isa.engines.native.spans import ExpectedSpans
    from emu.isa.engines.native.x64.encoding import Code
    from emu.isa.engines.native.x64.values import Values


class Accesses:
    """Writes them. `later` takes what writes the parts that stand out of the way."""

    def __init__(
        self, code: Code, memory_size: int, lowest: int, spans: ExpectedSpans, later: list[Callable[[], None]]
    ) -> None:
        """`lowest` is the lowest mapped address."""
        self._code = code
        self._memory_size = memory_size
        self._lowest = lowest
        self._spans = spans
        self._later = later

    def step(self, position: int, lifted: Lifted, values: Values, cold: str) -> None:
        """One of the steps of an instruction; `cold` is the label of the way out before it."""
        step = lifted.steps[position]
        if step.kind == "address":
            self._address(position, lifted, values, cold)
            return
        later = lifted.steps[position + 1 :]
        at, is_wide = self._place(step, lifted, values)
        if step.kind == "store":
            self._check(step, at, is_wide, cold)
            self._store(step, at, values)
            return
        self._check_load(step, at, is_wide, cold)
        values.guest_address, values.guest_load = at, (position, step.size, step.is_signed)
        if is_wide and len(lifted.registers) <= 1:
            values.guest_sum = values.scaled(step.address)
        if later:
            for unit, value in enumerate(step.values):
                values.define_loaded(position, unit, values.keep(value))

    def _address(self, position: int, lifted: Lifted, values: Values, cold: str) -> None:
        """No going on if the true sum does not fit 32 bits. Where it need not be looked at, it is made when needed:
        what wraps around lands where there is no memory, and the access notices.
        """
        address = lifted.steps[position].address
        _, offset, subtract = address.args
        highest = (1 << 32) - self._memory_size if subtract else self._lowest
        if offset.number is not None and offset.number <= highest:
            return
        following = lifted.steps[position + 1] if position + 1 < len(lifted.steps) else None
        if following is not None and following.address is address and self._is_summed(address, values):
            return
        values.word(address)
        self._code.jump_if(x.BELOW, cold)
        if following is not None and following.address is address:
            self._code.move(RDX, (REGISTER, RAX))
            values.define(address, (REGISTER, RDX))

    def _is_summed(self, address: Value, values: Values) -> bool:
        """Whether the access sees all 64 bits of a sum, so that one that does not fit 32 bits is out of bounds."""
        return address.op == "address" and self._memory_size < 1 << 31 and values.can_sum(address)

    def _place(self, step: Step, lifted: Lifted, values: Values) -> tuple[int, bool]:
        """(the host register with the address: RDX, or the guest register that it is in and stays in, whether all 64
        bits of it count).
        """
        operand = values.simple(step.address)
        if operand is None:
            is_wide = self._is_summed(step.address, values)
            operand = REGISTER, RDX
            if not values.sum(step.address, RDX, wide=is_wide):
                values.word(step.address)
                self._code.move(RDX, (REGISTER, RAX))
            values.define(step.address, operand)
            return RDX, is_wide
        if operand[0] != REGISTER or (
            step.kind == "load"
            and any(operand == values.register(number) for number, _ in lifted.registers)
            and (lifted.steps[-1] is not step or loads_first(dict(lifted.registers)) is None)
        ):
            self._code.move(RDX, operand)
            operand = REGISTER, RDX
        return operand[1], False

    def _store(self, step: Step, at: int, values: Values) -> None:
        code = self._code
        for unit, value in enumerate(step.values):
            operand = values.simple(value)
            if operand is None or operand[0] == STATE:
                values.word(value)
                operand = REGISTER, RAX
            code.store_guest(at, 4 * unit, step.size, operand)
        if len(step.values) > 1:
            code.load_effective(RAX, at, 4 * len(step.values) - 4)
            at = RAX
        code.store(4 * layout.LAST_STORE, (REGISTER, at))
        code.store(4 * layout.LAST_STORE_SIZE, (CONSTANT, step.size))

    def _check_load(self, step: Step, at: int, is_wide: bool, cold: str) -> None:
        """Goes on if all that is loaded lies in the expected span, or else if a closer look finds nothing wrong."""
        code = self._code
        span = self._spans.expected(step)
        if span is None or span[0] & step.size - 1:
            self._check(step, at, is_wide, cold)
            return
        first, last = span
        known = step.address.number
        if known is not None and known & (step.size - 1) == 0 and first <= known <= last:
            return
        closer, back = code.new_label(), code.new_label()
        if first or step.size > 1:
            code.load_effective(RAX, at, -first, wide=is_wide)
        if step.size > 1:
            # What is not aligned gets a high bit, and is out of bounds, too.
            shift = step.size.bit_length() - 1
            (code.shift_wide if is_wide else code.shift)(x.ROR, RAX, shift)
            code.arithmetic(x.CMP, RAX, (CONSTANT, last - first >> shift), wide=is_wide)
        else:
            code.arithmetic(x.CMP, RAX if first else at, (CONSTANT, last - first), wide=is_wide)
        code.jump_if(x.ABOVE, closer)
        code.label(back)

        def look_closer() -> None:
            code.label(closer)
            self._check(step, at, is_wide, cold)
            code.jump(back)

        self._later.append(look_closer)

    def _check(self, step: Step, at: int, is_wide: bool, cold: str) -> None:
        code = self._code
        units, shift = len(step.values), step.size.bit_length() - 1
        end = self._memory_size - 4 * units + 4 if units > 1 else self._memory_size
        if is_wide:
            code.move_wide(RAX, at)
        else:
            code.move(RAX, (REGISTER, at))
        if shift:
            # What is not aligned gets a high bit, and is out of bounds, too.
            (code.shift_wide if is_wide else code.shift)(x.ROR, RAX, shift)
        code.arithmetic(x.CMP, RAX, (CONSTANT, end >> shift), wide=is_wide)
        code.jump_if(x.NOT_BELOW, cold)
        code.shift(x.SHR, RAX, GRANULE_SHIFT - shift)
        self._guard(step, at, cold)
        if units > 1:
            code.load_effective(RCX, at, 4 * units - 4)
            code.move(RAX, (REGISTER, RCX))
            code.shift(x.SHR, RAX, GRANULE_SHIFT)
            self._guard(step, RCX, cold)

    def _guard(self, step: Step, at: int, cold: str) -> None:
        """Looks into the guard of a granule, whose number is in EAX."""
        code = self._code
        table = RBP
        if step.kind == "load":
            table = RCX
            code.load_wide(RCX, 4 * layout.LOAD_GUARD)
        code.compare_byte(table, RAX, 0)
        if step.kind == "load" or len(step.values) > 1:
            code.jump_if(x.NOT_EQUAL, cold)
            return
        # Data may share a granule with code: what counts is whether this very word is translated.
        look, back = code.new_label(), code.new_label()
        code.jump_if(x.NOT_EQUAL, look)
        code.label(back)

        def look_closer() -> None:
            code.label(look)
            code.compare_byte(table, RAX, CODE)
            code.jump_if(x.NOT_EQUAL, cold)
            code.load_wide(RCX, 4 * layout.CODE_MAP)
            code.move(RAX, (REGISTER, at))
            code.shift(x.SHR, RAX, 2)
            code.compare_byte(RCX, RAX, 0)
            code.jump_if(x.NOT_EQUAL, cold)
            code.jump(back)

        self._later.append(look_closer)
