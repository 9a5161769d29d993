"""The instruction set: each family declared once (pattern, syntax, meaning), and what derives from the declarations."""

from __future__ import annotations

from emu.isa.instructions.decoder import Instruction, decode
from emu.isa.instructions.encoder import Mnemonic, encode, lookup, mnemonic_names
from emu.isa.instructions.errors import EncodingError

__all__ = ["EncodingError", "Instruction", "Mnemonic", "decode", "encode", "lookup", "mnemonic_names"]
