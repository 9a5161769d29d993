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
WORDS = 26
