"""What the options of `emu serve` come to."""

from __future__ import annotations

import pytest

from emu.cli.options import parse
from emu.cli.serve import COMMAND, _supervisor


@pytest.mark.parametrize(("words", "seconds"), [([], None), (["--idle", "7200"], 7200.0)])
def test_sessions_that_nobody_needs_are_ended_if_one_says_so(words: list[str], seconds: float | None) -> None:
    assert _supervisor(parse(COMMAND, words)).idle_seconds == seconds
