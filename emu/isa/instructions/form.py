"""The declaration of an instruction form: bit pattern, spellings, operands, meaning, in one value.

A *form* is one bit pattern with one meaning. A *spelling* is one way to write it: a base word, a suffix, the field
values that the word fixes, and the operands that follow. The first spelling whose fixed fields match a decoded word
is the canonical one, which the disassembler prints; later ones are for writing only.
"""

from __future__ import annotations

from emu.isa.instructions.pattern import Pattern
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    from emu.isa.instructions.builder import Builder, Fields
    from emu.isa.instructions.syntax import OperandSyntax

    Semantics: TypeAlias = Callable[[Builder[Any, Any], Fields], None]
    Syntax: TypeAlias = tuple[OperandSyntax, ...]


class Spelling(Record):
    """One way to write a form."""

    base: str
    suffix: str
    fixed: Mapping[str, int]
    syntaxes: tuple[Syntax, ...] = ()
    """Alternative operand lists, canonical first; empty means the form's own."""
    substitute: tuple[str, str] | None = None
    """(other base, "invert" or "negate"): what to try when the immediate cannot be encoded."""

    @property
    def name(self) -> str:
        """The word without condition: what statistics count. A flag-setting S is not part of it."""
        return self.base if self.suffix == "S" else self.base + self.suffix


class Form(Record):
    """One bit pattern with one meaning."""

    title: str
    section: str
    pattern: Pattern
    spellings: tuple[Spelling, ...]
    syntaxes: tuple[Syntax, ...]
    semantics: Semantics
    operation: str | Mapping[str, str]
    """What it does, as one line for the reference page; a mapping where it depends on the base word."""
    only: Mapping[str, tuple[int, ...]] = {}
    """Fields that belong to this form with certain values only."""
    adjust: Callable[[dict[str, int]], None] | None = None
    """A last look at the fields before encoding: may mend them, or raise EncodingError."""

    def matches(self, word: int) -> bool:
        """Whether `word` is one of this form's."""
        return any(word & mask == value for mask, value in self.cases())

    def cases(self) -> list[tuple[int, int]]:
        """(mask, value) pairs such that a word belongs to the form when its masked bits equal the value of one."""
        cases = [(self.pattern.mask, self.pattern.value)]
        for field in self.pattern.fields:
            if field.name in self.only:
                ones = (1 << field.width) - 1 << field.low
                cases = [(m | ones, v | choice << field.low) for m, v in cases for choice in self.only[field.name]]
        return cases

    def naming_mask(self) -> int:
        """The bits of a word on which its canonical spelling depends."""
        names = {name for spelling in self.spellings for name in spelling.fixed}
        return sum((1 << field.width) - 1 << field.low for field in self.pattern.fields if field.name in names)

    def spelling_of(self, fields: Mapping[str, int]) -> Spelling:
        """The canonical spelling of a decoded word of this form."""
        for spelling in self.spellings:
            if all(fields[name] == value for name, value in spelling.fixed.items()):
                return spelling
        raise LookupError(f"{self.title} has no spelling for {dict(fields)}")
