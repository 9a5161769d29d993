"""How long `emu run samples/hello.s` takes from nothing, as a ratio to `python -c pass`.

Both are started in turns, so that whatever else the machine does falls on both alike; the medians are compared.
"""

from __future__ import annotations

import compileall
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 40
GOAL = 4.0

BARE = [sys.executable, "-c", "pass"]
COMMAND = Path(sys.executable).with_name("emu")
EMU = [str(COMMAND)] if COMMAND.exists() else [sys.executable, "-m", "emu"]
HELLO = [*EMU, "run", str(ROOT / "samples" / "hello.s")]


def milliseconds(command: list[str]) -> float:
    """The wall-clock time of one call."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT, env=os.environ)
    return (time.perf_counter() - start) * 1000


def main() -> None:
    """Measures and prints."""
    compileall.compile_dir(ROOT / "emu", quiet=1)
    for command in (BARE, HELLO):
        milliseconds(command)
    pairs = [(milliseconds(BARE), milliseconds(HELLO)) for _ in range(ROUNDS)]
    bare, hello = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"python -c pass            {bare:7.1f} ms")
    print(f"emu run samples/hello.s   {hello:7.1f} ms")
    print(f"cold start ratio          {hello / bare:7.2f}   (goal: at most {GOAL})")


if __name__ == "__main__":
    main()
