"""Native speed beside other emulators: `python -m benchmarks.native [--quick]`.

Every figure is taken in one run on one computer, so that ratios mean something. "Total" is the wall-clock time of a
whole process, from nothing to exit; "steady" leaves start and compilation out: for qemu-arm it is the difference
between a long and a short run.
"""

from __future__ import annotations

import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

from benchmarks.engines import FOREVER
from benchmarks.workloads import WORKLOADS
from emu.isa.assembler import assemble
from emu.isa.engines.native.regions import choose_region
from emu.isa.machine import Machine
from emu.isa.program import Program
from emu.isa.registers import PC
from emu.isa.stops import ServiceCall

ROOT = Path(__file__).resolve().parents[1]
FULL, QUICK = 1_000_000_000, 20_000_000
SHORT = 100_000_000
STEADY_SLICE = 200_000_000
TOOLS = ("arm-none-eabi-as", "arm-none-eabi-ld", "qemu-arm")
TEN = ".org 0x8000\n_start: " + "MOV R0, #1\n" * 8 + "MOV R0, #0\nSWI #0\n"


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
        self.has_qemu = all(shutil.which(tool) for tool in TOOLS)
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
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=self.environment)
        return time.perf_counter() - start

    def emu(self, text: str, engine: str) -> float:
        """Seconds for `emu run`."""
        return self.timed([sys.executable, "-m", "emu", "run", "--engine", engine, str(self.source(text))])

    def ours(self, name: str, rounds: int, engine: str = "auto") -> float:
        """Seconds for `emu run` on a workload."""
        return self.emu(f".org 0x8000\n.equ ROUNDS, {rounds}\n" + WORKLOADS[name], engine)

    def qemu(self, name: str, rounds: int) -> float:
        """Seconds for qemu-arm on the same text, assembled and linked by GNU tools."""
        source, object_file, program = (self._directory / f"linux.{ending}" for ending in ("s", "o", "elf"))
        work = '\n.section .work, "aw", %nobits\n.space 0x40000\n'
        source.write_text(f".equ ROUNDS, {rounds}\n.global _start\n.text\n{WORKLOADS[name]}{work}")
        subprocess.run([TOOLS[0], "-march=armv5t", "-o", object_file, source], check=True)
        subprocess.run(
            [TOOLS[1], "-Ttext=0x8000", "--section-start=.work=0x20000", "-o", program, object_file], check=True
        )
        return self.timed([TOOLS[2], str(program)])


def steady(name: str, engine: str, slice_size: int) -> tuple[float, Machine]:
    """(million instructions per second once everything hot is compiled, the machine)."""
    machine = Machine(engine=engine)
    machine.load(workload(name, FOREVER))
    for _ in range(2):
        machine.run(slice_size)
    best = math.inf
    for _ in range(3):
        start = time.perf_counter()
        machine.run(slice_size)
        best = min(best, time.perf_counter() - start)
    return slice_size / best / 1e6, machine


def unicorn(name: str, length: Length) -> float:
    """Million instructions per second without interruption."""
    from benchmarks.engines import Unicorn

    rounds = 1
    while (seconds := Unicorn(workload(name, rounds)).run()) < 0.3:
        rounds *= 4
    return length.instructions(rounds) / seconds / 1e6


def speeds(processes: Processes, full: int) -> None:
    """The table of speeds, and what the goals say about it."""
    heads = ["python", "unicorn", "qemu", "qemu st.", "total", "steady", "warm", "total/qemu", "steady/qemu"]
    print(f"million instructions per second; programs of {full / 1e6:.0f} million")
    print(f"{'':16}" + "".join(f"{head:>12}" for head in heads))
    ratios: list[tuple[float, float]] = []
    for name in WORKLOADS:
        length = Length(name)
        rounds = length.rounds(full)
        count = length.instructions(rounds) / 1e6
        python, _ = steady(name, "python", 500_000)
        rival = unicorn(name, length) if find_spec("unicorn") else math.nan
        processes.cool()
        total, warm = (count / processes.ours(name, rounds) for _ in range(2))
        fast, _ = steady(name, "native", min(full, STEADY_SLICE))
        qemu = qemu_steady = math.nan
        if processes.has_qemu:
            seconds = processes.qemu(name, rounds)
            qemu, qemu_steady = count / seconds, count / max(1e-6, seconds - processes.qemu(name, 1))
        ratios.append((total / qemu, fast / qemu_steady))
        figures = [python, rival, qemu, qemu_steady, total, fast, warm, *ratios[-1]]
        print(f"{name:16}" + "".join(f"{figure:12.2f}" for figure in figures), flush=True)
    worst = min(total for total, _ in ratios)
    mean = statistics.geometric_mean([ratio for _, ratio in ratios]) if processes.has_qemu else math.nan
    print(f"total/qemu: worst {worst:.2f} (goal: at least 1); steady/qemu: geometric mean {mean:.2f} (goal: 2)")


def short_programs(processes: Processes, short: int) -> None:
    """Programs that are over soon, with and without what an earlier run has compiled."""
    print(f"programs of {short / 1e6:.0f} million instructions: total/qemu cold, warm (goal: at least 0.5)")
    for name in WORKLOADS:
        length = Length(name)
        rounds = length.rounds(short)
        processes.cool()
        cold, warm = (processes.ours(name, rounds) for _ in range(2))
        rival = processes.qemu(name, rounds) if processes.has_qemu else math.nan
        print(f"{name:16}{cold * 1000:9.0f} ms{warm * 1000:9.0f} ms {rival / cold:9.2f}{rival / warm:9.2f}", flush=True)


def latencies() -> None:
    """How long compiling takes, by the size of the region."""
    from emu.isa.engines.native.compiler import LEVELS, compiler
    from emu.isa.engines.native.emitter import Emitter
    from emu.isa.engines.native.spans import ExpectedSpans
    from emu.isa.engines.native.x64.writer import Writer

    print("compile latency in ms by instructions in the region")
    print(
        f"{'':16}{'instructions':>14}{'quick code':>12}{'assembly':>12}"
        + "".join(f"{f'level {level}':>12}" for level in LEVELS)
    )
    for name in WORKLOADS:
        machine = Machine(engine="python")
        machine.load(workload(name, FOREVER))
        machine.run(200_000)
        memory = machine.memory
        spans = ExpectedSpans(memory, machine.registers)
        start = time.perf_counter()
        region = choose_region(machine.registers[PC], memory, ())
        if region is None:
            continue
        Writer(region, memory.size, memory.regions[0].start, spans).write()
        times = [time.perf_counter() - start]
        start = time.perf_counter()
        text = Emitter(region, memory, spans).write()
        times.append(time.perf_counter() - start)
        for level in LEVELS:
            start = time.perf_counter()
            compiler(level).object_code(text)
            times.append(time.perf_counter() - start)
        print(f"{name:16}{len(region.addresses()):14}" + "".join(f"{t * 1000:12.1f}" for t in times))


def interpreted_share(instructions: int) -> None:
    """How little the interpreter and the Python functions do."""
    print(f"executed otherwise than natively, of {instructions / 1e6:.0f} million (goal: interpreted < 0.01 %)")
    for name in WORKLOADS:
        machine = Machine(engine="native")
        machine.load(workload(name, FOREVER))
        machine.run(instructions)
        python, native = machine.translated
        shares = (machine.instructions - python - native) / instructions, python / instructions
        print(f"{name:16} interpreted {shares[0]:9.5%}   Python functions {shares[1]:8.4%}")


def threads(slice_size: int) -> None:
    """One machine, then two at once on two threads."""

    def machine() -> Machine:
        machine = Machine(engine="native")
        machine.load(workload("byte sieve", FOREVER))
        machine.run(slice_size // 4)
        return machine

    first, second = machine(), machine()
    start = time.perf_counter()
    first.run(slice_size)
    alone = time.perf_counter() - start
    both = [Thread(target=each.run, args=(slice_size,)) for each in (first, second)]
    start = time.perf_counter()
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    together = time.perf_counter() - start
    print(f"two machines on two threads: {2 * alone / together:.2f} times one (goal: 1.7)")


def starts(processes: Processes, rounds: int = 15) -> None:
    """What the native engine costs a program that does not need it."""
    pairs = [(processes.emu(TEN, "python"), processes.emu(TEN, "auto")) for _ in range(rounds)]
    python, auto = (statistics.median(times) * 1000 for times in zip(*pairs, strict=True))
    print(
        f"ten instructions: auto {auto:.1f} ms, python {python:.1f} ms, difference {auto - python:+.1f} ms (goal: 10)"
    )


def until_full_speed(piece: int = 500_000) -> None:
    """When, after the start of a run, a piece first goes at half of the steady speed."""
    print("time until half of the steady speed (compiled code not cached)")
    for name in WORKLOADS:
        goal, _ = steady(name, "native", 20_000_000)
        machine = Machine(engine="native")
        machine.load(workload(name, FOREVER))
        begin = time.perf_counter()
        while True:
            start = time.perf_counter()
            machine.run(piece)
            now = time.perf_counter()
            if piece / (now - start) / 1e6 > goal / 2 or now - begin > 10:
                break
        print(f"{name:16}{(now - begin) * 1000:8.0f} ms, {machine.instructions / 1e6:8.1f} million instructions")


def main(arguments: list[str] | None = None) -> None:
    """Measures and prints."""
    if find_spec("llvmlite") is None:
        print("native engine: llvmlite is not installed")
        return
    quick = "--quick" in (sys.argv[1:] if arguments is None else arguments)
    full, short = (QUICK, QUICK // 2) if quick else (FULL, SHORT)
    with tempfile.TemporaryDirectory() as directory:
        processes = Processes(Path(directory))
        speeds(processes, full)
        print()
        short_programs(processes, short)
        print()
        starts(processes)
    latencies()
    print()
    until_full_speed()
    print()
    interpreted_share(full)
    threads(full)


if __name__ == "__main__":
    main()
