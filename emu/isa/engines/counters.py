"""Small numbers that engines and translated code share."""

from __future__ import annotations

EXTRA_CYCLES, LAST_STORE, LAST_STORE_SIZE = 0, 1, 2
"""Positions in the list of counters."""

INTERPRETED_EFFORT, CALL_EFFORT = 20, 100
"""What an interpreted instruction and a call of a translation cost, if an instruction in a Python function costs 1."""

NATIVE_SHIFT = 8
"""A native instruction costs one part in two to the power of this."""

ENDLESS = 1 << 62
