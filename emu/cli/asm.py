"""`emu asm`: what the assembler makes of a source, in the form that is wanted."""

from __future__ import annotations

import os

from emu.cli import output, programs
from emu.cli.options import FILES, Command, Example, Operand, Option
from emu.cli.status import SUCCESS, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.cli.options import Arguments
    from emu.isa.assembler import Assembly
    from emu.isa.program import Program

_ENDINGS = {"raw": ".bin", "hex": ".hex", "listing": ".lst", "symbols": ".sym", "json": ".json"}
_BY_ENDING = {ending: name for name, ending in _ENDINGS.items()}

COMMAND = Command(
    "asm",
    "Assembles FILE. raw is the bare image from the lowest to the highest address, hex the same in Intel HEX, listing "
    "shows addresses and bytes beside the source, symbols is the table of names, json holds all of it: entry, "
    "segments, symbols and source map. Without --output a listing goes to standard output; with it, the ending of the "
    "file name chooses the format.",
    options=(
        Option("output", "write to FILE; - is standard output", "o", "FILE", completes=FILES),
        Option(
            "format",
            "what to write; default: by the ending of the output file (" + " ".join(_BY_ENDING) + "), raw for others, "
            "listing where there is no file",
            "f",
            "FORMAT",
            choices=tuple(_ENDINGS),
        ),
        programs.DEFINE,
        programs.ENTRY,
    ),
    operands=(Operand("FILE", "the source; - reads it from standard input"),),
    examples=(
        Example("emu asm sieve.s", "a listing"),
        Example("emu asm -o sieve.bin sieve.s", "the image"),
        Example("emu asm -o sieve.hex sieve.s", "the image as Intel HEX"),
        Example("emu asm -f json -o - sieve.s", "everything, for programs"),
    ),
)


def execute(arguments: Arguments) -> int:
    """Writes the result."""
    target = arguments.text("output")
    form = arguments.text("format") or _format_for(target)
    if form == "raw" and (target or "-") == "-" and os.isatty(output.STDOUT):
        raise UsageError("a raw image would confuse the terminal", hint="name a file: -o FILE")
    assembly = programs.assemble_file(arguments.operands[0], arguments)
    rendered = _render(form, assembly)
    output.save(target or "-", rendered if isinstance(rendered, bytes) else output.encoded(rendered))
    return SUCCESS


def _format_for(target: str | None) -> str:
    if target is None:
        return "listing"
    return _BY_ENDING.get(os.path.splitext(target)[1].lower(), "raw")


def _render(form: str, assembly: Assembly) -> bytes | str:
    program = assembly.program
    assert program is not None
    if form == "raw":
        from emu.isa.assembler.output import raw_image

        return raw_image(program)
    if form == "hex":
        from emu.isa.assembler.output import intel_hex

        return intel_hex(program)
    if form == "listing":
        from emu.isa.assembler.listing import listing

        return listing(assembly)
    from emu.cli import symbols

    return symbols.as_table(program) if form == "symbols" else _as_json(program)


def _as_json(program: Program) -> str:
    """Everything about a program, for other programs. Image bytes are hexadecimal."""
    import json

    from emu.cli import symbols

    everything = {
        "name": program.name,
        "entry": program.entry,
        "entry_reason": program.entry_reason,
        "segments": [{"address": segment.address, "data": segment.data.hex()} for segment in program.segments],
        "symbols": symbols.as_rows(program),
        "source_map": [
            {
                "address": line.address,
                "size": line.size,
                "file": line.file,
                "line": line.line,
                "text": line.text,
                "is_code": line.is_code,
            }
            for line in program.source_map
        ],
    }
    return json.dumps(everything, indent=2) + "\n"
