"""The state that native code and its caller share: an array of 32-bit words."""

from __future__ import annotations

import struct

REGISTERS = 0
"""R0 to R14, then the PC."""
FLAGS = 16
"""N, Z, C, V, each 0 or 1."""
REGISTERS_AND_FLAGS = struct.Struct("<16I?3x?3x?3x?3x")
"""All of these, which are the beginning of the state: numbers and truth values."""
LAST_STORE = 20
LAST_STORE_SIZE = 21
"""0 if nothing was stored."""
IS_COLD = 22
"""1 if the next instruction must be interpreted."""
UNWINDS = 23
"""1 if the branch that has led to the PC may end calls that only the interpreter can tell (`counting`)."""
EXTRA_CYCLES = 24
"""Two words: cycles beyond one for each instruction, added to what is there. Where something is counted, that is the
clock: the machine's cycles plus the budget, both at the call.
"""
RESULT = 26
"""Of quick code (`x64`): N and Z follow from this word if KIND_NZ is 1."""
LEFT, RIGHT = 27, 28
"""Of quick code: what flags follow from, as KIND_CV says."""
KIND_CV, KIND_NZ = 30, 31
"""Of quick code: how C and V follow. 0 if they are in FLAGS, 1 from LEFT - RIGHT, 2 from LEFT + RIGHT; with 3 and 4
that is so for V alone. N and Z follow from RESULT if KIND_NZ is 1, else in the same way as C and V."""
LOAD_GUARD, CODE_MAP = 32, 34
"""Addresses of these, of two words each."""
COUNTERS = 36
"""Two words: where the counters of the region are, if it has any (`counting`)."""
CALLS = 38
"""Two words: where the shadow call stack is (`emu.isa.analysis.calls`)."""
CALLS_LIMIT, CALLS_TOP = 40, 42
"""Two words each: where the first free entry of the shadow call stack is, and what it must be below for a call to be
pushed.
"""
TEMPORARIES = 44
"""Of quick code, for use within one instruction."""
WORDS = 84
