"""The figures of a run as one self-contained page with pictures (spec diagnostics.md section 5)."""

from __future__ import annotations

from emu.isa.analysis.naming import Names
from emu.isa.analysis.pictures import bar, escaped, heat_strip, ring
from emu.isa.analysis.statistics import TOP
from emu.isa.analysis.statistics_text import percent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emu.isa.analysis.statistics import Statistics
    from emu.isa.program import Program

_MIXED = 7
"""Mnemonics that the ring of the instruction mix tells apart."""


def as_html(statistics: Statistics, milliseconds: float, program: Program | None) -> str:
    """One page. It loads nothing from elsewhere."""
    name = escaped(program.name if program is not None else "program")
    names = Names(program)
    sections = (
        _summary(statistics, milliseconds),
        _heat(statistics, program, names),
        _instructions(statistics),
        _branches(statistics),
        _memory(statistics),
        _hot(statistics, names),
        _functions(statistics),
    )
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}: statistics</title>\n<style>{_STYLE}</style>\n"
        f"<header><h1>{name}</h1><p>what it did, instruction by instruction</p></header>\n"
        f"<main>\n{''.join(sections)}</main>\n</html>\n"
    )


def _summary(s: Statistics, milliseconds: float) -> str:
    per_second = s.instructions / milliseconds * 1000 if milliseconds > 0 else 0.0
    tiles = (
        ("Instructions", f"{s.instructions:,}"),
        ("Cycles", f"{s.cycles:,}"),
        ("Cycles per instruction", f"{s.cycles / s.instructions:.2f}" if s.instructions else "0.00"),
        ("Time", f"{milliseconds:,.1f} ms"),
        ("Instructions per second", f"{per_second:,.0f}"),
    )
    shown = "".join(f"<div><b>{value}</b>{head}</div>" for head, value in tiles)
    return _section("Summary", f'<div class="tiles">{shown}</div>', wide=True)


def _heat(s: Statistics, program: Program | None, names: Names) -> str:
    counts = dict(s.addresses)
    addresses = sorted(program.instruction_addresses | counts.keys() if program is not None else counts)
    positions = {address: position for position, address in enumerate(addresses)}
    labels = sorted((positions[address], name) for address, name in names.labels.items() if address in positions)
    cells = [(names.place(address), counts.get(address, 0)) for address in addresses]
    reached = sum(1 for _, count in cells if count)
    picture = heat_strip(cells, labels, f"{reached} of {len(cells)} instructions were reached")
    text = (
        f"<p>The code from its first to its last address: {reached:,} of {len(cells):,} instructions were reached.</p>"
    )
    return _section("Where it was", text + picture, wide=True) if picture else ""


def _instructions(s: Statistics) -> str:
    most = s.mnemonics[0].count if s.mnemonics else 0
    rows = (
        (row.mnemonic, bar(row.count, most), f"{row.count:,}", percent(row.count, s.instructions), f"{row.cycles:,}")
        for row in s.mnemonics[:TOP]
    )
    mix = [(row.mnemonic, row.count) for row in s.mnemonics[:_MIXED]]
    mix.append(("others", sum(row.count for row in s.mnemonics[_MIXED:])))
    picture = ring(mix, "the share of each instruction")
    table = _table(("Mnemonic", "", "Count", "Share", "Cycles"), rows)
    return _section("Top instructions", f'<div class="pair">{picture}{table}</div>', wide=True)


def _branches(s: Statistics) -> str:
    parts = (("taken", s.branches_taken), ("not taken", s.branches_missed))
    rows = (
        ("All", f"{s.branches:,}", ""),
        ("Taken", f"{s.branches_taken:,}", percent(s.branches_taken, s.branches)),
        ("Not taken", f"{s.branches_missed:,}", percent(s.branches_missed, s.branches)),
    )
    picture = ring(parts, "branches taken and not taken", percent(s.branches_taken, s.branches))
    return _section("Branches", picture + _table(("", "", "Share"), rows))


def _memory(s: Statistics) -> str:
    most = max(s.bytes_read, s.bytes_written)
    rows = (
        ("Reads", bar(s.bytes_read, most), f"{s.memory_reads:,}", f"{s.bytes_read:,}"),
        ("Writes", bar(s.bytes_written, most, 1), f"{s.memory_writes:,}", f"{s.bytes_written:,}"),
    )
    picture = ring((("reads", s.memory_reads), ("writes", s.memory_writes)), "loads and stores")
    return _section("Memory", picture + _table(("", "", "Accesses", "Bytes"), rows))


def _hot(s: Statistics, names: Names) -> str:
    most = s.addresses[0][1] if s.addresses else 0
    rows = []
    for address, count in s.addresses[:TOP]:
        line = names.line(address)
        text = " ".join(line.text.split()) if line is not None else ""
        place = "" if line is None else f"line {line.line}" if text else escaped(f"{line.file}:{line.line}")
        code = f"<code>{escaped(text)}</code>" if text else ""
        rows.append((f"0x{address:08X}", escaped(names.place(address)), place, code, bar(count, most, 3), f"{count:,}"))
    heads = ("Address", "Place", "Source", "", "", "Count")
    return _section("Hot addresses", _table(heads, rows), wide=True)


def _functions(s: Statistics) -> str:
    most = max((row.cycles for row in s.functions[:TOP]), default=0)
    rows = (
        (
            escaped(row.name), f"0x{row.address:08X}", f"{row.calls:,}", bar(row.cycles, most, 2), f"{row.cycles:,}",
            f"{row.cycles / row.calls:,.1f}" if row.calls else "",
        )
        for row in s.functions[:TOP]
    )  # fmt: skip
    note = "<p>Cycles run from each call to its return, nested calls included.</p>"
    heads = ("Name", "Address", "Calls", "", "Cycles", "Per call")
    return _section("Functions", (note if s.functions else "") + _table(heads, rows), wide=True)


def _section(title: str, body: str, *, wide: bool = False) -> str:
    return f"<section{' class=wide' if wide else ''}>\n<h2>{title}</h2>\n{body}</section>\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    if not body:
        return "<p>None.</p>\n"
    return f"<table>\n<tr>{head}</tr>\n{body}</table>\n"


_STYLE = """
:root{color-scheme:light dark;--ground:#f4f6f8;--card:#fff;--ink:#1d2a36;--soft:#5c6b78;--line:#e1e6ea;--faint:#e9edf0;
--c0:#2f6fb5;--c1:#d9822b;--c2:#3a9d6b;--c3:#b5413a;--c4:#7c5cb5;--c5:#2a9fb0;--c6:#c2a029;--c7:#8a96a0}
@media(prefers-color-scheme:dark){:root{--ground:#12171c;--card:#1b2229;--ink:#dfe6ec;--soft:#93a1ad;--line:#2c363f;
--faint:#28313a;--c0:#5b9be0;--c1:#eaa15a;--c2:#5cc08d;--c3:#e2736b;--c4:#a68be0;--c5:#55c4d4;--c6:#dcc05a;--c7:#7d8993}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;margin:0;background:var(--ground);color:var(--ink)}
header,main{max-width:64em;margin:0 auto;padding:0 1.2em}
header{padding-top:1.6em}
h1{font-size:1.5em;margin:0;overflow-wrap:anywhere}
header p,section p,small{color:var(--soft)}
header p{margin:.1em 0 1em}
h2{font-size:1.05em;margin:0 0 .7em}
main{display:grid;grid-template-columns:1fr 1fr;gap:1em;padding-bottom:2em}
section{background:var(--card);border:1px solid var(--line);border-radius:.6em;padding:1em 1.2em;min-width:0;
overflow-x:auto}
.wide{grid-column:1/-1}
.tiles{display:flex;flex-wrap:wrap;gap:.6em 2.4em}
.tiles div{color:var(--soft);font-size:.9em}
.tiles b{display:block;font-size:1.55em;line-height:1.25;color:var(--ink);font-variant-numeric:tabular-nums}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:.22em .6em;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:600;color:var(--soft);font-size:.86em}
th:first-child,td:first-child{text-align:left;padding-left:0}
td:last-child,th:last-child{padding-right:0}
tr:last-child td{border-bottom:0}
code{font:13px ui-monospace,monospace;display:block;text-align:left;max-width:24em;overflow:hidden;
text-overflow:ellipsis}
.bar{display:block;width:100%;min-width:5em;height:.7em}
.ring{display:flex;align-items:center;gap:1.2em;margin-bottom:.6em}
.ring svg{width:8.5em;flex:none}
.ring ul{list-style:none;margin:0;padding:0}
.ring li span{display:inline-block;width:.75em;height:.75em;border-radius:.2em;margin-right:.5em}
.middle{font-size:13px;font-weight:600;fill:var(--ink)}
.pair{display:grid;grid-template-columns:auto 1fr;gap:2em;align-items:start}
.strip{width:100%;display:block}
.strip text{font-size:11px;fill:var(--soft)}
.hot{fill:var(--c3)}
@media(max-width:46em){main,.pair{display:block}section{margin-bottom:1em}}
"""
