"""Where a command shall take effect: labels, addresses, lines, expressions (spec debugger.md section 2.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from emu.debugger.expressions import evaluate
from emu.debugger.interface import DebuggerError

if TYPE_CHECKING:
    from emu.debugger.expressions import MachineContext
    from emu.isa.program import Program

_LINE = re.compile(r"(.*):([0-9]{1,9})")


def data_place(text: str, context: MachineContext, program: Program | None) -> int:
    """An address: a label, FILE:LINE or :LINE, or any expression. Raises DebuggerError, ExpressionError."""
    text = text.strip()
    if not text:
        raise DebuggerError("a place is missing: a label, an address, :LINE or an expression")
    symbol = context.symbol(text)
    if symbol is not None:
        return symbol
    match = _LINE.fullmatch(text)
    if match is not None:
        return line_address(program, match[1].strip(), int(match[2]))
    return evaluate(text, context)


def code_place(text: str, context: MachineContext, program: Program | None) -> int:
    """As `data_place`, but `*ADDRESS` is the address itself, as in other debuggers. Nothing at all is the PC."""
    text = text.strip().removeprefix("*")
    return data_place(text, context, program) if text else context.register(15)


def is_file(name: str, wanted: str) -> bool:
    """Whether a file of the program is meant by `wanted`: nothing, its name, or the end of its path."""
    return not wanted or name == wanted or name.endswith("/" + wanted)


def line_address(program: Program | None, file: str, number: int) -> int:
    """The first instruction of a line, or of the next one that has any. Raises DebuggerError."""
    best: tuple[int, int] | None = None
    is_known = not file
    for line in program.source_map if program is not None else ():
        if not is_file(line.file, file):
            continue
        is_known = True
        if line.is_code and line.line >= number and (best is None or (line.line, line.address) < best):
            best = (line.line, line.address)
    if not is_known:
        raise DebuggerError(f"no source file is called {file}")
    if best is None:
        raise DebuggerError(f"there is no instruction at or after line {number}")
    return best[1]
