"""Guest programs of any length, and whole processes that run them: emu with a code cache of its own, and qemu-arm."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.workloads import WORKLOADS
from emu.isa.assembler import assemble
from emu.isa.machine import Machine
from emu.isa.program import Program
from emu.isa.stops import ServiceCall

ROOT = Path(__file__).resolve().parents[1]
QEMU = "qemu-arm"
TOOLS = ("arm-none-eabi-as", "arm-none-eabi-ld", QEMU)


def workload(name: str, rounds: int) -> Program:
    """A program that repeats its work so many times."""
    program = assemble(".org 0x8000\n" + WORKLOADS[name], name, defines={"ROUNDS": rounds}).program
    if program is None:
        raise RuntimeError(f"the guest program {name!r} does not assemble")
    return program


class Length:
    """How long a workload is: `first` instructions for one round, `more` for each further one."""

    def __init__(self, name: str) -> None:
        counts = []
        for rounds in (1, 2):
            machine = Machine(engine="python")
            machine.load(workload(name, rounds))
            if not isinstance(machine.run(), ServiceCall):
                raise RuntimeError(f"the guest program {name!r} does not end as it should")
            counts.append(machine.instructions)
        self.first, self.more = counts[0], counts[1] - counts[0]

    def rounds(self, instructions: int) -> int:
        """The rounds that take at least so many instructions."""
        return max(1, math.ceil((instructions - self.first) / self.more) + 1)

    def instructions(self, rounds: int) -> int:
        """What so many rounds execute."""
        return self.first + (rounds - 1) * self.more


class Processes:
    """Runs programs as whole processes; `directory` holds their files and the code cache."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._cache = 0
        self.environment = dict(os.environ, PYTHONPATH=str(ROOT))
        # As installed, where byte code is at hand.
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.has_tools = all(shutil.which(tool) for tool in TOOLS)
        """Whether a workload can be assembled for qemu-arm and run there."""
        self.has_qemu = shutil.which(QEMU) is not None
        self.cool()

    def cool(self) -> None:
        """From now on the code cache is empty."""
        self._cache += 1
        self.environment["XDG_CACHE_HOME"] = str(self._directory / f"cache{self._cache}")

    def source(self, text: str) -> Path:
        """A file with a source text."""
        path = self._directory / "guest.s"
        path.write_text(text)
        return path

    def timed(self, command: list[str]) -> float:
        """Seconds from start to exit."""
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self.environment)
        return time.perf_counter() - start

    def output(self, command: list[str]) -> str:
        """What a process writes to standard output."""
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=self.environment).stdout

    def said(self, command: list[str]) -> str:
        """What a process writes to standard error."""
        return subprocess.run(command, check=True, capture_output=True, text=True, env=self.environment).stderr

    def emu(self, program: Path | str, *words: str, options: tuple[str, ...] = ()) -> float:
        """Seconds for `emu run` on a file or a source text."""
        path = program if isinstance(program, Path) else self.source(program)
        return self.timed([sys.executable, "-m", "emu", "run", *options, str(path), *words])

    def workload(self, name: str, rounds: int) -> Path:
        """A file with a workload."""
        path = self._directory / f"{name.replace(' ', '-')}-{rounds}.s"
        path.write_text(f".org 0x8000\n.equ ROUNDS, {rounds}\n" + WORKLOADS[name])
        return path

    def ours(self, name: str, rounds: int, *options: str) -> float:
        """Seconds for `emu run` on a workload."""
        return self.emu(self.workload(name, rounds), options=options)

    def qemu(self, name: str, rounds: int) -> float:
        """Seconds for qemu-arm on the same text, assembled and linked by GNU tools."""
        source, object_file, program = (self._directory / f"linux.{ending}" for ending in ("s", "o", "elf"))
        work = '\n.section .work, "aw", %nobits\n.space 0x40000\n'
        source.write_text(f".equ ROUNDS, {rounds}\n.global _start\n.text\n{WORKLOADS[name]}{work}")
        subprocess.run([TOOLS[0], "-march=armv5t", "-o", object_file, source], check=True)
        subprocess.run(
            [TOOLS[1], "-Ttext=0x8000", "--section-start=.work=0x20000", "-o", program, object_file], check=True
        )
        return self.timed([QEMU, str(program)])
