"""The documentation is true: generated pages are current, links lead somewhere, programs run, commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from emu import docs
from emu.cli.commands import SUMMARIES
from emu.cli.main import load
from emu.cli.options import parse
from tests.cli.command import ROOT, emu

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
PROSE = [page for page in PAGES if page.name not in docs.PAGES]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language (a regular expression)."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", docs.PAGES)
def test_generated_pages_are_current(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == docs.PAGES[name](), "run: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        if path.startswith("http"):
            continue
        there = page.parent / path if path else page
        assert there.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", there.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {heading.lower().replace(" ", "-") for heading in headings}, target


PROGRAMS = [(page, text) for page in PROSE for text in blocks(page, "asm") if "_start:" in text]


@pytest.mark.parametrize(("page", "text"), PROGRAMS, ids=lambda value: value.name if isinstance(value, Path) else "")
def test_programs_in_the_documentation_run(page: Path, text: str) -> None:
    result = emu("run", "-", stdin=text.encode())
    assert (result.status, result.err) == (0, "")
    for expected in re.findall(r"SWI +#3 +; (\S+)$", text, re.MULTILINE):
        if expected.isdecimal():
            assert result.out == expected.encode()


FRAGMENTS = [(page, text) for page in PROSE for text in blocks(page, "asm") if "_start:" not in text]


@pytest.mark.parametrize(("page", "text"), FRAGMENTS, ids=lambda value: value.name if isinstance(value, Path) else "")
def test_fragments_in_the_documentation_assemble(page: Path, text: str) -> None:
    result = emu("asm", "-", stdin=text.encode() + b"\ntable: .word 0\n")
    assert (result.status, result.err) == (0, "")


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.name)
def test_commands_in_the_documentation_parse(page: Path) -> None:
    text = "\n".join(blocks(page, "(?:console|sh)?"))
    for line in re.findall(r"^(?:\$ )?emu (.*)$", text, re.MULTILINE):
        words = re.split(r"\s{2,}|[|<>]", line)[0].split()
        if words[0] == "help":
            words = [words[1], "x"]
        assert words[0] in SUMMARIES, line
        parse(load(words[0]).COMMAND, words[1:])


def test_the_readme_shows_the_sample_as_it_is() -> None:
    (shown,) = blocks(ROOT / "README.md", "asm")
    assert shown.strip() in (ROOT / "samples" / "hello.s").read_text(encoding="utf-8")
