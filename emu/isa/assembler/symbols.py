"""The symbol table: labels, constants, and numeric labels (spec assembly-language.md section 4).

Theory of operation. Every statement that puts something into the image has a serial number, counting from 0 in the
order of assembly. A definition remembers the serial number of the next statement at its time. That decides what a
reference sees where a name has several meanings: a constant that `.set` redefines has, for statement n, the value of
its last definition with a number up to n (before its first definition, the value of the first); `1b` is the last
label `1` with a number up to n, `1f` the first with a greater one.
"""

from __future__ import annotations

from emu.isa.assembler.diagnostics import StatementError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from emu.isa.assembler.frames import Frame


class Definition:
    """A symbol and where it was defined first. `index` and `column` count from 0, `value` may be negative."""

    __slots__ = ("name", "value", "is_label", "redefinable", "frame", "index", "column", "serial", "history")

    def __init__(
        self,
        name: str,
        value: int,
        is_label: bool,
        redefinable: bool,
        place: tuple[Frame | None, int, int],
        serial: int,
    ) -> None:
        self.name = name
        self.value = value
        self.is_label = is_label
        self.redefinable = redefinable
        self.frame, self.index, self.column = place
        self.serial = serial
        self.history: list[tuple[int, int]] | None = None
        """For a redefined constant: (serial, value) of every definition."""


class NotYetDefined(StatementError):
    """A name without a value where one is needed at once. Whether it is defined later is not known yet."""

    def __init__(self, name: str, column: int) -> None:
        super().__init__("not-constant", f"{name} is not a known constant here", column)
        self.name = name


class SymbolTable:
    """All definitions of a program."""

    def __init__(self) -> None:
        self.definitions: dict[str, Definition] = {}
        self.numeric_labels: dict[str, list[tuple[int, int]]] = {}
        self.failed: set[str] = set()
        """Names whose definition has an error of its own: references to them are not reported again."""
        self.complete = False
        """False while the source is read: then every name must have been defined before it is used."""

    def add(self, definition: Definition) -> None:
        """Enters a first definition."""
        self.definitions[definition.name] = definition

    def redefine(self, definition: Definition, value: int, serial: int) -> None:
        """Gives a redefinable constant a new value from statement `serial` on."""
        if definition.history is None:
            definition.history = [(definition.serial, definition.value)]
        definition.history.append((serial, value))
        definition.value = value

    def add_numeric(self, label: str, serial: int, address: int) -> None:
        """Enters a numeric label."""
        self.numeric_labels.setdefault(_canonical(label), []).append((serial, address))

    def value(self, name: str, serial: int, column: int) -> int:
        """What `name` stands for in statement `serial`. Raises StatementError if it stands for nothing."""
        definition = self.definitions.get(name)
        if definition is None:
            if name in self.failed:
                raise Known(name, column)
            if not self.complete:
                raise NotYetDefined(name, column)
            raise StatementError("undefined-symbol", f"undefined symbol {name}", column)
        if definition.history is None or not self.complete:
            return definition.value
        low, high = 0, len(definition.history)
        while low < high:
            middle = (low + high) // 2
            if definition.history[middle][0] <= serial:
                low = middle + 1
            else:
                high = middle
        return definition.history[max(low - 1, 0)][1]

    def numeric(self, reference: str, serial: int, column: int) -> int:
        """The address that `1b` or `1f` stands for in statement `serial`. Raises StatementError."""
        labels = self.numeric_labels.get(_canonical(reference[:-1]), [])
        low, high = 0, len(labels)
        while low < high:
            middle = (low + high) // 2
            if labels[middle][0] <= serial:
                low = middle + 1
            else:
                high = middle
        wanted = low - 1 if reference[-1] == "b" else low
        if 0 <= wanted < len(labels):
            return labels[wanted][1]
        if not self.complete and reference[-1] == "f":
            raise StatementError("not-constant", f"{reference} is not a known constant here", column)
        where = "before" if reference[-1] == "b" else "after"
        raise StatementError("undefined-symbol", f"there is no label {reference[:-1]}: {where} this statement", column)

    def names(self) -> Iterable[str]:
        """Every name defined."""
        return self.definitions


class Known(StatementError):
    """A reference to a name whose definition was reported as wrong: no news."""

    def __init__(self, name: str, column: int) -> None:
        super().__init__("known", f"{name} has no value", column)


def _canonical(digits: str) -> str:
    return digits.lstrip("0") or "0"
