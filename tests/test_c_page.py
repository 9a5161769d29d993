"""The page on C programs, followed by a reader with a compiler: every command gives what the page shows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "c-programs.md").read_text(encoding="utf-8")
COMPILER = "arm-none-eabi-gcc"
PROMPT = "(arm-dbg) "

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not installed")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    """Every command with what the page shows below it."""
    parts = [part for block in blocks("console") for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]
    return [(command, shown) for command, _, shown in (part.partition("\n") for part in parts)]


def neutral(text: str) -> str:
    """Without what depends on the version of the compiler and its library."""
    text = re.sub(r"\b(0x)?[0-9A-F]{8}\b", "ADDRESS", text)
    text = re.sub(r"[0-9]+ instructions", "N instructions", text)
    return re.sub(r"(\w)\+[0-9]+ at|crt0\.S:[0-9]+", r"\1+N at", text)


def test_the_page_does_what_it_shows(tmp_path: Path) -> None:
    (source,) = blocks("c")
    (tmp_path / "hello.c").write_text(source, encoding="utf-8")
    assert len(commands()) == 5
    for command, shown in commands():
        words = shlex.split(command)
        if words[0] == "emu":
            words = [sys.executable, "-m", "emu", *words[1:]]
        typed = "".join(re.findall(rf"^{re.escape(PROMPT)}(.*\n)", shown, re.MULTILINE))
        result = subprocess.run(
            words, cwd=tmp_path, input=typed, capture_output=True, text=True, timeout=60, check=False
        )
        assert (command, result.returncode, result.stderr) == (command, 0, "")
        expected = re.sub(rf"^{re.escape(PROMPT)}.*\n", PROMPT, shown, flags=re.MULTILINE)
        if "...\n" not in expected:
            assert neutral(result.stdout) == neutral(expected)
        for piece in re.split(r"^\.\.\.\n", expected, flags=re.MULTILINE):
            assert neutral(piece) in neutral(result.stdout)
