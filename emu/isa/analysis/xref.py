"""The cross reference: every name of a source, what it is, and who uses it (spec diagnostics.md section 14)."""

from __future__ import annotations

from emu.isa.analysis.control_flow import ENTRY_NAMES
from emu.isa.analysis.references import CALL, KINDS, Reference, following, references
from emu.isa.bits import MASK32
from emu.isa.program import Location
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.isa.assembler import Assembly
    from emu.isa.assembler.first_pass import FirstPass
    from emu.isa.assembler.symbols import Definition

CONSTANT, FUNCTION, DATA_LABEL, LABEL, UNDEFINED = "constant", "function", "data", "label", "undefined"

QUERIES = ("functions", "data", "undefined", "unused")

OUTSIDE = Location("<command line>", 1, 1)
"""Where constants are said to be defined that did not come from the source."""


class Use(Record):
    """One reference to a name. `kind` is call, branch, load, store or data; `text` the line as it is written."""

    kind: str
    location: Location
    text: str


class SymbolUse(Record):
    """One name. `value` (32-bit unsigned) and `location` are None for a name that nobody defines."""

    name: str
    kind: str
    value: int | None
    location: Location | None
    text: str
    """The line of the definition."""
    uses: tuple[Use, ...]
    """By kind, in the order of `KINDS`, then by place."""
    is_entry: bool = False
    """Something outside the source may know the name."""

    @property
    def is_unused(self) -> bool:
        """Whether nothing refers to the name, neither in the source nor, perhaps, outside."""
        return not self.uses and not self.is_entry


class CrossReference(Record):
    """All names of a source, sorted by name."""

    symbols: tuple[SymbolUse, ...]
    files: tuple[str, ...]
    """The files of the source, in the order in which they were read."""

    def query(self, what: str) -> tuple[SymbolUse, ...]:
        """The names that one of `QUERIES` asks for. Raises KeyError for another."""
        if what == "unused":
            return tuple(symbol for symbol in self.symbols if symbol.is_unused)
        kind = {"functions": FUNCTION, "data": DATA_LABEL, "undefined": UNDEFINED}[what]
        return tuple(symbol for symbol in self.symbols if symbol.kind == kind)

    def symbol(self, name: str) -> SymbolUse | None:
        """The name, if the source has it."""
        return next((symbol for symbol in self.symbols if symbol.name == name), None)


def cross_reference(assembly: Assembly) -> CrossReference:
    """The names of an assembled source; of one with errors, those in the statements that could be read."""
    first = assembly.passes
    order = {name: number for number, name in enumerate(first.sources)}
    found: dict[str, list[Reference]] = {}
    for reference in references(first):
        found.setdefault(reference.name, []).append(reference)
    definitions = first.symbols.definitions
    symbols = []
    for name in sorted({*found, *definitions}):
        uses = found.get(name, [])
        shown = sorted(map(_use, uses), key=lambda use: _rank(use, order))
        definition = definitions.get(name)
        if definition is None:
            symbols.append(SymbolUse(name, UNDEFINED, None, None, "", tuple(shown)))
            continue
        symbols.append(
            SymbolUse(
                name,
                _kind(first, definition, uses),
                definition.value & MASK32,
                _place(definition),
                _text(definition),
                tuple(shown),
                name in ENTRY_NAMES or name in first.exported,
            )
        )
    return CrossReference(tuple(symbols), tuple(first.sources))


def _use(reference: Reference) -> Use:
    return Use(reference.kind, reference.location, reference.frame.raw(reference.index))


def _rank(use: Use, order: dict[str, int]) -> tuple[int, int, int, int]:
    place = use.location
    return KINDS.index(use.kind), order.get(place.file, 0), place.line, place.column


def _place(definition: Definition) -> Location:
    frame = definition.frame
    return OUTSIDE if frame is None else frame.location(definition.index, definition.column)


def _text(definition: Definition) -> str:
    return "" if definition.frame is None else definition.frame.raw(definition.index)


def _kind(first: FirstPass, definition: Definition, uses: Sequence[Reference]) -> str:
    if not definition.is_label:
        return CONSTANT
    if any(reference.kind == CALL for reference in uses):
        return FUNCTION
    statement = following(first, definition)
    return DATA_LABEL if statement is not None and not statement.is_code else LABEL


# -- text and JSON ----------------------------------------------------------------------------------------------------


def as_text(report: CrossReference, symbols: Sequence[SymbolUse] | None = None) -> str:
    """Names with the lines that use them, and a summary; of the given `symbols` only, without it."""
    main = report.files[0] if report.files else ""
    lines = [] if symbols is not None else ["Cross Reference", "===============", ""]
    for symbol in report.symbols if symbols is None else symbols:
        lines += _block(symbol, main)
    if symbols is None:
        s = summary(report)
        counts = ", ".join(f"{count} {what}" for what, count in s.items() if what != "total")
        lines += ["", f"Total: {s['total']} names, {counts}"]
    return "".join(line + "\n" for line in lines)


def _block(symbol: SymbolUse, main: str) -> list[str]:
    count = len(symbol.uses)
    where = "" if symbol.location is None else f", defined in {_line(symbol.location, main)}"
    references = "not referenced" if not count else f"{count} reference{'' if count == 1 else 's'}"
    lines = [f"{symbol.name:<20} {_what(symbol)}{where}, {references}"]
    for kind in KINDS:
        places = [_line(use.location, main, bare=True) for use in symbol.uses if use.kind == kind]
        if places:
            lines.append(f"    {kind:<7} {', '.join(places)}")
    return lines


def _what(symbol: SymbolUse) -> str:
    if symbol.value is None:
        return "undefined"
    if symbol.kind == CONSTANT:
        return f"constant = {symbol.value} (0x{symbol.value:X})"
    return f"{symbol.kind} at 0x{symbol.value:08X}"


def _line(place: Location, main: str, *, bare: bool = False) -> str:
    if place is OUTSIDE:
        return "the command line"
    if place.file != main:
        return f"{place.file}:{place.line}"
    return f"{place.line}" if bare else f"line {place.line}"


def symbol_text(symbol: SymbolUse) -> str:
    """One name with the text of every line that defines or uses it."""
    rows = []
    if symbol.location is not None:
        rows.append(("defined", symbol.location, symbol.text))
    rows += [(use.kind, use.location, use.text) for use in symbol.uses]
    places = [f"{place.file}:{place.line}" for _, place, _ in rows]
    width = max(map(len, places), default=0)
    lines = [f"{symbol.name}: {_what(symbol)}"]
    for (kind, _, text), place in zip(rows, places, strict=True):
        lines.append(f"  {kind:<8} {place:<{width}}  {text.expandtabs(8).rstrip()}".rstrip())
    return "".join(line + "\n" for line in lines)


def summary(report: CrossReference) -> dict[str, int]:
    """How many names there are of each sort."""
    undefined = len(report.query("undefined"))
    return {
        "total": len(report.symbols),
        "defined": len(report.symbols) - undefined,
        "undefined": undefined,
        "unused": len(report.query("unused")),
        "functions": len(report.query("functions")),
    }


def as_dict(report: CrossReference, symbols: Sequence[SymbolUse] | None = None) -> dict[str, object]:
    """The JSON form: all names or some of them, and the summary of all."""
    return {
        "symbols": [_symbol_dict(symbol) for symbol in (report.symbols if symbols is None else symbols)],
        "summary": summary(report),
    }


def _symbol_dict(symbol: SymbolUse) -> dict[str, object]:
    return {
        "name": symbol.name,
        "kind": symbol.kind,
        "value": symbol.value,
        "definition": None if symbol.location is None else _place_dict(symbol.location),
        "reference_count": len(symbol.uses),
        "references": [{"kind": use.kind, **_place_dict(use.location)} for use in symbol.uses],
        "is_unused": symbol.is_unused,
    }


def _place_dict(place: Location) -> dict[str, object]:
    return {"file": place.file, "line": place.line, "column": place.column}
