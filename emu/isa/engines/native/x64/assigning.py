"""Assigns what an instruction has worked out to guest registers, in place if that is possible."""

from __future__ import annotations

from emu.isa.engines.native.x64 import encoding as x
from emu.isa.engines.native.x64.encoding import CONSTANT, RAX, REGISTER, STATE
from emu.isa.engines.native.x64.values import is_neutral

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from emu.isa.engines.lifting import Value
    from emu.isa.engines.native.x64.encoding import Code, Operand
    from emu.isa.engines.native.x64.values import Values


class Assignments:
    """Writes them. `hosts` are the host registers of those guest registers that have one."""

    def __init__(self, code: Code, hosts: Mapping[int, int]) -> None:
        self._code = code
        self._hosts = hosts

    def assign(self, registers: dict[int, Value], values: Values) -> None:
        """All at once: no value sees what another assignment does."""
        code = self._code
        postponed: list[tuple[int, Operand]] = []
        items = list(registers.items())
        if len(items) > 1 and (first := loads_first(registers)) is not None:
            items.sort(key=lambda item: item[0] != first)
        for position, (number, value) in enumerate(items):
            if any(_reads(other, number) for _, other in items[position + 1 :]):
                values.word(value)
                kept = values.temporary()
                code.store(kept[1], (REGISTER, RAX))
                postponed.append((number, kept))
            else:
                self._set(number, value, values)
        for number, kept in postponed:
            host = self._hosts.get(number, RAX)
            code.move(host, kept)
            if host == RAX:
                code.store(4 * number, (REGISTER, RAX))

    def _set(self, number: int, value: Value, values: Values) -> None:
        code = self._code
        host = self._hosts.get(number)
        operand = values.simple(value)
        if host is None:
            if operand is None or operand[0] == STATE:
                values.word(value)
                operand = REGISTER, RAX
            code.store(4 * number, operand)
        elif operand is not None:
            code.move(host, operand)
        elif value.op == "loaded":
            values.load_into(host, value.args[1])
        elif not self._in_place(host, value, values):
            values.word(value)
            code.move(host, (REGISTER, RAX))

    def _in_place(self, host: int, value: Value, values: Values) -> bool:
        """Works out a value right where it belongs, if it is a simple operation on simple operands."""
        node = value.args[0] if value.op == "result" and is_neutral(value.args[0]) else value
        operation = _IN_PLACE.get("sub" if node.op == "address" and node.args[2] else node.op)
        if operation is None:
            return False
        left, right = values.simple(node.args[0]), values.simple(node.args[1])
        if left != (REGISTER, host) and operation[1] in (x.ADD, x.SUB) and values.sum(value, host):
            return True
        code = self._code
        kind, amount = operation
        if left is None and right == (REGISTER, host) and amount != x.SUB and kind == "arithmetic":
            values.word(node.args[0])
            code.arithmetic(amount, host, (REGISTER, RAX))
            return True
        if left is None or right is None or (right == (REGISTER, host) and left != right):
            return False
        if kind == "shift":
            if right[0] != CONSTANT or not 0 < right[1] < 32:
                return False
            code.move(host, left)
            code.shift(amount, host, right[1])
        else:
            code.move(host, left)
            code.arithmetic(amount, host, right)
        return True


_IN_PLACE = {
    "add": ("arithmetic", x.ADD), "sub": ("arithmetic", x.SUB), "and_": ("arithmetic", x.AND),
    "or_": ("arithmetic", x.OR), "xor": ("arithmetic", x.XOR),
    "sum": ("arithmetic", x.ADD), "difference": ("arithmetic", x.SUB),
    "address": ("arithmetic", x.ADD), "lsl": ("shift", x.SHL), "lsr": ("shift", x.SHR), "asr": ("shift", x.SAR),
}  # fmt: skip


def loads_first(registers: Mapping[int, Value]) -> int | None:
    """The one register that can be assigned before all others, with what has been loaded; None if there is no such."""
    loaded = [number for number, value in registers.items() if value.op == "loaded"]
    if len(loaded) != 1 or any(_reads(value, loaded[0]) for value in registers.values()):
        return None
    return loaded[0]


def _reads(value: Value, number: int) -> bool:
    """Whether a value depends on a guest register."""
    if value.op == "register":
        return bool(value.args[0] == number)
    return any(_reads(arg, number) for arg in value.args if hasattr(arg, "op"))
