"""Calls 0x30 to 0x33 and 0x40 to 0x42: system information and the error number (spec syscalls.md section 7)."""

from __future__ import annotations

from emu.services.effects import Now, Random, Stream, Write
from emu.services.swi import Service

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.services.guest import Guest
    from emu.services.services import Services
    from emu.services.swi import Asking, Printing, Result


def get_time(_services: Services, _guest: Guest) -> Asking:
    """GET_TIME. The low 32 bits of the milliseconds since 1970."""
    answer = yield Now()
    return answer if isinstance(answer, int) else 0


def get_random(_services: Services, _guest: Guest) -> Asking:
    """GET_RANDOM."""
    answer = yield Random()
    return answer if isinstance(answer, int) else 0


def get_arguments(services: Services, _guest: Guest) -> Result:
    """GET_ARGUMENTS. The addresses were laid out below the stack before the program started."""
    return len(services.arguments), services.argument_array


def get_environment(_services: Services, _guest: Guest) -> Result:
    """GET_ENVIRONMENT. A program has none."""
    return 0


def get_error(services: Services, _guest: Guest) -> Result:
    """GET_ERROR."""
    return services.last_error


def set_error(services: Services, guest: Guest) -> Result:
    """SET_ERROR."""
    services.last_error = guest.registers[0]
    return None


def print_error(_services: Services, guest: Guest) -> Printing:
    """PRINT_ERROR. On the error stream, unsigned."""
    return Write(Stream.STDERR, b"[ERROR] %d\n" % guest.registers[0])


SYSTEM_CALLS = (
    Service(0x30, "GET_TIME", "", "R0 milliseconds", "Milliseconds since 1970-01-01 UTC, modulo 2^32.", get_time),
    Service(0x31, "GET_RANDOM", "", "R0 number", "A random number of 32 bits.", get_random),
    Service(
        0x32,
        "GET_ARGUMENTS",
        "",
        "R0 count, R1 array",
        "The program's arguments: an array of addresses of strings that end with a 0 byte.",
        get_arguments,
    ),
    Service(0x33, "GET_ENVIRONMENT", "", "R0 0", "Always 0: programs have no environment.", get_environment),
)
ERROR_CALLS = (
    Service(0x40, "GET_ERROR", "", "R0 code", "The code last given to SET_ERROR, at first 0.", get_error),
    Service(0x41, "SET_ERROR", "R0 code", "", "Keeps an error code for GET_ERROR.", set_error),
    Service(0x42, "PRINT_ERROR", "R0 code", "", "Writes an error code to the error stream.", print_error),
)
