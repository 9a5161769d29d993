"""Which instructions were executed, which only reached, which never (spec diagnostics.md section 6).

How often is known from the profile, which costs next to nothing at any speed. When first and when last can only be
known by looking at every instruction; `Moments` is the observer that does so for the reports that tell it.

An instruction is *executed* when its condition held, *skipped* when it was reached and the condition failed. The
exit call counts, and so does the instruction that a fault stopped.
"""

from __future__ import annotations

from emu.isa.analysis.naming import Names, fault_dict, fault_line, faulting_instruction
from emu.isa.analysis.profile import is_branch
from emu.isa.conditions import ALWAYS
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emu.isa.analysis.witness import Moment
    from emu.isa.machine import Machine
    from emu.isa.program import SourceLine

COVERED, PARTLY, MISSED = "covered", "partly", "not"


class Moments:
    """Notes the cycle counter at the first and the last execution of each address."""

    def __init__(self) -> None:
        self.first: dict[int, int] = {}
        self.last: dict[int, int] = {}

    def executed(self, moment: Moment) -> None:
        """See `Observer`."""
        if moment.executed:
            self.first.setdefault(moment.address, moment.cycles)
            self.last[moment.address] = moment.cycles


class Point(Record):
    """One assembled instruction. `first` and `last` are cycle counters after it, 0 where nobody looked."""

    address: int
    executed: int
    skipped: int
    first: int = 0
    last: int = 0


class LineCoverage(Record):
    """One source line that has instructions; `count` is that of the one executed most."""

    file: str
    line: int
    status: str
    count: int
    points: tuple[Point, ...]


class Coverage(Record):
    """What was executed of everything that was assembled."""

    points: tuple[Point, ...]
    lines: tuple[LineCoverage, ...]

    @property
    def executed(self) -> list[Point]:
        """The instructions that were executed."""
        return [point for point in self.points if point.executed]

    @property
    def skipped(self) -> list[Point]:
        """The instructions that were reached and never executed."""
        return [point for point in self.points if point.skipped and not point.executed]

    @property
    def missed(self) -> list[Point]:
        """The instructions that were never reached."""
        return [point for point in self.points if not point.executed and not point.skipped]

    @property
    def percent(self) -> float:
        """Executed instructions of all, 0 to 100."""
        return 100 * len(self.executed) / len(self.points) if self.points else 0.0


def measure(machine: Machine, moments: Moments | None = None) -> Coverage:
    """The coverage of a machine that has run with a profile attached. Raises ValueError without one."""
    profile, program = machine.profile, machine.program
    if profile is None or program is None:
        raise ValueError("no profile is attached to this machine, or it has no program")
    reached: dict[int, int] = {}
    executed: dict[int, int] = {}
    for place, count in profile.counts().items():
        reached[place.address] = reached.get(place.address, 0) + count.reached
        executed[place.address] = executed.get(place.address, 0) + count.executed
    moments = moments or Moments()
    last = dict(moments.last)
    faulting = faulting_instruction(machine)
    if faulting is not None:
        reached[faulting] = reached.get(faulting, 0) + 1
        executed[faulting] = executed.get(faulting, 0) + 1
        last[faulting] = machine.cycles
    points = {}
    for address in sorted(program.instruction_addresses):
        times = executed.get(address, 0)
        skipped = reached.get(address, 0) - times
        end = last.get(address, 0)
        points[address] = Point(address, times, skipped, moments.first.get(address, end), end)
    return Coverage(tuple(points.values()), _lines(program.source_map, points))


def _lines(source_map: Sequence[SourceLine], points: Mapping[int, Point]) -> tuple[LineCoverage, ...]:
    found: dict[tuple[str, int], dict[int, Point]] = {}
    for line in source_map:
        if line.is_code:
            there = found.setdefault((line.file, line.line), {})
            for address in range(line.address, line.address + line.size, 4):
                if address in points:
                    there[address] = points[address]
    lines = []
    for (file, number), there in sorted(found.items()):
        hit = sum(1 for point in there.values() if point.executed)
        status = MISSED if not hit else COVERED if hit == len(there) else PARTLY
        count = max((point.executed for point in there.values()), default=0)
        lines.append(LineCoverage(file, number, status, count, tuple(there.values())))
    return tuple(lines)


def as_text(coverage: Coverage, machine: Machine) -> str:
    """A summary, a line per executed address, a line per address that was not, and the source lines by status."""
    labels = Names(machine.program).labels
    start, end = _range(coverage)
    lines = [
        "Code Coverage Report",
        "====================",
        "",
        f"Range: 0x{start:08X} to 0x{end:08X}",
        f"Total instructions: {len(coverage.points)}",
        f"Executed: {len(coverage.executed)}",
        f"Reached, not executed: {len(coverage.skipped)}",
        f"Not reached: {len(coverage.missed)}",
        f"Coverage: {coverage.percent:.2f}%",
        "",
        "Executed addresses:",
    ]
    for point in coverage.executed:
        label = labels.get(point.address)
        lines.append(
            f"0x{point.address:08X}: executed {point.executed:6d} times (first: cycle {point.first:6d}, last: cycle "
            f"{point.last:6d}){f' [{label}]' if label else ''}"
        )
    lines += ["", "Addresses not executed:"]
    for point in coverage.points:
        if not point.executed:
            label = labels.get(point.address)
            how = f"reached {point.skipped} times, condition never held" if point.skipped else "not reached"
            lines.append(f"0x{point.address:08X}: {how}{f' [{label}]' if label else ''}")
    lines += ["", "Source lines:"]
    lines += [f"{line.file}:{line.line}: {line.status}" for line in coverage.lines]
    return "\n".join(lines) + "\n" + fault_line(machine)


def as_dict(coverage: Coverage, machine: Machine) -> dict[str, object]:
    """The JSON form, keys as the spec names them."""
    start, end = _range(coverage)
    return {
        "code_start": start,
        "code_end": end,
        "executed_count": len(coverage.executed),
        "unexecuted_count": len(coverage.points) - len(coverage.executed),
        "coverage_percent": round(coverage.percent, 2),
        "executed_addresses": {
            str(point.address): {
                "Address": point.address,
                "ExecutionCount": point.executed,
                "FirstExecution": point.first,
                "LastExecution": point.last,
            }
            for point in coverage.executed
        },
        "unexecuted_addresses": [point.address for point in coverage.points if not point.executed],
        "skipped_count": len(coverage.skipped),
        "skipped_addresses": {str(point.address): point.skipped for point in coverage.points if point.skipped},
        "lines": [
            {"File": line.file, "Line": line.line, "Status": line.status, "Count": line.count}
            for line in coverage.lines
        ],
        "fault": fault_dict(machine),
    }


def as_lcov(coverage: Coverage, machine: Machine) -> str:
    """A tracefile of lcov: line counts, and for each conditional branch how often it was taken and not taken."""
    parts = []
    for file, lines in _by_file(coverage).items():
        branches = []
        for line in lines:
            for block, point in enumerate(line.points):
                word = int.from_bytes(machine.memory.peek(point.address, 4), "little")
                if word >> 28 != ALWAYS and is_branch(word):
                    never = not point.executed and not point.skipped
                    for branch, times in enumerate((point.executed, point.skipped)):
                        branches.append((line.line, block, branch, "-" if never else str(times)))
        parts += ["TN:", f"SF:{file}", *_lcov_functions(lines, machine)]
        parts += [f"BRDA:{line},{block},{branch},{times}" for line, block, branch, times in branches]
        parts += [f"BRF:{len(branches)}", f"BRH:{sum(times not in ('-', '0') for *_, times in branches)}"]
        parts += [f"DA:{line.line},{line.count}" for line in lines]
        parts += [f"LF:{len(lines)}", f"LH:{sum(1 for line in lines if line.count)}", "end_of_record"]
    return "".join(part + "\n" for part in parts)


def _lcov_functions(lines: Sequence[LineCoverage], machine: Machine) -> list[str]:
    """Where the functions of a file begin, and how often they were called."""
    from emu.isa.analysis.call_stack import functions_of

    labels, functions = Names(machine.program).labels, functions_of(machine.program)
    found = [
        (line.line, labels[point.address], point.executed)
        for line in lines
        for point in line.points
        if point.address in functions and point.address in labels
    ]
    if not found:
        return []
    return [
        *(f"FN:{line},{name}" for line, name, _ in found),
        *(f"FNDA:{times},{name}" for _, name, times in found),
        f"FNF:{len(found)}",
        f"FNH:{sum(1 for *_, times in found if times)}",
    ]


def as_source(coverage: Coverage, machine: Machine, sources: Mapping[str, Sequence[str]]) -> str:
    """The source with the count before each line: `#####` for one never executed, `*` behind one partly executed.

    `sources` are the lines of the files; of a file that is not there, only the lines that were assembled are shown.
    """
    assembled: dict[tuple[str, int], str] = {}
    for entry in machine.program.source_map if machine.program is not None else ():
        assembled.setdefault((entry.file, entry.line), entry.text)
    parts = []
    for file, lines in _by_file(coverage).items():
        known = {line.line: line for line in lines}
        texts = dict(enumerate(sources[file], 1)) if file in sources else None
        if texts is None:
            texts = {number: text for (name, number), text in assembled.items() if name == file}
        parts.append(f"        -:    0:Source:{file}\n")
        for number, text in sorted(texts.items()):
            line = known.get(number)
            if line is None:
                mark = "-"
            elif line.status == MISSED:
                mark = "#####" if not any(point.skipped for point in line.points) else "====="
            else:
                mark = f"{line.count}{'*' if line.status == PARTLY else ''}"
            parts.append(f"{mark:>9}:{number:>5}:{text}\n")
    return "".join(parts) + fault_line(machine)


def _by_file(coverage: Coverage) -> dict[str, list[LineCoverage]]:
    files: dict[str, list[LineCoverage]] = {}
    for line in coverage.lines:
        files.setdefault(line.file, []).append(line)
    return files


def _range(coverage: Coverage) -> tuple[int, int]:
    if not coverage.points:
        return 0, 0
    return coverage.points[0].address, coverage.points[-1].address + 4
