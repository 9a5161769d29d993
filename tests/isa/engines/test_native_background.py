"""Code that comes from a cache or from the background changes nothing but speed, however late it comes.

Here LLVM compiles from the beginning, as on a computer for which there is no generator of quick code.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from threading import Event, Thread
from unittest import mock

import pytest

pytest.importorskip("llvmlite", reason="the native tier needs llvmlite")

from emu.isa.engines import python
from emu.isa.engines.native import code, compiler, objects, tier
from emu.isa.engines.native.emitter import Emitter
from emu.isa.engines.native.regions import choose_region
from emu.isa.engines.native.spans import ExpectedSpans
from emu.isa.machine import Machine
from emu.isa.memory import Watchpoint
from emu.isa.stops import LimitReached, ServiceCall, WatchpointHit
from tests.isa.assembly import program
from tests.isa.engines.native_machines import Kept, Later, stages, without_quick_code
from tests.isa.engines.twins import IMPATIENT, Twins, WildWriter, wander
from tests.isa.programs import data_image, program_of

LOOP = """
_start: MOV   R0, #0
        LDR   R1, =100000000
        LDR   R2, =0x20000
loop:   LDR   R3, [R2]
        ADD   R0, R0, #1
        CMP   R0, R1
        BNE   loop
        SWI   #0
"""


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    with (
        mock.patch.multiple(python, **IMPATIENT),
        mock.patch.multiple(tier, WORTH_IT_QUICK=500, WORTH_IT_GOOD=500),
        without_quick_code(),
    ):
        yield


def test_quick_code_runs_until_better_code_is_there() -> None:
    twins = Twins(program(LOOP), engine="native")
    later = twins.translating.background = Later()
    twins.run(20_000)
    assert stages(twins.translating) == {"good"}
    later.work()
    twins.run(20_000)
    assert "full" in stages(twins.translating)


def test_a_machine_that_must_not_wait_goes_on_until_native_code_is_there() -> None:
    """As in a server: nothing is compiled where the program runs."""
    twins = Twins(program(LOOP), engine="native")
    later = twins.translating.background = Later(waits=False)
    twins.run(20_000)
    assert stages(twins.translating) == set()
    assert len(later.waiting) >= 1
    later.work()
    twins.run(20_000)
    assert stages(twins.translating) == {"good"}
    later.work()
    twins.run(20_000)
    assert "full" in stages(twins.translating)


def test_nothing_becomes_native_where_nobody_may_wait() -> None:
    twins = Twins(program(LOOP), engine="native")
    twins.translating.makes_native = False
    twins.run(20_000)
    assert stages(twins.translating) == set()
    twins.translating.makes_native = True
    twins.run(20_000)
    assert stages(twins.translating) == {"full"}


def test_a_large_region_is_not_waited_for() -> None:
    twins = Twins(program(LOOP), engine="native")
    later = twins.translating.background = Later()
    with mock.patch.object(tier, "LARGE", 3):
        twins.run(20_000)
    assert stages(twins.translating) == {"quick"}
    later.work()
    twins.run(20_000)
    assert "full" in stages(twins.translating)


def test_good_code_is_kept_and_made_better_in_another_run() -> None:
    kept = Kept()
    for expected in ("good", "full"):
        twins = Twins(program(LOOP), engine="native")
        later = twins.translating.background = Later()
        twins.translating.code_cache = kept
        twins.run(20_000)
        assert stages(twins.translating) == {"good"}
        if expected == "full":
            later.work()
            twins.run(20_000)
            assert "full" in stages(twins.translating)
    assert kept.hits


def test_what_comes_too_late_is_not_used() -> None:
    twins = Twins(program(LOOP), engine="native")
    later = twins.translating.background = Later()
    twins.run(20_000)
    assert later.waiting
    twins.poke(0x8010, (0xE2800003).to_bytes(4, "little"))  # ADD R0, R0, #3
    later.work()
    with mock.patch.multiple(tier, WORTH_IT_GOOD=1 << 40):
        twins.run(20_000)
    assert stages(twins.translating) <= {"good"}


def test_the_second_machine_finds_code_ready_and_needs_no_compiler() -> None:
    kept = Kept()
    for _ in range(2):
        twins = Twins(program(LOOP), engine="native")
        twins.translating.code_cache = kept
        twins.run(50_000)
    assert kept.hits
    with mock.patch.dict("sys.modules", {"emu.isa.engines.native.compiler": None}):
        twins = Twins(program(LOOP), engine="native")
        twins.translating.code_cache = kept
        twins.run(5_000)
        assert stages(twins.translating) == {"cached"}


def test_a_watchpoint_on_loads_stops_code_that_had_trusted_memory() -> None:
    twins = Twins(program(LOOP), engine="native")
    twins.run(20_000)
    twins.watch(Watchpoint(1, 0x20000, 0x20004, True, False))
    assert isinstance(twins.run(20_000), WatchpointHit)
    twins.unwatch(1)
    assert isinstance(twins.run(20_000), LimitReached)


def test_whatever_is_done_while_code_is_compiled(seed: int) -> None:
    """The background finishes at arbitrary moments, between which the program and its code change."""
    for number in range(12):
        random = Random(seed + number)
        words = WildWriter(random, random.choice((4, 12, 40))).write(loops=3, units=random.randrange(5, 30))
        twins = Twins(program_of(words, data_image(random)), engine="native")
        twins.history.append(f"EMU_SEED={seed}, program {number}")
        later = twins.translating.background = Later()
        for _ in range(6):
            wander(twins, random, 10)
            later.work()


def test_machines_in_threads_compile_and_run_at_once() -> None:
    machines = [Machine(engine="native") for _ in range(4)]
    for machine in machines:
        machine.load(program(LOOP.replace("100000000", "3000000")))
    stops: list[object] = []
    threads = [Thread(target=lambda machine=machine: stops.append(machine.run())) for machine in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stops == [ServiceCall(0, 0x801C)] * 4
    assert [machine.registers[0] for machine in machines] == [3_000_000] * 4
    assert all(stages(machine) for machine in machines)


def test_the_loader_refuses_what_it_does_not_understand(seed: int) -> None:
    """Broken object code is `Unloadable` or, where the damage lies in the code itself, loads; nothing else."""
    twins = Twins(program(LOOP), engine="native")
    kept = twins.translating.code_cache = Kept()
    twins.run(20_000)
    good = next(iter(kept.codes.values()))
    objects.load(good, "region")
    random = Random(seed)
    refused = 0
    for _ in range(300):
        broken = bytearray(good[: random.randrange(len(good))] if random.random() < 0.3 else good)
        for _ in range(random.randrange(1, 8)):
            if broken:
                broken[random.randrange(len(broken))] = random.randrange(256)
        try:
            objects.load(bytes(broken), "region")
        except objects.Unloadable:
            refused += 1
    assert refused > 50, f"EMU_SEED={seed}"


def test_what_the_loader_refuses_is_linked_by_llvm() -> None:
    with mock.patch.object(tier, "load", side_effect=objects.Unloadable):
        twins = Twins(program(LOOP), engine="native")
        twins.run(50_000)
        assert stages(twins.translating) == {"full"}
    assert compiler.LEVELS == (code.QUICK, code.GOOD, code.FULL)


def test_python_goes_on_while_llvm_compiles() -> None:
    """Compiling holds no interpreter lock: this thread counts meanwhile. Otherwise it would see only the end."""
    lines = [f"loop: ADD R0, R0, R{number % 9}, LSL #{1 + number % 9}" for number in range(1)]
    lines += [f"ADDS R{number % 8}, R{number % 7}, R{number % 9}\nBVS l{number}\nl{number}:" for number in range(100)]
    machine = Machine(engine="python")
    machine.load(program("\n".join([*lines, "B loop", ""])))
    region = choose_region(0x8000, machine.memory, ())
    assert region is not None
    text = Emitter(region, machine.memory, ExpectedSpans(machine.memory, machine.registers)).write()
    compiler.compiler(code.FULL)
    began, ended = Event(), Event()

    def compile_it() -> None:
        began.set()
        compiler.compiler(code.FULL).object_code(text)
        ended.set()

    thread = Thread(target=compile_it)
    thread.start()
    assert began.wait(20)
    rounds = 0
    while not ended.is_set():
        rounds += 1
    thread.join()
    assert rounds > 10_000
