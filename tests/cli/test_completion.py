"""Completion scripts know every command and every option."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from emu.cli import main
from emu.cli.commands import SUMMARIES
from tests.cli.command import emu, environment

SHELLS = ("bash", "zsh", "fish")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_mentions_everything(shell: str) -> None:
    script = emu("completion", shell).out.decode()
    for name in SUMMARIES:
        assert name in script
        for option in main.load(name).COMMAND.options:
            assert f"-l {option.name}" in script if shell == "fish" else f"--{option.name}" in script


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_can_read_it(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_bytes(emu("completion", shell).out)
    done = subprocess.run([shell, "-n", str(script)], capture_output=True, env=environment(), check=False)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["emu", "ru"], {"run"}),
        (["emu", "help", "dis"], {"disasm"}),
        (["emu", "run", "--stats-f"], {"--stats-file", "--stats-format"}),
        (["emu", "run", "--engine", "p"], {"python"}),
        (["emu", "run", "--engine", "=", "p"], {"python"}),
        (["emu", "asm", "-f", "="], {"raw", "hex", "listing", "symbols", "json"}),
        (["emu", "run", "two w"], {"two words.s"}),
        (["emu", "run", "--fsroot", "two"], set()),
        (["emu", "run", "-"], None),
        (["emu", "completion", "z"], {"zsh"}),
        (["emu", "completion", ""], {"bash", "zsh", "fish"}),
        (["emu", "version", ""], set()),
    ],
)
def test_bash_completes(typed: list[str], offered: set[str] | None, tmp_path: Path) -> None:
    (tmp_path / "two words.s").touch()
    script = emu("completion", "bash").out.decode()
    words = " ".join(f"'{word}'" for word in typed)
    ask = f'\nCOMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; _emu; printf "%s\\n" "${{COMPREPLY[@]}}"\n'
    done = subprocess.run(
        ["bash", "-c", script + ask], capture_output=True, cwd=tmp_path, env=environment(), check=True
    )
    found = set(done.stdout.decode().splitlines()) - {""}
    assert found == offered if offered is not None else {"--stats", "-h"} <= found


def test_an_unknown_shell_is_refused() -> None:
    result = emu("completion", "fsh")
    assert result.status == 2
    assert result.err == "emu: error: SHELL is one of bash, zsh, fish, not 'fsh'\n  hint: did you mean fish?\n"
