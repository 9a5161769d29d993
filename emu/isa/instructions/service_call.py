"""SWI: the door to the world outside (ARM ARM A4.1.107; spec syscalls.md). And the words that are nobody's."""

from __future__ import annotations

from emu.isa.faults import FaultKind
from emu.isa.instructions.form import Form, Spelling
from emu.isa.instructions.pattern import Pattern
from emu.isa.instructions.syntax import ServiceNumber

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.instructions.builder import B, Builder, Fields, W


def service_call(b: Builder[W, B], i: Fields) -> None:
    """SWI."""
    b.service_call(i.number)


def undefined(b: Builder[W, B], i: Fields) -> None:
    """Any word that no form claims. Coprocessor instructions have a fault of their own."""
    b.fault(FaultKind.COPROCESSOR if i.group >= 12 else FaultKind.UNDEFINED)


FORMS = (
    Form(
        "Service call",
        "A4.1.107",
        Pattern("cond:4 1111 number:24"),
        (Spelling("SWI", "", {}), Spelling("SVC", "", {})),
        ((ServiceNumber(),),),
        service_call,
        "calls service <number>",
    ),
)

UNDEFINED = Form(
    "Undefined",
    "A3.16",
    Pattern("cond:4 group:4 rest:24"),
    (),
    (),
    undefined,
    "fault",
)
