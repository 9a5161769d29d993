"""The second pass: literals get their places, expressions their values, statements their bytes.

Theory of operation. First every literal pool is filled (see `literals`), since that needs the values of the literals
and nothing else. Then the statements are encoded in order; whatever is contiguous goes into one run of bytes. An
instruction without symbols is encoded once for all its occurrences.
"""

from __future__ import annotations

from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.expressions import Expression, checked
from emu.isa.assembler.operands import Pending
from emu.isa.assembler.statements import (
    BytesStatement,
    DataStatement,
    FillStatement,
    InstructionStatement,
    PoolStatement,
)
from emu.isa.bits import MASK32
from emu.isa.instructions import EncodingError, encode
from emu.isa.instructions.operands import Immediate, Memory, Register, RegisterList, Target
from emu.isa.instructions.syntax import rotated_immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.assembler.first_pass import FirstPass
    from emu.isa.assembler.statements import Statement
    from emu.isa.instructions import Mnemonic
    from emu.isa.instructions.operands import Operand

ADDRESS_CODES = {"offset", "branch"}
"""Encoding errors that may only be the consequence of another error before them."""

_LIMITS = {1: (-128, 255), 2: (-32768, 65535)}


class SecondPass:
    """Turns the statements of a first pass into bytes. `literals` has the value of every `LDR Rd, =value`."""

    def __init__(self, first: FirstPass, literals: dict[int, int]) -> None:
        self.first = first
        self.symbols = first.symbols
        self.reporter = first.reporter
        self.literals = literals
        self.chunks: list[tuple[int, bytes]] = []

    def run(self) -> None:
        """Encodes everything and reports what has no encoding."""
        append = self.chunks.append
        for statement in self.first.statements:
            try:
                append((statement.address, self._bytes(statement)))
            except StatementError as error:
                self._report(statement, error)

    def _bytes(self, statement: Statement) -> bytes:
        if isinstance(statement, InstructionStatement):
            parsed = statement.parsed
            if parsed is None:
                return b"\0\0\0\0"
            word = parsed.word
            if word is None:
                word = self._encode(statement)
                if not parsed.is_symbolic:
                    parsed.word = word
            return word.to_bytes(4, "little")
        if isinstance(statement, DataStatement):
            return self._data(statement)
        if isinstance(statement, BytesStatement):
            return statement.data
        if isinstance(statement, FillStatement):
            pattern = statement.pattern
            if self.reporter.has_errors or not statement.size:
                return b""
            return pattern * (statement.size // len(pattern))
        assert isinstance(statement, PoolStatement)
        data = b"".join([value.to_bytes(4, "little") for value in statement.words])
        return data.ljust(statement.size, b"\0")

    def _report(self, statement: Statement, error: StatementError) -> None:
        if error.code == "undefined-symbol" and error.hint is None:
            error.hint = self.reporter.suggestion(error.message.rpartition(" ")[2], self.symbols)
        self.reporter.error(statement.frame, statement.index, error)

    # -- instructions -----------------------------------------------------------------------------------------------

    def _encode(self, statement: InstructionStatement) -> int:
        parsed = statement.parsed
        assert parsed is not None
        serial, address = statement.serial, statement.address
        operands: list[Operand] = []
        for operand in parsed.operands:
            if isinstance(operand, Pending):
                try:
                    operand = operand.resolve(self.symbols, serial, address)
                except StatementError as error:
                    error.column += statement.column
                    raise
            operands.append(operand)
        mnemonic = parsed.mnemonic
        try:
            if parsed.literal is not None:
                value = self.literals.get(serial)
                if value is None:
                    return 0
                mnemonic, operands = self._load(mnemonic, operands, statement, value)
            word = encode(mnemonic, operands, address)
        except EncodingError as error:
            if self.first.is_uncertain and error.code in ADDRESS_CODES and parsed.is_symbolic:
                return 0
            raise self._encoding_error(error, statement, operands) from None
        if mnemonic.base in ("LDR", "STR", "LDM"):
            self._check_base(mnemonic, operands, statement)
        return word

    def _load(
        self, mnemonic: Mnemonic, operands: list[Operand], statement: InstructionStatement, value: int
    ) -> tuple[Mnemonic, list[Operand]]:
        """What stands for `LDR Rd, =value` (spec 7.1)."""
        if statement.pool_address is not None:
            return mnemonic, [*operands, Target(statement.pool_address)]
        if rotated_immediate(value) is not None:
            return mnemonic.replace(base="MOV"), [*operands, Immediate(value)]
        return mnemonic.replace(base="MVN"), [*operands, Immediate(value ^ MASK32)]

    def _encoding_error(
        self, error: EncodingError, statement: InstructionStatement, operands: list[Operand]
    ) -> StatementError:
        parsed = statement.parsed
        assert parsed is not None
        column = statement.column
        if error.operand is not None and error.operand < len(parsed.columns):
            column += parsed.columns[error.operand]
        hint = error.hint
        if hint is not None and " Rd" in hint and operands and isinstance(operands[0], Register) and "LDR" in hint:
            hint = hint.replace(" Rd", f" {_name(operands[0].number)}")
        return StatementError(error.code, error.message, column, hint)

    def _check_base(self, mnemonic: Mnemonic, operands: list[Operand], statement: InstructionStatement) -> None:
        """Warns where the base is written back and loaded as well: the architecture leaves that open."""
        first, second = operands[0], operands[1]
        if not isinstance(first, Register):
            return
        if isinstance(second, Memory):
            if second.mode != "offset" and second.base == first.number and mnemonic.base == "LDR":
                message = f"{_name(first.number)} is loaded and written back: the loaded value stays"
            else:
                return
        elif isinstance(second, RegisterList) and first.writeback and second.mask >> first.number & 1:
            message = f"{_name(first.number)} is loaded and written back: the loaded value stays"
        else:
            return
        hint = "use another base register, or no writeback"
        self.reporter.warning(statement.frame, statement.index, statement.column, "writeback-base", message, hint)

    # -- data -------------------------------------------------------------------------------------------------------

    def _data(self, statement: DataStatement) -> bytes:
        width = statement.width
        mask = (1 << 8 * width) - 1
        data = bytearray()
        for value, column in statement.values:
            if isinstance(value, Expression):
                try:
                    value = value.evaluate(self.symbols, statement.serial, statement.address)
                except StatementError as error:
                    self._report(statement, error)
                    value = 0
            try:
                checked(value, column)
            except StatementError as error:
                self._report(statement, error)
            if width < 4:
                low, high = _LIMITS[width]
                if not low <= value <= high:
                    message = f"{value} does not fit in {8 * width} bits and becomes {value & mask}"
                    hint = f"{low} to {high} fits"
                    self.reporter.warning(statement.frame, statement.index, column, "truncated-value", message, hint)
            data += (value & mask).to_bytes(width, "little")
        return bytes(data)


def _name(number: int) -> str:
    from emu.isa.registers import REGISTER_NAMES

    return REGISTER_NAMES[number]
