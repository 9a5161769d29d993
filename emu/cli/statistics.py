"""The figures of a run: a summary for people, and files in the formats of spec diagnostics.md section 5."""

from __future__ import annotations

import time

from emu.cli import output
from emu.cli.status import UsageError
from emu.isa.analysis.profile import Profile
from emu.isa.analysis.statistics import TOP, as_dict, collect
from emu.isa.places import address_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emu.isa.analysis.statistics import Statistics
    from emu.isa.machine import Machine

FORMATS = ("json", "csv", "html")

_SHOWN = 5
"""Rows of each ranking in the summary."""


class StatisticsReport:
    """Counts from its creation to `finish`, which writes the reports, after a fault as well."""

    def __init__(self, machine: Machine, file: str | None, file_format: str, *, shown: bool) -> None:
        """`file` gets the figures in `file_format`; it is created now, so that nothing runs in vain.

        `shown` puts a summary on standard error. Raises CommandError if the file cannot be created.
        """
        if file == "-":
            raise UsageError(
                "figures never go to standard output, which is the program's",
                hint="--stats shows them on standard error",
            )
        if file is not None:
            output.save(file, b"")
        self._machine = machine
        self._file = file
        self._format = file_format
        self._shown = shown
        machine.profile = Profile()
        self._start = time.perf_counter()

    def finish(self) -> None:
        """The run is over. Raises CommandError if the file cannot be written."""
        milliseconds = (time.perf_counter() - self._start) * 1000
        statistics = collect(self._machine)
        if self._shown:
            output.note("\n" + summary(statistics, milliseconds, self._machine))
        if self._file is not None:
            write = {"json": as_json, "csv": as_csv, "html": as_html}[self._format]
            output.save(self._file, write(statistics, milliseconds, self._machine).encode("utf-8", "replace"))


def summary(statistics: Statistics, milliseconds: float, machine: Machine) -> str:
    """The most telling figures, for people."""
    s = statistics
    speed = s.instructions / milliseconds / 1000 if milliseconds > 0 else 0.0
    rows = [
        ("instructions", f"{s.instructions:,} in {milliseconds:,.1f} ms: {speed:.2f} million per second"),
        ("cycles", f"{s.cycles:,}"),
        ("branches", f"{s.branches:,}, of these {s.branches_taken:,} taken ({_percent(s.branches_taken, s.branches)})"),
        ("reads", f"{s.memory_reads:,} ({s.bytes_read:,} bytes)"),
        ("writes", f"{s.memory_writes:,} ({s.bytes_written:,} bytes)"),
        ("most frequent", ", ".join(f"{row.mnemonic} {row.count:,}" for row in s.mnemonics[:_SHOWN])),
        ("hottest", ", ".join(f"{_place(machine, row.address)} {row.count:,}" for row in s.addresses[:_SHOWN])),
    ]  # fmt: skip
    if s.functions:
        calls = (f"{row.name} {row.calls:,} ({row.cycles:,} cycles)" for row in s.functions[:_SHOWN])
        rows.append(("called", ", ".join(calls)))
    return output.table(rows)


def as_json(statistics: Statistics, milliseconds: float, _machine: Machine) -> str:
    """One object; keys as the spec names them."""
    import json

    return json.dumps(as_dict(statistics, milliseconds), indent=2) + "\n"


def as_csv(statistics: Statistics, milliseconds: float, _machine: Machine) -> str:
    """A `Metric,Value` table, an empty line, an `Instruction,Count` table."""
    scalars = ((key, value) for key, value in as_dict(statistics, milliseconds).items() if not isinstance(value, list))
    lines = ["Metric,Value", *(f"{key},{value}" for key, value in scalars), "", "Instruction,Count"]
    lines += [f"{row.mnemonic},{row.count}" for row in statistics.mnemonics]
    return "\n".join(lines) + "\n"


def as_html(statistics: Statistics, milliseconds: float, machine: Machine) -> str:
    """One self-contained page."""
    s = statistics
    name = _escaped(machine.program.name if machine.program is not None else "program")
    per_second = s.instructions / milliseconds * 1000 if milliseconds > 0 else 0.0
    sections = (
        _section(
            "Summary",
            ("", ""),
            [
                ("Instructions", f"{s.instructions:,}"),
                ("Cycles", f"{s.cycles:,}"),
                ("Time", f"{milliseconds:,.1f} ms"),
                ("Instructions per second", f"{per_second:,.0f}"),
            ],
        ),
        _section(
            "Branches",
            ("", "", "Share"),
            [
                ("All", f"{s.branches:,}", ""),
                ("Taken", f"{s.branches_taken:,}", _percent(s.branches_taken, s.branches)),
                ("Not taken", f"{s.branches_missed:,}", _percent(s.branches_missed, s.branches)),
            ],
        ),
        _section(
            "Memory",
            ("", "Accesses", "Bytes"),
            [
                ("Reads", f"{s.memory_reads:,}", f"{s.bytes_read:,}"),
                ("Writes", f"{s.memory_writes:,}", f"{s.bytes_written:,}"),
            ],
        ),
        _section(
            "Top instructions",
            ("Mnemonic", "Count", "Share", "Cycles"),
            [
                (row.mnemonic, f"{row.count:,}", _percent(row.count, s.instructions), f"{row.cycles:,}")
                for row in s.mnemonics[:TOP]
            ],
        ),
        _section(
            "Hot addresses",
            ("Address", "Place", "Count"),
            [(f"0x{row.address:08X}", _place(machine, row.address), f"{row.count:,}") for row in s.addresses[:TOP]],
        ),
        _section(
            "Functions",
            ("Name", "Address", "Calls", "Cycles"),
            [(row.name, f"0x{row.address:08X}", f"{row.calls:,}", f"{row.cycles:,}") for row in s.functions[:TOP]],
        ),
    )
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{name}: statistics</title>\n<style>{_STYLE}</style>\n"
        f"<h1>{name}</h1>\n{''.join(sections)}</html>\n"
    )


_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#1d2a36}"
    "table{border-collapse:collapse;min-width:60%}"
    "th,td{text-align:right;padding:.2em .8em;border-bottom:1px solid #dde3e8}"
    "th:first-child,td:first-child{text-align:left}"
    "@media(prefers-color-scheme:dark){body{background:#14191e;color:#dfe6ec}th,td{border-color:#333d46}}"
)


def _section(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{_escaped(cell)}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{_escaped(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    if not body:
        return f"<h2>{title}</h2>\n<p>None.</p>\n"
    return f"<h2>{title}</h2>\n<table>\n<tr>{head}</tr>\n{body}</table>\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "0.0 %"


def _place(machine: Machine, address: int) -> str:
    return address_name(machine.program, address)
