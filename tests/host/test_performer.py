"""All effects of a program performed together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emu.host.clock import FixedClock
from emu.host.performer import HostPerformer
from emu.host.randomness import SeededRandom
from emu.host.stdio import OutputLost, Stdio
from emu.services.console import ConsoleInput
from emu.services.effects import FileSize, HostError, Now, Open, OpenMode, Random, Stream, Write, WriteFile


def test_every_effect_finds_its_performer(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    stdio = Stdio(ConsoleInput(), stdout=writing)
    with HostPerformer(stdio, str(tmp_path), clock=FixedClock(5), random=SeededRandom(1234567)) as perform:
        assert perform(Now()) == 5
        assert perform(Random()) == 6457827717110365317 >> 32
        assert perform(Write(Stream.STDOUT, b"text")) is None
        handle = perform(Open(b"file", OpenMode.WRITE))
        assert isinstance(handle, int)
        assert perform(WriteFile(handle, 0, b"data")) == 4
    assert os.read(reading, 10) == b"text"
    assert (tmp_path / "file").read_bytes() == b"data"
    assert isinstance(perform(FileSize(handle)), HostError)
    os.close(reading)
    os.close(writing)


def test_output_that_is_lost_at_the_very_end_is_told() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    perform = HostPerformer(Stdio(ConsoleInput(), stdout=writing), ".")
    perform(Write(Stream.STDOUT, b"text"))
    with pytest.raises(OutputLost):
        perform.close()
    os.close(writing)
