"""Mnemonics: every spelling has one meaning, in any letter case and both suffix orders."""

from __future__ import annotations

import pytest

from emu.isa.conditions import CONDITION_SUFFIXES
from emu.isa.instructions.encoder import Mnemonic, lookup, mnemonic_names
from emu.isa.instructions.table import BASES

TRICKY = {
    "BLS": ("B", "", "LS"),
    "BLLS": ("BL", "", "LS"),
    "BLT": ("B", "", "LT"),
    "BLE": ("B", "", "LE"),
    "BLEQ": ("BL", "", "EQ"),
    "BCS": ("B", "", "CS"),
    "BVS": ("B", "", "VS"),
    "BHS": ("B", "", "HS"),
    "BLXEQ": ("BLX", "", "EQ"),
    "TEQ": ("TEQ", "", "AL"),
    "TEQEQ": ("TEQ", "", "EQ"),
    "MOVS": ("MOV", "S", "AL"),
    "MOVVS": ("MOV", "", "VS"),
    "MOVCS": ("MOV", "", "CS"),
    "MOVLS": ("MOV", "", "LS"),
    "MULS": ("MUL", "S", "AL"),
    "MULLS": ("MUL", "", "LS"),
    "SBCS": ("SBC", "S", "AL"),
    "ADCS": ("ADC", "S", "AL"),
    "BICS": ("BIC", "S", "AL"),
    "LDRHS": ("LDR", "", "HS"),
    "LDRH": ("LDR", "H", "AL"),
    "MLAS": ("MLA", "S", "AL"),
    "MLALS": ("MLA", "", "LS"),
    "SWICS": ("SWI", "", "CS"),
    "LDRBEQ": ("LDR", "B", "EQ"),
    "LDREQB": ("LDR", "B", "EQ"),
    "STRNEH": ("STR", "H", "NE"),
    "LDMFDEQ": ("LDM", "FD", "EQ"),
    "LDMEQFD": ("LDM", "FD", "EQ"),
    "ADDEQS": ("ADD", "S", "EQ"),
    "ADDSEQ": ("ADD", "S", "EQ"),
    "LDRSBLS": ("LDR", "SB", "LS"),
    "MOVAL": ("MOV", "", "AL"),
    "SWPEQB": ("SWP", "B", "EQ"),
}


@pytest.mark.parametrize("word", TRICKY)
def test_words_that_look_like_others(word: str) -> None:
    base, suffix, condition = TRICKY[word]
    expected = Mnemonic(base, suffix, CONDITION_SUFFIXES[condition])
    assert lookup(word) == lookup(word.lower()) == lookup(word.capitalize()) == expected


@pytest.mark.parametrize(
    "word", ["", "MOVX", "LDRSBEQNE", "TEQP", "LDRNV", "MOVNV", "SLDR", "EQ", "CPY", "BKPT", "B EQ"]
)
def test_words_that_are_none(word: str) -> None:
    assert lookup(word) is None


def spellings() -> list[tuple[str, str, str, int]]:
    """(word, base, suffix, condition) for everything that may be written."""
    conditions = [("", 14), *CONDITION_SUFFIXES.items()]
    return [
        (word, base, suffix, code)
        for base, suffixes in BASES.items()
        for suffix in suffixes
        for name, code in conditions
        for word in {base + suffix + name, base + name + suffix}
    ]


def test_no_spelling_has_two_meanings() -> None:
    meanings: dict[str, tuple[str, str, int]] = {}
    for word, base, suffix, code in spellings():
        meaning = (base, suffix, code)
        assert meanings.setdefault(word, meaning) == meaning, word
    assert len(meanings) > 2224


def test_every_spelling_is_known() -> None:
    for word, base, suffix, code in spellings():
        assert lookup(word) == Mnemonic(base, suffix, code), word


def test_all_words_of_the_dialect_exist() -> None:
    words = "MOV MVN ADD ADC SUB SBC RSB RSC AND ORR EOR BIC MUL MLA UMULL UMLAL SMULL SMLAL".split()
    expected = {word + suffix for word in words for suffix in ("", "S")}
    expected |= set("CMP CMN TST TEQ CMPS CMNS TSTS TEQS LDR STR LDRB STRB LDRH STRH LDRSB LDRSH".split())
    expected |= {base + mode for base in ("LDM", "STM") for mode in " IA IB DA DB FD FA ED EA".split(" ")}
    expected |= set("PUSH POP B BL BX BLX MRS MSR SWI SVC ADR NOP SWP SWPB CLZ".split())
    assert expected <= set(mnemonic_names())
