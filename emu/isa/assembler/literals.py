"""Literal pools: which word of which pool every `LDR Rd, =value` loads (spec assembly-language.md section 7).

Theory of operation. A value that MOV or MVN can express needs no pool. The others wait for the next `.ltorg`, whose
size was fixed in the first pass, or for the pool at the end of the program. A value is looked for in the pools that
are filled already and within reach before it gets a word of its own. If the end pool is out of reach because code and
data lie in separate blocks, the value is put behind the block of its load instead.
"""

from __future__ import annotations

from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.expressions import Expression, checked
from emu.isa.assembler.image import blocks_of
from emu.isa.assembler.statements import InstructionStatement, PoolStatement
from emu.isa.bits import MASK32
from emu.isa.instructions.operands import Register, RegisterList
from emu.isa.instructions.syntax import rotated_immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.assembler.first_pass import FirstPass
    from emu.isa.assembler.statements import Statement

REACH = 4095
PC = 15
EXITS = {0}
"""Service calls that end a program."""
SEMIHOSTING = 0x123456
"""The service call that ends a program if R0 says so."""


def place_literals(first: FirstPass) -> dict[int, int]:
    """Values of all literals by the serial number of their load; fills the pools, adding some at the end if needed."""
    values: dict[int, int] = {}
    waiting: dict[int, None] = {}
    pools: list[PoolStatement] = []
    is_used = bool(first.pending)
    for statement in first.statements:
        if isinstance(statement, PoolStatement):
            is_used = True
            pools.append(statement)
    if not is_used:
        return values
    for statement in first.statements:
        if isinstance(statement, InstructionStatement) and statement.parsed is not None:
            literal = statement.parsed.literal
            if literal is not None and (value := _evaluate(first, statement)) is not None:
                values[statement.serial] = value
                if rotated_immediate(value) is None and rotated_immediate(value ^ MASK32) is None:
                    waiting[statement.serial] = None
    for index, pool in enumerate(pools):
        _fill(first, pool, pools[:index], values, waiting)
    _fill_end(first, pools, values, [use for use in first.pending if use.serial in waiting])
    _warn_of_fallthrough(first)
    return values


def _evaluate(first: FirstPass, statement: InstructionStatement) -> int | None:
    assert statement.parsed is not None
    literal = statement.parsed.literal
    assert literal is not None
    if not isinstance(literal, Expression):
        return literal & MASK32
    try:
        value = literal.evaluate(first.symbols, statement.serial, statement.address)
        return checked(value, literal.column) & MASK32
    except StatementError as error:
        if error.code == "undefined-symbol":
            error.hint = first.reporter.suggestion(error.message.rpartition(" ")[2], first.symbols)
        first.reporter.error(statement.frame, statement.index, error, statement.column)
        return None


def _within_reach(use: InstructionStatement, address: int) -> bool:
    return abs(address - (use.address + 8)) <= REACH


def _find(use: InstructionStatement, value: int, pools: list[PoolStatement]) -> int | None:
    for pool in pools:
        address = pool.address_of(value)
        if address is not None and _within_reach(use, address):
            return address
    return None


def _fill(
    first: FirstPass,
    pool: PoolStatement,
    earlier: list[PoolStatement],
    values: dict[int, int],
    waiting: dict[int, None],
) -> None:
    """The pool of a `.ltorg`."""
    for use in pool.uses:
        if use.serial not in waiting:
            continue
        value = values[use.serial]
        address = _find(use, value, earlier)
        if address is None:
            if value not in pool.words and 4 * len(pool.words) >= pool.size:
                # Only after an error can there be more values than the first pass counted.
                first.is_uncertain = True
                del values[use.serial]
                continue
            pool.words.setdefault(value, len(pool.words))
            address = pool.address_of(value)
            assert address is not None
            if not _within_reach(use, address):
                _out_of_reach(first, use, address)
                del values[use.serial]
                continue
        use.pool_address = address


def _fill_end(
    first: FirstPass, pools: list[PoolStatement], values: dict[int, int], uses: list[InstructionStatement]
) -> None:
    """The pool behind everything, and pools behind single blocks where that is too far away."""
    if not uses:
        return
    blocks = blocks_of(first.statements)
    end = max((stop for _, stop in blocks), default=0)
    last = _pool_at(uses[0], (end + 3) & ~3)
    behind: dict[int, PoolStatement] = {}
    for use in uses:
        value = values[use.serial]
        address = _find(use, value, pools)
        if address is None:
            position = last.words.get(value, len(last.words))
            address = last.address + 4 * position
            if _within_reach(use, address):
                last.words[value] = position
            else:
                stop = next(stop for start, stop in blocks if start <= use.address < stop)
                near = behind.setdefault(stop, last if stop == end else _pool_at(use, (stop + 3) & ~3))
                position = near.words.get(value, len(near.words))
                there = near.address + 4 * position
                if near is not last and _within_reach(use, there):
                    near.words[value] = position
                    address = there
                else:
                    _out_of_reach(first, use, address)
                    del values[use.serial]
                    continue
        use.pool_address = address
    for pool in sorted({id(p): p for p in (*behind.values(), last)}.values(), key=lambda p: p.address):
        if pool.words:
            pool.size = 4 * len(pool.words)
            pool.serial = len(first.statements)
            first.statements.append(pool)


def _pool_at(use: InstructionStatement, address: int) -> PoolStatement:
    """A pool that is there because of `use`."""
    return PoolStatement((use.frame, use.index, use.column), address, 0, 0, [])


def _out_of_reach(first: FirstPass, use: InstructionStatement, address: int) -> None:
    if first.is_uncertain:
        return
    distance = address - (use.address + 8)
    message = f"the literal pool is {distance} bytes from the PC; LDR reaches {REACH}"
    hint = "put .ltorg nearer to this line, where execution does not pass"
    first.reporter.error(use.frame, use.index, StatementError("offset", message, use.column, hint))


def _warn_of_fallthrough(first: FirstPass) -> None:
    ends = {s.address + 4: s for s in first.statements if isinstance(s, InstructionStatement)}
    for pool in first.statements:
        if not isinstance(pool, PoolStatement) or not pool.size:
            continue
        before = ends.get(pool.address)
        if before is None or before.parsed is None or leaves(before):
            continue
        # The pools at the end have no line of their own.
        place: Statement = pool if pool.uses else before
        message = "execution can fall into the literal pool"
        hint = "end the code before it with a branch or the exit call"
        first.reporter.warning(place.frame, place.index, place.column, "pool-fallthrough", message, hint)


def leaves(statement: InstructionStatement) -> bool:
    """Whether execution never goes on behind it: a jump without condition, or a call that ends the program."""
    parsed = statement.parsed
    assert parsed is not None
    mnemonic, operands = parsed.mnemonic, parsed.operands
    if mnemonic.condition != 14:
        return False
    base = mnemonic.base
    if base in ("B", "BX"):
        return True
    if base in ("SWI", "SVC"):
        return bool(operands) and getattr(operands[0], "value", -1) in (*EXITS, SEMIHOSTING)
    if base in ("POP", "LDM"):
        last = operands[-1] if operands else None
        return isinstance(last, RegisterList) and last.mask >> PC & 1 == 1
    if base in ("MOV", "MVN", "ADD", "SUB", "LDR", "RSB", "ORR", "AND", "BIC", "EOR", "ADC", "SBC", "RSC"):
        return bool(operands) and operands[0] == Register(PC)
    return False
