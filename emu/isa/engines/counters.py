"""Positions in the list of counters that translated code and its engine share."""

from __future__ import annotations

EXTRA_CYCLES, LAST_STORE, LAST_STORE_SIZE = 0, 1, 2
