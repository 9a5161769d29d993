"""Expressions: what the specification's tables say, and that no text does any harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.debugger.expressions import MAX_DEPTH, ExpressionError, MachineContext, ValueHistory, evaluate, parse
from emu.isa.assembler import assemble
from emu.isa.machine import Machine

SOURCE = b"""
        .org 0x8000
_start: MOV R0, #1
Loop:   B Loop
        .org 0x20000
d:      .word 0x11223344, 7
n:      .word 5
"""


def context(history: tuple[int, ...] = ()) -> MachineContext:
    """A loaded machine with some values in its registers."""
    program = assemble(SOURCE).program
    assert program is not None
    machine = Machine()
    machine.load(program)
    machine.registers[1], machine.registers[2] = 5, 0x20000
    machine.flags[:] = [True, False, True, False]
    return MachineContext(machine, history)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", 42), ("2147483648", 1 << 31), ("4294967295", 0xFFFFFFFF), ("-1", 0xFFFFFFFF), ("-2147483648", 1 << 31),
        ("0xFF", 255), ("0XfF", 255), ("0b101", 5), ("010", 8), ("089", 89), ("0o52", 42), ("'A'", 65), (r"'\n'", 10),
        ("0", 0), (r"'\''", 39), ("' '", 32),
        ("r1", 5), ("R1", 5), ("sp", 0x50000), ("SP", 0x50000), ("pc", 0x8000), ("r15", 0x8000), ("lr", 0),
        ("_start", 0x8000), ("Loop", 0x8004), ("d", 0x20000),
        ("[d]", 0x11223344), ("[d].b", 0x44), ("[d].h", 0x3344), ("[d+1].b", 0x33), ("*d", 0x11223344),
        ("*d+4", 0x11223348), ("[d+4]", 7), ("*r2", 0x11223344), ("*(d+4)", 7), ("[[d+4] - 7 + d]", 0x11223344),
        ("5-3", 2), ("r1-1", 4), ("- 1", 0xFFFFFFFF), ("-r1", 0xFFFFFFFB), ("~1", 0xFFFFFFFE), ("!1", 0), ("!0", 1),
        ("+5", 5), ("--5", 5), ("r1==5", 1), ("1<2", 1), ("2<=1", 0), ("-1 > 1", 1), ("1>=1", 1), ("1!=1", 0),
        ("7 % 4", 3), ("1 && 2", 1), ("0 || 0", 0), ("0 && 1/0", 0), ("1 || 1/0", 1),
        ("1 << 31", 1 << 31), ("1 << 32", 0), ("1 >> 32", 0), ("8 / 3", 2), ("-8 / 2", 0x7FFFFFFC),
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 - 3 - 2", 5), ("1 | 2 ^ 2 & 3", 1), ("1 | 2 == 2", 1),
        ("1 << 2 + 1", 8), ("2 & 3 == 3", 0), ("0xFFFFFFFF + 2", 1), ("0x10000 * 0x10000", 0), ("2 - 3", 0xFFFFFFFF),
        ("cpsr", 0xA0000000), ("c", 1), ("z", 0), ("n", 0x20008), ("1+1" + "+1" * 2000, 2002),
    ],
)  # fmt: skip
def test_value(text: str, value: int) -> None:
    assert evaluate(text, context()) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty expression"),
        ("   ", "empty expression"),
        ("nowhere", "unknown symbol: nowhere"),
        ("loop", "unknown symbol: loop"),
        ("1 2", "unexpected token: 2"),
        ("r0 = 5", "unexpected character: ="),
        ("5 @ 3", "unexpected character: @"),
        ("r16", "invalid register: r16"),
        ("1/0", "division by zero"),
        ("1%0", "division by zero"),
        ("$9", "value $9 not in history"),
        ("$0", "value $0 not in history"),
        ("[0x100]", "failed to read memory at 0x00000100: "),
        ("[d+1]", "failed to read memory at 0x00020001: unaligned access"),
        ("[d", "missing ]"),
        ("(1", "missing )"),
        ("1)", "unexpected token: )"),
        ("1 +", "invalid expression: 1 +"),
        ("4294967296", "number out of range: 4294967296"),
        ("0x1FFFFFFFF", "number out of range"),
        ("12abc", "invalid number: 12abc"),
        ("0b2", "invalid number: 0b2"),
        (r"'\q'", "unknown escape: \\q"),
        ("(" * (MAX_DEPTH + 1) + "1", "nested too deeply"),
        ("-" * 4000 + "1", "nested too deeply"),
        ("1" * 5000, "longer than"),
        ("9" * 4000, "number out of range"),
    ],
)
def test_problem(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, context())
    assert message in caught.value.message


def test_the_deepest_nesting_of_all_levels_is_no_recursion_error() -> None:
    one = "1||1&&1|1^1&1==1<1<<1+1*("
    assert evaluate(one * MAX_DEPTH + "1" + ")" * MAX_DEPTH, context()) == 1


def test_history_is_numbered_from_one_and_shifts_beyond_its_limit() -> None:
    history = ValueHistory()
    for value in range(ValueHistory.LIMIT):
        history.add(value)
    assert evaluate("$1 + $3", MachineContext(Machine(), history.values)) == 2
    history.add(5000)
    assert history.values[0] == 1
    assert evaluate("$1000", MachineContext(Machine(), history.values)) == 5000


def test_a_condition_is_parsed_once_and_evaluated_anew() -> None:
    machine = Machine()
    node = parse("r0 == 2")
    assert node(MachineContext(machine)) == 0
    machine.registers[0] = 2
    assert node(MachineContext(machine)) == 1


numbers = st.integers(0, 0xFFFFFFFF).map(lambda value: (hex(value), value))


def _combined(children: st.SearchStrategy[tuple[str, int]]) -> st.SearchStrategy[tuple[str, int]]:
    def combine(left: tuple[str, int], operator: str, right: tuple[str, int]) -> tuple[str, int]:
        (a, x), (b, y) = left, right
        value = {
            "+": x + y, "-": x - y, "*": x * y, "&": x & y, "|": x | y, "^": x ^ y, "==": x == y, "<": x < y,
            ">=": x >= y, "&&": bool(x) and bool(y), "||": bool(x) or bool(y),
        }[operator]  # fmt: skip
        return f"({a} {operator} {b})", int(value) & 0xFFFFFFFF

    operators = st.sampled_from(["+", "-", "*", "&", "|", "^", "==", "<", ">=", "&&", "||"])
    return st.builds(combine, children, operators, children)


@given(st.recursive(numbers, _combined, max_leaves=12))
def test_bracketed_expressions_are_what_python_says(expression: tuple[str, int]) -> None:
    text, value = expression
    assert evaluate(text, context()) == value


@given(st.text(alphabet="r0189xb$'\\[]()*-+<>=&|!~ .dn\n@é", max_size=60) | st.text(max_size=30))
def test_any_text_has_a_value_or_a_reason(text: str) -> None:
    try:
        outcome: int | str = evaluate(text, context())
    except ExpressionError as error:
        outcome = error.message
    assert outcome if isinstance(outcome, str) else 0 <= outcome <= 0xFFFFFFFF
