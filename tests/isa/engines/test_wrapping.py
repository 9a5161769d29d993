"""Base plus offset of a compiled program wraps around, on every engine; that of an assembled one is a fault."""

from __future__ import annotations

import pytest

from emu.isa.faults import FaultKind
from emu.isa.stops import Faulted
from tests.isa.assembly import program
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
