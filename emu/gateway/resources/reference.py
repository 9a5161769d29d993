"""The language as data, made from the declarations: for editors that complete and explain."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from emu.gateway.http import Answer, Endpoint
from emu.wire.models_reference import InstructionRow, Reference, SystemCall
from emu.wire.text import encode

if TYPE_CHECKING:
    from emu.gateway.http import Call


async def show(_: Call) -> Answer:
    """Instructions, system calls and directives."""
    return Answer(200, _text(), headers={"Cache-Control": "public, max-age=300"})


@cache
def _text() -> bytes:
    from emu.isa.assembler.directives import DIRECTIVES
    from emu.isa.instructions.reference import rows
    from emu.isa.instructions.table import FORMS
    from emu.services.swi import all_services

    return encode(
        Reference(
            [
                InstructionRow(list(row.names), list(row.operands), row.meaning, form.title)
                for form in FORMS
                for row in rows(form)
            ],
            [SystemCall(one.number, one.name, one.takes, one.gives, one.summary) for one in all_services()],
            sorted(name for name in DIRECTIVES if name.startswith(".")),
        )
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/reference",
        show,
        "The language",
        {200: Reference},
        tag="server",
        details="The instructions, system calls and directives that this server knows. Needs no token.",
    ),
)
