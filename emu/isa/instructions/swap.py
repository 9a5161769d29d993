"""SWP and SWPB: load and store at one address in one instruction (ARM ARM A4.1.108)."""

from __future__ import annotations

from emu.isa.faults import FaultKind
from emu.isa.instructions.form import Form, Spelling
from emu.isa.instructions.pattern import Pattern
from emu.isa.instructions.syntax import Indirect, Reg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.instructions.builder import B, Builder, Fields, W

PC = 15


def swap(b: Builder[W, B], i: Fields) -> None:
    """Rd gets the old memory contents, memory gets Rm."""
    if PC in (i.rd, i.rm, i.rn):
        b.fault(FaultKind.PC_OPERAND)
        return
    size = 1 if i.byte else 4
    address = b.register(i.rn)
    old = b.load(address, size)
    b.store(address, size, b.register(i.rm))
    b.set_register(i.rd, old)


FORMS = (
    Form(
        "Swap",
        "A4.1.108, A4.1.109",
        Pattern("cond:4 00010 byte:1 00 rn:4 rd:4 0000 1001 rm:4"),
        (Spelling("SWP", "", {"byte": 0}), Spelling("SWP", "B", {"byte": 1})),
        ((Reg("rd"), Reg("rm"), Indirect()),),
        swap,
        "temp := [Rn]; [Rn] := Rm; Rd := temp",
    ),
)
