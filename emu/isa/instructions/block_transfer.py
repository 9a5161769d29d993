"""Loads and stores of several registers (ARM ARM A3.12, A5.4; spec cpu.md section 8)."""

from __future__ import annotations

from emu.isa.conditions import C, N, V, Z
from emu.isa.faults import FaultKind
from emu.isa.instructions.form import Form, Spelling
from emu.isa.instructions.pattern import Pattern
from emu.isa.instructions.syntax import BlockBase, RegisterSet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.instructions.builder import B, Builder, Fields, W

SP, PC = 13, 15


def block_transfer(b: Builder[W, B], i: Fields) -> None:
    """LDM and STM in every mode; the lowest register goes to the lowest address."""
    registers = [number for number in range(16) if i.list >> number & 1]
    if not registers:
        b.fault(FaultKind.EMPTY_LIST)
        return
    size = 4 * len(registers)
    base = b.register(i.rn)
    if i.u:
        after = b.add(base, b.const(size))
        first = b.address(base, b.const(4), False) if i.p else base
    else:
        lowest = b.address(base, b.const(size), True)
        after = lowest
        first = lowest if i.p else b.add(lowest, b.const(4))
    writes_back = i.w and i.rn != PC
    if i.l:
        values = b.load_words(first, len(registers))
        if writes_back and i.rn not in registers:
            b.set_register(i.rn, after)
        if i.s and PC in registers:
            b.set_flags(b.saved_flag(N), b.saved_flag(Z), b.saved_flag(C), b.saved_flag(V))
        for number, value in zip(registers, values, strict=True):
            b.set_register(number, value)
    else:
        # A stored PC is the address of the instruction plus 12.
        stored = [b.const(b.location + 12) if number == PC else b.register(number) for number in registers]
        b.store_words(first, stored)
        if writes_back:
            b.set_register(i.rn, after)


_LOAD_MODES = {"IA": (0, 1), "IB": (1, 1), "DA": (0, 0), "DB": (1, 0), "": (0, 1)}
_STACK_LOADS = {"FD": (0, 1), "ED": (1, 1), "FA": (0, 0), "EA": (1, 0)}
_STACK_STORES = {"EA": (0, 1), "FA": (1, 1), "ED": (0, 0), "FD": (1, 0)}


def _modes(base: str, load: int, stack_modes: dict[str, tuple[int, int]]) -> tuple[Spelling, ...]:
    return tuple(
        Spelling(base, suffix, {"l": load, "p": p, "u": u}) for suffix, (p, u) in (_LOAD_MODES | stack_modes).items()
    )


FORMS = (
    Form(
        "Block transfer",
        "A3.12, A5.4",
        Pattern("cond:4 100 p:1 u:1 s:1 w:1 l:1 rn:4 list:16"),
        (
            Spelling("PUSH", "", {"l": 0, "p": 1, "u": 0, "s": 0, "w": 1, "rn": SP}, ((RegisterSet(),),)),
            Spelling("POP", "", {"l": 1, "p": 0, "u": 1, "s": 0, "w": 1, "rn": SP}, ((RegisterSet(),),)),
            *_modes("LDM", 1, _STACK_LOADS),
            *_modes("STM", 0, _STACK_STORES),
        ),
        ((BlockBase(), RegisterSet()),),
        block_transfer,
        {
            "LDM": "registers := consecutive words",
            "STM": "consecutive words := registers",
            "PUSH": "STMDB SP!, registers",
            "POP": "LDMIA SP!, registers",
        },
    ),
)
