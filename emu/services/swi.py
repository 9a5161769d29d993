"""The table of service calls: one declared row per call, found by its number.

Each row says what a call is for as well as what it does, so that the reference page is made from the table. The rows of
one kind live in one module, and only the modules of the calls that a program makes are loaded: the high digit of the
number names the module.
"""

from __future__ import annotations

from emu.isa.values import Record
from emu.services.guest import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import TypeAlias

    from emu.services.effects import Answer, Effect, Write
    from emu.services.guest import Guest
    from emu.services.services import Services

    Result: TypeAlias = int | tuple[int, int] | Outcome | None
    """What a call leaves behind: R0; R0 and R1; an outcome other than going on; or nothing at all."""
    Printing: TypeAlias = Write | None
    """A call that leaves nothing behind but output: most calls of most programs, and so the shortest way."""
    Asking: TypeAlias = Generator[Effect, Answer, Result]
    Meaning: TypeAlias = Callable[[Services, Guest], Result | Printing | Asking]


class Service(Record):
    """One call. `takes` and `gives` describe registers, empty where there are none."""

    number: int
    name: str
    takes: str
    gives: str
    summary: str
    meaning: Meaning


def find(number: int) -> Service | None:
    """The service with that number."""
    group = number >> 4
    services = _groups.get(group)
    if services is None:
        services = _groups[group] = {service.number: service for service in _load(group)}
    return services.get(number)


def all_services() -> tuple[Service, ...]:
    """The whole table, by number."""
    return tuple(service for group in _GROUPS for service in _load(group))


_GROUPS = (0x0, 0x1, 0x2, 0x3, 0x4, 0xF)
_groups: dict[int, dict[int, Service]] = {}


def _load(group: int) -> tuple[Service, ...]:
    match group:
        case 0x0:
            from emu.services.console_calls import CONSOLE_CALLS

            return CONSOLE_CALLS
        case 0x1:
            from emu.services.file_calls import FILE_CALLS

            return FILE_CALLS
        case 0x2:
            from emu.services.heap_calls import HEAP_CALLS

            return HEAP_CALLS
        case 0x3:
            from emu.services.system_calls import SYSTEM_CALLS

            return SYSTEM_CALLS
        case 0x4:
            from emu.services.system_calls import ERROR_CALLS

            return ERROR_CALLS
        case 0x12345:
            from emu.services.semihosting import SEMIHOSTING

            return SEMIHOSTING
        case 0xF:
            from emu.services.debug_calls import DEBUG_CALLS

            return DEBUG_CALLS
    return ()
