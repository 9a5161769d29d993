"""Strings and buffers at the edges of the address space, where no real machine has memory."""

from __future__ import annotations

import pytest

from emu.services.text import StringFault, printable, read_string, readable_prefix, string_length


class Everywhere:
    """Memory at every address, full of one letter."""

    def read(self, address: int, size: int) -> bytes:
        assert address + size <= 1 << 32
        return b"x" * size

    def write(self, address: int, data: bytes) -> None:
        raise AssertionError("nothing here writes")

    def peek(self, address: int, size: int) -> bytes:
        return b"x" * size


def test_a_string_does_not_go_on_at_address_0() -> None:
    with pytest.raises(StringFault, match="string at 0xFFFFFFF0 passes the end of the address space") as raised:
        read_string(Everywhere(), 0xFFFFFFF0)
    assert raised.value.fault.target == 0xFFFFFFF0


def test_what_is_there_of_a_string_ends_at_the_last_address() -> None:
    assert string_length(Everywhere(), 0xFFFFFFF0, 1024) == 16
    assert readable_prefix(Everywhere(), 0xFFFFFFF0, 1024) == b"x" * 16


def test_guest_text_is_shown_on_one_line() -> None:
    assert printable("naïve\t\x00\r\n\x7f".encode() + b"\xff") == "naïve\\t\\x00\\r\\n\\x7f\\xff"
