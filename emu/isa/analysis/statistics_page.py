"""The figures of a run as one self-contained page (spec diagnostics.md section 5)."""

from __future__ import annotations

from emu.isa.analysis.statistics import TOP
from emu.isa.analysis.statistics_text import percent
from emu.isa.places import address_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emu.isa.analysis.statistics import Statistics
    from emu.isa.program import Program


def as_html(statistics: Statistics, milliseconds: float, program: Program | None) -> str:
    """One self-contained page."""
    s = statistics
    name = _escaped(program.name if program is not None else "program")
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
                ("Taken", f"{s.branches_taken:,}", percent(s.branches_taken, s.branches)),
                ("Not taken", f"{s.branches_missed:,}", percent(s.branches_missed, s.branches)),
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
                (row.mnemonic, f"{row.count:,}", percent(row.count, s.instructions), f"{row.cycles:,}")
                for row in s.mnemonics[:TOP]
            ],
        ),
        _section(
            "Hot addresses",
            ("Address", "Place", "Count"),
            [
                (f"0x{row.address:08X}", address_name(program, row.address), f"{row.count:,}")
                for row in s.addresses[:TOP]
            ],
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
