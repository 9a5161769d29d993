"""Branches (ARM ARM A3.3; spec cpu.md section 9). There is no Thumb state: BX and BLX clear bit 0 and stay in ARM
state.
"""

from __future__ import annotations

from emu.isa.bits import signed
from emu.isa.instructions.form import Form, Spelling
from emu.isa.instructions.pattern import Pattern
from emu.isa.instructions.syntax import BranchTarget, Reg

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.instructions.builder import B, Builder, Fields, W

LR = 14


def branch(b: Builder[W, B], i: Fields) -> None:
    """B and BL."""
    if i.link:
        b.set_register(LR, b.const(b.location + 4))
    b.branch(b.const(b.location + 8 + 4 * signed(i.offset, 24)))


def branch_exchange(b: Builder[W, B], i: Fields) -> None:
    """BX and BLX with a register; BLX LR jumps to the old LR."""
    target = b.and_(b.register(i.rm), b.const(0xFFFFFFFE))
    if i.link:
        b.set_register(LR, b.const(b.location + 4))
    b.branch(target)


FORMS = (
    Form(
        "Branch",
        "A4.1.5",
        Pattern("cond:4 101 link:1 offset:24"),
        (
            Spelling("B", "", {"link": 0}),
            Spelling("BL", "", {"link": 1}),
            Spelling("BLX", "", {"link": 1}),
        ),
        ((BranchTarget(),),),
        branch,
        {"B": "PC := target", "BL": "LR := address of the next instruction; PC := target", "BLX": "as BL"},
    ),
    Form(
        "Branch to register",
        "A4.1.10, A4.1.9",
        Pattern("cond:4 00010010 1111 1111 1111 00 link:1 1 rm:4"),
        (Spelling("BX", "", {"link": 0}), Spelling("BLX", "", {"link": 1})),
        ((Reg("rm"),),),
        branch_exchange,
        {"BX": "PC := Rm with bit 0 cleared", "BLX": "LR := address of the next instruction; PC := Rm"},
    ),
)
