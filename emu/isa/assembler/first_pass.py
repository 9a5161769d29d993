"""The first pass: reading lines, expanding them, and giving every statement its address.

Theory of operation. One loop reads lines from the stack of frames (see `frames`). A line's labels are defined first,
then its statement is recognised by its first word: a directive, a macro, an assignment or an instruction. Directives
act at once; what ends up in the image is appended to `statements` with its address. All sizes are known here - an
instruction takes four bytes, `LDR Rd, =value` included - so labels have their final values when the pass is over, and
no statement is read twice: the second pass only computes expressions. An instruction is parsed at most once per
distinct text, which makes the repetitive text of real programs cheap.

A statement with an error is reported and takes the room it would have taken; reading goes on with the next line.
"""

from __future__ import annotations

from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.directives import CONDITIONALS, DIRECTIVES
from emu.isa.assembler.expressions import INT_MIN, UINT_MAX, Expression, checked
from emu.isa.assembler.frames import FILE, Frame
from emu.isa.assembler.lexer import LABEL, WORD, register
from emu.isa.assembler.parser import parse_instruction
from emu.isa.assembler.reporter import Reporter, definition_note
from emu.isa.assembler.source import Source
from emu.isa.assembler.statements import FillStatement, InstructionStatement
from emu.isa.assembler.symbols import Definition, SymbolTable
from emu.isa.bits import MASK32
from emu.isa.instructions import lookup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from emu.isa.assembler.expressions import Expr
    from emu.isa.assembler.limits import Limits
    from emu.isa.assembler.loading import IncludeLoader
    from emu.isa.assembler.macros import Macro
    from emu.isa.assembler.parser import Instruction
    from emu.isa.assembler.statements import Statement

HIGHEST = 1 << 32
LONGEST_WORD = 16
"""No mnemonic has more letters."""


class FirstPass:
    """The state of the first pass; afterwards, its results."""

    def __init__(
        self,
        data: bytes | str,
        name: str,
        loader: IncludeLoader | None,
        defines: Mapping[str, int],
        limits: Limits,
    ) -> None:
        self.limits = limits
        self.loader = loader
        self.reporter = Reporter(limits.diagnostics)
        self.symbols = SymbolTable()
        self.injected = frozenset(defines)
        self.macros: dict[str, Macro] = {}
        self.statements: list[Statement] = []
        self.counter = 0
        self.origin: int | None = None
        self.pending: list[InstructionStatement] = []
        """Loads of literals that no pool holds yet."""
        self.is_uncertain = False
        """Whether an error may have moved everything behind it, so that addresses prove nothing."""
        self.mentions: list[tuple[str, Frame, int, int]] = []
        """Names whose values were needed at once: name, frame, line and column from 0. Statements hold the others."""
        self.exported: set[str] = set()
        """Names in `.global`."""
        self.expansions = 0
        self.expanded = 0
        self.sources: dict[str, Source] = {}
        self.source_bytes = 0
        self.macro_frames: list[Frame] = []
        self._lines_left = limits.lines
        self._parsed: dict[str, Instruction] = {}
        self._is_misaligned = False
        for constant, value in defines.items():
            self.symbols.add(
                Definition(
                    constant, value if INT_MIN <= value <= UINT_MAX else value & MASK32, False, False, (None, 0, 0), 0
                )
            )
        self.frame: Frame | None = None
        self._text = data, name

    # -- the loop ---------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Reads everything. Raises TooManyDiagnostics."""
        data, name = self._text
        self.frame = self.open(data, name, name, None)
        while (frame := self._topmost()) is not None:
            self._read(frame)
        self.reporter.settle(self.symbols)
        self.symbols.complete = True
        self._parse_aliases()

    def open(self, data: bytes | str, name: str, identity: str, parent: Frame | None) -> Frame:
        """A frame for a source file. Errors of the text as a whole are reported at once."""
        too_long = self.source_bytes + len(data) > self.limits.source_bytes
        self.source_bytes += len(data)
        source = Source(name, b"" if too_long else data)
        self.sources[name] = source
        frame = Frame(source, source.lines, 1, FILE, identity, parent)
        if too_long:
            message = f"the source has more than {self.limits.source_bytes} bytes"
            self.reporter.error(frame, 0, StatementError("limit", message, 0))
        if source.unterminated is not None:
            index, column = source.unterminated
            error = StatementError("unterminated-comment", "this comment has no end", column, "end it with */")
            self.reporter.error(frame, index, error)
        return frame

    def _topmost(self) -> Frame | None:
        return self.frame

    def _read(self, frame: Frame) -> None:
        lines = frame.lines
        count = len(lines)
        while frame.index < count:
            index = frame.index
            text = lines[index]
            if text and not text.isspace():
                try:
                    self._line(frame, text)
                except StatementError as error:
                    self.reporter.error(frame, index, error)
            frame.index += 1
            self._lines_left -= 1
            if self._lines_left < 0:
                message = f"there are more than {self.limits.lines} lines, expansions included"
                self.reporter.error(frame, index, StatementError("limit", message, 0))
                self.frame = None
            if self.frame is not frame:
                return
        self._leave(frame)

    def _leave(self, frame: Frame) -> None:
        for condition in frame.conditions:
            error = StatementError("conditional", "this block has no .endif", condition.column)
            self.reporter.error(frame, condition.index, error)
        frame.conditions = []
        frame.skipping = False
        if frame.repeats():
            frame.index = 0
        else:
            self.frame = frame.parent

    # -- one line ---------------------------------------------------------------------------------------------------

    def _line(self, frame: Frame, text: str) -> None:
        if frame.skipping:
            self._skipped(text)
            return
        position = 0
        while (label := LABEL.match(text, position)) is not None:
            try:
                self._define_label(label[1], label.start(1))
            except StatementError as error:
                self.reporter.error(frame, frame.index, error)
            position = label.end()
        found = WORD.match(text, position)
        assert found is not None
        word = found[1]
        if word is None:
            if found.end() < len(text):
                raise _no_statement(text, found.end())
            return
        column = found.start(1)
        if self.macros and (macro := self.macros.get(word)) is not None:
            self._expand(macro, text, found.end(), column)
        elif word[0] == "." and len(word) > 1 and not text.startswith("=", found.end()):
            directive = DIRECTIVES.get(word) or DIRECTIVES.get(word.lower())
            if directive is None:
                from emu.isa.assembler.unknown import unknown_directive

                self.is_uncertain = True
                raise unknown_directive(self, word, column)
            directive(self, text, found.end(), column)
        else:
            self._instruction(text, word, column, found.end())

    def _skipped(self, text: str) -> None:
        """A line in a block that is not assembled: only what opens and closes such blocks counts."""
        position = 0
        while (label := LABEL.match(text, position)) is not None:
            position = label.end()
        found = WORD.match(text, position)
        if found is not None and found[1] is not None and found[1].lower() in CONDITIONALS:
            DIRECTIVES[found[1].lower()](self, text, found.end(), found.start(1))

    def _expand(self, macro: Macro, text: str, end: int, column: int) -> None:
        from emu.isa.assembler.macros import arguments, expand

        assert self.frame is not None
        self.expansions += 1
        frame = expand(macro, arguments(text, end), self.frame, column, self.expansions, self.limits)
        self.expanded += sum(map(len, frame.lines))
        if self.expanded > self.limits.expanded_characters:
            raise StatementError("limit", "the macros expand to too much text", column)
        self.frame = frame

    # -- labels and constants ---------------------------------------------------------------------------------------

    def _define_label(self, name: str, column: int) -> None:
        if name[0].isdigit():
            self.symbols.add_numeric(name, len(self.statements), self.counter)
        else:
            self.define(name, self.counter, column, is_label=True)

    def define(self, name: str, value: int, column: int, *, is_label: bool = False, redefinable: bool = False) -> None:
        """Defines a label or constant at `column` of the current line. Raises StatementError."""
        if register(name) >= 0:
            raise StatementError("reserved-name", f"{name} is a register and cannot be a name", column)
        if name == ".":
            raise StatementError("reserved-name", "the location counter is moved with .org", column)
        known = self.symbols.definitions.get(name)
        if known is None:
            place = (self.frame, self.frame.index if self.frame is not None else 0, column)
            serial = len(self.statements)
            self.symbols.add(Definition(name, value, is_label, redefinable, place, serial))
        elif name in self.injected and not is_label:
            return
        elif known.redefinable and redefinable:
            self.symbols.redefine(known, value, len(self.statements))
        else:
            error = StatementError("duplicate-symbol", f"{name} is already defined", column)
            if known.redefinable and not is_label:
                error.hint = "define it with .set both times to change it"
            error.notes = (definition_note(known, "first defined here"),)
            raise error

    def constant(self, expression: Expr, column: int) -> int:
        """The value of an expression that is needed at once, -2**31 to 2**32 - 1. Raises StatementError."""
        if isinstance(expression, Expression):
            for name, at in expression.names():
                self.mention(name, at)
            expression = expression.evaluate(self.symbols, len(self.statements), self.counter)
        return checked(expression, column)

    def mention(self, name: str, column: int) -> None:
        """Notes that the current line uses a name whose value no statement will ask for."""
        assert self.frame is not None
        self.mentions.append((name, self.frame, self.frame.index, column))

    # -- instructions -----------------------------------------------------------------------------------------------

    def _instruction(self, text: str, word: str, column: int, end: int) -> None:
        frame = self.frame
        assert frame is not None
        key = text[column:].rstrip()
        parsed = self._parsed.get(key)
        if parsed is None:
            if text.startswith("=", end):
                DIRECTIVES["="](self, text, end, column)
                return
            mnemonic = lookup(word) if len(word) <= LONGEST_WORD else None
            if mnemonic is None:
                from emu.isa.assembler.unknown import unknown_instruction

                self.is_uncertain = True
                raise unknown_instruction(self, text, word, column, end)
            try:
                parsed = parse_instruction(mnemonic, key, end - column)
            except StatementError as error:
                statement = self._place_instruction(frame, column, None)
                if not error.met_alias:
                    error.column += column
                    raise
                statement.retry = (mnemonic, key, end - column)
                return
            self._parsed[key] = parsed
        statement = self._place_instruction(frame, column, parsed)
        if parsed.literal is not None:
            self.pending.append(statement)
        if parsed.aliases:
            statement.retry = (parsed.mnemonic, key, end - column)
        for code, message, at, hint in parsed.warnings:
            self.reporter.warning(frame, frame.index, column + at, code, message, hint)

    def _place_instruction(self, frame: Frame, column: int, parsed: Instruction | None) -> InstructionStatement:
        address = self.counter
        statement = InstructionStatement((frame, frame.index, column), address, len(self.statements), parsed)
        self.statements.append(statement)
        self.counter = address + 4
        if address & 3:
            if not (self._is_misaligned or self.is_uncertain):
                message = f"misaligned instruction at 0x{address:08X}"
                error = StatementError("misaligned-instruction", message, column, "add .align 2 before it")
                self.reporter.error(frame, frame.index, error)
            self._is_misaligned = True
        else:
            self._is_misaligned = False
        if self.counter > HIGHEST:
            self.overflow(column)
        return statement

    def _parse_aliases(self) -> None:
        """Reads those instructions again whose register aliases turned out to be names of the program."""
        definitions = self.symbols.definitions
        for statement in self.statements:
            if not isinstance(statement, InstructionStatement) or statement.retry is None:
                continue
            parsed = statement.parsed
            if parsed is not None and not any(alias in definitions for alias in parsed.aliases):
                continue
            try:
                statement.parsed = parse_instruction(*statement.retry, definitions)
            except StatementError as error:
                statement.parsed = None
                self.reporter.error(statement.frame, statement.index, error, statement.column)

    # -- the location counter ---------------------------------------------------------------------------------------

    def place(self, column: int) -> tuple[Frame, int, int]:
        """The current line and a column in it."""
        assert self.frame is not None
        return self.frame, self.frame.index, column

    def add(self, statement: Statement) -> None:
        """Puts a statement into the image at the location counter."""
        self.statements.append(statement)
        self.counter += statement.size
        if self.counter > HIGHEST:
            self.overflow(statement.column)

    def pad(self, boundary: int, column: int, fill: int = 0) -> None:
        """Advances the counter to a multiple of `boundary`."""
        size = -self.counter % boundary
        if size:
            place, serial = self.place(column), len(self.statements)
            self.add(FillStatement(place, self.counter, serial, size, bytes((fill & 0xFF,)), False))

    def overflow(self, column: int) -> None:
        """Reports that the address space is full. Raises StatementError."""
        self.counter = 0
        self.is_uncertain = True
        raise StatementError("memory", "the location counter passes the end of the address space", column)


def _no_statement(text: str, column: int) -> StatementError:
    from emu.isa.assembler.lexer import tokens

    _, found, column = tokens(text, column)[0]
    hint = None
    if found == ":":
        hint = "a label is a name and a colon"
    return StatementError("syntax", f"expected a label, an instruction or a directive, not '{found}'", column, hint)
