"""The call stack, compared with a record of all calls and returns."""

from __future__ import annotations

import pytest

from emu.debugger.unwinding import call_stack
from emu.isa.analysis.profile import is_call_after
from emu.isa.elf.loader import load_elf
from emu.isa.machine import Machine
from emu.isa.program import Program
from emu.isa.stops import LimitReached, ServiceCall
from emu.services.driver import serve, settle
from emu.services.services import Services
from tests.cli.command import SAMPLES
from tests.isa.assembly import program

RECURSIVE = """
_start: MOV   R0, #6
        BL    fib
        SWI   #0
fib:    CMP   R0, #2
        BXLT  LR
        STMFD SP!, {R4, R5, LR}
        SUB   SP, SP, #8
        MOV   R4, R0
        SUB   R0, R4, #1
        BL    fib
        STR   R0, [SP, #4]
        SUB   R0, R4, #2
        BL    fib
        LDR   R5, [SP, #4]
        BL    sum
        CMP   R0, #1000
        BGT   fail
        ADD   SP, SP, #8
        LDMFD SP!, {R4, R5, PC}
fail:   ADD   SP, SP, #8
        LDR   R0, =-1
        LDMFD SP!, {R4, R5, LR}
        BX    LR
sum:    STR   LR, [SP, #-4]!
        BL    leaf
        LDR   LR, [SP], #4
        MOV   PC, LR
leaf:   ADD   R0, R0, R5
        MOV   PC, LR
"""


POINTERS = """
_start: LDR   R4, =twice
        MOV   R0, #3
        MOV   LR, PC
        BX    R4
        SWI   #0
twice:  STMFD SP!, {R4, LR}
        LDR   R4, =table
        MOV   LR, PC
        LDR   PC, [R4]
        MOV   LR, PC
        LDR   PC, [R4, #4]
        LDMFD SP!, {R4, PC}
first:  ADD   R0, R0, R0
        MOV   PC, LR
second: STR   LR, [SP, #-4]!
        LDR   R3, =first
        MOV   LR, PC
        MOV   PC, R3
        LDR   PC, [SP], #4
table:  .word first, second
        BL    twice             ; so that everybody sees where functions begin
        BL    first
        BL    second
"""


def compare(loaded: Program, limit: int, every: int) -> int:
    """Steps through and compares; returns how deep it went."""
    machine = Machine(engine="interpreter")
    machine.load(loaded)
    calls: list[int] = []
    deepest = 0
    for number in range(limit):
        pc = machine.registers[15]
        if number % every == 0:
            assert [frame.address for frame in call_stack(machine)] == [pc, *reversed(calls)], f"{number}: {pc:#x}"
        before, word = (int.from_bytes(machine.memory.peek(pc + offset, 4), "little") for offset in (-4, 0))
        if not isinstance(machine.step(), LimitReached):
            break
        following = machine.registers[15]
        if is_call_after(before, word) and following != pc + 4:
            calls.append(pc + 4)
        elif calls and following == calls[-1]:
            calls.pop()
        deepest = max(deepest, len(calls))
    return deepest


def test_every_moment_of_a_recursive_program() -> None:
    assert compare(program(RECURSIVE), 5000, 1) == 7


def test_every_moment_of_a_program_that_calls_through_pointers() -> None:
    assert compare(program(POINTERS), 5000, 1) == 3


@pytest.mark.parametrize(("name", "skipped"), [("queens", 5_000), ("sha256", 3_000), ("script", 2_000)])
def test_moments_of_a_compiled_program(name: str, skipped: int) -> None:
    data = (SAMPLES / "c" / f"{name}.elf").read_bytes()
    machine = Machine(engine="interpreter")
    machine.load(load_elf(data, name))
    places = machine.memory_map
    services = Services((), (places.heap_start, places.heap_end), stack=(places.stack_start, places.stack_top))
    services.console.feed((SAMPLES / "c" / "script.in").read_bytes())
    services.console.close()
    calls: list[tuple[int, int]] = []
    wrong = []
    for number in range(skipped + 3_000):
        pc, sp = machine.registers[15], machine.registers[13]
        if number > skipped and number % 151 == 0:
            found = [frame.address for frame in call_stack(machine)]
            if found != [pc, *(address for address, _ in reversed(calls))]:
                wrong.append(f"{number}: {pc:#x} {[hex(address) for address in found]}")
        before, word = (int.from_bytes(machine.memory.peek(pc + offset, 4), "little") for offset in (-4, 0))
        stop = machine.step()
        if isinstance(stop, ServiceCall):
            assert settle(machine, stop, serve(machine, services, stop, lambda _effect: None)) is None
        following = machine.registers[15]
        if is_call_after(before, word) and following != pc + 4:
            calls.append((pc + 4, sp))
        elif calls and (following, machine.registers[13]) == calls[-1]:
            calls.pop()
    assert wrong == []


def test_a_machine_without_program_has_one_frame() -> None:
    assert len(call_stack(Machine())) == 1


def test_a_stack_pointer_that_is_not_known_ends_the_stack() -> None:
    machine = Machine()
    machine.load(program("_start: BL f\n SWI #0\nf: PUSH {LR}\n MOV SP, R1\n NOP\n POP {PC}\n"))
    machine.registers[1] = 0x48000
    machine.run(3)
    assert [frame.function for frame in call_stack(machine)] == [0x8008]
