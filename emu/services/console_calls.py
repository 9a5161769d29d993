"""Calls 0x00 to 0x07: the end of the program, console output and console input (spec syscalls.md sections 3 and 4)."""

from __future__ import annotations

from emu.isa.bits import signed
from emu.services.console import NEED_MORE, Shortage
from emu.services.effects import AwaitInput, Stream, Write
from emu.services.guest import Exited
from emu.services.swi import Service
from emu.services.text import read_string, store_prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.services.guest import Guest
    from emu.services.services import Services
    from emu.services.swi import Asking, Printing

_DEFAULT_SIZE = 256
_MAX_DIGITS = 10
_BASES = {2: "b", 8: "o", 16: "x"}
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}".encode()


def leave(services: Services, guest: Guest) -> Asking:
    """EXIT. Files are closed; the exit code is R0 as a signed number."""
    yield from services.close_files()
    return Exited(signed(guest.registers[0]))


def write_char(_services: Services, guest: Guest) -> Printing:
    """WRITE_CHAR. All 32 bits are the code point; what is none becomes U+FFFD."""
    code = guest.registers[0]
    if code < 0x80:
        data = bytes((code,))
    elif code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        data = _REPLACEMENT
    else:
        data = chr(code).encode()
    return Write(Stream.STDOUT, data)


def write_string(_services: Services, guest: Guest) -> Printing:
    """WRITE_STRING. The bytes are not checked to be UTF-8; a string that cannot be read prints nothing and faults."""
    data = read_string(guest.memory, guest.registers[0])
    return Write(Stream.STDOUT, data) if data else None


def write_int(_services: Services, guest: Guest) -> Printing:
    """WRITE_INT. A base other than 2, 8 and 16 means signed decimal, whatever it is: R1 is often left over."""
    value, base = guest.registers[0], guest.registers[1]
    form = _BASES.get(base)
    return Write(Stream.STDOUT, (format(value, form) if form else str(signed(value))).encode())


def write_newline(_services: Services, _guest: Guest) -> Printing:
    """WRITE_NEWLINE."""
    return Write(Stream.STDOUT, b"\n")


def read_char(services: Services, _guest: Guest) -> Asking:
    """READ_CHAR. Skips blanks and line ends; the rest of the line stays."""
    while (char := services.console.take_char()) is NEED_MORE:
        yield AwaitInput()
    return -1 if isinstance(char, Shortage) else char


def read_string_line(services: Services, guest: Guest) -> Asking:
    """READ_STRING. One line without its end; what does not fit is dropped."""
    while (line := services.console.take_line()) is NEED_MORE:
        yield AwaitInput()
    if not isinstance(line, bytes):
        return -1
    buffer, size = guest.registers[0], guest.registers[1] or _DEFAULT_SIZE
    stored = line.removesuffix(b"\n").removesuffix(b"\r")[: size - 1]
    return len(stored) if store_prefix(guest.memory, buffer, stored + b"\0") else -1


def read_int(services: Services, _guest: Guest) -> Asking:
    """READ_INT. The first line that is not blank, if it is a number and nothing else; 0 for whatever goes wrong."""
    while (line := services.console.take_filled_line()) is NEED_MORE:
        yield AwaitInput()
    return parsed(line) if isinstance(line, bytes) else 0


def parsed(line: bytes) -> int:
    """The number that a line holds: white space, a sign, decimal digits; from -2**31 to 2**31 - 1. Else 0."""
    text = line.strip()
    digits = text[1:] if text[:1] in (b"+", b"-") else text
    if not digits.isdigit() or len(digits.lstrip(b"0")) > _MAX_DIGITS:
        return 0
    value = -int(digits) if text[:1] == b"-" else int(digits)
    return value if -0x80000000 <= value <= 0x7FFFFFFF else 0


CONSOLE_CALLS = (
    Service(0x00, "EXIT", "R0 code", "does not return", "Ends the program. The code is a signed number.", leave),
    Service(0x01, "WRITE_CHAR", "R0 character", "", "Writes one Unicode character as UTF-8.", write_char),
    Service(0x02, "WRITE_STRING", "R0 address", "", "Writes the bytes up to the first 0 byte.", write_string),
    Service(
        0x03,
        "WRITE_INT",
        "R0 value, R1 base",
        "",
        "Writes a number: base 2, 8 or 16 unsigned, with any other base signed decimal.",
        write_int,
    ),
    Service(
        0x04,
        "READ_CHAR",
        "",
        "R0 byte, or -1 at the end of input",
        "Reads the next byte that is not a space, tab, CR or LF.",
        read_char,
    ),
    Service(
        0x05,
        "READ_STRING",
        "R0 buffer, R1 size (0 means 256)",
        "R0 length, or -1",
        "Reads one line into a buffer, without its line end and with a 0 byte after it.",
        read_string_line,
    ),
    Service(
        0x06,
        "READ_INT",
        "",
        "R0 value, 0 if the line is not a number",
        "Reads a line with a decimal number, skipping blank lines before it.",
        read_int,
    ),
    Service(0x07, "WRITE_NEWLINE", "", "", "Writes a line feed.", write_newline),
)
