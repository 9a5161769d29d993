"""Words for tests: of every form, of every spelling, canonical or with any bits where the pattern has free ones."""

from __future__ import annotations

from random import Random

from emu.isa.instructions.form import Form
from emu.isa.instructions.table import FORMS

PC = 15


def cases() -> list[tuple[Form, int, int]]:
    """(form, mask, value) for every way that a form can be recognised."""
    return [(form, mask, value) for form in FORMS for mask, value in form.cases()]


def random_word(random: Random, form: Form, mask: int, value: int) -> int:
    """A word of the form: free bits are random, condition included (never NV), and what should be, is."""
    bits = random.getrandbits(28) | random.randrange(15) << 28
    should_mask, should_be = form.pattern.should_mask, form.pattern.should_be
    return (bits & ~should_mask | should_be) & ~mask & 0xFFFFFFFF | value


def is_predictable(form: Form, word: int) -> bool:
    """Whether the architecture defines what the word does, as far as assemblers and disassemblers care."""
    i = form.pattern.split(word)
    if "list" in i:
        if not i["list"] or i["rn"] == PC:
            return False
        return not (i["w"] and (i["list"] >> i["rn"] & 1 or i["s"])) or not (i["s"] or i["l"])
    if "p" in i:
        writes_back = not i["p"] or i["w"]
        if writes_back and (i["rn"] in (PC, i["rd"]) or i.get("rm") == i["rn"]):
            return False
        if i.get("rm") == PC or (("kind" in i or i.get("byte")) and i["rd"] == PC):
            return False
        if "kind" in i and not i["p"] and i["w"]:
            return False
        return not (not i["p"] and i["w"] and i["rd"] == PC)
    if "rs" in i:
        registers = [i[name] for name in ("rd", "rn", "rm", "rs", "rdhi", "rdlo") if name in i]
        if PC in registers:
            return False
        if "accumulate" in i and "rd" in i:
            return i["rd"] != i["rm"] and (bool(i["accumulate"]) or i["rn"] == 0)
        if "rdhi" in i:
            return len({i["rdhi"], i["rdlo"], i["rm"]}) == 3
        return True
    if "fields" in i:
        return i["fields"] != 0 and i.get("rm") != PC
    if form.title == "Swap":
        return PC not in (i["rn"], i["rd"], i["rm"]) and i["rn"] not in (i["rm"], i["rd"])
    if form.title in ("Count leading zeros", "Status register to register"):
        return i["rd"] != PC and i.get("rm") != PC
    if form.title == "Branch to register":
        return i["rm"] != PC
    return True


def one_of_each(random: Random, times: int) -> list[tuple[Form, int]]:
    """`times` predictable words for every way that a form can be recognised."""
    found = []
    for form, mask, value in cases():
        left = times
        while left:
            word = random_word(random, form, mask, value)
            if is_predictable(form, word):
                found.append((form, word))
                left -= 1
    return found
