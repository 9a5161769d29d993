"""The seed of the long random tests: EMU_SEED if it is set, else the one that Hypothesis uses and the report shows."""

from __future__ import annotations

import os

import pytest


def chosen_seed(config: pytest.Config) -> int:
    """The seed of this run."""
    return int(os.environ.get("EMU_SEED") or config.option.hypothesis_seed)


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    """A seed for `random.Random`. Tests name it when they fail."""
    return chosen_seed(pytestconfig)
