"""Encodes the instructions of x86-64 that translated guest code consists of (Intel SDM volume 2, chapter 2).

An operand is a pair: a host register, a 32-bit constant, or the offset of a word in the state that native code and its
caller share (`layout`), which RDI points to. Arithmetic is on 32 bits, which clears the upper half of a register;
`wide` makes it 64.
"""

from __future__ import annotations

from emu.isa.bits import MASK32
from emu.isa.engines.native.x64.assembly import Assembly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Operand: TypeAlias = tuple[str, int]

RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 = range(16)

REGISTER, CONSTANT, STATE = "register", "constant", "state"
"""Kinds of operands."""

ADD, OR, ADC, SBB, AND, SUB, XOR, CMP = range(8)
ROR, SHL, SHR, SAR = 1, 4, 5, 7

(
    OVERFLOW, NO_OVERFLOW, BELOW, NOT_BELOW, EQUAL, NOT_EQUAL, NOT_ABOVE, ABOVE,
    NEGATIVE, NOT_NEGATIVE, _, _, LESS, NOT_LESS, NOT_GREATER, GREATER,
) = range(16)  # fmt: skip
"""Conditions; the opposite of one differs in bit 0."""


_LOADS = {(1, False): b"\x0f\xb6", (2, False): b"\x0f\xb7", (1, True): b"\x0f\xbe", (2, True): b"\x0f\xbf"}
"""Opcodes by size and whether the sign is extended; words have another one."""


class Code(Assembly):
    """Knows instructions."""

    # -- moving ---------------------------------------------------------------------------------------------------

    def move(self, to: int, source: Operand) -> None:
        """Flags stay."""
        kind, number = source
        if kind == REGISTER:
            if number != to:
                self._registers(b"\x8b", to, number)
        elif kind == STATE:
            self._based(b"\x8b", to, RDI, number)
        else:
            if to >> 3:
                self.bytes.append(0x41)
            self.bytes.append(0xB8 | to & 7)
            self.bytes += (number & MASK32).to_bytes(4, "little")

    def move_wide(self, to: int, source: int) -> None:
        """All 64 bits of a register. Flags stay."""
        self._registers(b"\x8b", to, source, wide=True)

    def load_wide(self, to: int, offset: int) -> None:
        """64 bits from the state. Flags stay."""
        self._based(b"\x8b", to, RDI, offset, wide=True)

    def move_word(self, to: int, base: int, offset: int) -> None:
        """A word of memory. Flags stay."""
        self._based(b"\x8b", to, base, offset)

    def compare_memory_wide(self, register: int, base: int, offset: int) -> None:
        """A register with 64 bits of memory."""
        self._based(b"\x3b", register, base, offset, wide=True)

    def constant_wide(self, to: int, number: int) -> None:
        """A constant of 64 bits."""
        self.bytes += bytes((0x48 | to >> 3, 0xB8 | to & 7))
        self.bytes += number.to_bytes(8, "little")

    def store(self, offset: int, source: Operand) -> None:
        """A word of the state from a register or a constant. Flags stay."""
        kind, number = source
        if kind == REGISTER:
            self._based(b"\x89", number, RDI, offset)
        else:
            self._based(b"\xc7", 0, RDI, offset)
            self.bytes += (number & MASK32).to_bytes(4, "little")

    def store_constant_wide(self, offset: int, number: int) -> None:
        """Two words of the state: `number`, below 2**31, and 0. Flags stay."""
        self._based(b"\xc7", 0, RDI, offset, wide=True)
        self.bytes += number.to_bytes(4, "little")

    def load_effective(self, to: int, base: int, offset: int, wide: bool = False) -> None:
        """base + offset. Flags stay."""
        if base & 7 == RSP:
            rex = 0x40 | wide << 3 | to >> 3 << 2 | base >> 3
            self.bytes += bytes((rex, 0x8D, 0x84 | (to & 7) << 3, 0x24))
            self.bytes += (offset & MASK32).to_bytes(4, "little")
        else:
            self._based(b"\x8d", to, base, offset, wide)

    def load_sum(self, to: int, base: int, index: int, shift: int, wide: bool = False) -> None:
        """base + (index << shift), with a shift of at most 3; `index` is not RSP. Flags stay."""
        if base & 7 == RBP and not shift:
            base, index = index, base  # the other way round it needs a displacement, which takes longer
        rex = 0x40 | wide << 3 | to >> 3 << 2 | index >> 3 << 1 | base >> 3
        if rex != 0x40:
            self.bytes.append(rex)
        mode, displacement = (0x44, b"\0") if base & 7 == RBP else (0x04, b"")
        self.bytes += bytes((0x8D, mode | (to & 7) << 3, shift << 6 | (index & 7) << 3 | base & 7)) + displacement

    def conditional_move(self, condition: int, to: int, source: Operand) -> None:
        """From a register or the state."""
        opcode = bytes((0x0F, 0x40 | condition))
        kind, number = source
        if kind == REGISTER:
            self._registers(opcode, to, number)
        else:
            self._based(opcode, to, RDI, number)

    # -- guest memory ---------------------------------------------------------------------------------------------

    def load_guest(self, to: int, index: int, offset: int, size: int, is_signed: bool) -> None:
        """`size` bytes at RSI + index + offset, extended to a word; -128 <= offset < 128."""
        self._indexed(_LOADS.get((size, is_signed), b"\x8b"), to, RSI, index, offset)

    def load_at_sum(self, to: int, base: int, index: int, shift: int, size: int, is_signed: bool) -> None:
        """The same at base + (index << shift), with a shift of at most 3; `base` is neither RBP nor R13."""
        rex = 0x40 | to >> 3 << 2 | index >> 3 << 1 | base >> 3
        if rex != 0x40:
            self.bytes.append(rex)
        self.bytes += _LOADS.get((size, is_signed), b"\x8b")
        self.bytes += bytes((0x04 | (to & 7) << 3, shift << 6 | (index & 7) << 3 | base & 7))

    def store_guest(self, index: int, offset: int, size: int, source: Operand) -> None:
        """The low `size` bytes of a register or a constant."""
        kind, number = source
        if size == 2:
            self.bytes.append(0x66)
        if kind == REGISTER:
            self._indexed(b"\x88" if size == 1 else b"\x89", number, RSI, index, offset, byte=size == 1)
        else:
            self._indexed(b"\xc6" if size == 1 else b"\xc7", 0, RSI, index, offset)
            self.bytes += (number & (1 << 8 * size) - 1).to_bytes(size, "little")

    def compare_byte(self, base: int, index: int, constant: int) -> None:
        """Compares the byte at base + index."""
        self._indexed(b"\x80", 7, base, index)
        self.bytes.append(constant)

    # -- arithmetic -----------------------------------------------------------------------------------------------

    def arithmetic(self, operation: int, to: int, source: Operand, wide: bool = False) -> None:
        """ADD to CMP."""
        kind, number = source
        if kind == REGISTER:
            self._registers(bytes((operation << 3 | 3,)), to, number, wide)
        elif kind == STATE:
            self._based(bytes((operation << 3 | 3,)), to, RDI, number, wide)
        else:
            signed = number - (1 << 32) if number >> 31 else number
            if -128 <= signed < 128:
                self._registers(b"\x83", operation, to, wide)
                self.bytes.append(signed & 0xFF)
            else:
                self._registers(b"\x81", operation, to, wide)
                self.bytes += (signed & MASK32).to_bytes(4, "little")

    def arithmetic_state(self, operation: int, offset: int, constant: int, wide: bool = False) -> None:
        """The same on a word of the state, with a constant of -128 to 127."""
        self._based(b"\x83", operation, RDI, offset, wide)
        self.bytes.append(constant & 0xFF)

    def arithmetic_memory(self, operation: int, to: int, base: int, offset: int) -> None:
        """ADD to CMP of 64 bits, with memory."""
        self._based(bytes((operation << 3 | 3,)), to, base, offset, wide=True)

    def compare_memory_word(self, register: int, base: int, offset: int) -> None:
        """A register with a word of memory."""
        self._based(b"\x3b", register, base, offset)

    def store_memory_wide(self, base: int, offset: int, register: int) -> None:
        """A register to 64 bits of memory. Flags stay."""
        self._based(b"\x89", register, base, offset, wide=True)

    def load_memory_wide(self, to: int, base: int, offset: int) -> None:
        """64 bits of memory. Flags stay."""
        self._based(b"\x8b", to, base, offset, wide=True)

    def move_to_vector(self, vector: int, register: int) -> None:
        """A word to one of the first eight vector registers, the rest of which becomes 0. Flags stay."""
        self.bytes += bytes((0x66, 0x0F, 0x6E, 0xC0 | vector << 3 | register))

    def move_from_vector_wide(self, register: int, vector: int) -> None:
        """The same the other way."""
        self.bytes.append(0x66)
        self._registers(b"\x0f\x7e", vector, register, wide=True)

    def add_vectors(self, to: int, other: int) -> None:
        """64-bit numbers in vector registers. Flags stay."""
        self.bytes.append(0x66)
        self._registers(b"\x0f\xd4", to, other)

    def load_vector(self, to: int, offset: int) -> None:
        """64 bits of the state, to one of the first eight vector registers."""
        self.bytes.append(0xF3)
        self._based(b"\x0f\x7e", to, RDI, offset)

    def store_vector(self, offset: int, vector: int) -> None:
        """The same the other way."""
        self.bytes.append(0x66)
        self._based(b"\x0f\xd6", vector, RDI, offset)

    def store_stack_constant(self, offset: int, constant: int) -> None:
        """A word of the stack. Flags stay."""
        self.bytes += bytes((0xC7, 0x44, 0x24, offset)) + constant.to_bytes(4, "little")

    def store_stack(self, offset: int, register: int) -> None:
        """64 bits of the stack. Flags stay."""
        self.bytes += bytes((0x48 | register >> 3 << 2, 0x89, 0x44 | (register & 7) << 3, 0x24, offset))

    def load_stack(self, to: int, offset: int) -> None:
        """64 bits of the stack. Flags stay."""
        self.bytes += bytes((0x48 | to >> 3 << 2, 0x8B, 0x44 | (to & 7) << 3, 0x24, offset))

    def decrement_stack(self) -> None:
        """The word on top of the stack less 1."""
        self.bytes += b"\xff\x0c\x24"

    def add_to(self, base: int, offset: int, source: int) -> None:
        """Adds a register to 64 bits of memory."""
        self._based(b"\x01", source, base, offset, wide=True)

    def test(self, register: int) -> None:
        """Sign and zero of a register."""
        self._registers(b"\x85", register, register)

    def test_bits(self, register: int, mask: int) -> None:
        """Sign and zero of a register AND a mask below 128."""
        self._registers(b"\xf6", 0, register, byte=True)
        self.bytes.append(mask)

    def test_bit(self, register: int, position: Operand) -> None:
        """A bit to the carry flag; position is a constant, or a register taken modulo 32."""
        kind, number = position
        if kind == CONSTANT:
            self._registers(b"\x0f\xba", 4, register)
            self.bytes.append(number)
        else:
            self._registers(b"\x0f\xa3", number, register)

    def test_bit_state(self, offset: int) -> None:
        """Bit 0 of a word of the state to the carry flag."""
        self._based(b"\x0f\xba", 4, RDI, offset)
        self.bytes.append(0)

    def complement_carry(self) -> None:
        """CMC."""
        self.bytes.append(0xF5)

    def complement(self, register: int) -> None:
        """NOT. Flags stay."""
        self._registers(b"\xf7", 2, register)

    def shift(self, operation: int, register: int, amount: int | None) -> None:
        """By a constant of 1 to 31, or by CL modulo 32."""
        if amount is None:
            self._registers(b"\xd3", operation, register)
        else:
            self._registers(b"\xc1", operation, register)
            self.bytes.append(amount)

    def shift_wide(self, operation: int, register: int, amount: int) -> None:
        """All 64 bits by a constant."""
        self._registers(b"\xc1", operation, register, wide=True)
        self.bytes.append(amount)

    def multiply(self, to: int, source: Operand, wide: bool = False) -> None:
        """The low half of the product."""
        kind, number = source
        if kind == REGISTER:
            self._registers(b"\x0f\xaf", to, number, wide)
        elif kind == STATE:
            self._based(b"\x0f\xaf", to, RDI, number, wide)
        else:
            self._registers(b"\x69", to, to, wide)
            self.bytes += (number & MASK32).to_bytes(4, "little")

    def sign_extend(self, register: int) -> None:
        """From 32 to 64 bits."""
        self._registers(b"\x63", register, register, wide=True)

    def highest_bit(self, to: int, source: int) -> None:
        """BSR: the position of the highest bit; zero if there is none."""
        self._registers(b"\x0f\xbd", to, source)

    def count_ones(self, to: int, source: int) -> None:
        """POPCNT."""
        self.bytes.append(0xF3)
        self._registers(b"\x0f\xb8", to, source)

    def set_state(self, condition: int, offset: int) -> None:
        """The low byte of a word of the state to 0 or 1. Flags stay."""
        self._based(bytes((0x0F, 0x90 | condition)), 0, RDI, offset)

    def set_register(self, condition: int, register: int) -> None:
        """A register to 0 or 1."""
        self._registers(bytes((0x0F, 0x90 | condition)), 0, register, byte=True)
        self._registers(b"\x0f\xb6", register, register, byte=True)

    def compare_state(self, offset: int, constant: int) -> None:
        """A word of the state with a constant of -128 to 127."""
        self.arithmetic_state(CMP, offset, constant)

    def load_byte(self, to: int, offset: int) -> None:
        """The low byte of a word of the state, extended to a word. Flags stay."""
        self._based(b"\x0f\xb6", to, RDI, offset)

    def arithmetic_byte(self, operation: int, to: int, offset: int) -> None:
        """On the low byte of one of the first four registers, with the low byte of a word of the state."""
        self._based(bytes((operation << 3 | 2,)), to, RDI, offset)

    def compare_state_byte(self, offset: int, constant: int) -> None:
        """The low byte of a word of the state with a constant."""
        self._based(b"\x80", 7, RDI, offset)
        self.bytes.append(constant)

    # -- slots: variables of the code's own, behind it -------------------------------------------------------------

    def _slot(self, opcode: bytes, reg: int, slot: int, wide: bool = False) -> None:
        rex = 0x40 | wide << 3 | reg >> 3 << 2
        if rex != 0x40:
            self.bytes.append(rex)
        self.bytes += opcode
        self.bytes += bytes((0x05 | (reg & 7) << 3, 0, 0, 0, 0))
        self._slots.append((len(self.bytes) - 4, slot))

    def compare_with_slot(self, register: int, slot: int) -> None:
        """All 64 bits of a register with a slot."""
        self._slot(b"\x3b", register, slot, wide=True)

    def add_to_slot(self, slot: int, register: int) -> None:
        """Adds all 64 bits of a register."""
        self._slot(b"\x01", register, slot, wide=True)

    def subtract_from_slot(self, slot: int, register: int) -> None:
        """Takes off all 64 bits of a register."""
        self._slot(b"\x29", register, slot, wide=True)

    def increment_slot(self, slot: int) -> None:
        """Adds 1."""
        self.bytes += b"\x48\xff\x05\0\0\0\0"
        self._slots.append((len(self.bytes) - 4, slot))

    def load_slot(self, to: int, slot: int) -> None:
        """All 64 bits. Flags stay."""
        self._slot(b"\x8b", to, slot, wide=True)

    def store_slot(self, slot: int, register: int) -> None:
        """All 64 bits. Flags stay."""
        self._slot(b"\x89", register, slot, wide=True)

    def identify(self) -> None:
        """CPUID."""
        self.bytes += b"\x0f\xa2"

    # -- going elsewhere ------------------------------------------------------------------------------------------

    def jump(self, name: str) -> None:
        """Always."""
        self.bytes += b"\xe9\0\0\0\0"
        self._jumps.append((len(self.bytes) - 4, name))

    def jump_if(self, condition: int, name: str) -> None:
        """If a condition holds."""
        self.bytes += bytes((0x0F, 0x80 | condition, 0, 0, 0, 0))
        self._jumps.append((len(self.bytes) - 4, name))

    def call(self, name: str) -> None:
        """Of code that ends with `ret`."""
        self.bytes += b"\xe8\0\0\0\0"
        self._jumps.append((len(self.bytes) - 4, name))

    def call_to(self, register: int) -> None:
        """Of the address in one of the first eight registers."""
        self.bytes += bytes((0xFF, 0xD0 | register))

    def call_through(self, base: int, offset: int) -> None:
        """To the address in memory at base + offset."""
        self._based(b"\xff", 2, base, offset)

    def push(self, register: int) -> None:
        """All 64 bits."""
        self.bytes += bytes((0x41, 0x50 | register & 7)) if register >> 3 else bytes((0x50 | register,))

    def pop(self, register: int) -> None:
        """All 64 bits."""
        self.bytes += bytes((0x41, 0x58 | register & 7)) if register >> 3 else bytes((0x58 | register,))

    def ret(self) -> None:
        """RET."""
        self.bytes.append(0xC3)
