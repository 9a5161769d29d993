"""From mnemonics and operands to words (spec assembly-language.md sections 5 and 6)."""

from __future__ import annotations

from emu.isa.bits import MASK32
from emu.isa.conditions import ALWAYS, CONDITION_SUFFIXES
from emu.isa.instructions.errors import EncodingError, NotEncodable
from emu.isa.instructions.operands import Immediate
from emu.isa.instructions.table import BASES
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emu.isa.instructions.form import Form, Spelling, Syntax
    from emu.isa.instructions.operands import Operand


class Mnemonic(Record):
    """A mnemonic taken apart: `LDREQB` is base LDR, suffix B, condition 0."""

    base: str
    suffix: str
    condition: int

    @property
    def name(self) -> str:
        """The mnemonic in capitals without its condition."""
        return self.base + self.suffix

    @property
    def choices(self) -> list[tuple[Form, Spelling]]:
        """The forms that the operands choose from."""
        return BASES[self.base][self.suffix]


_known: dict[str, Mnemonic | None] = {}


def lookup(word: str) -> Mnemonic | None:
    """The mnemonic that `word` spells, in any letter case, condition before or after the suffix; None if it is none."""
    try:
        return _known[word]
    except KeyError:
        if len(_known) > 10_000:
            _known.clear()
        mnemonic = _known[word] = _take_apart(word.upper())
        return mnemonic


def _take_apart(word: str) -> Mnemonic | None:
    for length in range(1, len(word) + 1):
        suffixes = BASES.get(word[:length])
        if suffixes is None:
            continue
        rest = word[length:]
        for suffix in suffixes:
            for condition in _conditions_around(rest, suffix):
                return Mnemonic(word[:length], suffix, condition)
    return None


def _conditions_around(rest: str, suffix: str) -> Iterable[int]:
    if rest == suffix:
        return (ALWAYS,)
    if rest.startswith(suffix) and rest[len(suffix) :] in CONDITION_SUFFIXES:
        return (CONDITION_SUFFIXES[rest[len(suffix) :]],)
    if rest.endswith(suffix) and rest[: len(rest) - len(suffix)] in CONDITION_SUFFIXES:
        return (CONDITION_SUFFIXES[rest[: len(rest) - len(suffix)]],)
    return ()


def mnemonic_names() -> list[str]:
    """Every mnemonic without condition, sorted."""
    return sorted(base + suffix for base, suffixes in BASES.items() for suffix in suffixes)


def encode(mnemonic: Mnemonic, operands: Sequence[Operand], address: int) -> int:
    """The word for a statement at `address` (32-bit unsigned). Raises EncodingError."""
    return _encode(mnemonic, operands, address, may_substitute=True)


def _encode(mnemonic: Mnemonic, operands: Sequence[Operand], address: int, *, may_substitute: bool) -> int:
    form, spelling, syntax = _choose(mnemonic, operands)
    fields: dict[str, int] = {"cond": mnemonic.condition}
    for index, (position, operand) in enumerate(zip(syntax, operands, strict=True)):
        try:
            fields.update(position.encode(operand, address))
        except NotEncodable as error:
            if not may_substitute:
                raise
            return _substitute(mnemonic, spelling, operands, index, address, error)
        except EncodingError as error:
            error.operand = index
            raise
    _check_fixed(mnemonic, spelling, fields)
    fields.update(spelling.fixed)
    if form.adjust is not None:
        form.adjust(fields)
    return form.pattern.join({field.name: fields.get(field.name, 0) for field in form.pattern.fields})


def _choose(mnemonic: Mnemonic, operands: Sequence[Operand]) -> tuple[Form, Spelling, Syntax]:
    furthest = -1
    wanted: dict[str, None] = {}
    advice: str | None = None
    syntaxes: list[Syntax] = []
    for form, spelling in mnemonic.choices:
        for syntax in spelling.syntaxes or form.syntaxes:
            syntaxes.append(syntax)
            if len(syntax) != len(operands):
                continue
            for index, (position, operand) in enumerate(zip(syntax, operands, strict=True)):
                if not position.accepts(operand):
                    if index > furthest:
                        furthest, advice = index, None
                        wanted.clear()
                    if index == furthest:
                        wanted[position.wanted] = None
                        advice = advice or position.advice(operand)
                    break
            else:
                return form, spelling, syntax
    if furthest < 0:
        raise _wrong_count(mnemonic, syntaxes, len(operands))
    syntaxes = [syntax for syntax in syntaxes if len(syntax) == len(operands)]
    expected = " or ".join(wanted)
    hint = advice or _usage(mnemonic, syntaxes)
    raise EncodingError("operand-kind", f"operand {furthest + 1} must be {expected}", hint, furthest)


def _wrong_count(mnemonic: Mnemonic, syntaxes: Sequence[Syntax], given: int) -> EncodingError:
    counts = sorted({len(syntax) for syntax in syntaxes})
    most = counts[-1]
    takes = " or ".join(map(str, counts)) if most else "no"
    message = f"{mnemonic.name} takes {takes} operand{'' if most == 1 else 's'}"
    if most:
        message += f", not {given or 'none'}"
    full = [syntax for syntax in syntaxes if len(syntax) == most]
    return EncodingError("operand-count", message, _usage(mnemonic, full), most if given > most else None)


def _usage(mnemonic: Mnemonic, syntaxes: Sequence[Syntax]) -> str:
    """`write ADD <Rd>, <Rn>, #<const> or ADD ...`, each pattern once."""
    patterns = (", ".join([position.notation for position in syntax]) for syntax in syntaxes)
    return "write " + " or ".join(f"{mnemonic.name} {pattern}".strip() for pattern in dict.fromkeys(patterns))


def _check_fixed(mnemonic: Mnemonic, spelling: Spelling, fields: dict[str, int]) -> None:
    """A user-mode transfer fixes the indexing mode that its address operand writes down as well."""
    if mnemonic.suffix.endswith("T") and "p" in spelling.fixed and fields.get("p") != spelling.fixed["p"]:
        raise EncodingError("operand-kind", f"{mnemonic.name} takes a post-indexed address", "write [Rn], #offset", 1)


def _substitute(
    mnemonic: Mnemonic,
    spelling: Spelling,
    operands: Sequence[Operand],
    index: int,
    address: int,
    error: NotEncodable,
) -> int:
    """The same meaning with the sister instruction and the complement of the immediate (spec 6.2)."""
    if spelling.substitute is not None:
        base, change = spelling.substitute
        value = (~error.value if change == "invert" else -error.value) & MASK32
        sister = Mnemonic(base, mnemonic.suffix, mnemonic.condition)
        try:
            changed = [*operands[:index], Immediate(value), *operands[index + 1 :]]
            return _encode(sister, changed, address, may_substitute=False)
        except EncodingError:
            pass
    hint = "load it with LDR Rd, =value and use the register"
    if mnemonic.base == "MOV":
        hint = f"use LDR Rd, =0x{error.value:X}"
    raise EncodingError("immediate", f"{mnemonic.name} cannot encode 0x{error.value:08X}", hint, index) from None
