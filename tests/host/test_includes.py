"""Included files: where they are looked for, and where they are not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emu.host.includes import FileLoader
from emu.isa.assembler import Assembly, Diagnostic, Limits, assemble
from emu.isa.assembler.output import raw_image


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".s")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "main.s"


LIMITS = Limits()


def assembled(source: Path, limits: Limits = LIMITS) -> Assembly:
    return assemble(source.read_bytes(), str(source), loader=FileLoader(str(source)), limits=limits)


def image(source: Path) -> bytes:
    assembly = assembled(source)
    assert assembly.program is not None, assembly.diagnostics
    return raw_image(assembly.program)


def error(source: Path) -> Diagnostic:
    (diagnostic,) = assembled(source).diagnostics
    assert diagnostic.code in ("include", "limit")
    return diagnostic


@pytest.mark.parametrize("spelling", ['"b.s"', "'b.s'", "<b.s>", '"./b.s" ; comment', '"/b.s"', '"sub/../b.s"'])
def test_an_included_file_is_read_in_its_place(tmp_path: Path, spelling: str) -> None:
    source = write(tmp_path, main=f".byte 1\n.include {spelling}\n.byte 3", b=".byte 2\n", sub__x="")
    assert image(source) == b"\1\2\3"


def test_a_file_is_first_looked_for_beside_the_file_that_includes_it(tmp_path: Path) -> None:
    source = write(
        tmp_path, main='.include "sub/a.s"\n.include "b.s"', sub__a='.include "b.s"\n.include "c.s"', sub__b=".byte 1",
        b=".byte 2", c=".byte 3",
    )  # fmt: skip
    assert image(source) == b"\1\3\2"


def test_an_error_in_an_included_file_names_it_and_the_way_there(tmp_path: Path) -> None:
    source = write(tmp_path, main='\n .include "a.s"', a='.include "b.s"', b="\n\n MOV R0, nothing")
    (diagnostic,) = assembled(source).diagnostics
    assert (diagnostic.file, diagnostic.line, diagnostic.column) == (str(tmp_path / "b.s"), 3, 10)
    assert [(note.file, note.line, note.column) for note in diagnostic.notes] == [
        (str(tmp_path / "a.s"), 1, 10),
        (str(source), 2, 11),
    ]


def test_a_missing_file_is_named_with_its_neighbour(tmp_path: Path) -> None:
    diagnostic = error(write(tmp_path, main='.include "macro.s"', macros=""))
    assert "macro.s" in diagnostic.message
    assert diagnostic.hint == "did you mean macros.s?"


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    assert "directory" in error(write(tmp_path, main='.include "sub"', sub__x="")).message


def test_nothing_outside_the_directory_is_read(tmp_path: Path) -> None:
    source = write(tmp_path / "inside", main='.include "../secret.s"')
    write(tmp_path, secret=".byte 1")
    assert "outside" in error(source).message


def test_no_link_leads_outside(tmp_path: Path) -> None:
    source = write(tmp_path / "inside", main='.include "link.s"')
    write(tmp_path, secret=".byte 1")
    os.symlink("../secret.s", tmp_path / "inside" / "link.s")
    assert not assembled(source).ok


def test_a_link_inside_is_followed(tmp_path: Path) -> None:
    source = write(tmp_path, main='.include "link.s"', a=".byte 1")
    os.symlink("a.s", tmp_path / "link.s")
    assert image(source) == b"\1"


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    source = write(tmp_path, main='.include "pipe"')
    os.mkfifo(tmp_path / "pipe")
    assert "regular file" in error(source).message


@pytest.mark.parametrize("file", ["main", "a", "b"])
def test_a_file_cannot_include_itself(tmp_path: Path, file: str) -> None:
    source = write(tmp_path, main='.include "a.s"', a='.include "b.s"', b=f'.include "{file}.s"')
    assert "never end" in error(source).message


def test_there_is_an_end_to_depth(tmp_path: Path) -> None:
    files = {f"f{n}": f'.include "f{n + 1}.s"' for n in range(120)}
    assert error(write(tmp_path, main='.include "f0.s"', **files)).code == "limit"


def test_the_same_file_twice_in_a_row_is_no_cycle(tmp_path: Path) -> None:
    assert image(write(tmp_path, main='.include "a.s"\n.include "a.s"', a=".byte 1")) == b"\1\1"


def test_included_files_count_as_source(tmp_path: Path) -> None:
    source = write(tmp_path, main='.include "a.s"', a=";" * 1000)
    assert [d.code for d in assembled(source, Limits(source_bytes=500)).diagnostics] == ["limit"]


def test_conditions_end_in_the_file_they_begin_in(tmp_path: Path) -> None:
    source = write(tmp_path, main='.include "a.s"\n.endif', a=".if 1")
    assert [d.code for d in assembled(source).diagnostics] == ["conditional", "conditional"]
