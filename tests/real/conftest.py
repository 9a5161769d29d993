"""One server in a process of its own for each test, on a free port of this computer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from pytest_trio import trio_fixture

from emu.testing.process import served

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from emu.testing.process import Served


@trio_fixture  # type: ignore[untyped-decorator]  # pytest-trio has no annotations
async def real_server() -> AsyncIterator[Served]:
    async with served() as server:
        yield server


@pytest.fixture(scope="session")
def tries() -> int:
    """How often a race is run; EMU_RACES=1000 for the thorough figure."""
    return int(os.environ.get("EMU_RACES", "150"))
