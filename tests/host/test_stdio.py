"""The console on real file descriptors: pipes, a pseudo terminal, and streams that break."""

from __future__ import annotations

import os
import pty
import signal
import tty
from collections.abc import Iterator
from types import FrameType

import pytest

from emu.host.stdio import BUFFER_LIMIT, OutputLost, Stdio, _wait
from emu.services.console import END_OF_INPUT, NEED_MORE, ConsoleInput
from emu.services.effects import AwaitInput, HostErrorKind, Stream, Warn, Write

OUT, ERR = Stream.STDOUT, Stream.STDERR


class Pipes:
    """Three pipes in place of the standard streams."""

    def __init__(self) -> None:
        self.stdin, self.typed = os.pipe()
        self.shown, self.stdout = os.pipe()
        self.complained, self.stderr = os.pipe()
        for descriptor in (self.shown, self.complained):
            os.set_blocking(descriptor, False)
        self.console = ConsoleInput()

    def stdio(self, *, keep_going: bool = False) -> Stdio:
        return Stdio(self.console, stdin=self.stdin, stdout=self.stdout, stderr=self.stderr, keep_going=keep_going)

    def type(self, data: bytes) -> None:
        os.write(self.typed, data)

    def hang_up(self) -> None:
        os.close(self.typed)
        self.typed = -1

    def stop_reading(self) -> None:
        os.close(self.shown)
        self.shown = -1

    def output(self) -> bytes:
        return available(self.shown)

    def errors(self) -> bytes:
        return available(self.complained)

    def close(self) -> None:
        for descriptor in (self.stdin, self.typed, self.shown, self.stdout, self.complained, self.stderr):
            if descriptor >= 0:
                os.close(descriptor)


def available(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 20)
    except BlockingIOError:
        return b""


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    opened = Pipes()
    yield opened
    opened.close()


def test_small_writes_are_collected_until_they_are_flushed(pipes: Pipes) -> None:
    stdio = pipes.stdio()
    for char in b"line\n":
        assert stdio.perform(Write(OUT, bytes([char]))) is None
    assert pipes.output() == b""
    stdio.flush()
    assert pipes.output() == b"line\n"
    stdio.flush()
    assert pipes.output() == b""


def test_a_large_buffer_is_written_by_itself(pipes: Pipes) -> None:
    stdio = pipes.stdio()
    piece = b"x" * (BUFFER_LIMIT // 4)
    for _ in range(3):
        stdio.perform(Write(OUT, piece))
    assert pipes.output() == b""
    stdio.perform(Write(OUT, piece))
    assert pipes.output() == piece * 4


def test_a_prompt_is_seen_before_input_is_waited_for(pipes: Pipes) -> None:
    stdio = pipes.stdio()
    pipes.type(b"42\n")
    stdio.perform(Write(OUT, b"number? "))
    assert stdio.perform(AwaitInput()) is None
    assert pipes.output() == b"number? "
    assert pipes.console.take_line() == b"42\n"


def test_both_streams_keep_their_common_order() -> None:
    reading, writing = os.pipe()
    try:
        stdio = Stdio(ConsoleInput(), stdout=writing, stderr=writing)
        for number in range(6):
            stdio.perform(Write(ERR if number % 3 == 1 else OUT, b"%d" % number))
        stdio.flush()
        assert os.read(reading, 100) == b"012345"
    finally:
        os.close(reading)
        os.close(writing)


def test_errors_are_not_kept_back(pipes: Pipes) -> None:
    stdio = pipes.stdio()
    stdio.perform(Write(ERR, b"[DEBUG] x\n"))
    assert pipes.errors() == b"[DEBUG] x\n"


def test_a_warning_is_one_line_on_the_error_stream(pipes: Pipes) -> None:
    pipes.stdio().perform(Warn("cannot open \ud800"))
    assert pipes.errors() == b"warning: cannot open ?\n"
    assert pipes.output() == b""


def test_a_terminal_shows_every_line_when_it_is_complete() -> None:
    screen, terminal = pty.openpty()
    try:
        tty.setraw(terminal)
        os.set_blocking(screen, False)
        stdio = Stdio(ConsoleInput(), stdout=terminal)
        stdio.perform(Write(OUT, b"Hel"))
        stdio.perform(Write(OUT, b"lo"))
        assert available(screen) == b""
        stdio.perform(Write(OUT, b"!\nand"))
        assert available(screen) == b"Hello!\nand"
    finally:
        os.close(screen)
        os.close(terminal)


def test_input_is_read_only_when_it_is_waited_for(pipes: Pipes) -> None:
    stdio = pipes.stdio()
    pipes.type(b"early")
    assert pipes.console.take_char() is NEED_MORE
    stdio.perform(AwaitInput())
    assert pipes.console.take_bytes(10) == b"early"


def test_the_end_of_the_file_is_the_end_of_input(pipes: Pipes) -> None:
    stdio = pipes.stdio()
    pipes.hang_up()
    stdio.perform(AwaitInput())
    assert pipes.console.take_char() is END_OF_INPUT
    stdio.perform(AwaitInput())


@pytest.mark.parametrize("kind", ["closed", "directory"])
def test_an_input_that_cannot_be_read_has_ended(kind: str, tmp_path: str) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    if kind == "closed":
        os.close(descriptor)
    console = ConsoleInput()
    Stdio(console, stdin=descriptor).perform(AwaitInput())
    assert console.closed
    if kind != "closed":
        os.close(descriptor)


def test_an_input_that_does_not_block_is_waited_for(pipes: Pipes, monkeypatch: pytest.MonkeyPatch) -> None:
    os.set_blocking(pipes.stdin, False)

    def typed_while_waiting(descriptor: int, *, for_output: bool) -> None:
        assert (descriptor, for_output) == (pipes.stdin, False)
        pipes.type(b"late\n")

    monkeypatch.setattr("emu.host.stdio._wait", typed_while_waiting)
    pipes.stdio().perform(AwaitInput())
    assert pipes.console.take_line() == b"late\n"


def test_an_output_that_does_not_block_is_waited_for(pipes: Pipes, monkeypatch: pytest.MonkeyPatch) -> None:
    os.set_blocking(pipes.stdout, False)
    text = bytes(range(256)) * 4096
    seen = bytearray()

    def read_while_waiting(descriptor: int, *, for_output: bool) -> None:
        assert (descriptor, for_output) == (pipes.stdout, True)
        seen.extend(pipes.output())

    monkeypatch.setattr("emu.host.stdio._wait", read_while_waiting)
    pipes.stdio().perform(Write(OUT, text))
    assert bytes(seen) + pipes.output() == text


def test_streams_that_are_ready_are_not_waited_for(pipes: Pipes) -> None:
    pipes.type(b"x")
    _wait(pipes.stdin, for_output=False)
    _wait(pipes.stdout, for_output=True)
    assert os.read(pipes.stdin, 9) == b"x"


def test_a_closed_pipe_is_told_once_with_its_reason(pipes: Pipes) -> None:
    stdio = pipes.stdio()
    pipes.stop_reading()
    stdio.perform(Write(OUT, b"text"))
    with pytest.raises(OutputLost, match="broken pipe") as lost:
        stdio.flush()
    assert lost.value.error.kind is HostErrorKind.CLOSED_PIPE
    assert stdio.lost == lost.value.error
    stdio.flush()
    stdio.perform(Write(OUT, b"more"))
    stdio.flush()


def test_a_program_can_be_kept_going_without_its_output(pipes: Pipes) -> None:
    stdio = pipes.stdio(keep_going=True)
    pipes.stop_reading()
    assert stdio.perform(Write(OUT, b"text")) is None
    stdio.flush()
    answer = stdio.perform(Write(OUT, b"more"))
    assert answer is not None
    assert answer == stdio.lost
    stdio.perform(Write(ERR, b"still heard"))
    assert pipes.errors() == b"still heard"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs the system's device that is always full")
def test_a_full_disk_is_told_with_its_reason() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        stdio = Stdio(ConsoleInput(), stdout=full)
        with pytest.raises(OutputLost) as lost:
            stdio.perform(Write(OUT, b"x" * BUFFER_LIMIT))
        assert lost.value.error.kind is HostErrorKind.NO_SPACE
        assert "no space left" in lost.value.error.message
    finally:
        os.close(full)


def test_a_lost_error_stream_stops_nothing(pipes: Pipes) -> None:
    stdio = Stdio(pipes.console, stdout=pipes.stdout, stderr=closed_descriptor())
    stdio.perform(Warn("nobody hears this"))
    answer = stdio.perform(Write(ERR, b"nor this"))
    assert answer is not None
    stdio.perform(Write(OUT, b"output"))
    stdio.flush()
    assert pipes.output() == b"output"


def closed_descriptor() -> int:
    reading, writing = os.pipe()
    os.close(writing)
    os.close(reading)
    return 1_000_000


def fill(pipes: Pipes) -> int:
    """Fills the pipe of the standard output; how many bytes it took."""
    os.set_blocking(pipes.stdout, False)
    total = 0
    try:
        while True:
            total += os.write(pipes.stdout, b"." * 512)
    except BlockingIOError:
        os.set_blocking(pipes.stdout, True)
    return total


@pytest.fixture
def alarm() -> Iterator[None]:
    """Interrupts the test a moment after it has begun to wait."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ring)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("alarm")
def test_a_write_that_waits_for_a_reader_can_be_interrupted(pipes: Pipes) -> None:
    filled = fill(pipes)
    stdio = pipes.stdio()
    stuck = []
    stdio.before_waiting = lambda: stuck.append(stdio.stuck)
    stdio.write(OUT, b"not seen")
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    with pytest.raises(KeyboardInterrupt):
        stdio.flush()
    assert stuck == [True]
    assert not stdio.stuck
    stdio.flush()
    assert len(pipes.output()) == filled


@pytest.mark.usefixtures("alarm")
def test_waiting_for_input_can_be_interrupted(pipes: Pipes) -> None:
    stdio = pipes.stdio()
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    with pytest.raises(KeyboardInterrupt):
        stdio.perform(AwaitInput())
    assert not stdio.stuck
    pipes.type(b"later")
    stdio.perform(AwaitInput())
    assert pipes.console.take_bytes(9) == b"later"


def test_a_write_that_is_taken_is_not_stuck(pipes: Pipes) -> None:
    stdio = pipes.stdio()
    stuck = []
    stdio.before_waiting = lambda: stuck.append(stdio.stuck)
    stdio.write(OUT, b"taken")
    stdio.flush()
    stdio.write(ERR, b"taken")
    pipes.type(b"there")
    stdio.perform(AwaitInput())
    assert stuck == [False, False, False]


def test_an_interruption_before_a_write_loses_nothing(pipes: Pipes) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    stdio = pipes.stdio()
    stdio.before_waiting = interrupt
    stdio.write(OUT, b"kept")
    with pytest.raises(KeyboardInterrupt):
        stdio.flush()
    assert not stdio.stuck
    stdio.before_waiting = None
    stdio.flush()
    assert pipes.output() == b"kept"


def test_the_output_of_an_interrupted_program_is_written_while_somebody_reads(pipes: Pipes) -> None:
    stdio = pipes.stdio()
    stdio.write(OUT, b"x" * 2000)
    stdio.flush_if_read()
    assert pipes.output() == b"x" * 2000


def test_the_output_of_an_interrupted_program_is_dropped_where_nobody_reads(pipes: Pipes) -> None:
    filled = fill(pipes)
    stdio = pipes.stdio()
    stdio.write(OUT, b"x" * 2000)
    stdio.flush_if_read()
    stdio.flush()
    assert len(pipes.output()) == filled
