"""The services of one program: its heap, its open files, its console input, and the calls that use them.

Theory of operation. `call` is a generator. It yields effects, gets their answers, and returns how the call ended.
Results reach the guest at the very end: registers are written in one place, after the last effect, and guest memory is
written after the last effect, too. So a call that is given up in the middle leaves the machine in front of its SWI, and
the call can be made again; console input is taken only when a call has all it needs. What the host did meanwhile, such
as a write to a file, stays done.

The state is pure data. `snapshot` and `restore` cover all of it: file positions are included, the contents of files are
the host's.
"""

from __future__ import annotations

from collections.abc import Generator

from emu.isa.bits import MASK32
from emu.isa.faults import Fault, FaultKind, MemoryFault
from emu.isa.layout import HEAP_START, REGION_SIZE, STACK_START
from emu.isa.values import Record
from emu.services.console import ConsoleInput, ConsoleSnapshot
from emu.services.descriptors import Descriptors, OpenFile
from emu.services.effects import Close, Write
from emu.services.guest import RESUMED, Failed, Outcome
from emu.services.heap import Heap, HeapSnapshot
from emu.services.swi import find
from emu.services.text import StringFault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.services.effects import Answer, Effect
    from emu.services.guest import Guest
    from emu.services.semihosting import Semihosting, SemihostingSnapshot

_SP, _PC = 13, 15


class ServicesSnapshot(Record):
    """Everything a program can observe of its services at one moment."""

    heap: HeapSnapshot
    descriptors: tuple[tuple[int, OpenFile], ...]
    console: ConsoleSnapshot
    last_error: int
    argument_array: int
    semihosting: SemihostingSnapshot | None = None


class Services:
    """What the calls of one program act on."""

    def __init__(
        self,
        arguments: Sequence[bytes] = (),
        heap: tuple[int, int] = (HEAP_START, HEAP_START + REGION_SIZE),
        *,
        stack: tuple[int, int] = (STACK_START, STACK_START + REGION_SIZE),
        name: bytes = b"program",
    ) -> None:
        """`arguments` are the program's own, `name` is its name.

        `heap` and `stack` are each the first address and the first one after.
        """
        self.name = name
        self.stack = stack
        self.semihosting: Semihosting | None = None
        """The state of a program that uses semihosting, from its first such call on."""
        self.arguments = tuple(arguments)
        self.argument_array = 0
        self.heap = Heap(*heap)
        self.descriptors = Descriptors()
        self.console = ConsoleInput()
        self.last_error = 0

    def prepare(self, guest: Guest, stack_start: int) -> None:
        """Puts the arguments on the stack of a machine that has just been loaded, and lowers SP below them.

        `stack_start` is the lowest address of the stack. Without arguments nothing is touched. Raises ArgumentsTooLong.
        """
        if not self.arguments:
            return
        from emu.services.arguments import lay_out

        top = guest.registers[_SP]
        block = lay_out(self.arguments, top, top - stack_start)
        guest.memory.write(block.address, block.data)
        guest.registers[_SP] = self.argument_array = block.address

    def call(self, number: int, guest: Guest) -> Generator[Effect, Answer, Outcome]:
        """Performs service `number` for a machine that stands in front of the SWI. See the theory of operation."""
        pc = guest.registers[_PC]
        service = find(number)
        if service is None:
            return Failed(Fault(FaultKind.UNKNOWN_SERVICE, f"unimplemented SWI 0x{number:06X}", pc))
        try:
            result = service.meaning(self, guest)
            if isinstance(result, Write):
                yield result
                return RESUMED
            if isinstance(result, Generator):
                result = yield from result
        except (MemoryFault, StringFault) as error:
            return Failed(error.fault.replace(pc=pc))
        if isinstance(result, Outcome):
            return result
        if isinstance(result, tuple):
            guest.registers[0], guest.registers[1] = result
        elif result is not None:
            guest.registers[0] = result & MASK32
        return RESUMED

    def close_files(self) -> Generator[Effect, Answer, None]:
        """Closes every file the program has open. The answers do not matter."""
        for _, file in self.descriptors.files():
            yield Close(file.handle)
        self.descriptors.clear()
        if self.semihosting is not None:
            yield from self.semihosting.close_files()

    def reset(self) -> None:
        """Forgets heap, files and error code, for a program that starts anew. Input not yet taken stays.

        Files that are still open are the caller's to close, with `close_files`.
        """
        self.heap.reset()
        self.descriptors.clear()
        self.semihosting = None
        self.last_error = 0

    def snapshot(self) -> ServicesSnapshot:
        """The state now, an immutable value."""
        return ServicesSnapshot(
            self.heap.snapshot(),
            self.descriptors.snapshot(),
            self.console.snapshot(),
            self.last_error,
            self.argument_array,
            None if self.semihosting is None else self.semihosting.snapshot(),
        )

    def restore(self, snapshot: ServicesSnapshot) -> None:
        """Puts back a snapshot of services with the same arguments and the same heap range."""
        self.heap.restore(snapshot.heap)
        self.descriptors.restore(snapshot.descriptors)
        self.console.restore(snapshot.console)
        self.last_error = snapshot.last_error
        self.argument_array = snapshot.argument_array
        self.semihosting = None
        if snapshot.semihosting is not None:
            from emu.services.semihosting import Semihosting

            self.semihosting = Semihosting()
            self.semihosting.restore(snapshot.semihosting)
