"""The demonstration ends with the proof that it was complete."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import environment

ROOT = Path(__file__).resolve().parents[1]


def demo(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "emu.demo", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment(), timeout=60, check=False)


@pytest.mark.parametrize("sample", ["hello", "sieve"])
def test_the_demo_shows_every_update_and_counts_them(sample: str) -> None:
    done = demo(f"samples/{sample}.s")
    assert (done.returncode, done.stderr) == (0, "")
    shown = [int(line.split()[0]) for line in done.stdout.splitlines() if re.match(r" +\d+  ", line)]
    assert shown == list(range(1, len(shown) + 1))
    proof = f"complete: {len(shown)} events sent = {len(shown)} events received, in order, last seq {len(shown)};"
    assert done.stdout.splitlines()[-1].startswith(proof)


def test_a_program_that_is_not_there_is_an_error_of_one_line() -> None:
    done = demo("nowhere.s")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def test_a_program_with_errors_is_refused_with_their_places(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.s"
    wrong.write_text("_start: frobnicate r0\n")
    done = demo(str(wrong))
    assert done.returncode == 1
    assert ":1:" in done.stderr
    assert "Traceback" not in done.stderr
