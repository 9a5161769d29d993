"""Bodies of answers that describe the language: what an editor completes and explains."""

from __future__ import annotations

from emu.wire.models import Answer


class InstructionRow(Answer, frozen=True):
    """Spellings with the same operands and meaning. `operands` are the ways to write them."""

    names: list[str]
    operands: list[str]
    meaning: str
    group: str


class SystemCall(Answer, frozen=True):
    """A system call. `takes` and `gives` describe registers."""

    number: int
    name: str
    takes: str
    gives: str
    summary: str


class Reference(Answer, frozen=True):
    """What the assembler and the machine understand."""

    instructions: list[InstructionRow]
    system_calls: list[SystemCall]
    directives: list[str]
