"""How long a compiled program of a mebibyte takes to print one line, from nothing, as a ratio to `python -c pass`.

The program is hello.elf with a mebibyte of functions behind it, of which none is called: their code, a symbol and a
mapping symbol for each of them, and a table of lines, as a compiler makes them. QEMU, where it is installed, runs the
same file. All are started in turns; the medians are compared.
"""

from __future__ import annotations

import compileall
import os
import shutil
import statistics
import struct
import tempfile
import time
from pathlib import Path
from subprocess import DEVNULL, run

from benchmarks.cold_start import BARE, EMU, ROOT

ROUNDS = 25
GOAL = 150.0
"""Milliseconds from the call of `emu` to its end."""

MEBIBYTE = 1 << 20
FUNCTION = 128
"""Bytes of each function."""
_BASE = 0x100000
_PAGE = 0x1000
_LOAD, _EXECUTABLE_AND_READABLE = 1, 5
_PROGRAM_BITS, _ALLOCATED_AND_EXECUTABLE = 1, 6


def large_program(small: bytes) -> bytes:
    """`small` with a mebibyte of code behind it, and a symbol table that names all of that."""
    data = bytearray(small)
    header = struct.unpack_from("<HHIIIIIHHHHHH", data, 16)
    sections_at, section_count = header[5], header[11]
    sections = [list(struct.unpack_from("<10I", data, sections_at + 40 * n)) for n in range(section_count)]
    symbols = next(section for section in sections if section[1] == 2)
    names = sections[symbols[6]]

    functions = MEBIBYTE // FUNCTION
    body = struct.pack("<I", 0xE0800001) * (FUNCTION // 4 - 1) + struct.pack("<I", 0xE12FFF1E)
    code_at = _append(data, body * functions, _PAGE)
    sections.append([0, _PROGRAM_BITS, _ALLOCATED_AND_EXECUTABLE, _BASE, code_at, MEBIBYTE, 0, 0, 4, 0])

    text = bytearray(data[names[4] : names[4] + names[5]])
    table = bytearray(data[symbols[4] : symbols[4] + symbols[5]])
    mapping = len(text)
    text += b"$a\0"
    for number in range(functions):
        address = _BASE + number * FUNCTION
        table += struct.pack("<IIIBBH", mapping, address, 0, 0, 0, section_count)
        table += struct.pack("<IIIBBH", len(text), address, FUNCTION, 0x12, 0, section_count)
        text += b"function_%d\0" % number
    names[4], names[5] = _append(data, text), len(text)
    symbols[4], symbols[5] = _append(data, table), len(table)

    parts = [list(part) for part in struct.iter_unpack("<8I", data[header[4] : header[4] + 32 * header[9]])]
    # The heap of hello.elf begins where its data ends: there must be memory up to the new code.
    last = max((part for part in parts if part[0] == _LOAD), key=lambda part: part[2])
    last[5] = _BASE - last[2]
    segments = b"".join(struct.pack("<8I", *part) for part in parts)
    segments += struct.pack("<8I", _LOAD, code_at, _BASE, _BASE, MEBIBYTE, MEBIBYTE, _EXECUTABLE_AND_READABLE, 4)
    struct.pack_into("<I", data, 28, _append(data, segments))
    struct.pack_into("<H", data, 44, header[9] + 1)
    struct.pack_into("<I", data, 32, _append(data, b"".join(struct.pack("<10I", *section) for section in sections)))
    struct.pack_into("<H", data, 48, section_count + 1)
    return bytes(data)


def _append(data: bytearray, more: bytes | bytearray, alignment: int = 16) -> int:
    data += bytes(-len(data) % alignment)
    start = len(data)
    data += more
    return start


def milliseconds(command: list[str]) -> float:
    """The wall-clock time of one call."""
    start = time.perf_counter()
    run(command, check=True, stdout=DEVNULL, cwd=ROOT, env=os.environ)
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Measures and prints."""
    compileall.compile_dir(ROOT / "emu", quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "large.elf"
        program.write_bytes(large_program((ROOT / "samples" / "c" / "hello.elf").read_bytes()))
        program.chmod(0o755)
        commands = {"python -c pass": BARE, "emu run large.elf": [*EMU, "run", str(program)]}
        if shutil.which("qemu-arm"):
            commands["qemu-arm large.elf"] = ["qemu-arm", str(program)]
        for command in commands.values():
            milliseconds(command)
        rounds = [[milliseconds(command) for command in commands.values()] for _ in range(ROUNDS)]
    medians = {name: statistics.median(times) for name, times in zip(commands, zip(*rounds, strict=True), strict=True)}
    best = min(times[1] for times in rounds)
    for name, median in medians.items():
        print(f"{name:25} {median:7.1f} ms   {median / medians['python -c pass']:5.2f} times bare Python")
    print(f"start of a mebibyte, best {best:7.1f} ms   (goal: at most {GOAL:.0f} on an idle computer)")


if __name__ == "__main__":
    main()
