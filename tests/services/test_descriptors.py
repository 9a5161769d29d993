"""Descriptor numbers: the lowest free one from 3 on, 1021 at a time."""

from __future__ import annotations

import pytest

from emu.services.descriptors import Descriptors, OpenFile
from emu.services.effects import OpenMode

FILE = OpenFile(7, OpenMode.READ)


def test_new_files_get_the_lowest_free_number() -> None:
    table = Descriptors()
    assert [table.add(FILE) for _ in range(3)] == [3, 4, 5]
    table.remove(4)
    assert [table.add(FILE), table.add(FILE)] == [4, 6]


def test_the_table_holds_1021_files() -> None:
    table = Descriptors()
    numbers = [table.add(FILE) for _ in range(1021)]
    assert numbers == list(range(3, 1024))
    assert table.full
    with pytest.raises(ValueError, match="too many"):
        table.add(FILE)
    table.remove(500)
    assert table.add(FILE) == 500


def test_a_position_moves_only_in_the_table_that_is_told() -> None:
    table = Descriptors()
    number = table.add(FILE)
    saved = table.snapshot()
    table.move(number, 99)
    assert table.get(number) == OpenFile(7, OpenMode.READ, 99)
    table.restore(saved)
    assert table.files() == [(number, FILE)]
