"""Instructions: from the text of a statement to a mnemonic and its operands (spec assembly-language.md sections 3, 6).

What an operand is follows from how it is written and, for a bare name, from what the mnemonic wants. Whether the
operands suit the instruction is the encoder's business.
"""

from __future__ import annotations

from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.expressions import Expression, checked, parse
from emu.isa.assembler.lexer import ALIASES, END, NAME, register, tokens
from emu.isa.assembler.operands import (
    PendingImmediate,
    PendingIndex,
    PendingOffset,
    PendingShift,
    PendingTarget,
    immediate_offset,
)
from emu.isa.bits import MASK32
from emu.isa.instructions.operands import (
    SHIFT_NAMES,
    Immediate,
    ImmediateOffset,
    Memory,
    Register,
    RegisterList,
    RegisterOffset,
    ShiftedRegister,
    StatusRegister,
    Target,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import TypeAlias

    from emu.isa.assembler.expressions import Expr
    from emu.isa.assembler.lexer import Token
    from emu.isa.assembler.operands import Pending
    from emu.isa.instructions import Mnemonic
    from emu.isa.instructions.operands import Operand

    Parsed: TypeAlias = "Operand | Pending"

_BRANCHES = {"B", "BL", "BLX"}
_SERVICES = {"SWI", "SVC"}
_TRANSFERS = {"LDR", "STR"}
_BLOCKS = {"LDM", "STM", "PUSH", "POP"}
_ROTATABLE_AT = {"MOV": 1, "MVN": 1, "CMP": 1, "CMN": 1, "TST": 1, "TEQ": 1, "MSR": 1}
_ROTATABLE_AT |= dict.fromkeys(("ADD", "ADC", "SUB", "SBC", "RSB", "RSC", "AND", "ORR", "EOR", "BIC"), 2)
_SHIFTS = {name: name for name in SHIFT_NAMES} | {"ASL": "LSL"}
_STATUS_FIELDS = {"f": 8, "s": 4, "x": 2, "c": 1}


class Instruction:
    """A parsed instruction. Columns are relative to the mnemonic."""

    __slots__ = ("mnemonic", "operands", "columns", "literal", "is_symbolic", "aliases", "warnings", "word")

    def __init__(self, mnemonic: Mnemonic) -> None:
        self.mnemonic = mnemonic
        self.operands: list[Parsed] = []
        self.columns: list[int] = []
        self.literal: Expr | None = None
        """The expression of `LDR Rd, =expr`, which is not among the operands."""
        self.is_symbolic = False
        """Whether the word depends on symbols or on the address of the instruction."""
        self.aliases: list[str] = []
        """Names taken for registers that the program may define otherwise."""
        self.warnings: list[tuple[str, str, int, str]] = []
        self.word: int | None = None
        """The encoding, once known, of an instruction that is not symbolic."""


def parse_instruction(mnemonic: Mnemonic, text: str, start: int, names: Container[str] = ()) -> Instruction:
    """The instruction whose operands begin at column `start` of `text`; `names` are no register aliases.

    Raises StatementError.
    """
    parser = _Parser(mnemonic, tokens(text, start), names)
    try:
        return parser.run()
    except StatementError as error:
        error.met_alias = bool(parser.result.aliases)
        raise


class _Parser:
    def __init__(self, mnemonic: Mnemonic, found: list[Token], names: Container[str]) -> None:
        self.tokens = found
        self.position = 0
        self.names = names
        self.base = mnemonic.base
        self.result = Instruction(mnemonic)

    def run(self) -> Instruction:
        result, found = self.result, self.tokens
        if found[0][0] == END:
            return result
        while True:
            result.columns.append(found[self.position][2])
            result.operands.append(self.operand(len(result.operands)))
            if result.literal is not None:
                result.operands.pop()
            kind, text, column = found[self.position]
            if kind == END:
                return result
            if text != ",":
                raise StatementError("syntax", f"expected a comma or the end of the statement, not '{text}'", column)
            self.position += 1
            if found[self.position][0] == END:
                raise StatementError("syntax", "there is no operand after this comma", column)

    # -- one operand ------------------------------------------------------------------------------------------------

    def operand(self, index: int) -> Parsed:
        kind, text, column = self.tokens[self.position]
        if kind == NAME:
            number = self.register(text)
            if number >= 0:
                self.position += 1
                return self.after_register(number, index)
            return self.name(text, column, index)
        if text == "[":
            return self.memory()
        if text == "{":
            return self.register_list()
        if text == "=":
            return self.literal(index, column)
        if text == "#":
            self.position += 1
        value = self.expression()
        if self.base in _BRANCHES or (self.base == "ADR" and index):
            return self.target(value)
        if text != "#" and self.base in _TRANSFERS and index == 1:
            return self.target(value)
        if isinstance(value, Expression):
            self.result.is_symbolic = True
            return PendingImmediate(value)
        if text == "#" and _ROTATABLE_AT.get(self.base) == index and self.sign(",") and self.sign("#", 1):
            self.position += 2
            at = self.tokens[self.position][2]
            rotation = self.expression()
            if isinstance(rotation, Expression):
                raise StatementError("immediate", "an explicit rotation must be a plain number", at)
            return Immediate(value, rotation)
        return Immediate(value)

    def name(self, text: str, column: int, index: int) -> Parsed:
        base = self.base
        if base in _BRANCHES or (index and (base == "ADR" or base in _TRANSFERS)):
            return self.target(self.expression())
        if base in _SERVICES:
            value = self.expression()
            if isinstance(value, Expression):
                self.result.is_symbolic = True
                return PendingImmediate(value)
            return Immediate(value)
        if base in ("MRS", "MSR") and (status := _status_register(text)) is not None:
            self.position += 1
            return status
        raise self.invalid_register(text, column, index)

    def target(self, value: Expr) -> Parsed:
        self.result.is_symbolic = True
        return PendingTarget(value) if isinstance(value, Expression) else Target(value & MASK32)

    def after_register(self, number: int, index: int) -> Parsed:
        """A register, perhaps with writeback or a shift behind it."""
        _, text, column = self.tokens[self.position]
        if text == "!":
            if self.base not in _BLOCKS:
                raise StatementError(
                    "syntax", "'!' belongs behind the base register of LDM or STM, or behind ]", column
                )
            self.position += 1
            return Register(number, True)
        if index and text == ",":
            kind, word, column = self.tokens[self.position + 1]
            if kind == NAME and word.upper() in _SHIFTS and self.base not in _BLOCKS:
                self.position += 2
                return self.shifted(number, _SHIFTS[word.upper()])
        if not index and self.base in ("B", "BL") and number >= 0 and self.tokens[1][0] == END:
            way = "X" if self.base == "B" else "LX"
            raise StatementError(
                "operand-kind",
                f"{self.base} takes a label, not a register",
                self.tokens[0][2],
                f"use B{way} {self.tokens[0][1]}",
            )
        return Register(number)

    def shifted(self, rm: int, shift: str) -> Parsed:
        """The rest of `Rm, LSL #n`, `Rm, LSL Rs` or `Rm, RRX`."""
        if shift == "RRX":
            return ShiftedRegister(rm, shift)
        kind, text, column = self.tokens[self.position]
        if kind == NAME:
            rs = self.register(text)
            if rs < 0:
                raise self.invalid_register(text, column, 2)
            self.position += 1
            return ShiftedRegister(rm, shift, None, rs)
        value = self.amount()
        if isinstance(value, Expression):
            self.result.is_symbolic = True
            return PendingShift(value, rm, shift)
        return ShiftedRegister(rm, shift, value)

    def amount(self) -> Expr:
        if self.tokens[self.position][1] == "#":
            self.position += 1
        if self.tokens[self.position][0] == END:
            raise StatementError("shift", "the shift has no amount", self.tokens[self.position][2])
        return self.expression()

    def literal(self, index: int, column: int) -> Parsed:
        mnemonic = self.result.mnemonic
        if mnemonic.base != "LDR" or mnemonic.suffix or index != 1:
            raise StatementError(
                "operand-kind", f"only LDR takes =value, not {mnemonic.name}", column, "load the address with LDR first"
            )
        self.position += 1
        if self.tokens[self.position][1] == "#":
            self.position += 1
        self.result.literal = self.expression()
        self.result.is_symbolic = True
        kind, text, column = self.tokens[self.position]
        if kind != END:
            raise StatementError("syntax", f"expected the end of the statement, not '{text}'", column)
        return Register(0)

    # -- memory operands --------------------------------------------------------------------------------------------

    def memory(self) -> Parsed:
        opened = self.tokens[self.position][2]
        self.position += 1
        kind, text, column = self.tokens[self.position]
        base = self.register(text) if kind == NAME else -1
        if base < 0:
            raise self.invalid_base(kind, text, column)
        self.position += 1
        _, text, column = self.tokens[self.position]
        if text == ",":
            self.position += 1
            operand = self.offset(base)
            self.close(opened)
            if self.sign("!"):
                self.position += 1
                return _with_mode(operand, "pre")
            return operand
        self.close(opened)
        if self.sign("!"):
            column = self.tokens[self.position][2]
            self.position += 1
            message = "[Rn]! writes back the address it had before: it means [Rn, #0]!"
            self.result.warnings.append(("writeback", message, column, "leave out the !"))
            return Memory(base, ImmediateOffset(0), "pre")
        if self.sign(",") and self.base in _TRANSFERS:
            self.position += 1
            return _with_mode(self.offset(base), "post")
        return Memory(base, ImmediateOffset(0))

    def offset(self, base: int) -> Parsed:
        subtract = False
        kind, text, column = self.tokens[self.position]
        if text in ("+", "-"):
            following = self.tokens[self.position + 1]
            if following[1] == "#":
                self.position += 2
                return self.immediate_offset(base, text == "-")
            if following[0] == NAME and self.register(following[1]) >= 0:
                subtract = text == "-"
                self.position += 1
                kind, text, column = following
        if kind == NAME and (rm := self.register(text)) >= 0:
            self.position += 1
            return self.index(base, rm, subtract)
        if text == "#":
            self.position += 1
        elif text in ("]", "") or kind == END:
            raise StatementError("syntax", "expected an offset", column)
        return self.immediate_offset(base, False)

    def immediate_offset(self, base: int, negate: bool) -> Parsed:
        value = self.expression(check=not negate)
        if isinstance(value, Expression):
            self.result.is_symbolic = True
            return PendingOffset(value.negated() if negate else value, base, "offset")
        return Memory(base, immediate_offset(-value if negate else value))

    def index(self, base: int, rm: int, subtract: bool) -> Parsed:
        if self.sign(","):
            kind, text, column = self.tokens[self.position + 1]
            shift = _SHIFTS.get(text.upper()) if kind == NAME else None
            if shift is None:
                raise StatementError(
                    "shift", f"expected LSL, LSR, ASR, ROR or RRX, not '{text}'", column, self.nearest_shift(text)
                )
            self.position += 2
            if shift == "RRX":
                return Memory(base, RegisterOffset(rm, subtract, shift))
            kind, text, column = self.tokens[self.position]
            if kind == NAME and self.register(text) >= 0:
                raise StatementError("shift", "an offset cannot be shifted by a register", column, "shift it first")
            value = self.amount()
            if isinstance(value, Expression):
                self.result.is_symbolic = True
                return PendingIndex(value, base, rm, subtract, shift)
            return Memory(base, RegisterOffset(rm, subtract, shift, value))
        return Memory(base, RegisterOffset(rm, subtract))

    def close(self, opened: int) -> None:
        kind, text, column = self.tokens[self.position]
        if text != "]":
            if kind == END:
                raise StatementError("syntax", "this bracket is not closed", opened, "add ]")
            raise StatementError("syntax", f"expected ], not '{text}'", column)
        self.position += 1

    # -- register lists ---------------------------------------------------------------------------------------------

    def register_list(self) -> Parsed:
        opened = self.tokens[self.position][2]
        self.position += 1
        mask = 0
        if self.sign("}"):
            raise StatementError("register-list", "a register list cannot be empty", opened)
        while True:
            first = self.member(opened)
            if self.sign("-"):
                self.position += 1
                column = self.tokens[self.position][2]
                last = self.member(opened)
                if last < first:
                    raise StatementError("register-list", "a range of registers must ascend", column)
                mask |= (2 << last) - (1 << first)
            else:
                mask |= 1 << first
            kind, text, column = self.tokens[self.position]
            if text == "}":
                break
            if kind == END:
                raise StatementError("syntax", "this register list is not closed", opened, "add }")
            if text != ",":
                raise StatementError("register-list", f"expected a comma or }}, not '{text}'", column)
            self.position += 1
        self.position += 1
        if self.sign("^"):
            self.position += 1
            return RegisterList(mask, True)
        return RegisterList(mask)

    def member(self, opened: int) -> int:
        kind, text, column = self.tokens[self.position]
        if kind == END:
            raise StatementError("syntax", "this register list is not closed", opened, "add }")
        number = self.register(text) if kind == NAME else -1
        if number < 0:
            raise StatementError("register-list", f"'{text}' is not a register", column, _register_hint(text))
        self.position += 1
        return number

    # -- what all of them need --------------------------------------------------------------------------------------

    def register(self, text: str) -> int:
        number = register(text)
        if number < 0 and (upper := text.upper()) in ALIASES and text not in self.names:
            self.result.aliases.append(text)
            return ALIASES[upper]
        return number

    def expression(self, *, check: bool = True) -> Expr:
        column = self.tokens[self.position][2]
        value, self.position = parse(self.tokens, self.position)
        if check and not isinstance(value, Expression):
            checked(value, column)
        return value

    def sign(self, text: str, ahead: int = 0) -> bool:
        position = self.position + ahead
        return position < len(self.tokens) and self.tokens[position][1] == text

    def invalid_register(self, text: str, column: int, index: int) -> StatementError:
        hint = (self.nearest_shift(text) if index >= 2 else None) or _register_hint(text)
        if hint is None:
            if self.base == "BX":
                hint = f"to branch to a label write B {text}"
            elif text[:4].upper() in ("CPSR", "SPSR"):
                hint = "MRS and MSR know CPSR and SPSR, MSR also with fields: CPSR_f"
            elif not index:
                hint = "the first operand is a register"
            else:
                hint = f"for the value of {text} write #{text}"
                if self.base == "MOV":
                    hint += f", or load it: LDR {self.tokens[0][1]}, ={text}"
        return StatementError("invalid-register", f"invalid register '{text}'", column, hint)

    def invalid_base(self, kind: int, text: str, column: int) -> StatementError:
        if kind == END:
            return StatementError("syntax", "this bracket is not closed", self.tokens[self.position - 1][2], "add ]")
        if kind != NAME:
            return StatementError("invalid-register", f"a register must follow the bracket, not '{text}'", column)
        hint = (
            _register_hint(text)
            or f"for the word at {text} write {self.result.mnemonic.name} {self.tokens[0][1]}, {text}"
        )
        return StatementError("invalid-register", f"invalid register '{text}'", column, hint)

    def nearest_shift(self, text: str) -> str | None:
        from emu.isa.assembler.suggest import did_you_mean

        return did_you_mean(text.upper(), _SHIFTS)


def _with_mode(operand: Parsed, mode: str) -> Parsed:
    if isinstance(operand, Memory):
        return Memory(operand.base, operand.offset, mode)
    assert isinstance(operand, (PendingOffset, PendingIndex))
    operand.mode = mode
    return operand


def _status_register(text: str) -> StatusRegister | None:
    name, underscore, letters = text.upper().partition("_")
    if name not in ("CPSR", "SPSR"):
        return None
    if not underscore:
        return StatusRegister(name == "SPSR")
    fields = 0
    if letters in ("ALL", "FLG", "CTL"):
        fields = {"ALL": 9, "FLG": 8, "CTL": 1}[letters]
    else:
        for letter in letters.lower():
            field = _STATUS_FIELDS.get(letter, 0)
            if not field or fields & field:
                return None
            fields |= field
    return StatusRegister(name == "SPSR", fields) if fields else None


def _register_hint(text: str) -> str | None:
    digits = text[1:]
    if text[0] in "rR" and digits.isdigit():
        return "the registers are R0 to R15"
    if text[0] in "rR" and digits.upper() == "O":
        return "did you mean R0?"
    return None
