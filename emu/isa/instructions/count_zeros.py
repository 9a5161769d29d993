"""CLZ (ARM ARM A4.1.13)."""

from __future__ import annotations

from emu.isa.faults import FaultKind
from emu.isa.instructions.form import Form, Spelling
from emu.isa.instructions.pattern import Pattern
from emu.isa.instructions.syntax import Reg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.instructions.builder import B, Builder, Fields, W

PC = 15


def count_leading_zeros(b: Builder[W, B], i: Fields) -> None:
    """Rd gets the number of zero bits above the highest set bit of Rm, 32 for zero."""
    if PC in (i.rd, i.rm):
        b.fault(FaultKind.PC_OPERAND)
        return
    b.set_register(i.rd, b.count_leading_zeros(b.register(i.rm)))


FORMS = (
    Form(
        "Count leading zeros",
        "A4.1.13",
        Pattern("cond:4 00010110 1111 rd:4 1111 0001 rm:4"),
        (Spelling("CLZ", "", {}),),
        ((Reg("rd"), Reg("rm")),),
        count_leading_zeros,
        "Rd := number of leading zero bits of Rm",
    ),
)
