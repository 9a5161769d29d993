"""Register names (spec assembly-language.md 2.3)."""

from __future__ import annotations

SP, LR, PC = 13, 14, 15

REGISTER_NAMES = (*(f"R{number}" for number in range(13)), "SP", "LR", "PC")
"""The name that everything prints for registers 0 to 15."""
