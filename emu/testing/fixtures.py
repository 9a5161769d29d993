"""Pytest fixtures for users of the library. They need pytest-trio; import them into a `conftest.py`.

from emu.testing.fixtures import emu_kit, emu_server
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_trio import trio_fixture

from emu.testing.kit import server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emu import client
    from emu.testing.kit import Kit


@trio_fixture  # type: ignore[untyped-decorator]  # pytest-trio has no annotations
async def emu_kit() -> AsyncIterator[Kit]:
    """A server in memory, for one test."""
    async with server() as kit:
        yield kit


@trio_fixture  # type: ignore[untyped-decorator]  # pytest-trio has no annotations
async def emu_server(emu_kit: Kit) -> AsyncIterator[client.Server]:
    """A client of `emu_kit`."""
    async with emu_kit.connect() as connected:
        yield connected
