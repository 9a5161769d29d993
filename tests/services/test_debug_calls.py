"""DEBUG_PRINT, BREAKPOINT, the dumps and ASSERT (spec syscalls.md section 8)."""

from __future__ import annotations

import pytest

from emu.isa.faults import FaultKind
from emu.isa.layout import Layout
from emu.isa.memory import Memory
from emu.services.guest import BreakpointCall, Resumed
from tests.services.bench import CONSTANT, DATA, PC, SECRET, STACK_TOP, UNMAPPED, Bench

DEBUG_PRINT, BREAKPOINT, DUMP_REGISTERS, DUMP_MEMORY, ASSERT = range(0xF0, 0xF5)


def test_debug_print_goes_to_the_error_stream() -> None:
    bench = Bench()
    bench.call(DEBUG_PRINT, bench.place(DATA, b"here\xff\0"))
    assert bench.stderr == b"[DEBUG] here\xff\n"
    assert bench.stdout == b""


def test_debug_print_faults_like_write_string() -> None:
    bench = Bench()
    assert bench.fault(DEBUG_PRINT, UNMAPPED).fault.kind is FaultKind.STRING
    assert bench.stderr == b""


def test_a_breakpoint_call_changes_nothing() -> None:
    bench = Bench()
    before = list(bench.guest.registers)
    assert bench.outcome(BREAKPOINT) == BreakpointCall()
    assert bench.guest.registers == before


def test_the_register_dump_is_exact() -> None:
    bench = Bench()
    bench.guest.registers[:3] = [0x8040, 0xFFFFFFFF, 0x80000000]
    bench.outcome(DUMP_REGISTERS)
    expected = [
        "=== Register Dump ===",
        "R0  = 0x00008040 (32832)",
        "R1  = 0xFFFFFFFF (-1)",
        "R2  = 0x80000000 (-2147483648)",
        *(f"R{number}  = 0x00000000 (0)" for number in range(3, 10)),
        "R10 = 0x00000000 (0)",
        "R11 = 0x00000000 (0)",
        "R12 = 0x00000000 (0)",
        "R13 = 0x00050000 (327680)",
        "R14 = 0x00000000 (0)",
        "PC  = 0x00008010",
        "CPSR = [N-C-]",
        "====================",
        "",
    ]
    assert bench.stdout.decode() == "\n".join(expected)


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ((False, False, False, False), "[----]"),
        ((True, True, True, True), "[NZCV]"),
        ((False, True, False, True), "[-Z-V]"),
    ],
)
def test_the_flags_of_the_dump(flags: tuple[bool, bool, bool, bool], text: str) -> None:
    bench = Bench()
    bench.guest.flags[:] = flags
    bench.outcome(DUMP_REGISTERS)
    assert f"CPSR = {text}\n".encode() in bench.stdout


FOOTER = "=" * 39 + "\n"


def test_the_memory_dump_is_exact() -> None:
    bench = Bench()
    bench.place(0x8040, b"0123456789abcdef\tXYZ\0")
    bench.call(DUMP_MEMORY, 0x8040, 21)
    assert bench.stdout.decode() == (
        "=== Memory Dump at 0x00008040 (length=21) ===\n"
        "00008040: 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
        "00008050: 09 58 59 5A 00  |.XYZ.|\n" + FOOTER
    )


def test_bytes_that_cannot_be_read_are_question_marks() -> None:
    bench = Bench()
    bench.place(STACK_TOP - 2, b"~\x7f")
    bench.call(DUMP_MEMORY, STACK_TOP - 2, 4)
    bench.call(DUMP_MEMORY, SECRET, 1)
    assert bench.stdout.decode() == (
        "=== Memory Dump at 0x0004FFFE (length=4) ===\n"
        "0004FFFE: 7E 7F ?? ??  |~...|\n" + FOOTER + "=== Memory Dump at 0x00070000 (length=1) ===\n"
        "00070000: ??  |.|\n" + FOOTER
    )


def test_a_dump_without_length_is_header_and_footer() -> None:
    bench = Bench()
    bench.call(DUMP_MEMORY, 0x17FFC, 0)
    assert bench.stdout.decode() == "=== Memory Dump at 0x00017FFC (length=0) ===\n" + FOOTER


@pytest.mark.parametrize("length", [1024, 1025, 0xFFFFFFFF])
def test_a_dump_shows_at_most_1024_bytes(length: int) -> None:
    bench = Bench()
    bench.call(DUMP_MEMORY, DATA, length)
    lines = bench.stdout.decode().splitlines()
    assert lines[0].endswith("(length=1024) ===")
    assert len(lines) == 2 + 64


def test_a_dump_goes_on_at_address_0() -> None:
    bench = Bench()
    bench.guest.memory = Memory(Layout().regions(with_low=True))
    bench.place(0, b"low memory")
    bench.call(DUMP_MEMORY, 0xFFFFFFF8, 18)
    assert bench.stdout.decode().splitlines()[1:3] == [
        "FFFFFFF8: ?? ?? ?? ?? ?? ?? ?? ?? 6C 6F 77 20 6D 65 6D 6F  |........low memo|",
        "00000008: 72 79  |ry|",
    ]


def test_dumps_leave_the_registers_alone() -> None:
    bench = Bench()
    bench.guest.registers[0], bench.guest.registers[1] = DATA, 16
    before = list(bench.guest.registers)
    assert bench.outcome(DUMP_REGISTERS) == bench.outcome(DUMP_MEMORY) == Resumed()
    assert bench.guest.registers == before


# -- ASSERT -----------------------------------------------------------------------------------------------------------


def test_a_true_assertion_does_nothing() -> None:
    assert Bench().call(ASSERT, 1, UNMAPPED) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"x must be even\0", "ASSERTION FAILED: x must be even (PC=0x00008010)"),
        (b"two\nlines\x1b\xff\0", "ASSERTION FAILED: two\\nlines\\x1b\\xff (PC=0x00008010)"),
        (b"\0", "ASSERTION FAILED (PC=0x00008010)"),
        (b"m" * 2000, "ASSERTION FAILED: " + "m" * 1024 + " (PC=0x00008010)"),
    ],
)
def test_a_failed_assertion_is_a_fault_with_its_message(text: bytes, shown: str) -> None:
    bench = Bench()
    fault = bench.fault(ASSERT, 0, bench.place(DATA, text)).fault
    assert (fault.kind, fault.pc, fault.message) == (FaultKind.ASSERTION, PC, shown)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        pytest.param(0, "ASSERTION FAILED (", id="null pointer"),
        pytest.param(UNMAPPED, "ASSERTION FAILED (", id="unmapped"),
        pytest.param(SECRET, "ASSERTION FAILED (", id="not readable"),
        pytest.param(STACK_TOP - 3, "ASSERTION FAILED: abc (", id="cut by the end of memory"),
        pytest.param(CONSTANT, "ASSERTION FAILED: const (", id="constant"),
        pytest.param(0xFFFFFFFF, "ASSERTION FAILED (", id="end of the address space"),
    ],
)
def test_memory_that_cannot_be_read_ends_the_message(address: int, message: str) -> None:
    bench = Bench()
    bench.place(STACK_TOP - 3, b"abc")
    bench.place(CONSTANT, b"const\0")
    bench.place(SECRET, b"secret\0")
    assert bench.fault(ASSERT, 0, address).fault.message.startswith(message)
