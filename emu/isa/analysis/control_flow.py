"""Where execution can go: the control flow graph of an assembled source.

Theory of operation. Each word of code is decoded and lifted, so what it does to the PC follows from the declaration of
its instruction. A word in `.word` is an instruction where execution can run into it. From these steps come two answers,
because a warning must be right:

* `reachable` is everything that execution could possibly get to. Calls return; every label whose address is taken
  (in a table, a register, an exported name) may be jumped to; behind a jump through a table the table's branches are.
  What is not in it is dead.
* `certain` is what execution gets to by branches that are in the code, where a call goes on only if the function can
  return. If this runs into data, it is a mistake of the program and not of the analysis.
"""

from __future__ import annotations

from bisect import bisect_right

from emu.isa.analysis.profile import is_call, is_direct_branch
from emu.isa.analysis.references import BRANCH, CALL, DATA
from emu.isa.assembler.literals import EXITS, SEMIHOSTING
from emu.isa.assembler.statements import DataStatement, FillStatement, InstructionStatement
from emu.isa.bits import MASK32, signed
from emu.isa.conditions import ALWAYS
from emu.isa.engines.lifting import Value, lift
from emu.isa.instructions.decoder import decode
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emu.isa.analysis.references import Reference
    from emu.isa.assembler.first_pass import FirstPass
    from emu.isa.assembler.statements import Statement
    from emu.isa.engines.lifting import Lifted
    from emu.isa.program import Program

NEVER = 15
_LR = 14
ENTRY_NAMES = frozenset("_start main __start start _exit _main".split())
"""Labels that something outside the source may know."""


class Step(Record):
    """What one instruction does to the PC."""

    falls: bool
    """Execution can go on behind it; for a call, after the return."""
    target: int | None = None
    """The one address it can branch to."""
    is_call: bool = False
    leaves: bool = False
    """It can jump to an address that is only known at run time."""
    is_table: bool = False
    """That address is near the instruction: the jump goes through a table behind it."""
    may_end: bool = False
    """It may end the program; whether it does depends on registers."""
    constants: tuple[int, ...] = ()
    """Addresses that it puts into registers."""


class ControlFlow:
    """The graph of one program."""

    def __init__(self, first: FirstPass, program: Program, references: Sequence[Reference]) -> None:
        self._first = first
        self._program = program
        self._references = references
        placed = sorted((s for s in first.statements if s.size), key=lambda s: s.address)
        self._placed: list[Statement] = placed
        self._starts = [statement.address for statement in placed]
        self._segments = sorted(program.segments, key=lambda segment: segment.address)
        self._segment_starts = [segment.address for segment in self._segments]
        self._labels = {d.value for d in first.symbols.definitions.values() if d.is_label}
        self._table_entries: set[int] = set()
        self._steps: dict[int, Step] = {}
        self.reachable = self._spread(self._roots())
        self.entries = self._entries()
        self.returning = self._returning()
        self.certain, self.runs_out = self._certain()

    # -- words and steps ------------------------------------------------------------------------------------------

    def statement_at(self, address: int) -> Statement | None:
        """What lies at an address."""
        number = bisect_right(self._starts, address) - 1
        if number < 0:
            return None
        statement = self._placed[number]
        return statement if address < statement.address + statement.size else None

    def word(self, address: int) -> int:
        """The word of the image at an address."""
        number = bisect_right(self._segment_starts, address) - 1
        if number >= 0:
            offset = address - self._segment_starts[number]
            return int.from_bytes(self._segments[number].data[offset : offset + 4], "little")
        return 0

    def executes(self, address: int) -> bool:
        """Whether execution that gets to an address finds an instruction there: in code, a plain `.word`, padding."""
        if address & 3:
            return False
        statement = self.statement_at(address)
        if isinstance(statement, DataStatement):
            return statement.width == 4 and all(isinstance(value, int) for value, _ in statement.values)
        if isinstance(statement, FillStatement):
            return not statement.is_mapped and not any(statement.pattern)
        return isinstance(statement, InstructionStatement)

    def step(self, address: int) -> Step:
        """What the instruction at an address does."""
        found = self._steps.get(address)
        if found is None:
            found = self._steps[address] = step_of(self.word(address), address)
        return found

    # -- what can be reached --------------------------------------------------------------------------------------

    def _roots(self) -> set[int]:
        definitions = self._first.symbols.definitions
        roots = {self._program.entry}
        for reference in self._references:
            if reference.kind not in (BRANCH, CALL) and reference.name in definitions:
                roots.add(definitions[reference.name].value & MASK32)
        for name, definition in definitions.items():
            is_outside = definition.frame is not None and self._is_included(definition.frame.source.name)
            if definition.is_label and (name in ENTRY_NAMES or name in self._first.exported or is_outside):
                roots.add(definition.value)
        for statement in self._placed:
            if isinstance(statement, DataStatement) and statement.width == 4:
                roots.update(self.word(statement.address + 4 * number) for number in range(len(statement.values)))
        return roots

    def _is_included(self, name: str) -> bool:
        return name != self._program.name

    def _spread(self, roots: Iterable[int]) -> set[int]:
        """Everything that can be reached from `roots`, of which those count that can be executed."""
        reached: set[int] = set()
        pending = [address for address in roots if self.executes(address)]
        while pending:
            address = pending.pop()
            if address in reached:
                continue
            reached.add(address)
            step = self.step(address)
            pending += [constant for constant in step.constants if self.executes(constant)]
            if step.target is not None and self.executes(step.target):
                pending.append(step.target)
            if step.falls:
                pending += self._behind(address)
            if step.is_table:
                pending += self._table(address)
        return reached

    def _behind(self, address: int) -> list[int]:
        """Where execution goes on behind an instruction; over data, which is told elsewhere, to the next one."""
        following = address + 4
        while not self.executes(following):
            statement = self.statement_at(following)
            if statement is None:
                return []
            following = (statement.address + statement.size + 3) & ~3
        return [following]

    def _table(self, address: int) -> list[int]:
        """The entries of a table of instructions behind a computed jump.

        The first one may be a filler, since the PC is two instructions ahead. It ends before a label, unless a branch
        has that label.
        """
        entries: list[int] = []
        following = address + 4
        while isinstance(self.statement_at(following), InstructionStatement):
            step = self.step(following)
            is_branch = step.target is not None and not step.falls
            if entries and following in self._labels and not is_branch:
                break
            entries.append(following)
            if following in self._table_entries:
                break  # what is behind it was found before
            self._table_entries.add(following)
            following += 4
        return entries

    # -- what is certain ------------------------------------------------------------------------------------------

    def _entries(self) -> set[int]:
        """Where the program and its functions begin, as far as branches and tables tell."""
        code = self._program.instruction_addresses
        entries = {self._program.entry} & code
        for address in self.reachable:
            step = self.step(address)
            if step.is_call and step.target in code and step.target is not None:
                entries.add(step.target)
        return entries

    def _tabled(self) -> set[int]:
        """Labels of code in tables of addresses."""
        definitions = self._first.symbols.definitions
        code = self._program.instruction_addresses
        return {
            definitions[r.name].value
            for r in self._references
            if r.kind == DATA and r.serial >= 0 and r.name in definitions
            if definitions[r.name].is_label and definitions[r.name].value in code
        }

    def _returning(self) -> set[int]:
        """Addresses from which execution can get to a return: the least solution, found backwards from the returns."""
        before: dict[int, list[int]] = {}
        pending: list[int] = []
        for address in self.reachable:
            step = self.step(address)
            if step.falls:
                before.setdefault(address + 4, []).append(address)
            if step.target is not None:
                before.setdefault(step.target, []).append(address)
            if step.leaves:
                pending.append(address)
        returning: set[int] = set()
        while pending:
            address = pending.pop()
            if address in returning:
                continue
            step = self.step(address)
            if step.is_call and not (self._comes_back(step, returning) and address + 4 in returning):
                continue
            returning.add(address)
            pending += before.get(address, [])
        return returning

    @staticmethod
    def _comes_back(step: Step, returning: set[int]) -> bool:
        return step.target is None or step.target in returning

    def goes_on(self, address: int) -> bool:
        """Whether execution certainly can go on behind the instruction at `address`."""
        step = self.step(address)
        if step.may_end or not step.falls:
            return False
        conditional = self.word(address) >> 28 != ALWAYS
        return not step.is_call or conditional or self._comes_back(step, self.returning)

    def _certain(self) -> tuple[set[int], list[int]]:
        """What is reached for certain, and the instructions behind which execution runs out of code."""
        reached: set[int] = set()
        runs_out: list[int] = []
        pending = [*self.entries, *self._tabled()]
        while pending:
            address = pending.pop()
            if address in reached:
                continue
            reached.add(address)
            step = self.step(address)
            if step.target is not None and self.executes(step.target):
                pending.append(step.target)
            if self.goes_on(address):
                if self.executes(address + 4):
                    pending.append(address + 4)
                else:
                    runs_out.append(address)
        return reached, sorted(runs_out)

    def body(self, entry: int) -> set[int]:
        """The instructions of the function that begins at `entry`; of those it calls only those it jumps to."""
        reached: set[int] = set()
        pending = [entry]
        while pending:
            address = pending.pop()
            if address in reached:
                continue
            reached.add(address)
            pending += self.successors(address)
        return reached

    def successors(self, address: int) -> list[int]:
        """Where execution goes next within a function."""
        step = self.step(address)
        following = []
        if step.target is not None and not step.is_call and self.executes(step.target):
            following.append(step.target)
        if self.goes_on(address) and self.executes(address + 4):
            following.append(address + 4)
        return following


def step_of(word: int, address: int) -> Step:
    """What the instruction `word` at `address` does to the PC."""
    condition = word >> 28
    if condition == NEVER:
        return Step(True)
    if is_direct_branch(word):
        target = (address + 8 + 4 * signed(word & 0xFFFFFF, 24)) & MASK32
        return Step(is_call(word) or condition != ALWAYS, target, is_call(word))
    if is_call(word):
        return Step(True, is_call=True)
    if word & 0x0F000000 == 0x0F000000:
        number = word & 0xFFFFFF
        if number == SEMIHOSTING:
            return Step(True, may_end=True)
        return Step(number not in EXITS or condition != ALWAYS)
    lifted = lift(decode(word), address)
    constants = tuple(value.args[0] for _, value in lifted.registers if value.op == "const")
    if lifted.target is None:
        is_fault = lifted.is_exceptional and not lifted.registers and not lifted.flags and not lifted.steps
        return Step(True, constants=constants, may_end=is_fault)
    if lifted.target.number is not None:
        return Step(condition != ALWAYS, lifted.target.number, constants=constants)
    return Step(condition != ALWAYS, None, leaves=True, is_table=_is_near(lifted), constants=constants)


def _is_near(lifted: Lifted) -> bool:
    """Whether the address that an instruction jumps to is computed, or loaded, relative to the PC."""
    here = lifted.address + 8
    pending = [step.address for step in lifted.steps if step.address.number is None]
    if lifted.target is not None:
        pending.append(lifted.target)
    while pending:
        value = pending.pop()
        if value.number == here:
            return True
        pending += [arg for arg in value.args if isinstance(arg, Value)]
    return False
