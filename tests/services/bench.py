"""A machine stopped in front of a SWI, services, and a world made of plain Python values to perform the effects."""

from __future__ import annotations

from collections.abc import Iterable

from emu.isa.bits import MASK32, signed
from emu.isa.layout import Layout, Region
from emu.isa.memory import Memory
from emu.services.effects import (
    Answer,
    AwaitInput,
    Close,
    Effect,
    FileSize,
    HostError,
    HostErrorKind,
    Now,
    Open,
    OpenMode,
    Random,
    ReadFile,
    Stream,
    Warn,
    Write,
    WriteFile,
)
from emu.services.guest import Failed, Outcome, Resumed
from emu.services.services import Services

CODE, DATA, HEAP, STACK, STACK_TOP = 0x8000, 0x20000, 0x30000, 0x40000, 0x50000
UNMAPPED = 0x18000
CONSTANT = 0x60000
"""A region that the guest may read and not write."""
SECRET = 0x70000
"""A region that the guest may neither read nor write."""
PC = 0x8010


class StoppedGuest:
    """Registers, flags and a real memory."""

    def __init__(self) -> None:
        self.registers = [0] * 16
        self.registers[13] = STACK_TOP
        self.registers[15] = PC
        self.flags = [True, False, True, False]
        self.memory = Memory(
            [
                *Layout().regions(),
                Region("constant", CONSTANT, 0x1000, writable=False),
                Region("secret", SECRET, 0x1000, readable=False, writable=False),
            ]
        )


class World:
    """Performs effects on values. `input` is fed one chunk per wait; when it is used up, the input is closed."""

    def __init__(self, services: Services, input: Iterable[bytes] = ()) -> None:  # noqa: A002
        self.services = services
        self.input = list(input)
        self.output = {Stream.STDOUT: b"", Stream.STDERR: b""}
        self.warnings: list[str] = []
        self.files: dict[bytes, bytearray] = {}
        self.open: dict[int, bytes] = {}
        self.handles = 100
        self.now = 0
        self.random = 0
        self.waits = 0
        self.failing: dict[type, HostError] = {}
        self.effects: list[Effect] = []

    def perform(self, effect: Effect) -> Answer:
        self.effects.append(effect)
        if type(effect) in self.failing:
            return self.failing[type(effect)]
        match effect:
            case Write(stream, data):
                self.output[stream] += data
            case AwaitInput():
                self.waits += 1
                if self.input:
                    self.services.console.feed(self.input.pop(0))
                else:
                    self.services.console.close()
            case Open(name, mode):
                return self._open(name, mode)
            case Close(handle):
                del self.open[handle]
            case ReadFile(handle, position, count):
                return bytes(self.files[self.open[handle]][position : position + count])
            case WriteFile(handle, position, data):
                content = self.files[self.open[handle]]
                start = len(content) if position is None else position
                content.extend(bytes(max(0, start - len(content))))
                content[start : start + len(data)] = data
                return start + len(data)
            case FileSize(handle):
                return len(self.files[self.open[handle]])
            case Now():
                return self.now
            case Random():
                return self.random
            case Warn(text):
                self.warnings.append(text)
        return None

    def _open(self, name: bytes, mode: OpenMode) -> Answer:
        if mode is OpenMode.READ and name not in self.files:
            return HostError(HostErrorKind.NOT_FOUND, "no such file")
        content = self.files.setdefault(name, bytearray())
        if mode is OpenMode.WRITE:
            content.clear()
        self.handles += 1
        self.open[self.handles] = name
        return self.handles


class Bench:
    """One program's services with everything around them."""

    def __init__(self, *input: bytes, arguments: tuple[bytes, ...] = ()) -> None:  # noqa: A002
        self.services = Services(arguments)
        self.guest = StoppedGuest()
        self.world = World(self.services, input)

    def outcome(self, number: int, *registers: int) -> Outcome:
        """Makes a call with R0, R1, ... set to `registers`, and tells how it ended."""
        for register, value in enumerate(registers):
            self.guest.registers[register] = value & MASK32
        call = self.services.call(number, self.guest)
        answer: Answer = None
        while True:
            try:
                effect = call.send(answer)
            except StopIteration as finished:
                result = finished.value
                assert isinstance(result, Outcome)
                return result
            answer = self.world.perform(effect)

    def call(self, number: int, *registers: int) -> int:
        """Like `outcome` for a call that goes on; the answer is R0 as a signed number."""
        assert self.outcome(number, *registers) == Resumed()
        return signed(self.guest.registers[0])

    def fault(self, number: int, *registers: int) -> Failed:
        """Like `outcome` for a call that fails."""
        outcome = self.outcome(number, *registers)
        assert isinstance(outcome, Failed)
        return outcome

    def place(self, address: int, data: bytes) -> int:
        """Puts bytes into memory, whatever the permissions, and returns their address."""
        self.guest.memory.poke(address, data)
        return address

    @property
    def stdout(self) -> bytes:
        return self.world.output[Stream.STDOUT]

    @property
    def stderr(self) -> bytes:
        return self.world.output[Stream.STDERR]
