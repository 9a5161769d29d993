"""Expressions: parsed to postfix code, evaluated on unbounded integers (spec assembly-language.md section 10).

Theory of operation. The parser is an operator-precedence parser with an explicit stack, so parentheses nest as deep
as a line is long without using Python's own stack. Its output is postfix code in which whatever can be computed
without knowing a symbol has been computed already; most expressions shrink to one integer and are passed on as a
plain `int`.
"""

from __future__ import annotations

from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.lexer import END, LITERAL, NAME, NUMBER, character, is_numeric_label, number, register

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from emu.isa.assembler.lexer import Token
    from emu.isa.assembler.symbols import SymbolTable

    Step: TypeAlias = "int | tuple[int, str, int]"
    Expr: TypeAlias = "int | Expression"

_OPERATOR, _SYMBOL, _HERE, _NUMERIC = range(4)

_LEVELS = {"*": 3, "/": 3, "%": 3, "<<": 3, ">>": 3, "|": 2, "&": 2, "^": 2, "+": 1, "-": 1}
_UNARY = {"-": "neg", "+": "pos", "~": "not"}
_UNARY_LEVEL = 4
_WIDEST = 4096

INT_MIN, UINT_MAX = -(1 << 31), (1 << 32) - 1


class Expression:
    """Postfix code with at least one symbol in it. `column` is where it begins."""

    __slots__ = ("code", "column")

    def __init__(self, code: list[Step], column: int) -> None:
        self.code = code
        self.column = column

    def names(self) -> list[tuple[str, int]]:
        """The symbols named, each with its column. Numeric labels and the location counter are none."""
        return [(step[1], step[2]) for step in self.code if not isinstance(step, int) and step[0] == _SYMBOL]

    def is_local(self) -> bool:
        """Whether the value depends on where the expression stands."""
        return any(not isinstance(step, int) and step[0] in (_HERE, _NUMERIC) for step in self.code)

    def key(self) -> tuple[object, ...]:
        """Equal for expressions that differ in white space and the spelling of numbers only."""
        return tuple(step if isinstance(step, int) else step[:2] for step in self.code)

    def negated(self) -> Expression:
        """The same with a minus in front."""
        return Expression([*self.code, (_OPERATOR, "neg", self.column)], self.column)

    def evaluate(self, symbols: SymbolTable, serial: int, here: int) -> int:
        """The value for the statement number `serial` at address `here`. Raises StatementError."""
        code = self.code
        if len(code) == 1:
            return _term(code[0], symbols, serial, here)
        stack: list[int] = []
        for step in code:
            if isinstance(step, int):
                stack.append(step)
            elif step[0] != _OPERATOR:
                stack.append(_term(step, symbols, serial, here))
            elif step[1] in _LEVELS:
                right = stack.pop()
                stack[-1] = _binary(step[1], stack[-1], right, step[2])
            else:
                stack[-1] = _unary(step[1], stack[-1])
        return stack[0]


def _term(step: Step, symbols: SymbolTable, serial: int, here: int) -> int:
    if isinstance(step, int):
        return step
    kind, name, column = step
    if kind == _SYMBOL:
        return symbols.value(name, serial, column)
    if kind == _HERE:
        return here
    return symbols.numeric(name, serial, column)


def _unary(operator: str, value: int) -> int:
    if operator == "neg":
        return -value
    return ~value if operator == "not" else value


def _binary(operator: str, left: int, right: int, column: int) -> int:
    if operator == "+":
        value = left + right
    elif operator == "-":
        value = left - right
    elif operator == "*":
        value = left * right
    elif operator in ("/", "%"):
        if right == 0:
            raise StatementError("expression", "division by zero", column)
        quotient = abs(left) // abs(right)
        if (left < 0) != (right < 0):
            quotient = -quotient
        value = quotient if operator == "/" else left - quotient * right
    elif operator in ("<<", ">>"):
        if right < 0 or (operator == "<<" and right > _WIDEST):
            raise StatementError("expression", f"cannot shift by {right}", column)
        value = left << right if operator == "<<" else left >> min(right, 2 * _WIDEST)
    elif operator == "|":
        value = left | right
    elif operator == "&":
        value = left & right
    else:
        value = left ^ right
    if value.bit_length() > _WIDEST:
        raise StatementError("expression", f"an intermediate result has more than {_WIDEST} bits", column)
    return value


def checked(value: int, column: int) -> int:
    """`value` if it is one that 32 bits can hold, signed or unsigned. Raises StatementError otherwise."""
    if INT_MIN <= value <= UINT_MAX:
        return value
    shown = str(value) if value.bit_length() < 80 else "this value"
    raise StatementError("value-range", f"{shown} does not fit in 32 bits", column)


def parse(tokens: list[Token], start: int) -> tuple[Expr, int]:
    """The expression that begins at token `start`, and the index of the first token after it. Raises StatementError."""
    kind, text, first_column = tokens[start]
    if kind == NUMBER and tokens[start + 1][1] in ("", ",", "]") and not is_numeric_label(text):
        return number(text, first_column), start + 1
    output: list[Step] = []
    waiting: list[tuple[int, str, int]] = []
    """Operators whose right side is still being read: level (0 for a parenthesis), name, column."""
    position = start
    parentheses = 0
    while True:
        kind, text, column = tokens[position]
        if kind == NUMBER:
            output.append((_NUMERIC, text, column) if is_numeric_label(text) else number(text, column))
        elif kind == LITERAL:
            output.append(character(text, column))
        elif kind == NAME:
            output.append(_name(text, column))
        elif text in _UNARY:
            waiting.append((_UNARY_LEVEL, _UNARY[text], column))
            position += 1
            continue
        elif text == "(":
            waiting.append((0, "(", column))
            parentheses += 1
            position += 1
            continue
        else:
            found = f"'{text}'" if kind != END else "the end of the statement"
            raise StatementError("syntax", f"expected a number or a name, not {found}", column)
        position += 1
        kind, text, column = tokens[position]
        while text == ")" and parentheses:
            while waiting[-1][0]:
                _apply(output, *waiting.pop()[1:])
            waiting.pop()
            parentheses -= 1
            position += 1
            kind, text, column = tokens[position]
        level = _LEVELS.get(text, 0)
        while waiting and waiting[-1][0] >= max(level, 1):
            _apply(output, *waiting.pop()[1:])
        if not level:
            if parentheses:
                opened = next(column for level, _, column in reversed(waiting) if not level)
                raise StatementError("syntax", "this parenthesis is not closed", opened, "add )")
            break
        waiting.append((level, text, column))
        position += 1
    if len(output) == 1 and isinstance(output[0], int):
        return output[0], position
    return Expression(output, first_column), position


def _name(text: str, column: int) -> Step:
    if text == ".":
        return _HERE, text, column
    if register(text) >= 0:
        raise StatementError("invalid-operand", f"{text} is a register; a number or a name is needed here", column)
    return _SYMBOL, text, column


def _apply(output: list[Step], operator: str, column: int) -> None:
    """Adds an operator to postfix code, or its result if the operands are known."""
    last = output[-1]
    if isinstance(last, int):
        if operator not in _LEVELS:
            output[-1] = _unary(operator, last)
            return
        before = output[-2]
        if isinstance(before, int):
            output.pop()
            output[-1] = _binary(operator, before, last, column)
            return
    output.append((_OPERATOR, operator, column))
