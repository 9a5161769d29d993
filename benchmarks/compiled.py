"""C programs (`benchmarks/c`), compiled once and run by emu and by qemu-arm: `python -m benchmarks.compiled`.

`mixed` does what CoreMark does: lists, matrices, a state machine, a CRC. `records` does what Dhrystone does: records,
strings, small functions, arrays. Both are programs of our own.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.processes import QEMU, ROOT, Processes

PROGRAMS = ("mixed", "records")
DIRECTORY = ROOT / "benchmarks" / "c"
FULL, QUICK = 1_000_000_000, 50_000_000
FEW, MORE = 20, 120


def executed(path: Path, rounds: int) -> int:
    """Instructions that so many rounds take."""
    run = [sys.executable, "-m", "emu", "run", "--engine", "python", "-v", str(path), str(rounds)]
    text = subprocess.run(run, check=True, capture_output=True, text=True).stderr
    found = re.search(r"([\d,]+) instructions, [\d,]+ cycles", text)
    if found is None:
        raise RuntimeError(f"emu does not say how many instructions {path.name} took")
    return int(found[1].replace(",", ""))


def of_length(name: str, instructions: int) -> tuple[Path, int]:
    """(the program, the rounds in which it executes at least so many instructions)."""
    path = DIRECTORY / f"{name}.elf"
    few, more = executed(path, FEW), executed(path, MORE)
    return path, max(1, math.ceil((instructions - few) * (MORE - FEW) / (more - few)) + FEW)


def main(processes: Processes, *, quick: bool) -> None:
    """Compares total times, of a first and of a second run."""
    wanted = QUICK if quick else FULL
    print(f"C programs of {wanted / 1e6:.0f} million instructions, compiled by GCC: seconds in total")
    print(f"{'':16}" + "".join(f"{head:>12}" for head in ("emu", "again", "qemu", "qemu/emu", "qemu/again")))
    for name in PROGRAMS:
        path, rounds = of_length(name, wanted)
        processes.cool()
        cold, warm = (processes.emu(path, str(rounds)) for _ in range(2))
        rival = math.nan
        if processes.has_qemu:
            command = [QEMU, str(path), str(rounds)]
            rival = processes.timed(command)
            ours = [sys.executable, "-m", "emu", "run", str(path), str(rounds)]
            if processes.output(command) != processes.output(ours):
                raise RuntimeError(f"{name}: emu and {QEMU} come to different results")
        figures = [cold, warm, rival, rival / cold, rival / warm]
        print(f"{name:16}" + "".join(f"{figure:12.2f}" for figure in figures), flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        main(Processes(Path(directory)), quick="--quick" in sys.argv)
