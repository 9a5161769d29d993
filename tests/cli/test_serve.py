"""What the options of `emu serve` come to."""

from __future__ import annotations

import pytest

from emu.cli.options import parse
from emu.cli.serve import COMMAND, _gateway, _supervisor
from emu.gateway import build


@pytest.mark.parametrize(("words", "seconds"), [([], None), (["--idle", "7200"], 7200.0)])
def test_sessions_that_nobody_needs_are_ended_if_one_says_so(words: list[str], seconds: float | None) -> None:
    assert _supervisor(parse(COMMAND, words)).idle_seconds == seconds


def test_the_server_is_told_what_it_was_made_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "find", lambda: build.Build("f" * 40, "2026-01-31T23:59:59Z"))
    assert _gateway(parse(COMMAND, []), "127.0.0.1").build == ("f" * 40, "2026-01-31T23:59:59Z")
