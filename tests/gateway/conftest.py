"""A running gateway, an HTTP client, and Trio's clock made virtual for all tests but those on real sockets."""

from __future__ import annotations

from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing

from tests.gateway.harness import Gateway, Http, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE = Path(__file__).parent


def _virtually(main: Any, clock: trio.abc.Clock | None = None, instruments: Any = ()) -> Any:
    return trio.run(main, clock=clock or trio.testing.MockClock(autojump_threshold=0), instruments=instruments)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        virtual = item.path.parent == HERE and not item.path.name.startswith("test_real")
        if not virtual or not isinstance(item, pytest.Function):
            continue
        inner = item.obj.hypothesis.inner_test if hasattr(item.obj, "hypothesis") else item.obj
        if iscoroutinefunction(inner):
            item.add_marker(pytest.mark.trio(run=_virtually), append=False)


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """A server with the settings of `emu serve`."""
    async with running() as gateway:
        yield gateway


@pytest.fixture
async def http(gateway: Gateway) -> Http:
    """A client of that server."""
    return gateway.http()
