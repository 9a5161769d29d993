"""Random programs that are valid everywhere: on this machine, and on any ARM that implements the same architecture.

Theory of operation. A program is a few nested loops whose bodies are *units*. A unit is one instruction under test,
preceded by whatever makes it well defined: a load is preceded by instructions that give its base and offset register
values whose sum lies in the data area, a computed branch by instructions that compute an address a little further on.
So registers and memory may hold anything, and yet nothing faults, and nothing depends on what the architecture leaves
open. Loops run often enough to become hot.

What a unit exercises comes from *decks*: shuffled lists that are drawn to the end before they are shuffled again. So a
long enough program covers every item of every deck, whatever the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Generic, TypeVar

from emu.isa.bits import MASK32, rotate_right, signed
from emu.isa.conditions import ALWAYS
from emu.isa.instructions.form import Form
from emu.isa.instructions.syntax import rotated_immediate
from emu.isa.instructions.table import FORMS
from emu.isa.program import Program, Segment

CODE, CODE_END = 0x8000, 0x18000
DATA, DATA_END = 0x20000, 0x50000
ZONES = ((0x20000, 0x20200), (0x2FF00, 0x30100), (0x3FF80, 0x40080), (0x4FE00, 0x50000))
"""Where data goes: small areas, so that loads meet what was stored, at the edges of pages and regions."""

STACK = 0x41000
"""For subroutines: away from the zones, so that no stray store overwrites a return address."""

SP, LR, PC = 13, 14, 15
CORNERS = (0, 1, 2, 31, 32, 33, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE, MASK32, 0x55555555, 0xAAAAAAAA)
SHIFT_COUNTS = (0, 1, 15, 31, 32, 33, 63, 64, 65, 128, 255, 0x100, 0x120, 0x1FF)

FORM: dict[str, Form] = {form.title: form for form in FORMS}
T = TypeVar("T")


class Deck(Generic[T]):
    """Draws every item once, in random order, before it draws one again."""

    def __init__(self, random: Random, items: Sequence[T]) -> None:
        self._random = random
        self._items = list(items)
        self._left: list[T] = []

    def draw(self) -> T:
        if not self._left:
            self._left = list(self._items)
            self._random.shuffle(self._left)
        return self._left.pop()


class Decks:
    """What the units of one or several programs are made of."""

    def __init__(self, random: Random) -> None:
        def deck(*items: T) -> Deck[T]:
            return Deck(random, items)

        bit = (0, 1)
        self.conditions = deck(*range(15))
        self.operations = deck(
            *((kind, op, s) for kind in ("immediate", "register", "shifted") for op in range(16) for s in bit)
        )
        self.constant_shifts = deck(*((shift, amount) for shift in range(4) for amount in range(32)))
        self.register_shifts = deck(*((shift, count) for shift in range(4) for count in SHIFT_COUNTS))
        self.rotations = deck(*range(16))
        self.values = deck(*CORNERS)
        self.words = deck(
            *((p, u, w, load, byte) for p in bit for u in bit for w in bit for load in bit for byte in bit)
        )
        self.words_by_register = deck(
            *((p, u, w, load, byte) for p in bit for u in bit for w in bit for load in bit for byte in bit)
        )
        self.offset_shifts = deck(*((shift, amount) for shift in range(4) for amount in range(32)))
        halves = [
            (p, u, w, what)
            for p, w in ((0, 0), (1, 0), (1, 1))
            for u in bit
            for what in ((1, 1), (1, 2), (1, 3), (0, 1))
        ]
        self.halves = deck(*((*half, kind) for half in halves for kind in ("immediate", "register")))
        self.blocks = deck(*((load, p, u, w) for load in bit for p in bit for u in bit for w in bit))
        self.block_bases = deck("outside", "outside", "inside")
        self.multiplies = deck(
            *((long, kind, s) for long, kinds in ((0, 2), (1, 4)) for kind in range(kinds) for s in bit)
        )
        self.swaps = deck(0, 1)
        self.status = deck("read", "write register", "write immediate")
        self.jumps = deck("MOV", "ADD", "BX", "BLX", "LDR", "LDM", "B", "BL", "SKIP", "SKIP")
        self.units = deck(
            *["data"] * 10,
            *["word", "word register", "word register", "half", "block"] * 2,
            *["multiply", "swap", "clz", "status", "literal", "jump", "jump", "corner"],
        )


class ProgramWriter:
    """Writes words from `CODE` upwards."""

    def __init__(self, random: Random, decks: Decks | None = None) -> None:
        self.random = random
        self.decks = decks or Decks(random)
        self.words: list[int] = []
        self.free = list(range(15))
        self.counters = random.sample(range(SP), 2)
        self.calls: list[int] = []
        self.may_branch = True
        self.end = CODE
        """Where the program ends: the address of the SWI."""

    # -- the whole

    def write(self, loops: int = 2, units: int = 30, rounds: int = 26) -> list[int]:
        """A program that ends in SWI #0. The loops' bodies run `rounds` times and more."""
        for number in range(15):
            self.constant(number, self.value())
        self.add("Comparison, immediate", opcode=10, rn=0, imm=self.random.randrange(256))
        for _ in range(loops):
            self.loop(units, rounds, self.counters)
        self.end = self.emit(0xEF000000)
        self.functions()
        return self.words

    def functions(self) -> None:
        """The subroutines that calls lead to: one that is a leaf, one that saves its registers."""
        leaf = self.here
        self.may_branch = False
        self.free = [number for number in self.free if number not in (LR, *self.counters)]
        for _ in range(3):
            self.unit()
        if self.random.randrange(2):
            self.add("Branch to register", rm=LR)
        else:
            self.add("Move, register", opcode=13, rd=PC, rm=LR)
        saving = self.here
        saved = self.random.getrandbits(12) | 1 << LR
        self.add("Block transfer", p=1, u=0, w=1, rn=SP, list=saved)
        self.free = [number for number in self.free if number != SP] + [LR]
        for _ in range(3):
            self.unit()
        self.add("Block transfer", p=0, u=1, w=1, l=1, rn=SP, list=saved & ~(1 << LR) | 1 << PC)
        for call in self.calls:
            target = self.random.choice((leaf, saving))
            self.words[(call - CODE) >> 2] |= ((target - call - 8) >> 2) & 0xFFFFFF

    def loop(self, units: int, rounds: int, counters: Sequence[int]) -> None:
        """A counted loop, with shorter ones inside as far as there are counters."""
        counter, *others = counters
        self.free.remove(counter)
        self.constant(counter, rounds)
        top = self.here
        inner = self.random.randrange(units) if others else -1
        for index in range(units):
            if index == inner:
                self.loop(4, self.random.randrange(2, 6), others)
            self.unit()
        self.add("Data processing, immediate", opcode=2, s=1, rn=counter, rd=counter, imm=1)
        self.add("Branch", 1, offset=((top - self.here - 8) >> 2) & 0xFFFFFF)
        self.free.append(counter)

    # -- words

    @property
    def here(self) -> int:
        """The address of the next word."""
        return CODE + 4 * len(self.words)

    def emit(self, word: int) -> int:
        self.words.append(word)
        return self.here - 4

    def add(self, title: str, cond: int = ALWAYS, **fields: int) -> int:
        """Adds an instruction and gives its address."""
        return self.emit(FORM[title].pattern.join({"cond": cond, **fields}))

    def constant(self, rd: int, value: int) -> None:
        """Instructions that set a register."""
        direct, inverted = rotated_immediate(value), rotated_immediate(value ^ MASK32)
        if direct is not None:
            self.add("Move, immediate", opcode=13, rd=rd, rotate=direct[0], imm=direct[1])
        elif inverted is not None:
            self.add("Move, immediate", opcode=15, rd=rd, rotate=inverted[0], imm=inverted[1])
        else:
            self.add("Move, immediate", opcode=13, rd=rd, imm=value & 0xFF)
            for rotate in (12, 8, 4):
                byte = value >> (32 - 2 * rotate) & 0xFF
                if byte:
                    self.add("Data processing, immediate", opcode=12, rd=rd, rn=rd, rotate=rotate, imm=byte)

    # -- choices

    def register(self, *but: int) -> int:
        return self.random.choice([number for number in self.free if number not in but])

    def source(self) -> int:
        """Any register as an operand, sometimes the PC."""
        return PC if self.random.randrange(16) == 0 else self.random.randrange(15)

    def condition(self) -> int:
        return self.decks.conditions.draw() if self.random.randrange(2) else ALWAYS

    def value(self) -> int:
        return self.decks.values.draw() if self.random.randrange(2) else self.random.getrandbits(32)

    def data_address(self, size: int, length: int = 0) -> int:
        """An aligned address with room for `length` bytes from there on, and as many below."""
        start, end = self.random.choice(ZONES)
        if length:
            start, end = start + 68, end - 68
        return self.random.randrange(start, end, 4) + (self.random.randrange(0, 4, size) if size < 4 else 0)

    # -- units

    def unit(self) -> None:
        """One instruction under test, with its preparation."""
        kind = self.decks.units.draw()
        units: dict[str, Callable[[], None]] = {
            "data": self.data_processing,
            "word": self.word_immediate,
            "word register": self.word_register,
            "half": self.half,
            "block": self.block,
            "multiply": self.multiply,
            "swap": self.swap,
            "clz": self.count_zeros,
            "status": self.status,
            "literal": self.literal,
            "jump": self.jump,
            "corner": lambda: self.constant(self.register(), self.value()),
        }
        units[kind]()

    def data_processing(self) -> None:
        kind, opcode, s = self.decks.operations.draw()
        fields = {"opcode": opcode}
        if kind == "immediate":
            fields |= {"rotate": self.decks.rotations.draw(), "imm": self.random.randrange(256)}
        elif kind == "register":
            shift, amount = self.decks.constant_shifts.draw()
            fields |= {"shift": shift, "amount": amount, "rm": self.source()}
        else:
            shift, count = self.decks.register_shifts.draw()
            rs = self.register()
            if self.random.randrange(4):
                self.constant(rs, count)
            fields |= {"shift": shift, "rs": rs, "rm": self.random.randrange(15)}
        suffix = {"immediate": "immediate", "register": "register", "shifted": "register-shifted register"}[kind]
        rn = self.random.randrange(15) if kind == "shifted" else self.source()
        if 8 <= opcode < 12:
            self.add(f"Comparison, {suffix}", self.condition(), **fields, rn=rn)
        elif opcode in (13, 15):
            self.add(f"Move, {suffix}", self.condition(), **fields, s=s, rd=self.register())
        else:
            self.add(f"Data processing, {suffix}", self.condition(), **fields, s=s, rn=rn, rd=self.register())

    def word_immediate(self) -> None:
        p, u, w, load, byte = self.decks.words.draw()
        address = self.data_address(1 if byte else 4)
        offset = self.random.choice((0, 1, 4, 4095, self.random.randrange(4096)))
        rn = self.register()
        self.constant(rn, (address + (-offset if u else offset) if p else address) & MASK32)
        self.add(
            "Word or byte transfer, immediate offset",
            self.condition(),
            p=p,
            u=u,
            w=w,
            l=load,
            byte=byte,
            rn=rn,
            rd=self.register() if load else self.source(),
            offset=offset,
        )

    def word_register(self) -> None:
        p, u, w, load, byte = self.decks.words_by_register.draw()
        shift, amount = self.decks.offset_shifts.draw()
        address = self.data_address(1 if byte else 4)
        rm = self.register()
        rn = self.register(rm)
        rm_value = self.random.choice((0, 1, 4, 64, self.random.getrandbits(8), self.random.getrandbits(32)))
        carry = self.random.randrange(2)
        if shift == 3 and amount == 0:
            # An addition of zero clears the carry, a subtraction of zero sets it.
            self.add("Comparison, immediate", opcode=10 if carry else 11, rn=rm, imm=0)
        offset = shifted(rm_value, shift, amount, carry)
        if u and offset > address:
            u = 0
        if not p and not u and offset > address:
            u, rm_value = 1, 0
            offset = shifted(0, shift, amount, carry)
            if offset > MASK32 - address:
                return
        base = address if not p else address - offset if u else address + offset
        if base > MASK32:
            return
        self.constant(rm, rm_value)
        self.constant(rn, base)
        rd = self.register() if load else self.random.randrange(15)
        self.add(
            "Word or byte transfer, register offset",
            self.condition(),
            p=p,
            u=u,
            w=w,
            l=load,
            byte=byte,
            shift=shift,
            amount=amount,
            rn=rn,
            rd=rd,
            rm=rm,
        )

    def half(self) -> None:
        p, u, w, (load, what), kind = self.decks.halves.draw()
        address = self.data_address(1 if what == 2 else 2)
        offset = self.random.choice((0, 1, 2, 255, self.random.randrange(256)))
        rm = self.register()
        rn = self.register(rm)
        if kind == "register":
            self.constant(rm, offset)
        self.constant(rn, (address + (-offset if u else offset) if p else address) & MASK32)
        operands = {"high": offset >> 4, "low": offset & 15} if kind == "immediate" else {"rm": rm}
        self.add(
            f"{'Load halfword or signed' if load else 'Store halfword'}, {kind} offset",
            self.condition(),
            p=p,
            u=u,
            w=w,
            l=load,
            kind=what,
            **operands,
            rn=rn,
            rd=self.register() if load else self.random.randrange(15),
        )

    def block(self) -> None:
        load, p, u, w = self.decks.blocks.draw()
        rn = self.register()
        mask = self.random.getrandbits(15) & self.random.choice((0x7FFF, 0x00FF, 0x5249, 0x7000))
        if load:
            mask &= sum(1 << number for number in self.free)
        mask = (mask | 1 << self.register(rn)) & ~(1 << rn)
        if self.decks.block_bases.draw() == "inside":
            mask |= 1 << rn
            if load:
                w = 0
            elif w:
                # What is stored for a base that is written back is defined for the lowest register only.
                mask &= -(1 << rn)
        self.constant(rn, self.data_address(4, 64))
        self.add("Block transfer", self.condition(), l=load, p=p, u=u, w=w, rn=rn, list=mask)

    def multiply(self) -> None:
        long, kind, s = self.decks.multiplies.draw()
        rm = self.random.randrange(15)
        rs = self.random.randrange(15)
        if self.random.randrange(3) == 0:
            rs = self.register()
            self.constant(rs, self.value() >> self.random.randrange(32))
        if long:
            low = self.register(rm)
            fields = {"signed": kind >> 1, "accumulate": kind & 1, "rdlo": low, "rdhi": self.register(rm, low)}
            self.add("Long multiply", self.condition(), **fields, s=s, rm=rm, rs=rs)
        else:
            rn = self.random.randrange(15) if kind else 0
            self.add("Multiply", self.condition(), accumulate=kind, s=s, rd=self.register(rm), rn=rn, rm=rm, rs=rs)

    def swap(self) -> None:
        byte = self.decks.swaps.draw()
        rn = self.register()
        self.constant(rn, self.data_address(1 if byte else 4))
        rm = self.random.choice([number for number in range(15) if number != rn])
        self.add("Swap", self.condition(), byte=byte, rn=rn, rm=rm, rd=self.register(rn))

    def count_zeros(self) -> None:
        self.add("Count leading zeros", self.condition(), rd=self.register(), rm=self.random.randrange(15))

    def status(self) -> None:
        kind = self.decks.status.draw()
        condition = self.condition()
        if kind == "read":
            rd = self.register()
            self.add("Status register to register", condition, rd=rd)
            # Other machines have more bits in there.
            self.add("Data processing, immediate", condition, opcode=0, rd=rd, rn=rd, rotate=2, imm=0xF)
        elif kind == "write register":
            fields = self.random.choice((8, 8, 9, 0))
            self.add("Register to status register", condition, fields=fields, rm=self.random.randrange(15))
        else:
            self.add("Immediate to status register", condition, fields=8, rotate=2, imm=self.random.randrange(16))

    def literal(self) -> None:
        """A load relative to the PC, from the program itself."""
        back = self.random.randrange(min(len(self.words) + 1, 1000)) * 4
        self.add(
            "Word or byte transfer, immediate offset",
            self.condition(),
            p=1,
            u=0,
            l=1,
            byte=0,
            rn=PC,
            rd=self.register(),
            offset=back,
        )

    def jump(self) -> None:
        """Something that writes the PC: goes over a few units, or into a subroutine and back."""
        if not self.may_branch:
            return self.data_processing()
        kind = self.decks.jumps.draw()
        if kind == "BL":
            return self.call()
        self.may_branch = False
        condition = self.condition()
        if kind in ("B", "SKIP"):
            at = self.add("Branch", condition)
            for _ in range(self.random.randrange(4)):
                self.unit()
            self.words[(at - CODE) >> 2] |= ((self.here - at - 8) >> 2) & 0xFFFFFF
        elif kind == "ADD":
            at = self.add("Data processing, immediate", condition, opcode=4, rn=PC, rd=PC, rotate=15)
            self.emit(0xE1A00000)
            self._land(at)
        else:
            self._computed_jump(kind, condition)
        self.may_branch = True
        return None

    def _computed_jump(self, kind: str, condition: int) -> None:
        rm = self.register()
        rn = self.register(rm)
        if kind in ("LDR", "LDM"):
            self.constant(rn, self.data_address(4, 64))
        at = self.add("Data processing, immediate", opcode=4, rn=PC, rd=rm, rotate=15)
        transfer = "Word or byte transfer, immediate offset"
        if kind == "LDR":
            self.add(transfer, p=1, u=1, l=0, rn=rn, rd=rm, offset=8)
            self.add(transfer, condition, p=1, u=1, w=1, l=1, rn=rn, rd=PC, offset=8)
        elif kind == "LDM":
            # The word above the first is the new PC; the first goes to a register.
            self.add(transfer, p=1, u=1, l=0, rn=rn, rd=rm, offset=4)
            mask = 1 << self.register(rn) | 1 << PC
            self.add("Block transfer", condition, p=0, u=1, w=1, l=1, rn=rn, list=mask)
        elif kind == "BX" or (kind == "BLX" and LR in self.free):
            self.add("Branch to register", condition, link=int(kind == "BLX"), rm=rm)
        else:
            self.add("Move, register", condition, opcode=13, rd=PC, rm=rm)
        self._land(at)

    def _land(self, at: int) -> None:
        """Makes the ADD at `at` compute the address after a few more units."""
        for _ in range(self.random.randrange(3)):
            self.unit()
        distance = (self.here - at - 8) >> 2
        if distance < 0:
            self.emit(0xE1A00000)
            distance = 0
        assert distance < 256
        self.words[(at - CODE) >> 2] |= distance

    def call(self) -> None:
        """BL to one of the subroutines, which need a stack."""
        if LR not in self.free or SP not in self.free:
            return
        self.constant(SP, STACK)
        self.calls.append(self.add("Branch", self.condition(), link=1))


def shifted(value: int, shift: int, amount: int, carry: int) -> int:
    """The barrel shifter by a constant, said independently of the machine."""
    if shift == 0:
        return value << amount & MASK32
    if shift == 3:
        return rotate_right(value, amount) if amount else carry << 31 | value >> 1
    amount = amount or 32
    return value >> amount if shift == 1 else (signed(value) >> amount) & MASK32


def data_image(random: Random) -> list[tuple[int, bytes]]:
    """Random contents for the zones."""
    return [(start, random.randbytes(end - start)) for start, end in ZONES]


def program_of(words: Sequence[int], data: Sequence[tuple[int, bytes]] = ()) -> Program:
    """A program from words at `CODE` and pieces of data."""
    code = b"".join(word.to_bytes(4, "little") for word in words)
    segments = (Segment(CODE, code), *(Segment(address, piece) for address, piece in data))
    addresses = frozenset(range(CODE, CODE + len(code), 4))
    return Program("random", segments, CODE, "first word", {}, (), addresses)
