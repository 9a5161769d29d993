"""The state that native code and its caller share: an array of 32-bit words."""

from __future__ import annotations

REGISTERS = 0
"""R0 to R14, then the PC."""
FLAGS = 16
"""N, Z, C, V, each 0 or 1."""
LAST_STORE = 20
LAST_STORE_SIZE = 21
"""0 if nothing was stored."""
IS_COLD = 22
"""1 if the next instruction must be interpreted."""
EXTRA_CYCLES = 24
"""Two words: cycles beyond one for each instruction, added to what is there."""
COUNTERS = 26
"""Two words: where the counters of the region are, if it has any (`counting`)."""
CALLS = 28
"""Two words: where the shadow call stack is (`emu.isa.analysis.calls`)."""
CLOCK = 30
"""Two words: the machine's cycles plus the budget, both at the call."""
WORDS = 32
