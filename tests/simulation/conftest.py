"""The seed of the simulations: the one that pytest prints at the beginning and at the end, unless EMU_SIMULATION_SEED
names another.
"""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def first_seed(pytestconfig: pytest.Config) -> int:
    chosen = os.environ.get("EMU_SIMULATION_SEED") or pytestconfig.getoption("hypothesis_seed")
    return int(chosen) % (1 << 32) * 10_000
