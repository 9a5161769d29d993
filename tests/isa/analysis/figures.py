"""Statistics and coverage, recounted."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from io import StringIO
from typing import Any

from attrs import frozen

from emu.isa.analysis import coverage, statistics_text
from emu.isa.analysis.statistics import as_dict, collect
from emu.isa.instructions.disassembler import disassemble
from emu.isa.machine import Machine
from tests.isa.analysis.reported import Run

# -- coverage ---------------------------------------------------------------------------------------------------------


@frozen
class Reach:
    """What a recount says about one address."""

    executed: int
    skipped: int
    first: int
    last: int


def reaches(run: Run) -> dict[int, Reach]:
    found = {}
    for address in sorted(run.program.instruction_addresses):
        there = [step for step in run.steps if step.address == address]
        cycles = [step.cycles for step in there if step.executed]
        if run.fault is not None and run.fault["PC"] == address:
            cycles.append(run.story.machine.cycles)
        skipped = sum(not step.executed for step in there)
        found[address] = Reach(len(cycles), skipped, cycles[0] if cycles else 0, cycles[-1] if cycles else 0)
    return found


def check_coverage(run: Run) -> None:
    measured = coverage.measure(run.machine, run.moments)
    expected = reaches(run)
    executed = {address: reach for address, reach in expected.items() if reach.executed}
    report = coverage.as_dict(measured, run.machine)
    share = round(100 * len(executed) / len(expected), 2)
    lines = lines_of(run, expected)
    assert report == {
        "code_start": min(expected),
        "code_end": max(expected) + 4,
        "executed_count": len(executed),
        "unexecuted_count": len(expected) - len(executed),
        "coverage_percent": share,
        "executed_addresses": {
            str(address): {
                "Address": address,
                "ExecutionCount": reach.executed,
                "FirstExecution": reach.first,
                "LastExecution": reach.last,
            }
            for address, reach in executed.items()
        },
        "unexecuted_addresses": [address for address in expected if address not in executed],
        "skipped_count": sum(1 for reach in expected.values() if reach.skipped and not reach.executed),
        "skipped_addresses": {str(a): reach.skipped for a, reach in expected.items() if reach.skipped},
        "lines": [
            {"File": "random.s", "Line": line, "Status": "covered" if count else "not", "Count": count}
            for line, (count, _) in lines.items()
        ],
        "fault": run.fault,
    }
    text = coverage.as_text(measured, run.machine)
    rows = re.findall(
        r"^0x(\w+): executed +(\d+) times \(first: cycle +(\d+), last: cycle +(\d+)\)", text, re.MULTILINE
    )
    assert [(int(row[0], 16), *map(int, row[1:])) for row in rows] == [
        (address, reach.executed, reach.first, reach.last) for address, reach in executed.items()
    ]
    assert f"Coverage: {100 * len(executed) / len(expected):.2f}%" in text
    check_lcov(run, coverage.as_lcov(measured, run.machine), lines, expected)
    source = [line.text for line in run.program.source_map]
    annotated = coverage.as_source(measured, run.machine, {"random.s": ["", *source]})
    for line, (count, skipped) in lines.items():
        mark = str(count) if count else "=====" if skipped else "#####"
        assert f"{mark:>9}:{line:>5}:{source[line - 2]}\n" in annotated


def lines_of(run: Run, expected: dict[int, Reach]) -> dict[int, tuple[int, int]]:
    """(executed, skipped) of each line; one instruction stands on each."""
    code = {line.line: line.address for line in run.program.source_map if line.is_code}
    return {line: (expected[address].executed, expected[address].skipped) for line, address in sorted(code.items())}


def check_lcov(run: Run, text: str, lines: dict[int, tuple[int, int]], expected: dict[int, Reach]) -> None:
    rows = text.splitlines()
    assert rows[:2] == ["TN:", "SF:random.s"]
    assert rows[-1] == "end_of_record"
    assert [row for row in rows if row.startswith("DA:")] == [f"DA:{n},{count}" for n, (count, _) in lines.items()]
    assert f"LF:{len(lines)}" in rows
    assert f"LH:{sum(1 for count, _ in lines.values() if count)}" in rows
    called = {
        int(line.text.rsplit(maxsplit=1)[-1], 16)
        for line in run.program.source_map
        if line.is_code and re.match(r"\S*\s+BL(EQ|NE|CS|CC|MI|PL|VS|VC|HI|LS|GE|LT|GT|LE)? ", line.text)
    }
    named = [
        (line.line, run.place(line.address), expected[line.address].executed)
        for line in run.program.source_map
        if line.address in called and line.is_code and "+" not in run.place(line.address)
    ]
    named = [row for row in named if not row[1].startswith("0x")]
    assert [row for row in rows if row.startswith("FN:")] == [f"FN:{line},{name}" for line, name, _ in named]
    assert [row for row in rows if row.startswith("FNDA:")] == [f"FNDA:{times},{name}" for _, name, times in named]
    branches = []
    for line in run.program.source_map:
        if line.is_code and re.match(r"\S*\s+B(L|X|LX)?(EQ|NE|CS|CC|MI|PL|VS|VC|HI|LS|GE|LT|GT|LE) ", line.text):
            reach = expected[line.address]
            never = not reach.executed and not reach.skipped
            for number, times in enumerate((reach.executed, reach.skipped)):
                branches.append(f"BRDA:{line.line},0,{number},{'-' if never else times}")
    assert [row for row in rows if row.startswith("BRDA:")] == branches


# -- statistics -------------------------------------------------------------------------------------------------------


def expected_statistics(run: Run) -> dict[str, Any]:
    mnemonics: Counter[str] = Counter()
    cycles: Counter[str] = Counter()
    addresses: Counter[int] = Counter()
    branches = taken = 0
    before = 0
    for step in run.steps:
        # The declared name is the mnemonic with condition and S taken out; both are letters at known places.
        name = disassemble(step.word | 0xE0000000 if step.word >> 28 < 14 else step.word, step.address).name
        mnemonics[name] += 1
        is_exit = step is run.steps[-1] and run.story.machine.outcome is not None and run.fault is None
        cycles[name] += 1 if is_exit else step.cycles - before
        before = step.cycles
        addresses[step.address] += 1
        if name in ("B", "BL", "BX", "BLX"):
            branches += 1
            taken += step.executed
    accesses = [access for step in run.steps for access in step.accesses]
    reads = [size for is_write, _, size, _ in accesses if not is_write]
    writes = [size for is_write, _, size, _ in accesses if is_write]
    calls, costs = function_costs(run)
    labels: dict[int, str] = {}
    for symbol in run.program.symbols.values():
        labels.setdefault(symbol.value, symbol.name)
    ranked = sorted(mnemonics, key=lambda name: (-mnemonics[name], name))
    return {
        "total_instructions": len(run.steps),
        "total_cycles": run.story.machine.cycles,
        "branch_count": branches,
        "branch_taken": taken,
        "branch_missed": branches - taken,
        "memory_reads": len(reads),
        "memory_writes": len(writes),
        "bytes_read": sum(reads),
        "bytes_written": sum(writes),
        "top_instructions": [{"Mnemonic": n, "Count": mnemonics[n], "Cycles": cycles[n]} for n in ranked[:20]],
        "hot_path": [
            {"Address": address, "Count": count}
            for address, count in sorted(addresses.items(), key=lambda item: (-item[1], item[0]))[:20]
        ],
        "top_functions": [
            {"Name": labels.get(f, f"0x{f:08X}"), "Address": f, "CallCount": calls[f], "TotalCycles": costs[f]}
            for f in sorted(calls, key=lambda f: (-calls[f], f))[:20]
        ],
    }


def function_costs(run: Run) -> tuple[Counter[int], Counter[int]]:
    """Calls of each function, and the cycles from each call to the jump behind it."""
    calls: Counter[int] = Counter()
    costs: Counter[int] = Counter()
    active: list[tuple[int, int, int]] = []
    for step in run.steps:
        name = disassemble(step.word, step.address).name
        target = step.new[15]
        if not step.executed or target == step.address + 4:
            continue
        if name in ("BL", "BLX"):
            calls[target] += 1
            active.append((target, step.address + 4, step.cycles))
        elif name != "B":
            back = [number for number, (_, behind, _) in enumerate(active) if behind == target]
            if back:
                for function, _, since in active[back[-1] :]:
                    costs[function] += step.cycles - since
                del active[back[-1] :]
    for function, _, since in active:
        costs[function] += run.story.machine.cycles - since
    return calls, costs


def check_statistics(machine: Machine, run: Run) -> None:
    expected = expected_statistics(run)
    statistics = collect(machine)
    timeless = {
        key: value
        for key, value in as_dict(statistics, 2.0).items()
        if key not in ("execution_time_ms", "instructions_per_sec")
    }
    assert timeless == expected
    from_json = json.loads(statistics_text.rendered(statistics, 2.0, run.program, "json"))
    assert from_json == as_dict(statistics, 2.0)
    assert from_json["instructions_per_sec"] == len(run.steps) * 500
    metrics, _, instructions = statistics_text.rendered(statistics, 2.0, run.program, "csv").partition("\n\n")
    rows = dict(list(csv.reader(StringIO(metrics)))[1:])
    assert len(rows) == 11
    assert all(str(value) == rows[key] for key, value in expected.items() if not isinstance(value, list))
    counts = [(name, int(count)) for name, count in list(csv.reader(StringIO(instructions)))[1:]]
    assert [
        {"Mnemonic": name, "Count": count} for name, count in counts[:20]
    ] == [{"Mnemonic": row["Mnemonic"], "Count": row["Count"]} for row in expected["top_instructions"]]  # fmt: skip
    assert sum(count for _, count in counts) == len(run.steps)
    page = statistics_text.rendered(statistics, 2.0, run.program, "html")
    for row in expected["top_instructions"]:
        assert re.search(rf">{row['Mnemonic']}<.*?>{row['Count']:,}<", page, re.DOTALL)
    for row in expected["top_functions"]:
        assert f">{row['Name']}<" in page
        assert f">{row['TotalCycles']:,}<" in page
    for row in expected["hot_path"]:
        assert f">{run.place(row['Address'])}<" in page
