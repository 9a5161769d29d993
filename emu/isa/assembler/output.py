"""Images for other tools: bare bytes and Intel HEX."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.program import Program

_RECORD = 16
_DATA, _END, _UPPER_ADDRESS, _ENTRY = 0, 1, 4, 5


def raw_image(program: Program) -> bytes:
    """Everything from the lowest to the highest address of the image; gaps are zero."""
    if not program.segments:
        return b""
    start = program.segments[0].address
    last = program.segments[-1]
    image = bytearray(last.address + len(last.data) - start)
    for segment in program.segments:
        at = segment.address - start
        image[at : at + len(segment.data)] = segment.data
    return bytes(image)


def intel_hex(program: Program) -> str:
    """The image as Intel HEX with 32-bit addresses (record types 0, 1, 4 and 5), 16 bytes to a record."""
    lines: list[str] = []
    upper = 0
    for segment in program.segments:
        position = 0
        while position < len(segment.data):
            address = segment.address + position
            if address >> 16 != upper:
                upper = address >> 16
                lines.append(_record(0, _UPPER_ADDRESS, upper.to_bytes(2, "big")))
            # A record must not cross a 64 KiB boundary.
            size = min(_RECORD, 0x10000 - (address & 0xFFFF))
            lines.append(_record(address & 0xFFFF, _DATA, segment.data[position : position + size]))
            position += size
    lines.append(_record(0, _ENTRY, program.entry.to_bytes(4, "big")))
    lines.append(_record(0, _END, b""))
    return "\n".join(lines) + "\n"


def _record(address: int, kind: int, data: bytes) -> str:
    record = bytes((len(data),)) + address.to_bytes(2, "big") + bytes((kind,)) + data
    return ":" + (record + bytes((-sum(record) & 0xFF,))).hex().upper()
