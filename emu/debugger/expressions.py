"""The expressions of print, conditions and the evaluate request (spec debugger.md section 6).

Theory of operation. `parse` turns text into a tree once; `evaluate` computes it against a `Context`: registers, flags,
memory, symbols and value history. Everything is 32-bit unsigned and wraps. Whatever is wrong is an `ExpressionError`
with a text for people; nothing of the input is ever dropped silently.

    loose to tight:  ||  &&  |  ^  &  == !=  < <= > >=  << >>  + -  * / %  unary - ~ ! +  * [ ]

People come from other debuggers: `$pc` is the register whatever labels there are, and `&label` is `label`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeAlias

from emu.isa.bits import MASK32
from emu.isa.faults import MemoryFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.isa.machine import Machine

MAX_LENGTH = 4096
"""Longest expression, in characters."""
MAX_DEPTH = 32
"""Deepest nesting of brackets and unary operators."""


class ExpressionError(Exception):
    """Not an expression, or one without a value. `column` counts from 1; 0 where no place is to blame."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


class Context(Protocol):
    """Where the names of an expression get their values. All numbers are 32-bit unsigned."""

    def register(self, number: int) -> int:
        """R0 to R15; 15 is the address of the next instruction."""

    def flags(self) -> tuple[bool, bool, bool, bool]:
        """N, Z, C, V."""

    def symbol(self, name: str) -> int | None:
        """The value of a label or constant, spelled exactly so."""

    def load(self, address: int, size: int) -> int:
        """The unsigned value of 1, 2 or 4 bytes. Raises ExpressionError if they cannot be read."""

    def history(self, number: int) -> int | None:
        """An earlier value, counted from 1."""


Node: TypeAlias = Callable[[Context], int]
"""A parsed expression. Call it with a context."""

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>0[xX][0-9a-fA-F]+ | 0[bB][01]+ | 0[oO][0-7]+ | [0-9]+)(?![\w.])
  | '(?P<char>\\.|[^'\\])'
  | \$(?P<history>[0-9]+)(?!\w)
  | \$(?P<dollar>[A-Za-z]\w*)
  | (?P<name>[A-Za-z_.][\w.]*)
  | (?P<operator><<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~!()\[\]<>])
    )""",
    re.VERBOSE | re.ASCII,
)
_ESCAPES = {"n": 10, "t": 9, "r": 13, "0": 0, "\\": 92, "'": 39, '"': 34}
_REGISTERS = {**{f"r{number}": number for number in range(16)}, "sp": 13, "lr": 14, "pc": 15}
_FLAGS = {"n": 0, "z": 1, "c": 2, "v": 3}
_SIZES = {".b": 1, ".h": 2, ".w": 4}
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", "<=", ">", ">="), ("<<", ">>"), ("+", "-"),
    ("*", "/", "%"),
)  # fmt: skip


def evaluate(text: str, context: Context) -> int:
    """The value of an expression. Raises ExpressionError."""
    return parse(text)(context)


def parse(text: str) -> Node:
    """A tree that can be evaluated many times. Raises ExpressionError."""
    if not text.strip():
        raise ExpressionError("empty expression")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters")
    return _Parser(text).parse()


class _Token:
    __slots__ = ("column", "end", "kind", "text")

    def __init__(self, kind: str, text: str, column: int, end: int) -> None:
        self.kind = kind
        self.text = text
        self.column = column
        self.end = end


def _tokens(text: str) -> list[_Token]:
    tokens = []
    position = 0
    stripped = len(text.rstrip())
    while position < stripped:
        match = _TOKEN.match(text, position)
        if match is None:
            rest = text[position:].lstrip()
            column = len(text) - len(rest) + 1
            number = re.match(r"\$?[0-9][\w.]*", rest, re.ASCII)
            if number is not None:
                raise ExpressionError(f"invalid number: {number[0]}", column)
            raise ExpressionError(f"unexpected character: {rest[0]}", column)
        kind = match.lastgroup or ""
        column = match.start(kind) + 1
        tokens.append(_Token(kind, match[kind], column, match.end()))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._position = 0
        self._depth = 0

    def parse(self) -> Node:
        node = self._binary(0)
        if self._position < len(self._tokens):
            token = self._tokens[self._position]
            raise ExpressionError(f"unexpected token: {token.text}", token.column)
        return node

    def _operator(self, *texts: str) -> str | None:
        if self._position < len(self._tokens):
            token = self._tokens[self._position]
            if token.kind == "operator" and token.text in texts:
                self._position += 1
                return token.text
        return None

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        first = self._binary(level + 1)
        rest: list[tuple[str, Node]] = []
        while (operator := self._operator(*_LEVELS[level])) is not None:
            rest.append((operator, self._binary(level + 1)))
        return _chain(first, rest) if rest else first

    def _unary(self) -> Node:
        operator = self._operator("-", "~", "!", "+", "&")
        if operator is None:
            return self._primary()
        self._deeper()
        if operator == "&":
            self._require_name()
        operand = self._unary()
        self._depth -= 1
        match operator:
            case "-":
                return lambda context: -operand(context) & MASK32
            case "~":
                return lambda context: ~operand(context) & MASK32
            case "!":
                return lambda context: int(not operand(context))
        return operand

    def _require_name(self) -> None:
        """`&LABEL` is the label's address, and so is `LABEL`; of anything else there is no address to take."""
        token = self._tokens[self._position] if self._position < len(self._tokens) else None
        if token is None or token.kind != "name" or token.text.lower() in _REGISTERS:
            raise ExpressionError("& takes the address of a label")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError("the expression is nested too deeply")

    def _primary(self) -> Node:
        if self._position >= len(self._tokens):
            raise ExpressionError(f"invalid expression: {self._text.strip()}", len(self._text) + 1)
        token = self._tokens[self._position]
        self._position += 1
        match token.kind:
            case "number":
                value = _number(token)
                return lambda _context: value
            case "char":
                code = _character(token)
                return lambda _context: code
            case "history":
                return _from_history(int(token.text))
            case "name":
                return _named(token)
            case "dollar":
                return _dollar(token)
        if token.text in ("(", "[", "*"):
            self._deeper()
            node = self._bracketed(token)
            self._depth -= 1
            return node
        raise ExpressionError(f"unexpected token: {token.text}", token.column)

    def _bracketed(self, token: _Token) -> Node:
        if token.text == "*":
            return _load(self._primary(), 4)
        inner = self._binary(0)
        closing = ")" if token.text == "(" else "]"
        if self._operator(closing) is None:
            raise ExpressionError(f"missing {closing}", token.column)
        if token.text == "(":
            return inner
        return _load(inner, self._size())

    def _size(self) -> int:
        """`.b` and `.h` right behind a bracket."""
        if self._position < len(self._tokens):
            token = self._tokens[self._position]
            if token.kind == "name" and token.text.lower() in _SIZES:
                self._position += 1
                return _SIZES[token.text.lower()]
        return 4


def _number(token: _Token) -> int:
    text = token.text.lower()
    try:
        if text[:2] in ("0x", "0b", "0o"):
            value = int(text, 0)
        elif text[0] == "0" and all(digit in "01234567" for digit in text):
            value = int(text, 8)
        else:
            value = int(text)
    except ValueError:
        value = MASK32 + 1
    if value > MASK32:
        raise ExpressionError(f"number out of range: {token.text[:40]}", token.column)
    return value


def _character(token: _Token) -> int:
    text = token.text
    if text[0] != "\\":
        return ord(text)
    code = _ESCAPES.get(text[1])
    if code is None:
        raise ExpressionError(f"unknown escape: {text}", token.column)
    return code


def _from_history(number: int) -> Node:
    def value(context: Context) -> int:
        found = context.history(number)
        if found is None:
            raise ExpressionError(f"value ${number} not in history")
        return found

    return value


def _named(token: _Token) -> Node:
    name = token.text
    lower = name.lower()
    register = _REGISTERS.get(lower)
    if register is not None:
        return lambda context: context.register(register)
    if lower[0] == "r" and lower[1:].isdigit():
        raise ExpressionError(f"invalid register: {name}", token.column)

    def value(context: Context) -> int:
        found = context.symbol(name)
        if found is not None:
            return found & MASK32
        if lower == "cpsr":
            return _flags_word(context)
        if lower in _FLAGS:
            return int(context.flags()[_FLAGS[lower]])
        raise ExpressionError(f"unknown symbol: {name}", token.column)

    return value


def _dollar(token: _Token) -> Node:
    """`$pc`, `$r0`, `$cpsr`: only registers and flags, whatever labels there are."""
    lower = token.text.lower()
    if lower in _REGISTERS or (lower[0] == "r" and lower[1:].isdigit()):
        return _named(token)
    if lower == "cpsr":
        return _flags_word
    flag = _FLAGS.get(lower)
    if flag is not None:
        return lambda context: int(context.flags()[flag])
    raise ExpressionError(f"unknown register: ${token.text}", token.column)


def _flags_word(context: Context) -> int:
    n, z, c, v = context.flags()
    return n << 31 | z << 30 | c << 29 | v << 28


def _load(address: Node, size: int) -> Node:
    return lambda context: context.load(address(context), size)


def _divide(left: int, right: int) -> int:
    if right == 0:
        raise ExpressionError("division by zero")
    return left // right


def _remainder(left: int, right: int) -> int:
    if right == 0:
        raise ExpressionError("division by zero")
    return left % right


_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "|": lambda left, right: left | right,
    "^": lambda left, right: left ^ right,
    "&": lambda left, right: left & right,
    "==": lambda left, right: int(left == right),
    "!=": lambda left, right: int(left != right),
    "<": lambda left, right: int(left < right),
    "<=": lambda left, right: int(left <= right),
    ">": lambda left, right: int(left > right),
    ">=": lambda left, right: int(left >= right),
    "<<": lambda left, right: (left << right) & MASK32 if right < 32 else 0,
    ">>": lambda left, right: left >> right if right < 32 else 0,
    "+": lambda left, right: (left + right) & MASK32,
    "-": lambda left, right: (left - right) & MASK32,
    "*": lambda left, right: (left * right) & MASK32,
    "/": _divide,
    "%": _remainder,
}


def _chain(first: Node, rest: list[tuple[str, Node]]) -> Node:
    """Operators of one level from left to right, in a loop: a sum of a thousand terms must not recurse."""
    operator = rest[0][0]
    nodes = (first, *(node for _, node in rest))
    if operator == "&&":
        return lambda context: int(all(node(context) for node in nodes))
    if operator == "||":
        return lambda context: int(any(node(context) for node in nodes))
    operations = [(_OPERATIONS[text], node) for text, node in rest]

    def value(context: Context) -> int:
        result = first(context)
        for operation, node in operations:
            result = operation(result, node(context))
        return result

    return value


class MachineContext:
    """The names and values of a machine and its program."""

    def __init__(self, machine: Machine, history: Sequence[int] = ()) -> None:
        self._machine = machine
        self._history = history

    def register(self, number: int) -> int:
        """See Context."""
        return self._machine.registers[number]

    def flags(self) -> tuple[bool, bool, bool, bool]:
        """See Context."""
        n, z, c, v = self._machine.flags
        return bool(n), bool(z), bool(c), bool(v)

    def symbol(self, name: str) -> int | None:
        """See Context."""
        program = self._machine.program
        symbol = program.symbols.get(name) if program is not None else None
        return symbol.value if symbol is not None else None

    def load(self, address: int, size: int) -> int:
        """See Context. Looks without waking watchpoints."""
        memory = self._machine.memory
        if address % size:
            raise ExpressionError(f"failed to read memory at 0x{address:08X}: unaligned access")
        try:
            memory.require_mapped(address, size)
        except MemoryFault as error:
            raise ExpressionError(f"failed to read memory at 0x{address:08X}: {error.fault.message}") from None
        return int.from_bytes(memory.peek(address, size), "little")

    def history(self, number: int) -> int | None:
        """See Context."""
        return self._history[number - 1] if 0 < number <= len(self._history) else None


class ValueHistory:
    """The values of successful evaluations, `$1` first. Beyond LIMIT the oldest go and all numbers shift."""

    LIMIT = 1000

    def __init__(self) -> None:
        self.values: list[int] = []

    def add(self, value: int) -> None:
        """Appends a value."""
        self.values.append(value)
        if len(self.values) > self.LIMIT:
            del self.values[0]
