"""The figures of a run (spec diagnostics.md section 5)."""

from __future__ import annotations

from operator import itemgetter

from emu.isa.analysis.profile import is_branch
from emu.isa.engines.lifting import lift
from emu.isa.instructions.decoder import decode
from emu.isa.instructions.disassembler import instruction_name
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from emu.isa.machine import Machine

TOP = 20
"""How many rows each ranking has at most."""

TOUCH_MEMORY = frozenset(
    (
        "Word or byte transfer, immediate offset",
        "Word or byte transfer, register offset",
        "Load halfword or signed, immediate offset",
        "Store halfword, immediate offset",
        "Load halfword or signed, register offset",
        "Store halfword, register offset",
        "Block transfer",
        "Swap",
    )
)
"""Titles of the forms that load or store: the others need not be looked at."""

REGISTER_LIST = 0xFFFF
"""The bits of a block transfer that say how much is transferred."""


class InstructionCount(Record):
    """One mnemonic, without condition and S."""

    mnemonic: str
    count: int
    cycles: int


class FunctionCount(Record):
    """The target of a BL or BLX; `cycles` run from each call to its return, nested calls included."""

    name: str
    address: int
    calls: int
    cycles: int


class Statistics(Record):
    """What a program did. Rankings are complete, most frequent first; reports show the first `TOP` rows."""

    instructions: int
    cycles: int
    branches: int
    branches_taken: int
    branches_missed: int
    memory_reads: int
    memory_writes: int
    bytes_read: int
    bytes_written: int
    mnemonics: tuple[InstructionCount, ...]
    addresses: tuple[tuple[int, int], ...]
    """(address, how often the instructions there were fetched)."""
    functions: tuple[FunctionCount, ...]


def collect(machine: Machine) -> Statistics:
    """The figures of a machine that has run with a profile attached. Raises ValueError without one."""
    profile = machine.profile
    if profile is None:
        raise ValueError("no profile is attached to this machine")
    mnemonics: dict[str, list[int]] = {}
    addresses: dict[int, int] = {}
    branches = taken = reads = writes = bytes_read = bytes_written = 0
    words: dict[int, list[int]] = {}
    for (address, word), count in profile.tallies():
        if not count.reached:
            continue
        addresses[address] = addresses.get(address, 0) + count.reached
        sums = words.get(word)
        if sums is None:
            sums = words[word] = [0, 0, 0, word, address]
        sums[0] += count.reached
        sums[1] += count.executed
        sums[2] += count.extra_cycles
    for reached, executed, extra_cycles, word, address in _by_kind(words):
        cycles = mnemonics.setdefault(instruction_name(word), [0, 0])
        cycles[0] += reached
        cycles[1] += reached + extra_cycles
        if is_branch(word):
            branches += reached
            taken += executed
        if decode(word).form.title not in TOUCH_MEMORY:
            continue
        for step in lift(decode(word), address).steps:
            accesses = executed * len(step.values)
            if step.kind == "load":
                reads += accesses
                bytes_read += accesses * step.size
            elif step.kind == "store":
                writes += accesses
                bytes_written += accesses * step.size
    by_count = sorted(addresses.items())
    by_count.sort(key=itemgetter(1), reverse=True)
    return Statistics(
        machine.instructions,
        machine.cycles,
        branches,
        taken,
        branches - taken,
        reads,
        writes,
        bytes_read,
        bytes_written,
        tuple(
            InstructionCount(name, count, cycles)
            for name, (count, cycles) in sorted(mnemonics.items(), key=lambda item: (-item[1][0], item[0]))
        ),
        tuple(by_count),
        _functions(machine),
    )


def _by_kind(words: dict[int, list[int]]) -> Iterable[list[int]]:
    """The sums of words that have the same name and make the same accesses, with one of these words: there are many
    words, and few kinds.
    """
    masks: dict[int, int] = {}
    kinds: dict[tuple[int, int, int], list[int]] = {}
    for word, sums in words.items():
        form = decode(word).form
        mask = masks.get(id(form))
        if mask is None:
            mask = masks[id(form)] = form.naming_mask()
        transferred = (word & REGISTER_LIST).bit_count() if form.title == "Block transfer" else 0
        known = kinds.setdefault((id(form), word & mask, transferred), sums)
        if known is not sums:
            if not known[1]:
                known[3:] = sums[3:]  # what has not been executed may be a word that cannot be
            known[0] += sums[0]
            known[1] += sums[1]
            known[2] += sums[2]
    return kinds.values()


def _functions(machine: Machine) -> tuple[FunctionCount, ...]:
    assert machine.profile is not None
    names: dict[int, str] = {}
    if machine.program is not None:
        for symbol in machine.program.labels():
            names.setdefault(symbol.value, symbol.name)
    costs = machine.profile.functions(machine.cycles).items()
    return tuple(
        FunctionCount(names.get(address, f"0x{address:08X}"), address, cost.calls, cost.cycles)
        for address, cost in sorted(costs, key=lambda item: (-item[1].calls, item[0]))
    )


def as_dict(statistics: Statistics, milliseconds: float) -> dict[str, object]:
    """The JSON form, keys as the spec names them. `milliseconds` is the time the run took on the wall clock."""
    per_second = statistics.instructions / milliseconds * 1000 if milliseconds > 0 else 0.0
    return {
        "total_instructions": statistics.instructions,
        "total_cycles": statistics.cycles,
        "execution_time_ms": round(milliseconds, 3),
        "instructions_per_sec": round(per_second, 1),
        "branch_count": statistics.branches,
        "branch_taken": statistics.branches_taken,
        "branch_missed": statistics.branches_missed,
        "memory_reads": statistics.memory_reads,
        "memory_writes": statistics.memory_writes,
        "bytes_read": statistics.bytes_read,
        "bytes_written": statistics.bytes_written,
        "top_instructions": [
            {"Mnemonic": row.mnemonic, "Count": row.count, "Cycles": row.cycles} for row in statistics.mnemonics[:TOP]
        ],
        "hot_path": [{"Address": address, "Count": count} for address, count in statistics.addresses[:TOP]],
        "top_functions": [
            {"Name": row.name, "Address": row.address, "CallCount": row.calls, "TotalCycles": row.cycles}
            for row in statistics.functions[:TOP]
        ],
    }
