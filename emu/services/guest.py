"""What the services need of a machine, and how a service call can end."""

from __future__ import annotations

from emu.isa.faults import Fault
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    class GuestMemory(Protocol):
        """The guest's memory. Addresses are 32-bit unsigned, sizes are in bytes."""

        def read(self, address: int, size: int) -> bytes:
            """Bytes with the guest's permissions. Raises MemoryFault; its `fault.target` is the first bad address."""

        def write(self, address: int, data: bytes) -> None:
            """Stores all of `data` with the guest's permissions, or nothing. Raises MemoryFault as `read` does."""

        def peek(self, address: int, size: int) -> bytes:
            """Bytes without permissions and without side effects. What is not mapped reads as zero."""

    class Guest(Protocol):
        """The machine, stopped in front of a SWI."""

        @property
        def registers(self) -> list[int]:
            """R0 to R15, 32-bit unsigned; R15 is the address of the SWI itself."""

        @property
        def flags(self) -> Sequence[bool]:
            """N, Z, C, V."""

        @property
        def memory(self) -> GuestMemory:
            """The memory of this machine."""


class Outcome(Record):
    """How a service call ended. One of the four below."""


class Resumed(Outcome):
    """The call is done; results are in the registers. The program goes on after the SWI."""


RESUMED = Resumed()
"""The one that calls return: nearly all of them end so."""


class Exited(Outcome):
    """The program asked to end. `code` is a signed 32-bit number."""

    code: int


class Failed(Outcome):
    """The call is a fault. Nothing was changed."""

    fault: Fault


class BreakpointCall(Outcome):
    """The program asked to be stopped here."""
