"""Tokens: what a statement's text is made of, once comments are gone (spec assembly-language.md section 2)."""

from __future__ import annotations

import re

from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.source import encode
from emu.isa.registers import LR, PC, SP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Token: TypeAlias = tuple[int, str, int]
    """Kind, text, column."""

END, NAME, NUMBER, LITERAL, SIGN = range(5)
"""Kinds of token. END closes every list of tokens."""

_TOKEN = re.compile(
    r"[ \t]*+(?:([A-Za-z_.][A-Za-z0-9_.]*+)|([0-9][A-Za-z0-9_.]*+)"
    r"|(\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+')|(<<|>>|[][,:#{}!^=+*/%&|~()-])|(.))",
    re.DOTALL,
)

LABEL = re.compile(r"[ \t]*+([A-Za-z_.][A-Za-z0-9_.]*+|[0-9]++)[ \t]*+:")
WORD = re.compile(r"[ \t]*+([A-Za-z_.][A-Za-z0-9_.]*+)?[ \t]*+")


def tokens(text: str, start: int = 0) -> list[Token]:
    """The tokens of `text` from column `start` on. Raises StatementError for what is none."""
    found: list[Token] = []
    stop = len(text.rstrip(" \t"))
    for match in _TOKEN.finditer(text, start, stop):
        kind = match.lastindex
        assert kind is not None
        if kind == 5:
            raise _no_token(match[5], match.start(5))
        found.append((kind, match[kind], match.start(kind)))
    found.append((END, "", max(stop, start)))
    return found


def _no_token(character: str, column: int) -> StatementError:
    if character in "\"'":
        return StatementError(
            "unterminated-literal", f"this literal has no closing {character}", column, f"end it with {character}"
        )
    hint = None
    if character == "\\":
        hint = "a macro parameter is only known inside its macro, by its exact name"
    elif character == "$":
        hint = "hexadecimal numbers are written 0xFF"
    elif character == "–":
        hint = "this is a dash, not a minus sign"
    elif character in "“”‘’":
        hint = "use the straight quotes \" or '"
    return StatementError("unexpected-character", f"unexpected character '{character}'", column, hint)


# -- numbers and literals ------------------------------------------------------------------------------------

_BASES = {"0x": 16, "0X": 16, "0b": 2, "0B": 2, "0o": 8, "0O": 8}


def is_numeric_label(text: str) -> bool:
    """Whether a NUMBER token is a reference such as `1b`."""
    return text[-1] in "bf" and text[:-1].isdigit()


def number(text: str, column: int) -> int:
    """The value of a NUMBER token. Raises StatementError beyond 32 bits and for what is no number."""
    try:
        if text[:2] in _BASES:
            digits, base = text[2:], _BASES[text[:2]]
        elif text[0] == "0" and len(text) > 1:
            digits, base = text[1:], 8
        else:
            digits, base = text, 10
        if "_" in digits:
            raise ValueError
        if len(digits) > 40:
            digits = digits.lstrip("0") or "0"
        value = int(digits, base) if len(digits) <= 40 else _check_digits(digits, base)
    except ValueError:
        raise StatementError("number", f"{_short(text)} is not a number", column, _number_hint(text)) from None
    if value > 0xFFFFFFFF:
        raise StatementError("value-range", f"{_short(text)} does not fit in 32 bits", column)
    return value


def _check_digits(digits: str, base: int) -> int:
    for start in range(0, len(digits), 40):
        int(digits[start : start + 40], base)
    return 1 << 32


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:20] + "..."


def _number_hint(text: str) -> str | None:
    if text[0] == "0" and text.isdigit():
        return "a leading 0 makes a number octal: its digits are 0 to 7"
    if text[-1] in "hH":
        return f"hexadecimal numbers are written 0x{_short(text[:-1].lstrip('0') or '0')}"
    if "." in text:
        return "there are only whole numbers"
    if "_" in text:
        return "digits stand without separators"
    return None


_ESCAPES = {"n": 10, "t": 9, "r": 13, "\\": 92, '"': 34, "'": 39, "a": 7, "b": 8, "f": 12, "v": 11}
_OCTAL, _HEX = frozenset("01234567"), frozenset("0123456789abcdefABCDEF")


def literal(text: str) -> tuple[bytes, int]:
    """The bytes of a LITERAL token, and the column within it of the first invalid escape, or -1.

    An invalid escape stays as it is written.
    """
    body = text[1:-1]
    if "\\" not in body:
        return encode(body), -1
    pieces: list[bytes] = []
    position, invalid = 0, -1
    while (backslash := body.find("\\", position)) >= 0:
        pieces.append(encode(body[position:backslash]))
        position = backslash + 2
        mark = body[backslash + 1]
        code = _ESCAPES.get(mark, -1)
        if mark == "x" and len(digits := body[position : position + 2]) == 2 and _HEX.issuperset(digits):
            code = int(digits, 16)
            position += 2
        elif mark in _OCTAL:
            stop = position
            while stop < min(backslash + 4, len(body)) and body[stop] in _OCTAL:
                stop += 1
            if (value := int(body[backslash + 1 : stop], 8)) <= 0xFF:
                code, position = value, stop
        if code >= 0:
            pieces.append(bytes((code,)))
        else:
            if invalid < 0:
                invalid = backslash + 1
            pieces.append(encode(body[backslash:position]))
    pieces.append(encode(body[position:]))
    return b"".join(pieces), invalid


def character(text: str, column: int) -> int:
    """The code of the one byte in a LITERAL token. Raises StatementError."""
    data, invalid = literal(text)
    if invalid >= 0:
        raise StatementError("invalid-escape", "invalid escape sequence", column + invalid)
    if len(data) != 1:
        what = "no byte" if not data else f"{len(data)} bytes"
        hint = "a text goes into .ascii or .asciz" if len(data) > 1 else None
        raise StatementError("literal", f"a character is exactly one byte, this is {what}", column, hint)
    return data[0]


# -- registers -----------------------------------------------------------------------------------------------

_NAMED = {"SP": SP, "LR": LR, "PC": PC} | {f"R{n}": n for n in range(16)}
_registers: dict[str, int] = {}

ALIASES = {"FP": 11, "IP": 12, "SL": 10, "SB": 9}
ALIASES |= {f"A{n}": n - 1 for n in range(1, 5)} | {f"V{n}": n + 3 for n in range(1, 9)}
"""Names from the procedure call standard: registers only where the program does not use the name itself."""


def register(text: str) -> int:
    """The number of the register that a name spells, in any case, with leading zeros; -1 if it is none."""
    found = _registers.get(text)
    if found is None:
        upper = text.upper()
        found = _NAMED.get(upper, -1)
        if found < 0 and upper[:2] == "R0" and upper[1:].isdigit():
            found = _NAMED.get("R" + upper[1:].lstrip("0").rjust(1, "0"), -1)
        if len(_registers) > 5000:
            _registers.clear()
        _registers[text] = found
    return found
