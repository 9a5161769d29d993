"""The instruction set as a whole: every form, and the ways from a word or a mnemonic to the form."""

from __future__ import annotations

from emu.isa.instructions import (
    block_transfer,
    branch,
    count_zeros,
    data_processing,
    multiply,
    service_call,
    single_transfer,
    status,
    swap,
)
from emu.isa.instructions.service_call import UNDEFINED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from emu.isa.instructions.form import Form, Spelling

    Case: TypeAlias = tuple[int, int, Form]
    """Mask, value, and the form of the words that have this value under this mask."""

FORMS: tuple[Form, ...] = (
    data_processing.FORMS
    + multiply.FORMS
    + single_transfer.FORMS
    + block_transfer.FORMS
    + branch.FORMS
    + service_call.FORMS
    + swap.FORMS
    + count_zeros.FORMS
    + status.FORMS
)
"""All forms of the instruction set. No two of them share a word, which a test sees to."""


_CASES = [(mask, value, form) for form in FORMS for mask, value in form.cases()]

_KIND_MASK, _NARROW_MASK = 0x0E000000, 0x0FF000F0
_OF_KIND: dict[int, list[Case]] = {}
_NARROWED: dict[int, list[Case]] = {}
"""The cases left when those bits of a word are known: first a few, because there are many words to be met once."""


def form_of(word: int) -> Form:
    """The form that a 32-bit word belongs to; `UNDEFINED` if no form claims it."""
    key = word & _NARROW_MASK
    cases = _NARROWED.get(key)
    if cases is None:
        kind = word & _KIND_MASK
        of_kind = _OF_KIND.get(kind)
        if of_kind is None:
            of_kind = _OF_KIND[kind] = _left(_CASES, kind, _KIND_MASK)
        cases = _NARROWED[key] = _left(of_kind, key, _NARROW_MASK)
    for mask, value, form in cases:
        if word & mask == value:
            return form
    return UNDEFINED


def _left(cases: list[Case], bits: int, mask: int) -> list[Case]:
    return [case for case in cases if not (bits ^ case[1]) & case[0] & mask]


def _spellings_by_base() -> dict[str, dict[str, list[tuple[Form, Spelling]]]]:
    bases: dict[str, dict[str, list[tuple[Form, Spelling]]]] = {}
    for form in FORMS:
        for spelling in form.spellings:
            bases.setdefault(spelling.base, {}).setdefault(spelling.suffix, []).append((form, spelling))
    return bases


BASES = _spellings_by_base()
"""Base word -> suffix -> what the two together may stand for."""
