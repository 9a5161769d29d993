"""How long short programs take from nothing to the end, as ratios to `python -c pass`.

All are started in turns, so that whatever else the machine does falls on all alike; the medians are compared. QEMU,
where it is installed, runs the compiled program, too.
"""

from __future__ import annotations

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 40

BARE = [sys.executable, "-c", "pass"]
COMMAND = Path(sys.executable).with_name("emu")
EMU = [str(COMMAND)] if COMMAND.exists() else [sys.executable, "-m", "emu"]
COMPILED = ROOT / "benchmarks" / "c" / "mixed.elf"

LOOP = """
_start: MOV  R0, #0
        MOV  R1, #1000
next:   ADD  R0, R0, R1
        SUBS R1, R1, #1
        BNE  next
        MOV  R0, #0
        SWI  #0
"""
"""Hot enough to become native, and over a moment later."""

GOALS = {"samples/hello.s": 3.5, "a loop that becomes native": 4.5, "mixed.elf, one round": 8.0}
"""At most so many times as long as Python needs for nothing."""


def milliseconds(command: list[str]) -> float:
    """The wall-clock time of one call."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT, env=os.environ)
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Measures and prints."""
    compileall.compile_dir(ROOT / "emu", quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        loop = Path(folder, "loop.s")
        loop.write_text(LOOP, encoding="ascii")
        programs = (ROOT / "samples" / "hello.s", loop, COMPILED)
        commands = {"python -c pass": BARE}
        commands |= {name: [*EMU, "run", str(path)] for name, path in zip(GOALS, programs, strict=True)}
        if qemu := shutil.which("qemu-arm"):
            commands["mixed.elf in qemu-arm"] = [qemu, str(COMPILED)]
        times: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(ROUNDS + 1):
            for name, command in commands.items():
                taken = milliseconds(command)
                if number:
                    times[name].append(taken)
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    for name, median in medians.items():
        goal = f"   (goal: at most {GOALS[name]})" if name in GOALS else ""
        print(f"{name:28}{median:7.1f} ms{median / medians['python -c pass']:7.2f}{goal}")


if __name__ == "__main__":
    main()
