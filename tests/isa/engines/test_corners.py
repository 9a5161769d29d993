"""Situations that random programs rarely reach, each for both engines."""

from __future__ import annotations

from unittest import mock

import pytest

from emu.isa.engines import python
from emu.isa.faults import FaultKind
from emu.isa.machine import Machine
from emu.isa.memory import Watchpoint
from emu.isa.registers import PC, SP
from emu.isa.stops import BreakpointHit, Faulted, LimitReached, ServiceCall, WatchpointHit
from tests.isa.assembly import machine, program
from tests.isa.engines.twins import Twins

LOOP = """
_start: MOV R0, #100
loop:   SUBS R0, R0, #1
        BNE loop
        SWI #0
"""


def twins_of(source: str, *, stack_guard: bool = False) -> Twins:
    return Twins(program(source), stack_guard=stack_guard)


@pytest.mark.parametrize("hot", [1, 3, 24])
def test_a_breakpoint_in_a_loop_stops_once_in_each_round(hot: int) -> None:
    with mock.patch.object(python, "HOT", hot):
        twins = twins_of(LOOP)
        twins.set_breakpoint(0x8004)
        assert twins.run(None) == BreakpointHit(0x8004)
        for left in range(99, 0, -1):
            assert twins.run(None, leaving_breakpoint=True) == BreakpointHit(0x8004)
            assert twins.translating.registers[0] == left
        assert isinstance(twins.run(None, leaving_breakpoint=True), ServiceCall)


def test_leaving_a_breakpoint_whose_instruction_needs_the_interpreter() -> None:
    """A watched load at the start of a translated trace that carries a breakpoint."""
    with mock.patch.object(python, "HOT", 1):
        twins = twins_of(
            """
        MOV R1, #0x20000
again:  LDR R2, [R1]
        ADD R3, R3, #1
        B again
        """
        )
        twins.set_breakpoint(0x8004)
        twins.watch(Watchpoint(1, 0x20000, 0x20004, True, False))
        twins.run(None)
        for _ in range(10):
            assert isinstance(twins.run(None, leaving_breakpoint=True), WatchpointHit)
            assert twins.run(None) == BreakpointHit(0x8004)
        assert twins.exact.registers[3] == 10


NOT_MAPPED, UNALIGNED, WRAP = FaultKind.NOT_MAPPED, FaultKind.UNALIGNED, FaultKind.ADDRESS_WRAP


@pytest.mark.parametrize(
    ("base", "offset", "instruction", "kind"),
    [
        (0x4FFF8, 0, "LDMIA R1, {R2-R5}", NOT_MAPPED),
        (0x4FFF8, 0, "STMIA R1, {R2-R5}", NOT_MAPPED),
        (0x4FFF8, 0, "STMIB R1!, {R2-R5}", NOT_MAPPED),
        (0x17FF8, 0, "LDMIA R1!, {R2-R5}", NOT_MAPPED),
        (0x20008, 0, "LDMDB R1, {R2-R5}", NOT_MAPPED),
        (0x20008, 0, "STMDB R1!, {R2-R5}", NOT_MAPPED),
        (0x20000, 0, "LDMDA R1, {R2, R3}", NOT_MAPPED),
        (0x30002, 0, "LDMIA R1, {R2, R3}", UNALIGNED),
        (0x4FFFC, 0, "LDMIB R1, {R2}", NOT_MAPPED),
        (0xFFFFFFFC, 0, "LDMIB R1, {R2}", WRAP),
        (0xFFFFFFFC, 0, "LDMIA R1, {R2, R3}", NOT_MAPPED),
        (8, 0, "LDMDB R1, {R2-R5}", WRAP),
        (8, 0, "STMDB R1, {R2-R5}", WRAP),
        (8, 0, "STMDA R1, {R2-R5}", WRAP),
        (0x20000, 0, "LDR R0, [R1, #-4]", NOT_MAPPED),
        (0x4FFFC, 0, "LDR R0, [R1, #4]!", NOT_MAPPED),
        (0x4FFFE, 0, "LDRH R0, [R1, #2]", NOT_MAPPED),
        (0x4FFFF, 0, "LDRSB R0, [R1, #1]", NOT_MAPPED),
        (0x20001, 0, "LDR R0, [R1]", UNALIGNED),
        (0x20002, 0, "STR R0, [R1]", UNALIGNED),
        (0x20001, 0, "LDRSH R0, [R1]", UNALIGNED),
        (0x20001, 0, "STRH R0, [R1]", UNALIGNED),
        (0x20000, 0x20004, "LDR R0, [R1, -R7]", WRAP),
        (0x20000, 0x2100, "LDR R0, [R1, -R7, LSL #4]", WRAP),
        (0x20000, 0x400, "STR R0, [R1], -R7, LSL #8", WRAP),
        (0x20000, 0xFFFFFFF0, "LDR R0, [R1], R7", WRAP),
        (0x20000, 0xFFFFFFF0, "LDR R0, [R1, R7]", WRAP),
        (0x20010, 0xFFFFFFF8, "LDRH R0, [R1, R7]!", WRAP),
        (0x20000, 0x7FFFFFFF, "LDR R0, [R1, R7, LSL #1]", WRAP),
        (0x20000, 0xFFFF0000, "STRB R0, [R1], -R7", WRAP),
        (0x10, 0, "LDRB R0, [R1, #-4095]", WRAP),
        (0x18000, 0, "LDR R0, [R1]", NOT_MAPPED),
        (0, 0, "STR R0, [R1]", NOT_MAPPED),
        (0x18000, 0, "SWP R0, R2, [R1]", NOT_MAPPED),
        (0x20002, 0, "SWP R0, R2, [R1]", UNALIGNED),
    ],
)
def test_a_fault_in_a_hot_loop(base: int, offset: int, instruction: str, kind: FaultKind) -> None:
    """Forty good rounds and then a bad one: the fault is precise, and leaves everything as it was before."""
    with mock.patch.object(python, "HOT", 3):
        twins = twins_of(
            f"""
        MOV R9, #40
        LDR R10, =0x{base:X}
        LDR R11, =0x{offset:X}
round:  SUBS R9, R9, #1
        MOV R1, #0x30000
        MOV R7, #4
        MOVEQ R1, R10
        MOVEQ R7, R11
        ADDS R3, R3, R9
bad:    {instruction}
        ADD R6, R6, #1
        B round
        .pool
        """
        )
        stop = twins.run(20_000)
        assert isinstance(stop, Faulted)
        assert stop.fault.kind is kind
        registers = twins.translating.registers
        assert (registers[1], registers[7], registers[6], registers[9]) == (base, offset, 39, 0)


def test_code_that_changes_the_instruction_after_the_store() -> None:
    with mock.patch.object(python, "HOT", 2):
        twins = twins_of(
            """
        MOV R0, #0
        MOV R5, #60
        ADR R1, patch
        LDR R2, =0xE2800001      @ ADD R0, R0, #1
        LDR R3, =0xE2800010      @ ADD R0, R0, #16
loop:   STR R2, [R1]
        TST R5, #1
        STRNE R3, [R1]
patch:  MOV R0, #0
        SUBS R5, R5, #1
        BNE loop
        SWI #0
        .pool
        """
        )
        assert isinstance(twins.run(None), ServiceCall)
        assert twins.exact.registers[0] == 30 * 1 + 30 * 16


def test_one_byte_of_a_translated_instruction_changes() -> None:
    with mock.patch.object(python, "HOT", 2):
        twins = twins_of(
            """
        MOV R0, #0
        MOV R5, #60
        ADR R1, patch
loop:   BL add
        STRB R5, [R1]
        SUBS R5, R5, #1
        BNE loop
        SWI #0
add:    NOP
patch:  ADD R0, R0, #0
        MOV PC, LR
        """
        )
        assert isinstance(twins.run(None), ServiceCall)
        assert twins.exact.registers[0] == sum(range(2, 61))


def test_a_block_store_changes_code_in_another_trace() -> None:
    with mock.patch.object(python, "HOT", 2):
        twins = twins_of(
            """
        MOV R0, #0
        MOV R5, #40
        ADR R1, patch
        LDR R2, =0xE2800001
        LDR R3, =0xE2800002
loop:   BL work
        STMIA R1, {R2, R3}
        SUBS R5, R5, #1
        BNE loop
        SWI #0
        .pool
work:   NOP
patch:  NOP
        NOP
        MOV PC, LR
        """
        )
        assert isinstance(twins.run(None), ServiceCall)
        assert twins.exact.registers[0] == 39 * 3


def test_restoring_a_snapshot_brings_old_code_back() -> None:
    with mock.patch.object(python, "HOT", 2):
        twins = twins_of("loop: ADD R0, R0, #1\nB loop\n")
        twins.run(101)
        before = twins.snapshot()
        twins.poke(0x8000, (0xE2800010).to_bytes(4, "little"))
        twins.run(100)
        assert twins.exact.registers[0] == 51 + 50 * 16 - 0
        twins.restore(before)
        twins.run(100)
        assert twins.exact.registers[0] == 51 + 50


def test_setting_and_clearing_a_breakpoint_inside_a_hot_loop() -> None:
    with mock.patch.object(python, "HOT", 2):
        twins = twins_of(LOOP)
        twins.run(50)
        twins.set_breakpoint(0x8008)
        assert twins.run(None) == BreakpointHit(0x8008)
        assert twins.run(None, leaving_breakpoint=True) == BreakpointHit(0x8008)
        twins.clear_breakpoint(0x8008)
        assert isinstance(twins.run(None), ServiceCall)


def test_stack_guard_sees_a_return_that_loads_sp() -> None:
    """LDM with SP and PC, in a translated trace that expects just this return."""
    with mock.patch.object(python, "HOT", 2):
        twins = twins_of(
            """
        MOV R5, #30
        MOV R1, #0x20000
loop:   MOV R3, #0x48000
        CMP R5, #2
        MOVEQ R3, #0x30000
        BL work
        SUBS R5, R5, #1
        BNE loop
        SWI #0
work:   STMIA R1, {R3, LR}
        LDMIA R1, {SP, PC}
        """,
            stack_guard=True,
        )
        stop = twins.run(None)
        assert isinstance(stop, Faulted)
        assert stop.fault.kind is FaultKind.STACK_GUARD
        assert twins.exact.registers[5] == 2


def test_stack_guard_with_sp_below_from_the_start() -> None:
    """It looks at changes: up above the guard and down again is one, wherever SP was before."""
    with mock.patch.object(python, "HOT", 1):
        twins = twins_of(
            "loop: ADD R0, R0, #1\nCMP R0, #40\nBNE loop\nADD SP, SP, #0x10000\nSUB SP, SP, #0x10000\nloop2: B loop2\n",
            stack_guard=True,
        )
        twins.set_register(SP, 0x38000)
        stop = twins.run(1000)
        assert isinstance(stop, Faulted)
        assert stop.fault.kind is FaultKind.STACK_GUARD


def test_steps_do_not_keep_a_loop_from_becoming_hot() -> None:
    """Someone steps a hundred rounds and then lets the program run."""
    loop = machine("loop: ADD R0, R0, #1\nB loop\n", engine="python")
    for _ in range(200):
        assert loop.step() == LimitReached()
    with mock.patch.object(loop, "step_once", wraps=loop.step_once) as interpreted:
        loop.run(1000)
    assert loop.registers[0] == 600
    assert interpreted.call_count < 100


def test_machines_do_not_share_translations() -> None:
    with mock.patch.object(python, "HOT", 1):
        first, second = machine(LOOP), Machine()
        first.run(60)
        second.load(program("loop: ADD R0, R0, #3\nB loop\n"))
        second.run(60)
        assert second.registers[0] == 90
        assert second.registers[PC] == 0x8000
