"""What the reports of `emu run` cost: time as a ratio to plain interpretation, and the most memory in use.

Each report looks at every instruction of a program with calls, loads and stores. The traces are written to a real file.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.cold_start import EMU, ROOT

INSTRUCTIONS = 1_000_000
LONG = 10_000_000
"""Instructions of the long trace, which must not take more memory than the short one."""

PER_ROUND = 10
SOURCE = """
        .org 0x8000
_start: LDR   R4, =COUNT
        LDR   R5, =buffer
loop:   LDR   R0, [R5]
        ADD   R0, R0, #1
        STR   R0, [R5]
        BL    work
        SUBS  R4, R4, #1
        BNE   loop
        MOV   R0, #0
        SWI   #0
work:   PUSH  {R4, LR}
        EOR   R1, R0, R4
        POP   {R4, PC}
        .align 2
buffer: .word 0
"""
REPORTS = ("trace", "mem-trace", "call-trace", "coverage", "stack-trace", "flag-trace", "register-trace", "stats")


def measured(folder: str, instructions: int, *options: str) -> tuple[float, float]:
    """(seconds, megabytes) of a run with some options."""
    words = [*EMU, "run", "-D", f"COUNT={instructions // PER_ROUND}", *options, "loop.s"]
    start = time.perf_counter()
    process = subprocess.Popen(words, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)})
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, words
    return seconds, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1 << 20)


def main() -> None:
    """Measures and prints."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "loop.s").write_text(SOURCE, encoding="ascii")
        plain, memory = measured(folder, INSTRUCTIONS, "--engine", "interpreter")
        print(f"{INSTRUCTIONS:,} instructions         seconds  ratio  megabytes")
        print(f"--engine interpreter        {plain:7.2f} {1:6.2f} {memory:10.1f}")
        for name in REPORTS:
            seconds, memory = measured(folder, INSTRUCTIONS, f"--{name}-file", name)
            print(f"--{name:<16}          {seconds:7.2f} {seconds / plain:6.2f} {memory:10.1f}")
        short = measured(folder, INSTRUCTIONS, "--trace-file", "trace")[1]
        seconds, memory = measured(folder, LONG, "--trace-file", "trace")
        size = os.path.getsize(os.path.join(folder, "trace")) / 1e6
        print(f"{LONG:,} instructions traced: {seconds:.1f} s, {size:,.0f} MB written, {memory:.1f} MB of memory")
        print(f"memory, as a ratio to a tenth of it: {memory / short:.2f}   (goal: at most 1.1)")


if __name__ == "__main__":
    main()
