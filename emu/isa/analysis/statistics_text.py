"""The figures of a run as text: a summary for people, JSON and CSV (spec diagnostics.md section 5).

`milliseconds` is everywhere the time that the run took on the wall clock.
"""

from __future__ import annotations

from emu.isa.analysis.statistics import as_dict
from emu.isa.places import address_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.analysis.statistics import Statistics
    from emu.isa.program import Program

FORMATS = ("json", "csv", "html")
MEDIA_TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8"}

_SHOWN = 5
"""Rows of each ranking in the summary."""


def rendered(statistics: Statistics, milliseconds: float, program: Program | None, format_name: str) -> str:
    """The figures in one of `FORMATS`. Raises ValueError for any other."""
    if format_name == "json":
        return as_json(statistics, milliseconds)
    if format_name == "csv":
        return as_csv(statistics, milliseconds)
    if format_name == "html":
        from emu.isa.analysis.statistics_page import as_html

        return as_html(statistics, milliseconds, program)
    raise ValueError(f"statistics come as {', '.join(FORMATS)}, not as {format_name!r}")


def summary(statistics: Statistics, milliseconds: float, program: Program | None) -> str:
    """The most telling figures, for people."""
    s = statistics
    speed = s.instructions / milliseconds / 1000 if milliseconds > 0 else 0.0
    hottest = (f"{address_name(program, address)} {count:,}" for address, count in s.addresses[:_SHOWN])
    rows = [
        ("instructions", f"{s.instructions:,} in {milliseconds:,.1f} ms: {speed:.2f} million per second"),
        ("cycles", f"{s.cycles:,}"),
        ("branches", f"{s.branches:,}, of these {s.branches_taken:,} taken ({percent(s.branches_taken, s.branches)})"),
        ("reads", f"{s.memory_reads:,} ({s.bytes_read:,} bytes)"),
        ("writes", f"{s.memory_writes:,} ({s.bytes_written:,} bytes)"),
        ("most frequent", ", ".join(f"{row.mnemonic} {row.count:,}" for row in s.mnemonics[:_SHOWN])),
        ("hottest", ", ".join(hottest)),
    ]  # fmt: skip
    if s.functions:
        calls = (f"{row.name} {row.calls:,} ({row.cycles:,} cycles)" for row in s.functions[:_SHOWN])
        rows.append(("called", ", ".join(calls)))
    return "".join(f"{name:<13}  {value}".rstrip() + "\n" for name, value in rows)


def as_json(statistics: Statistics, milliseconds: float) -> str:
    """One object; keys as the spec names them."""
    import json

    return json.dumps(as_dict(statistics, milliseconds), indent=2) + "\n"


def as_csv(statistics: Statistics, milliseconds: float) -> str:
    """A `Metric,Value` table, an empty line, an `Instruction,Count` table."""
    scalars = ((key, value) for key, value in as_dict(statistics, milliseconds).items() if not isinstance(value, list))
    lines = ["Metric,Value", *(f"{key},{value}" for key, value in scalars), "", "Instruction,Count"]
    lines += [f"{row.mnemonic},{row.count}" for row in statistics.mnemonics]
    return "\n".join(lines) + "\n"


def percent(part: int, whole: int) -> str:
    """`part` as a share of `whole`; nothing of nothing is nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "0.0 %"
