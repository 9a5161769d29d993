"""Tier 0: semantics executed at once, one instruction at a time.

`Interpreter` is the builder whose words are integers and whose bits are truth values, so calling an instruction's
semantics with it executes the instruction. It needs no preparation, which makes it the right engine for code that
runs once; and it is exact, which makes it the one that every other engine falls back to for whatever is unusual:
faults, stores into code, watched memory, the last instructions before a limit.
"""

from __future__ import annotations

from emu.isa.bits import MASK32, SIGN32, rotate_right, signed
from emu.isa.faults import Fault, FaultKind, GuestFault, MemoryFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.memory import Memory

FAULT_TEXTS = {
    FaultKind.UNDEFINED: "undefined instruction",
    FaultKind.COPROCESSOR: "coprocessor instruction: there is no coprocessor",
    FaultKind.MULTIPLY_REGISTERS: "multiplication with forbidden registers (PC, or Rd equal to Rm)",
    FaultKind.EMPTY_LIST: "block transfer with an empty register list",
    FaultKind.PC_OPERAND: "PC is not allowed as an operand here",
}


class PendingServiceCall(Exception):
    """The instruction is a SWI. Raised before anything of it has happened."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Interpreter:
    """The builder that executes. `begin` comes before each instruction; `target` and `extra_cycles` tell afterwards.

    `registers` is a list of 16 words of which the last is not used here, `flags` and `saved_flags` are lists in the
    order N Z C V. Implements `instructions.builder.Builder[int, bool]`.
    """

    __slots__ = ("extra_cycles", "flags", "location", "memory", "registers", "saved_flags", "target")

    def __init__(self, registers: list[int], flags: list[bool], saved_flags: list[bool], memory: Memory) -> None:
        self.registers = registers
        self.flags = flags
        self.saved_flags = saved_flags
        self.memory = memory
        self.location = 0
        self.target: int | None = None
        self.extra_cycles = 0

    def begin(self, location: int) -> None:
        """The next semantics to be called are those of the instruction at `location`."""
        self.location = location
        self.target = None
        self.extra_cycles = 0

    # -- sources

    def const(self, value: int) -> int:
        return value & MASK32

    def truth(self, value: bool) -> bool:
        return value

    def register(self, number: int) -> int:
        return (self.location + 8) & MASK32 if number == 15 else self.registers[number]

    def flag(self, flag: int) -> bool:
        return self.flags[flag]

    def saved_flag(self, flag: int) -> bool:
        return self.saved_flags[flag]

    # -- words

    def add(self, x: int, y: int) -> int:
        return (x + y) & MASK32

    def sub(self, x: int, y: int) -> int:
        return (x - y) & MASK32

    def mul(self, x: int, y: int) -> int:
        return (x * y) & MASK32

    def and_(self, x: int, y: int) -> int:
        return x & y

    def or_(self, x: int, y: int) -> int:
        return x | y

    def xor(self, x: int, y: int) -> int:
        return x ^ y

    def not_(self, x: int) -> int:
        return x ^ MASK32

    def lsl(self, x: int, amount: int) -> int:
        return (x << amount) & MASK32 if amount < 32 else 0

    def lsr(self, x: int, amount: int) -> int:
        return x >> amount if amount < 32 else 0

    def asr(self, x: int, amount: int) -> int:
        return (signed(x) >> min(amount, 31)) & MASK32

    def ror(self, x: int, amount: int) -> int:
        return rotate_right(x, amount)

    def count_leading_zeros(self, x: int) -> int:
        return 32 - x.bit_length()

    def count_ones(self, x: int) -> int:
        return x.bit_count()

    def select(self, condition: bool, when_true: int, when_false: int) -> int:
        return when_true if condition else when_false

    def widen(self, x: bool) -> int:
        return 1 if x else 0

    def sum(self, x: int, y: int, carry: bool) -> tuple[int, bool, bool]:
        total = x + y + (1 if carry else 0)
        result = total & MASK32
        return result, total > MASK32, bool((x ^ result) & (y ^ result) & SIGN32)

    def difference(self, x: int, y: int, carry: bool) -> tuple[int, bool, bool]:
        return self.sum(x, y ^ MASK32, carry)

    def multiply_long(self, x: int, y: int, is_signed: bool) -> tuple[int, int]:
        product = signed(x) * signed(y) if is_signed else x * y
        return product & MASK32, (product >> 32) & MASK32

    # -- bits

    def bit(self, x: int, position: int) -> bool:
        return bool(x >> position & 1)

    def is_zero(self, x: int) -> bool:
        return x == 0

    def is_negative(self, x: int) -> bool:
        return x >= SIGN32

    def below(self, x: int, y: int) -> bool:
        return x < y

    def both(self, x: bool, y: bool) -> bool:
        return x and y

    def negation(self, x: bool) -> bool:
        return not x

    def choose(self, condition: bool, when_true: bool, when_false: bool) -> bool:
        return when_true if condition else when_false

    # -- memory

    def address(self, base: int, offset: int, subtract: bool) -> int:
        result = base - offset if subtract else base + offset
        if not 0 <= result <= MASK32:
            if self.memory.wraps:
                return result & MASK32
            word = "underflow" if subtract else "overflow"
            sign = "-" if subtract else "+"
            message = f"address {word}: 0x{base:08X} {sign} 0x{offset:X}"
            raise MemoryFault(Fault(FaultKind.ADDRESS_WRAP, message, target=result & MASK32))
        return result

    def load(self, address: int, size: int, is_signed: bool = False) -> int:
        value = self.memory.load(address, size)
        return signed(value, 8 * size) & MASK32 if is_signed else value

    def store(self, address: int, size: int, value: int) -> None:
        self.memory.store(address, size, value)

    def load_words(self, address: int, count: int) -> list[int]:
        load = self.memory.load
        return [load((address + 4 * index) & MASK32, 4) for index in range(count)]

    def store_words(self, address: int, values: list[int]) -> None:
        for index, value in enumerate(values):
            self.memory.store((address + 4 * index) & MASK32, 4, value)

    # -- effects

    def set_register(self, number: int, value: int) -> None:
        if number == 15:
            self.target = value
        else:
            self.registers[number] = value

    def set_flags(
        self, n: bool | None = None, z: bool | None = None, c: bool | None = None, v: bool | None = None
    ) -> None:
        flags = self.flags
        if n is not None:
            flags[0] = n
        if z is not None:
            flags[1] = z
        if c is not None:
            flags[2] = c
        if v is not None:
            flags[3] = v

    def set_saved_flags(self, n: bool, z: bool, c: bool, v: bool) -> None:
        self.saved_flags[:] = [n, z, c, v]

    def branch(self, target: int) -> None:
        self.target = target

    def add_cycles(self, count: int) -> None:
        self.extra_cycles = count

    def service_call(self, number: int) -> None:
        raise PendingServiceCall(number)

    def fault(self, kind: FaultKind) -> None:
        raise GuestFault(Fault(kind, FAULT_TEXTS[kind]))
