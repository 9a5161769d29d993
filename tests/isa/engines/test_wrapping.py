"""Base plus offset of a compiled program wraps around, on every engine; that of an assembled one is a fault."""

from __future__ import annotations

import pytest

from emu.isa.faults import FaultKind
from emu.isa.stops import Faulted
from tests.isa.assembly import program
from tests.isa.engines.native_machines import native_share
from tests.isa.engines.twins import Twins

SOURCE = """
        LDR     R0, =table + 40
        LDR     R1, =-4
        LDR     R7, =20000
again:  LDR     R2, [R0, R1]          ; register offset
        ADD     R3, R3, R2
        MOV     R4, R0
        LDRB    R5, [R4], R1          ; post-indexed
        STR     R3, [R4, R1, LSL #1]! ; pre-indexed, scaled
        SUB     R6, R4, R0
        LDR     R2, [R4, -R6]         ; minus a negative number
        ADD     R3, R3, R2
        SUBS    R7, R7, #1
        BNE     again
        SWI     #0
        .data
table:  .word   1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
"""


@pytest.mark.parametrize("engine", ["python", "native"])
def test_negative_offsets_in_registers(engine: str) -> None:
    assembled = program(SOURCE)
    twins = Twins(assembled, engine=engine)
    stop = twins.run(None)
    assert isinstance(stop, Faulted)
    assert stop.fault.kind is FaultKind.ADDRESS_WRAP

    wrapping = twins.exact.memory_map.replace(wraps=True)
    twins = Twins(assembled.replace(memory_map=wrapping), engine=engine)
    assert not isinstance(twins.run(None), Faulted)
    assert twins.exact.registers[7] == 0


ACCESSES = (
    "LDR R8, [R1, R2]", "STR R8, [R1, R2]", "LDRB R8, [R1, R2, LSL #1]", "STRB R8, [R1, R2, LSL #2]",
    "LDR R8, [R1, R2, LSL #3]", "STR R8, [R1, R2, LSL #3]!", "LDR R8, [R1, #-8]", "STR R8, [R1, #2044]",
    "LDR R8, [R1, #-4]!", "STRH R8, [R1, R2]", "LDR R8, [R1, R2, LSL #5]", "LDR R8, [R1, -R2]", "LDR R8, [R1], R2",
)  # fmt: skip


@pytest.mark.parametrize("wraps", [False, True])
@pytest.mark.parametrize("access", ACCESSES)
def test_addresses_at_the_ends_of_the_world(access: str, wraps: bool) -> None:
    """The hot loop has only seen good ones. Whatever the bits of a sum or a shift that do not fit, it stops alike."""
    assembled = program(f"""
_start: LDR   R1, =0x20400
        MOV   R2, #16
again:  {access}
        SUB   R1, R1, #0
        ADD   R3, R3, R8
        LDR   R1, =0x20400
        B     again
        .pool
""")
    if wraps:
        twins = Twins(assembled, engine="native")
        assembled = assembled.replace(memory_map=twins.exact.memory_map.replace(wraps=True))
    twins = Twins(assembled, engine="native")
    twins.run(30_000)
    again = assembled.symbols["again"].value
    for base, index in (
        (0xFFFFFFF0, 0x20410), (0x20400, 0xFFFFFFF0), (0x20400, 0x40000000), (0x20400, 0x80000004), (4, 16),
        (0xFFFFFFFC, 4), (0x20410, 0x20000000), (0x80000000, 0x80020400), (0x20400, 0xE0000002), (0x20400, 16),
    ):  # fmt: skip
        before = twins.snapshot()
        for number, value in ((1, base), (2, index), (15, again)):
            twins.set_register(number, value)
        twins.run(1000)
        twins.restore(before)
        twins.run(5000)
    assert native_share(twins.translating) > 0.5
