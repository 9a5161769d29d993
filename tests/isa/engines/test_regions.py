"""What becomes one native function."""

from __future__ import annotations

from emu.isa.engines.native.regions import Path, Region, choose_region
from emu.isa.machine import Machine
from tests.isa.assembly import program

SOURCE = program("""
_start: CMP   R0, #0
        BEQ   rare
loop:   LDR   R5, =away
        MOV   LR, PC
        BX    R5
        SUBS  R0, R0, #1
        BNE   loop
        SWI   #0
rare:   ADD   R1, R1, #1
        B     loop
away:   ADD   R2, R2, #1
        BX    LR
        .pool
""")
LABELS = {name: symbol.value for name, symbol in SOURCE.symbols.items()}


def region_from(start: str, most: int = 100, path: Path | None = None) -> Region:
    machine = Machine(engine="interpreter")
    machine.load(SOURCE)
    region = choose_region(LABELS[start], machine.memory, (), most, (), path)
    assert region is not None
    return region


def test_a_region_is_all_that_direct_branches_lead_to() -> None:
    region = region_from("_start")
    assert {LABELS["loop"], LABELS["rare"]} <= set(region.addresses())
    assert LABELS["away"] not in region.addresses(), "only a register says so"


def test_what_is_near_comes_first() -> None:
    """Both ways of a branch are followed for a while, rather than one of them to its end."""
    assert set(region_from("_start", 4).addresses()) == {
        LABELS["_start"],
        LABELS["_start"] + 4,
        LABELS["rare"],
        LABELS["rare"] + 4,
    }


def test_a_path_is_what_was_executed_and_leads_through_pointers() -> None:
    rare = {LABELS["rare"], LABELS["rare"] + 4}
    executed = frozenset(range(LABELS["_start"], LABELS["away"] + 8, 4)) - rare
    region = region_from("loop", path=Path((LABELS["loop"], LABELS["away"]), executed))
    assert set(region.addresses()) <= executed
    assert {LABELS["loop"], LABELS["away"], LABELS["away"] + 4} <= set(region.addresses())
    assert LABELS["away"] in region.headers, "execution may come there from any computed branch"
