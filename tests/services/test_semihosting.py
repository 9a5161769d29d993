"""Semihosting as a compiled program sees it (Arm semihosting specification 2.0)."""

from __future__ import annotations

import struct

import pytest

from emu.isa.faults import FaultKind
from emu.services.effects import Close, HostError, HostErrorKind, Open, Remove, Rename
from emu.services.guest import Exited, Failed
from emu.services.semihosting import Kind, command_line
from emu.services.semihosting_operations import APPLICATION_EXIT, FEATURES, OPERATIONS
from tests.services.bench import CONSTANT, DATA, HEAP, STACK, STACK_TOP, UNMAPPED, Bench

NUMBER = 0x123456
BLOCK, NAME, BUFFER = DATA, DATA + 0x100, DATA + 0x2000
OF = {operation.name.removeprefix("SYS_"): number for number, operation in OPERATIONS.items()}
REFUSED = HostError(HostErrorKind.REFUSED, "it leads out of the root directory")


def ask(bench: Bench, operation: str, *words: int) -> int:
    """One operation with a parameter block."""
    bench.place(BLOCK, struct.pack(f"<{len(words)}I", *words))
    return bench.call(NUMBER, OF[operation], BLOCK)


def opened(bench: Bench, name: bytes, mode: int) -> int:
    return ask(bench, "OPEN", bench.place(NAME, name), mode, len(name))


def errno(bench: Bench) -> int:
    return bench.call(NUMBER, OF["ERRNO"])


def words_at(bench: Bench, address: int, count: int) -> tuple[int, ...]:
    return struct.unpack(f"<{count}I", bench.guest.memory.peek(address, 4 * count))


def test_the_console_is_three_files_of_one_name() -> None:
    bench = Bench(b"some input")
    assert [opened(bench, b":tt", mode) for mode in (0, 4, 8)] == [1, 2, 3]
    bench.place(BUFFER, b"text")
    assert ask(bench, "WRITE", 2, BUFFER, 4) == 0
    assert ask(bench, "WRITE", 3, BUFFER, 2) == 0
    assert (bench.stdout, bench.stderr) == (b"text", b"te")
    assert ask(bench, "READ", 1, BUFFER, 100) == 90
    assert bench.guest.memory.peek(BUFFER, 10) == b"some input"
    assert ask(bench, "READ", 1, BUFFER, 100) == 100
    assert [ask(bench, "ISTTY", handle) for handle in (1, 2, 3)] == [1, 1, 1]
    assert ask(bench, "FLEN", 2) == 0
    assert ask(bench, "SEEK", 2, 0) == -1


def test_the_features_are_in_a_file() -> None:
    bench = Bench()
    handle = opened(bench, b":semihosting-features", 0)
    assert ask(bench, "FLEN", handle) == len(FEATURES) == 5
    assert ask(bench, "READ", handle, BUFFER, 4) == 0
    assert ask(bench, "READ", handle, BUFFER + 4, 8) == 7
    assert bench.guest.memory.peek(BUFFER, 5) == b"SHFB\x03"
    assert opened(bench, b":semihosting-features", 4) == -1


def test_a_file_is_written_read_and_removed() -> None:
    bench = Bench()
    handle = opened(bench, b"a", 6)
    bench.place(BUFFER, b"0123456789")
    assert ask(bench, "WRITE", handle, BUFFER, 10) == 0
    assert ask(bench, "FLEN", handle) == 10
    assert ask(bench, "SEEK", handle, 4) == 0
    assert ask(bench, "READ", handle, BUFFER + 0x100, 100) == 94
    assert bench.guest.memory.peek(BUFFER + 0x100, 6) == b"456789"
    assert ask(bench, "READ", handle, BUFFER, 100) == 100
    assert ask(bench, "ISTTY", handle) == 0
    assert ask(bench, "CLOSE", handle) == 0
    assert ask(bench, "CLOSE", handle) == -1
    assert errno(bench) == 9
    assert ask(bench, "REMOVE", NAME, 1) == 0
    assert bench.world.effects[-1] == Remove(b"a")
    assert ask(bench, "RENAME", NAME, 1, bench.place(NAME + 8, b"new"), 3) == 0
    assert bench.world.effects[-1] == Rename(b"a", b"new")


def test_modes_are_kept() -> None:
    bench = Bench()
    bench.world.files = {b"a": bytearray(b"old")}
    reading, writing = opened(bench, b"a", 0), opened(bench, b"b", 4)
    assert ask(bench, "WRITE", reading, BUFFER, 3) == 3
    assert ask(bench, "READ", writing, BUFFER, 3) == 3
    assert errno(bench) == 9
    assert opened(bench, b"a", 12) == -1
    appending = opened(bench, b"a", 8)
    bench.place(BUFFER, b"+")
    assert ask(bench, "WRITE", appending, BUFFER, 1) == 0
    assert bench.world.files[b"a"] == b"old+"


def test_what_the_host_refuses_has_an_error_number() -> None:
    bench = Bench()
    assert opened(bench, b"missing", 0) == -1
    assert errno(bench) == 2
    bench.world.failing = {Open: REFUSED, Remove: REFUSED}
    assert opened(bench, b"x", 4) == ask(bench, "REMOVE", NAME, 1) == -1
    assert errno(bench) == 13
    assert [warning.partition(":")[0] for warning in bench.world.warnings] == ['cannot open "x"', 'cannot remove "x"']


def test_console_without_handles() -> None:
    bench = Bench(b"ab")
    assert bench.call(NUMBER, OF["READC"]) == ord("a")
    bench.call(NUMBER, OF["WRITE0"], bench.place(BUFFER, b"zero\0"))
    bench.call(NUMBER, OF["WRITEC"], BUFFER)
    assert bench.stdout == b"zeroz"
    assert [bench.call(NUMBER, OF["READC"]) for _ in range(2)] == [ord("b"), -1]


def test_time_counts_from_the_first_operation() -> None:
    bench = Bench()
    bench.world.now = 5_000_000
    assert bench.call(NUMBER, OF["CLOCK"]) == 0
    bench.world.now += 1234
    assert bench.call(NUMBER, OF["CLOCK"]) == 123
    assert bench.call(NUMBER, OF["TIME"]) == 5001
    assert bench.call(NUMBER, OF["ELAPSED"], BUFFER) == 0
    assert words_at(bench, BUFFER, 2) == (1234, 0)
    assert bench.call(NUMBER, OF["TICKFREQ"]) == 1000


def test_heap_and_stack() -> None:
    bench = Bench()
    bench.place(BLOCK, struct.pack("<I", BUFFER))
    bench.call(NUMBER, OF["HEAPINFO"], BLOCK)
    assert words_at(bench, BUFFER, 4) == (HEAP, STACK, STACK_TOP, STACK)


def test_the_command_line() -> None:
    bench = Bench(arguments=(b"one", b"two words"))
    assert ask(bench, "GET_CMDLINE", BUFFER, 100) == 0
    line = b'program one "two words"'
    assert bench.guest.memory.peek(BUFFER, len(line) + 1) == line + b"\0"
    assert words_at(bench, BLOCK + 4, 1) == (len(line),)
    assert ask(bench, "GET_CMDLINE", BUFFER, len(line)) == -1
    assert "23 bytes" in bench.world.warnings[0]


@pytest.mark.parametrize(
    ("word", "quoted"),
    [(b"it's", b"it's"), (b"", b'""'), (b"'q", b'"\'q"'), (b'a "b" c', b"'a \"b\" c'"), (b"x y", b'"x y"')],
)
def test_words_are_quoted_only_where_needed(word: bytes, quoted: bytes) -> None:
    assert command_line(b"p", (word,)) == b"p " + quoted


def test_a_word_that_no_quoting_can_carry() -> None:
    with pytest.raises(ValueError, match="both kinds of quotes"):
        command_line(b"p", (b"a ' \" b",))


def test_the_end() -> None:
    bench = Bench()
    opened(bench, b"a", 4)
    assert bench.outcome(NUMBER, OF["EXIT"], APPLICATION_EXIT) == Exited(0)
    assert isinstance(bench.world.effects[-1], Close)
    assert bench.outcome(NUMBER, OF["EXIT"], 0x20023) == Exited(1)
    bench.place(BLOCK, struct.pack("<Ii", APPLICATION_EXIT, -3))
    assert bench.outcome(NUMBER, OF["EXIT_EXTENDED"], BLOCK) == Exited(-3)


def test_commands_are_refused() -> None:
    bench = Bench()
    assert ask(bench, "SYSTEM", bench.place(NAME, b"ls"), 2) == -1
    assert bench.world.warnings == ['the program may not run the command "ls"']


def test_names_for_files() -> None:
    bench = Bench()
    assert ask(bench, "TMPNAM", BUFFER, 7, 20) == 0
    assert bench.guest.memory.peek(BUFFER, 11) == b"emu-07.tmp\0"
    assert ask(bench, "TMPNAM", BUFFER, 7, 5) == -1


def test_status_of_an_error() -> None:
    bench = Bench()
    assert (ask(bench, "ISERROR", 0xFFFFFFFF), ask(bench, "ISERROR", 5)) == (1, 0)


def test_an_operation_that_does_not_exist_is_a_fault() -> None:
    failed = Bench().fault(NUMBER, 0x77)
    assert (failed.fault.kind, failed.fault.message) == (
        FaultKind.UNKNOWN_SERVICE,
        "unknown semihosting operation 0x77",
    )


@pytest.mark.parametrize("operation", sorted(OF.keys() - {"READC", "ERRNO", "CLOCK", "TIME", "TICKFREQ", "EXIT"}))
def test_a_block_that_cannot_be_read_is_a_fault(operation: str) -> None:
    outcome = Bench().outcome(NUMBER, OF[operation], UNMAPPED)
    assert isinstance(outcome, Failed)


def test_a_buffer_that_cannot_be_written_is_a_fault() -> None:
    bench = Bench(b"input")
    opened(bench, b":tt", 0)
    bench.place(BLOCK, struct.pack("<III", 1, CONSTANT, 5))
    assert bench.fault(NUMBER, OF["READ"], BLOCK).fault.kind is FaultKind.NO_WRITE


def test_a_snapshot_has_all_of_it() -> None:
    bench = Bench()
    bench.world.now = 9000
    opened(bench, b"a", 4)
    opened(bench, b"missing", 0)
    other = Bench()
    other.services.restore(bench.services.snapshot())
    assert other.services.snapshot() == bench.services.snapshot()
    assert other.services.semihosting is not None
    assert other.services.semihosting.opened[1].kind is Kind.FILE
    assert errno(other) == 2
    other.services.restore(Bench().services.snapshot())
    assert other.services.semihosting is None
