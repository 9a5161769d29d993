"""The guest's flags in quick code: remembered as what they follow from (`pending`).

Theory of operation. An instruction that sets flags leaves its operands and what *kind* of operation it was; the host's
own flags of the same operation are the guest's, but for the carry of a subtraction, which is inverted. Code that looks
at a flag repeats the operation, or finds the host's flags still as the operation left them. What the operation was is
known while code is written, from the instructions before; where that is not so, a subroutine at the end of the region
works out all four flags.
"""

from __future__ import annotations

from emu.isa.conditions import C, N, V, Z
from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.encoding import CONSTANT, RAX, RCX, REGISTER
from emu.isa.engines.native.x64.explicit import SUBROUTINE, place_of, set_all
from emu.isa.engines.native.x64.liveness import bits, changed
from emu.isa.engines.native.x64.pending import (
    ANYTHING,
    DIFFERENCE,
    EXPLICIT,
    KEEPING_CARRY,
    LEFT,
    RESULT,
    RIGHT,
    SUM,
    Derived,
    FlagState,
    reads,
    work_out,
    write,
    write_value,
)
from emu.isa.engines.native.x64.values import BINARY, is_neutral

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.engines.lifting import Lifted, Value
    from emu.isa.engines.native.x64.encoding import Code, Operand
    from emu.isa.engines.native.x64.pending import Source
    from emu.isa.engines.native.x64.values import Values

_OF_CONDITION = {0: Z, 2: C, 4: N, 6: V}
CONDITION_OF = {flag: code for code, flag in _OF_CONDITION.items()}
"""The condition code that says that a flag is set."""

_AFTER_COMPARISON = {
    0: x.EQUAL, 2: x.NOT_BELOW, 4: x.NEGATIVE, 6: x.OVERFLOW, 8: x.ABOVE, 10: x.NOT_LESS, 12: x.GREATER,
}  # fmt: skip
_CV, _NZ = bits((C, V)), bits((N, Z))
_BUT_CARRY = {without: kind for kind, without in KEEPING_CARRY.items()}
_NO_HOST = -1, ""


class Flags:
    """Writes what sets flags and what looks at them. `state` is what is known where code is being written."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self.state = ANYTHING
        self.has_called = False
        """Whether the subroutine is needed (`explicitly`)."""
        self._host = _NO_HOST
        self._compared: tuple[int, Operand, Operand] = (-1, LEFT, RIGHT)

    def go_to(self, state: FlagState) -> None:
        """Code is being written now where that is known, and nothing else."""
        self.state = state
        self._host = _NO_HOST
        self._compared = -1, LEFT, RIGHT

    def write(self) -> None:
        """Writes all that is not written. Uses EAX; the host's flags change."""
        write(self._code, self.state)
        self.state = self.state.replace(left=None, right=None, result=None, is_written=True)

    # -- looking --------------------------------------------------------------------------------------------------

    def condition(self, code: int) -> int:
        """The condition of the host that means a condition of the guest, 0 to 13. Uses EAX."""
        base = code & ~1
        state = self.state
        cv, nz = state.cv, state.nz
        needs_nz, needs_cv = base not in (2, 6), base not in (0, 4)
        if cv in (DIFFERENCE, SUM) and (nz == 0 or not needs_nz):
            if needs_cv or state.result is None or self._host == (self._code.position, "operands"):
                self._repeat(cv)
            else:
                self._test()
            meaning = _AFTER_COMPARISON[base]
            if cv == SUM and base == 2:
                meaning = x.BELOW
            elif cv == SUM and base == 8:
                self._code.complement_carry()
                self._host = _NO_HOST
        elif nz == 1 and not needs_cv:
            self._test()
            meaning = _AFTER_COMPARISON[base]
        elif base == 6 and cv in _BUT_CARRY:
            self._repeat(_BUT_CARRY[cv])
            meaning = x.OVERFLOW
        else:
            has_carry = base == 2 and cv in _BUT_CARRY
            if not has_carry and (cv != EXPLICIT or (needs_nz and nz != 0)):
                self._make_explicit()
            meaning = self._look(base)
        return meaning ^ code & 1

    def stays(self, position: int) -> None:
        """What was written since `position` does not change the host's flags."""
        if self._host[0] == position:
            self._host = self._code.position, self._host[1]

    def _repeat(self, kind: int) -> None:
        code = self._code
        if self._host == (code.position, "operands"):
            return
        at, left, right = self._compared
        if at != code.position:
            state = self.state
            if isinstance(state.right, Derived):
                write_value(code, RIGHT, state.right)
                right, self.state = RIGHT, state.replace(right=None)
            else:
                right = RIGHT if state.right is None else state.right
            left = LEFT if state.left is None else work_out(code, state.left)
        if kind == DIFFERENCE and left[0] == REGISTER:
            code.arithmetic(x.CMP, left[1], right)
        else:
            code.move(RAX, left)
            code.arithmetic(x.CMP if kind == DIFFERENCE else x.ADD, RAX, right)
        self._host = code.position, "operands"

    def _test(self) -> None:
        code = self._code
        if self._host == (code.position, "result"):
            return
        result = self.state.result
        if isinstance(result, Derived):
            work_out(code, result)
        elif result is not None and result[0] == REGISTER:
            code.test(result[1])
        else:
            code.compare_state((RESULT if result is None else result)[1], 0)
        self._host = code.position, "result"

    def _look(self, base: int) -> int:
        """From the four words, byte by byte: a word that has just been stored as a byte is slow to load."""
        code = self._code
        if base in _OF_CONDITION:
            code.compare_state_byte(place_of(_OF_CONDITION[base])[1], 0)
            return x.NOT_EQUAL
        if base == 8:
            code.load_byte(RAX, place_of(Z)[1])
            code.arithmetic(x.XOR, RAX, (CONSTANT, 1))
            code.arithmetic_byte(x.AND, RAX, place_of(C)[1])
            return x.NOT_EQUAL
        code.load_byte(RAX, place_of(N)[1])
        code.arithmetic_byte(x.XOR, RAX, place_of(V)[1])
        if base == 12:
            code.arithmetic_byte(x.OR, RAX, place_of(Z)[1])
        return x.EQUAL

    # -- what an instruction overwrites ---------------------------------------------------------------------------

    def before(self, lifted: Lifted, places: list[Operand], after: int) -> None:
        """Before an instruction that assigns to `places`: what would be lost is written if it is still needed. `after`
        are the flags that are alive behind it. Uses EAX.
        """
        state, position, keeps_host = self.state, self._code.position, True
        if not places or state.left is state.right is state.result is None:
            return
        needed = (after & ~changed(lifted)) | bits(lifted.reads_flags)
        changes: dict[str, None] = {}
        for name, word, flags in _SOURCES:
            source = getattr(state, name)
            if source is None or not reads(source, places):
                continue
            if needed & (flags if state.nz == 1 or name == "result" else _CV | _NZ):
                if name != "result" or state.nz == 1:
                    write_value(self._code, word, source)
                    keeps_host = keeps_host and not isinstance(source, Derived)
                changes[name] = None
        if changes:
            self.state = state.replace(**changes)
            if keeps_host:
                self.stays(position)

    def overwritten(self, places: list[Operand]) -> None:
        """Something has been, or is about to be, put to these places: what was there is not known any more, as nobody
        needs it.
        """
        state = self.state
        if not places or state.left is state.right is state.result is None:
            return
        changes = {name: None for name, _, _ in _SOURCES if reads(getattr(state, name), places)}
        if changes:
            self.state = state.replace(**changes)

    # -- setting --------------------------------------------------------------------------------------------------

    def set(self, lifted: Lifted, values: Values, destination: tuple[int | None, Operand] | None, after: int) -> bool:
        """Sets the flags of an instruction, of which `after` are alive behind it. Whoever calls has worked out whatever
        else of it looks at flags.

        `destination` is the one register that is assigned: its host register, and where it is. The answer is whether
        it has been assigned, because it is what the flags are about.
        """
        new = dict(lifted.flags)
        self._host = _NO_HOST
        if not after:
            self.state = ANYTHING
            return False
        registers = dict(lifted.registers)
        only = next(iter(registers.values())) if len(registers) == 1 else None
        if V in new and new[V].op == "overflow":
            node = new[V].args[0]
            if not is_neutral(node):
                self._set_with_carry(node, values)
                return False
            is_result = only is not None and only.op == "result" and only.args[0] is node
            return self._set_operands(lifted, node, values, destination if is_result else None)
        if _is_plain_result(new) and V not in new:
            node = new[N].args[0]
            place = destination[1] if destination is not None and only is node else None
            self._set_result(lifted, node, new.get(C), values, place, after)
        else:
            self._set_each(new, values, after)
        return False

    def _set_with_carry(self, node: Value, values: Values) -> None:
        code = self._code
        carry = values.adder(node)
        set_all(code, carry)
        self.state = FlagState(EXPLICIT, 0, is_written=False)

    def _make_explicit(self) -> None:
        """Puts the flags into their four words. Uses EAX."""
        if (self.state.cv, self.state.nz) != (EXPLICIT, 0):
            self.write()
            self._code.call(SUBROUTINE)
            self.has_called = True
            self.state = FlagState(EXPLICIT, 0, is_written=False)

    def _set_operands(
        self, lifted: Lifted, node: Value, values: Values, destination: tuple[int | None, Operand] | None
    ) -> bool:
        code = self._code
        if lifted.reads_flags:
            values.keep(node.args[0])
            values.keep(node.args[1])
        kind = DIFFERENCE if node.op == "difference" else SUM
        left, left_source = self._operand(node.args[0], LEFT, values)
        right, right_source = self._operand(node.args[1], RIGHT, values)
        if destination is None:
            self.state = FlagState(kind, 0, left_source, right_source, None, is_written=False)
            self._compared = code.position, left, right
            return False
        host, place = destination
        operation, opposite = (x.SUB, x.ADD) if kind == DIFFERENCE else (x.ADD, x.SUB)
        if left == right == place:
            write_value(code, LEFT, left)
            write_value(code, RIGHT, right)
            left_source = right_source = None
        elif left == place:
            left_source = Derived(opposite, place, RIGHT if right_source is None else right)
        elif right == place and kind == DIFFERENCE:
            right_source = Derived(x.SUB, left, place)
        elif right == place:
            right_source = Derived(x.SUB, place, left)
        if host is None or (right == place and left != place):
            code.move(RAX, left)
            code.arithmetic(operation, RAX, right)
            if host is None:
                code.store(place[1], (REGISTER, RAX))
            else:
                code.move(host, (REGISTER, RAX))
        else:
            code.move(host, left)
            code.arithmetic(operation, host, right)
        self.state = FlagState(kind, 0, left_source, right_source, place, is_written=False)
        self._host = code.position, "operands"
        return True

    def _operand(self, value: Value, word: Operand, values: Values) -> tuple[Operand, Source]:
        """(where to take an operand from at once, where it may be taken from later). Uses EAX and, for a right
        operand, ECX.
        """
        operand = values.plain(value)
        if operand is not None:
            return operand, operand
        values.word(value)
        self._code.store(word[1], (REGISTER, RAX))
        values.define(value, word)
        if word == LEFT:
            return word, None
        self._code.move(RCX, (REGISTER, RAX))
        return (REGISTER, RCX), None

    def _set_result(
        self, lifted: Lifted, node: Value, carry: Value | None, values: Values, place: Operand | None, after: int
    ) -> None:
        """Without assigning it to `place`, where it will be put at once."""
        code = self._code
        if lifted.reads_flags:
            values.keep(node)
        if carry is not None:
            if after & bits((V,)) and self.state.cv is None:
                self._make_explicit()
            present = self.state.cv
            kept = EXPLICIT if present is None or not after & bits((V,)) else KEEPING_CARRY.get(present, present)
            if after & bits((C,)) and carry.op == "truth":
                code.store(place_of(C)[1], (CONSTANT, carry.args[0]))
            elif after & bits((C,)):
                code.set_state(values.condition(carry), place_of(C)[1])
            state = self.state.replace(cv=kept, nz=1, is_written=False)
            if kept == EXPLICIT:
                state = FlagState(EXPLICIT, 1, is_written=False)
        else:
            state = self.state.replace(nz=1, is_written=False)
        result: Source = place
        if place is None:
            result = self._derived(node, values)
        if result is None:
            values.word(node)
            code.store(RESULT[1], (REGISTER, RAX))
        self.state = state.replace(result=result)

    def _derived(self, node: Value, values: Values) -> Source:
        """How a result can be worked out later as well, if it is simple."""
        operation = BINARY.get(node.op)
        if operation is None:
            return None
        left, right = map(values.plain, node.args)
        return None if left is None or right is None else Derived(operation, left, right)

    def _set_each(self, new: dict[int, Value], values: Values, after: int) -> None:
        code = self._code
        kept = {}
        for flag, value in new.items():
            code.set_register(values.condition(value), RAX)
            kept[flag] = values.temporary()
            code.store(kept[flag][1], (REGISTER, RAX))
        if after & ~bits(tuple(new)):
            self._make_explicit()
        for flag, place in kept.items():
            code.move(RAX, place)
            code.store(place_of(flag)[1], (REGISTER, RAX))
        self.state = FlagState(EXPLICIT, 0, is_written=False)


_SOURCES = (("left", LEFT, _CV), ("right", RIGHT, _CV), ("result", RESULT, _NZ))
"""Names in `FlagState`, the words they belong to, and the flags that follow from them alone with `nz` 1."""


def _is_plain_result(new: dict[int, Value]) -> bool:
    return (
        N in new
        and Z in new
        and new[N].op == "is_negative"
        and new[Z].op == "is_zero"
        and new[N].args[0] is new[Z].args[0]
    )
