"""A machine as its driver sees it: conditions, cycles, faults, states, limits, breakpoints, restarts."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from emu.isa.faults import FaultKind, MemoryFault
from emu.isa.layout import Layout
from emu.isa.machine import Machine
from emu.isa.memory import Watchpoint
from emu.isa.program import Program, Segment
from emu.isa.registers import PC, SP
from emu.isa.stops import BreakpointHit, Faulted, Halted, LimitReached, ServiceCall, WatchpointHit
from tests.isa.assembly import machine, program
from tests.isa.programs import program_of

N, Z, C, V = range(4)
ENGINES = pytest.mark.parametrize("engine", ["interpreter", "python", "auto"])


def with_words(*words: int, engine: str = "interpreter") -> Machine:
    result = Machine(engine=engine)
    result.load(program_of(words))
    return result


# -- conditions and cycles

TRUTH: dict[str, Callable[[bool, bool, bool, bool], bool]] = {
    "EQ": lambda n, z, c, v: z, "NE": lambda n, z, c, v: not z, "CS": lambda n, z, c, v: c,
    "CC": lambda n, z, c, v: not c, "MI": lambda n, z, c, v: n, "PL": lambda n, z, c, v: not n,
    "VS": lambda n, z, c, v: v, "VC": lambda n, z, c, v: not v, "HI": lambda n, z, c, v: c and not z,
    "LS": lambda n, z, c, v: not c or z, "GE": lambda n, z, c, v: n == v, "LT": lambda n, z, c, v: n != v,
    "GT": lambda n, z, c, v: not z and n == v, "LE": lambda n, z, c, v: z or n != v,
    "AL": lambda n, z, c, v: True, "NV": lambda n, z, c, v: False,
}  # fmt: skip


@pytest.mark.parametrize("code", range(16), ids=list(TRUTH))
def test_every_condition_with_all_flags(code: int) -> None:
    """MOV R0, #1 under the condition: 16 conditions, 16 states of the flags."""
    holds = list(TRUTH.values())[code]
    for flags in itertools.product((False, True), repeat=4):
        subject = with_words(code << 28 | 0x03A00001)
        subject.flags[:] = flags
        assert subject.run(1) == LimitReached()
        assert subject.registers[0] == int(bool(holds(*flags)))
        assert (subject.registers[PC], subject.instructions, subject.cycles) == (0x8004, 1, 1)
        assert subject.flags == list(flags)


@pytest.mark.parametrize(
    ("rs", "cycles"),
    [(0, 2), (1, 3), (2, 3), (3, 3), (5, 4), (0x100, 3), (0x80000000, 3), (0x55555555, 16), (0xFFFFFFFF, 16)]
    + [((1 << 2 * digits) - 1, min(16, 2 + digits)) for digits in range(17)],
)
def test_cycles_of_a_multiplication(rs: int, cycles: int) -> None:
    for source in ("MUL R0, R1, R2", "MLA R0, R1, R2, R3", "MULS R2, R1, R2"):
        subject = machine(source)
        subject.registers[2] = rs
        subject.run(1)
        assert subject.cycles == cycles, source


@pytest.mark.parametrize(
    ("source", "cycles"),
    [
        ("UMULL R0, R1, R2, R3", 3),
        ("SMULL R0, R1, R2, R3", 3),
        ("UMLAL R0, R1, R2, R3", 4),
        ("SMLAL R0, R1, R2, R3", 4),
        ("MULEQ R0, R1, R2", 1),
        ("SMLALEQ R0, R1, R2, R3", 1),
        ("STMFD SP!, {R0-R12}", 1),
        ("B _start\n_start:", 1),
        ("LDR R0, [SP, #-4]", 1),
    ],
)
def test_cycles_of_the_rest(source: str, cycles: int) -> None:
    subject = machine(source)
    subject.registers[2] = subject.registers[3] = 0xFFFFFFFF
    subject.run(1)
    assert subject.cycles == cycles


@ENGINES
@pytest.mark.parametrize("limit", [1, 2, 3, 100, 299, 300, 301, 4000])
def test_the_cycle_limit(limit: int, engine: str) -> None:
    """Checked before each instruction: none starts once that many cycles are used."""
    subject = machine("loop: MUL R0, R1, R2\nADD R3, R3, #1\nB loop", engine=engine)
    subject.cycle_limit = limit
    stop = subject.run()
    assert isinstance(stop, Faulted)
    assert stop.fault.kind is FaultKind.CYCLE_LIMIT
    assert stop.fault.message == f"cycle limit exceeded ({limit} cycles)"
    assert limit <= subject.cycles < limit + 16
    rounds, rest = divmod(subject.instructions, 3)
    assert subject.cycles == rounds * 4 + (0, 2, 3)[rest]
    assert subject.run() == stop


# -- faults

DATA_ABORT = "memory access violation: address 0x00018000 is not mapped"
MULTIPLY_TEXT = "multiplication with forbidden registers (PC, or Rd equal to Rm)"
FAULTS = {
    "undefined": (0xE7F000F0, FaultKind.UNDEFINED, "undefined instruction: 0xE7F000F0 at 0x00008000"),
    "breakpoint instruction": (0xE1200070, FaultKind.UNDEFINED, "undefined instruction: 0xE1200070 at 0x00008000"),
    "TST without S": (0xE1010002, FaultKind.UNDEFINED, "undefined instruction: 0xE1010002 at 0x00008000"),
    "LDRD": (0xE1C100D0, FaultKind.UNDEFINED, "undefined instruction: 0xE1C100D0 at 0x00008000"),
    "media": (0xE6800010, FaultKind.UNDEFINED, "undefined instruction: 0xE6800010 at 0x00008000"),
    "SWP with bits in a zero field": (0xE1010290, FaultKind.UNDEFINED, None),
    "MCR": (0xEE000010, FaultKind.COPROCESSOR, None),
    "LDC": (0xED900000, FaultKind.COPROCESSOR, None),
    "CDP": (0xEE000000, FaultKind.COPROCESSOR, None),
    "MUL with Rd = Rm": (0xE0010291, FaultKind.MULTIPLY_REGISTERS, MULTIPLY_TEXT),
    "MUL with PC": (0xE00F0291, FaultKind.MULTIPLY_REGISTERS, MULTIPLY_TEXT),
    "MUL by PC": (0xE0000F91, FaultKind.MULTIPLY_REGISTERS, None),
    "MLA of PC": (0xE020F291, FaultKind.MULTIPLY_REGISTERS, None),
    "UMULL with RdHi = RdLo": (0xE0833291, FaultKind.MULTIPLY_REGISTERS, None),
    "UMULL with RdHi = Rm": (0xE0813291, FaultKind.MULTIPLY_REGISTERS, None),
    "UMULL with RdLo = Rm": (0xE0831291, FaultKind.MULTIPLY_REGISTERS, None),
    "SMLAL with PC": (0xE0EF3291, FaultKind.MULTIPLY_REGISTERS, None),
    "LDM of nothing": (0xE8910000, FaultKind.EMPTY_LIST, "block transfer with an empty register list"),
    "STM of nothing": (0xE8810000, FaultKind.EMPTY_LIST, None),
    "MRS PC": (0xE10FF000, FaultKind.PC_OPERAND, "PC is not allowed as an operand here"),
    "MSR PC": (0xE128F00F, FaultKind.PC_OPERAND, None),
    "SWP of PC": (0xE101F092, FaultKind.PC_OPERAND, None),
    "CLZ of PC": (0xE16F0F1F, FaultKind.PC_OPERAND, None),
    "LDR from nowhere": (0xE5912000, FaultKind.NOT_MAPPED, DATA_ABORT),
    "STR to nowhere": (0xE5812000, FaultKind.NOT_MAPPED, DATA_ABORT),
    "LDR with overflow": (0xE7912003, FaultKind.ADDRESS_WRAP, "address overflow: 0x00018000 + 0xFFFFFFF0"),
    "LDR with underflow": (0xE7112003, FaultKind.ADDRESS_WRAP, "address underflow: 0x00018000 - 0xFFFFFFF0"),
    "STR half a word off": (0xE5814002, FaultKind.UNALIGNED, "unaligned word access at 0x00018002"),
    "LDRH one byte off": (0xE1D140B1, FaultKind.UNALIGNED, "unaligned halfword access at 0x00018001"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulting_instruction_has_not_happened(name: str) -> None:
    """Kind, text, place; and registers, flags and counters as before (C15)."""
    word, kind, message = FAULTS[name]
    for engine in ("interpreter", "python"):
        subject = with_words(word, engine=engine)
        subject.registers[1], subject.registers[3] = 0x18000, 0xFFFFFFF0
        subject.flags[:] = [True, False, True, True]
        registers = list(subject.registers)
        stop = subject.run(1)
        assert isinstance(stop, Faulted)
        assert (stop.fault.kind, stop.fault.pc) == (kind, 0x8000)
        assert message is None or stop.fault.message == message
        assert subject.registers == registers
        assert subject.flags == [True, False, True, True]
        assert (subject.instructions, subject.cycles) == (0, 0)


def test_a_skipped_instruction_cannot_fault() -> None:
    for word, _, _ in FAULTS.values():
        assert with_words(word & 0x0FFFFFFF).run(1) == LimitReached()
        assert with_words(word | 0xF0000000).run(1) == LimitReached()


def test_a_load_that_fails_half_way_leaves_all_registers() -> None:
    subject = machine("LDMIA R4!, {R0-R3, SP, PC}")
    subject.memory.poke(0x4FFF8, b"\x11\x22\x33\x44" * 2)
    subject.registers[4] = 0x4FFF8
    before = list(subject.registers)
    stop = subject.run(1)
    assert isinstance(stop, Faulted)
    assert stop.fault.target == 0x50000
    assert subject.registers == before


def test_a_store_that_fails_half_way_keeps_what_it_stored() -> None:
    subject = machine("STMIA R4!, {R0-R3}")
    subject.registers[0:5] = [1, 2, 3, 4, 0x4FFF8]
    assert isinstance(subject.run(1), Faulted)
    assert subject.memory.peek(0x4FFF8, 8) == b"\1\0\0\0\2\0\0\0"
    assert subject.registers[4] == 0x4FFF8


@ENGINES
@pytest.mark.parametrize(
    ("source", "pc", "kind"),
    [
        ("MOV PC, LR", 0, FaultKind.NOT_MAPPED),
        ("MOV PC, #0x20000", 0x20000, FaultKind.NO_EXECUTE),
        ("MOV R0, #0x8000\nADD PC, R0, #2", 0x8002, FaultKind.UNALIGNED),
        ("MOV R0, #0x9000\nADD R0, R0, #3\nBX R0", 0x9002, FaultKind.UNALIGNED),
        ("B 0x50000", 0x50000, FaultKind.NOT_MAPPED),
        ("MOV R0, R0", 0x18000, FaultKind.NOT_MAPPED),
    ],
)
def test_a_jump_to_nowhere_faults_at_the_next_fetch(source: str, pc: int, kind: FaultKind, engine: str) -> None:
    """The last one runs through zeros, which are harmless, to the end of the code region."""
    stop = machine(source, engine=engine).run()
    assert isinstance(stop, Faulted)
    assert (stop.fault.kind, stop.fault.pc, stop.fault.target) == (kind, pc, pc)


# -- states


@ENGINES
def test_a_service_call_waits_for_the_driver(engine: str) -> None:
    subject = machine("SWI #0x123\nSWINE #1\nSWIEQ #2\nSWI #0", engine=engine)
    assert subject.run() == ServiceCall(0x123, 0x8000)
    assert subject.run(5) == ServiceCall(0x123, 0x8000)
    assert (subject.instructions, subject.cycles) == (0, 0)
    subject.finish_service_call(counted=False)
    assert (subject.instructions, subject.cycles, subject.registers[PC]) == (1, 0, 0x8004)
    assert subject.run() == ServiceCall(1, 0x8004)
    subject.finish_service_call()
    assert subject.cycles == 1
    assert subject.run() == ServiceCall(0, 0x800C)
    assert subject.halt(-3) == Halted(-3) == subject.run() == subject.step()
    assert (subject.instructions, subject.cycles) == (4, 2)
    subject.restart()
    assert subject.run(0) == LimitReached()
    assert subject.run() == ServiceCall(0x123, 0x8000)


def test_a_fault_is_for_good_until_a_restart() -> None:
    subject = machine("LDR R0, [R1]")
    stop = subject.run()
    assert subject.step() == stop == subject.run(100)
    subject.restart()
    subject.registers[1] = 0x20000
    assert subject.run(1) == LimitReached()


def test_after_loading() -> None:
    subject = machine("MOV R0, #1\nSWI #0")
    assert subject.registers == [0] * 13 + [0x50000, 0, 0x8000]
    assert subject.flags == [False] * 4
    assert subject.cycles == subject.instructions == 0


def test_restart_keeps_memory_and_reload_restores_it() -> None:
    subject = machine(
        "LDR R1, value\nADD R1, R1, #1\nADR R2, value\nSTR R1, [R2]\nSTR R1, [SP, #-4]\nSWI #0\nvalue: .word 5"
    )
    subject.set_breakpoint(0x8004)
    for expected in (6, 7):
        subject.run()
        subject.run(leaving_breakpoint=True)
        assert subject.registers[1] == expected
        subject.restart()
        assert subject.registers[1] == 0
    assert subject.run() == BreakpointHit(0x8004)
    subject.reload()
    assert subject.memory.peek(0x4FFFC, 4) == bytes(4)
    subject.run()
    assert subject.registers[1] == 5
    assert subject.breakpoints == {0x8004}


def test_clear_removes_everything() -> None:
    subject = machine("STR SP, [SP, #-4]")
    subject.set_breakpoint(0x8000)
    subject.memory.watch(Watchpoint(1, 0x20000, 0x20004, on_read=True, on_write=True))
    subject.step()
    subject.clear()
    assert subject.program is None
    assert subject.registers == [0] * 16
    assert not subject.breakpoints
    assert not subject.memory.watchpoints
    assert not subject.memory.snapshot().pages


def test_loading_another_program_keeps_only_breakpoints_that_fit() -> None:
    subject = machine("MOV R0, #1\nMOV R0, #2\nMOV R0, #3\nSWI #0")
    subject.set_breakpoint(0x8004)
    subject.set_breakpoint(0x800C)
    subject.load(program("MOV R0, #1\nSWI #0"))
    assert subject.breakpoints == {0x8004}
    assert subject.memory.peek(0x8008, 8) == bytes(8)


def test_a_program_that_does_not_fit_changes_nothing() -> None:
    subject = machine("MOV R0, #1\nSWI #0")
    subject.run()
    outside = Program("x", (Segment(0x17FFC, bytes(8)),), 0x8000, "", {}, (), frozenset())
    with pytest.raises(MemoryFault, match="0x00018000"):
        subject.load(outside)
    assert subject.registers[0] == 1
    assert subject.run() == ServiceCall(0, 0x8004)


def test_low_memory_comes_and_goes_with_the_program() -> None:
    low = Program("low", (Segment(0, (0xE3A00005).to_bytes(4, "little")),), 0, "", {}, (), frozenset({0}))
    subject = machine("MOV R0, #1")
    subject.memory.watch(Watchpoint(1, 0x20000, 0x20004, on_read=True, on_write=True))
    subject.load(low)
    assert subject.run(1) == LimitReached()
    assert subject.registers[0] == 5
    assert len(subject.memory.watchpoints) == 1
    subject.load(program("MOV R1, #0\nLDR R0, [R1]"))
    assert isinstance(subject.run(), Faulted)


@pytest.mark.parametrize("size", [0, 4, 4096, 65536, 0x20000, 0x10000000])
def test_stack_sizes(size: int) -> None:
    """SP starts at 0x40000 plus the size asked for, and the region reaches that far."""
    subject = Machine(Layout(stack_size=size))
    subject.load(program("PUSH {R0}"))
    assert subject.registers[SP] == 0x40000 + size
    assert subject.run(1) == LimitReached()
    assert subject.registers[SP] == 0x40000 + size - 4


# -- limits and breakpoints


@ENGINES
def test_a_limit_is_exact(engine: str) -> None:
    subject = machine("loop: ADD R0, R0, #1\nSUB R1, R1, #1\nB loop", engine=engine)
    total = 0
    for limit in (0, 1, 2, 100, 1, 7, 1000, 12345, 0, 3):
        assert subject.run(limit) == LimitReached()
        total += limit
        assert subject.instructions == subject.cycles == total
        assert subject.registers[0] == (total + 2) // 3
        assert subject.registers[PC] == 0x8000 + total % 3 * 4


@ENGINES
def test_a_breakpoint_on_the_first_instruction(engine: str) -> None:
    subject = machine("_start: ADD R0, R0, #1\nB _start", engine=engine)
    subject.set_breakpoint(0x8000)
    assert subject.run() == BreakpointHit(0x8000) == subject.run()
    assert subject.run(leaving_breakpoint=True) == BreakpointHit(0x8000)
    assert subject.registers[0] == 1
    assert subject.step() == LimitReached()
    assert subject.registers[0] == 2
    subject.clear_breakpoint(0x8000)
    assert subject.run(10) == LimitReached()
    with pytest.raises(KeyError):
        subject.clear_breakpoint(0x8000)


@ENGINES
def test_a_watchpoint_stops_after_the_access(engine: str) -> None:
    subject = machine(
        "loop: ADD R0, R0, #1\nSTR R0, [SP, #-4]\nCMP R0, #50\nBNE loop\nSTR R0, [SP, #-8]\nSWI #0", engine=engine
    )
    subject.memory.watch(Watchpoint(7, 0x4FFF8, 0x4FFFC, on_read=False, on_write=True))
    stop = subject.run()
    assert isinstance(stop, WatchpointHit)
    (hit,) = stop.hits
    assert (hit.watchpoint, hit.pc, hit.address, hit.size, hit.is_write) == (7, 0x8010, 0x4FFF8, 4, True)
    assert subject.registers[PC] == 0x8014
    assert subject.run() == ServiceCall(0, 0x8014)


# -- the stack guard


@ENGINES
@pytest.mark.parametrize(
    "change",
    [
        "MOV SP, #0x30000",
        "SUB SP, SP, #0x20000",
        "MVN SP, #0\nMOV SP, SP, LSR #16",
        "MOV SP, #0x40000\nSTR R0, [SP], #-0x800",
        "MOV R1, #0x48000\nMOV R2, #0x30000\nSTR R2, [R1]\nLDR SP, [R1]",
        "MOV R1, #0x48000\nMOV R2, #0x30000\nSTR R2, [R1]\nLDMIA R1, {SP}",
        "MOV SP, #0x40000\nSTR R0, [SP, #-4]!",
        "MOV SP, #0x40000\nLDR R0, [SP, #-4]!",
        "MOV SP, #0x40000\nPUSH {R0}",
        "MOV SP, #0x40000\nLDRH R0, [SP], #-2",
    ],
)
def test_the_stack_guard_sees_every_way_of_changing_sp(change: str, engine: str) -> None:
    subject = machine(change + "\nSWI #0", engine=engine, stack_guard=True)
    stop = subject.run()
    assert isinstance(stop, Faulted)
    assert stop.fault.kind is FaultKind.STACK_GUARD
    assert f"0x{subject.registers[SP]:08X}" in stop.fault.message
    assert isinstance(machine(change + "\nSWI #0", engine=engine).run(), ServiceCall)


# -- snapshots


@ENGINES
def test_a_snapshot_is_the_whole_state(engine: str) -> None:
    subject = machine(
        "loop: ADDS R0, R0, #1\nMUL R2, R0, R0\nSTR R2, [SP, #-4]!\nCMP R0, #100\nBNE loop\nSWI #0", engine=engine
    )
    subject.run(222)
    before = subject.snapshot()
    end = subject.run()
    final = subject.snapshot()
    subject.halt(0)
    subject.restore(before)
    assert subject.outcome is None
    assert subject.snapshot() == before
    assert subject.run() == end
    assert subject.snapshot() == final
    assert subject.snapshot() != before
