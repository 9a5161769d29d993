"""What compiling takes, and how little is left to the interpreter."""

from __future__ import annotations

import time

from benchmarks.engines import FOREVER
from benchmarks.processes import workload
from benchmarks.workloads import WORKLOADS
from emu.isa.assembler import assemble
from emu.isa.engines.native.emitter import Emitter
from emu.isa.engines.native.regions import choose_region
from emu.isa.engines.native.spans import ExpectedSpans
from emu.isa.machine import Machine

LENGTHS = (20, 50, 100, 200, 400, 600)


def body(length: int) -> str:
    """A loop of about so many instructions that load, compare, compute under conditions, and store."""
    lines = ["_start: LDR R9, =0x20000", "loop:"]
    for number in range(length // 5):
        a, b, c = number % 8, (3 * number + 1) % 8, (5 * number + 2) % 8
        lines += [
            f"        LDR R{a}, [R9, #{4 * number % 1024}]",
            f"        ADD R{b}, R{a}, R{c}, LSL #{1 + number % 9}",
            f"        CMP R{b}, R{a}",
            f"        BEQ skip{number}",
            f"        STR R{c}, [R9, #{4 * (number + 9) % 1024}]",
            f"skip{number}:",
        ]
    return "\n".join([*lines, "        B loop", "        .pool", ""])


def latencies() -> None:
    """How long compiling takes, by the size of the region."""
    from emu.isa.engines.native.compiler import LEVELS, compiler
    from emu.isa.engines.native.x64.writer import Writer

    for level in LEVELS:
        compiler(level)
    print("compile latency in ms by instructions in the region: choosing it; our own code; for LLVM: writing, levels")
    heads = ("instructions", "choose", "quick code", "assembly", *(f"level {level}" for level in LEVELS))
    print("".join(f"{head:>14}" for head in heads))
    for length in LENGTHS:
        program = assemble(".org 0x8000\n" + body(length), "body").program
        if program is None:
            raise RuntimeError("the loop does not assemble")
        machine = Machine(engine="python")
        machine.load(program)
        start = time.perf_counter()
        region = choose_region(0x8004, machine.memory, ())
        if region is None:
            raise RuntimeError("there is no region")
        times = [time.perf_counter() - start]
        memory = machine.memory
        spans = ExpectedSpans(memory, machine.registers)
        start = time.perf_counter()
        Writer(region, memory.size, memory.regions[0].start, spans).write()
        times.append(time.perf_counter() - start)
        start = time.perf_counter()
        text = Emitter(region, memory, spans).write()
        times.append(time.perf_counter() - start)
        for level in LEVELS:
            start = time.perf_counter()
            compiler(level).object_code(text)
            times.append(time.perf_counter() - start)
        figures = "".join(f"{seconds * 1000:14.1f}" for seconds in times)
        print(f"{len(region.addresses()):14}{figures}", flush=True)


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
