"""Reference pages written from the declarations: `python -m emu.docs DIRECTORY`.

What a page says and what the program does come from the same table, so that they cannot disagree. A test compares the
pages in `docs/` with what is generated.
"""

from __future__ import annotations

import os
import sys

from emu.cli.commands import SUMMARIES
from emu.cli.main import load
from emu.cli.options import HELP, usage
from emu.isa.instructions.reference import rows
from emu.isa.instructions.table import FORMS
from emu.services.swi import all_services

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from emu.cli.options import Command, Option
    from emu.isa.instructions.form import Form

_GROUPS = {0x0: "Console", 0x1: "Files", 0x2: "Heap", 0x3: "System", 0x4: "Errors", 0xF: "Debugging"}


def cli_page() -> str:
    """docs/cli.md: every command with its options and examples."""
    text = (
        "# The command line\n\n"
        "Written by `make docs` from the declarations in `emu/cli`. The same is shown by `emu COMMAND --help`.\n\n"
    )
    text += _table(("Command", ""), ((f"[`emu {name}`](#emu-{name})", summary) for name, summary in SUMMARIES.items()))
    text += "\n" + _table(
        ("Exit status", ""),
        (
            ("0-255", "`emu run`: the exit code of the program, modulo 256"),
            ("0", "the other commands: done"),
            ("1", "errors in the source, or a file that cannot be read or written"),
            ("2", "wrong usage"),
            ("3", "run-time fault, the cycle limit and the breakpoint call included"),
            ("130", "Ctrl-C"),
            ("141", "whoever read the output has gone (closed pipe)"),
        ),
    )
    text += (
        "\nResults go to standard output, messages to standard error. `-` in place of a file is standard input. "
        "Colours are used on a terminal only, and not if `NO_COLOR` is set.\n"
    )
    return text + "".join(_command_section(load(name).COMMAND) for name in SUMMARIES)


def _command_section(command: Command) -> str:
    text = f"\n## emu {command.name}\n\n```\n{usage(command)}\n```\n\n{_prose(command.description)}"
    if command.operands:
        text += "\n" + _table(("Operand", ""), ((f"`{o.name}`", o.meaning) for o in command.operands))
    text += "\n" + _table(("Option", ""), ((_spelling(o), o.meaning) for o in (*command.options, HELP)))
    if command.notes:
        text += "\n" + _prose(command.notes)
    width = max(len(example.line) for example in command.examples)
    lines = "\n".join(f"{example.line.ljust(width)}  # {example.meaning}" for example in command.examples)
    return f"{text}\n```sh\n{lines}\n```\n"


def _spelling(option: Option) -> str:
    value = f" {'|'.join(option.choices) or option.value}" if option.value else ""
    short = f"`-{option.short}`, " if option.short else ""
    return f"{short}`--{option.name}{value}`"


def syscalls_page() -> str:
    """docs/syscalls.md: every system call."""
    text = (
        "# System calls\n\n"
        "Written by `make docs` from the table in `emu/services`. `SWI #number` calls; the number is part of "
        "the instruction. Registers that are not mentioned keep their values, and so do the flags. A call that fails "
        "gives -1 in R0 unless stated otherwise; an unknown number is a fault.\n"
    )
    services = all_services()
    for group, title in _GROUPS.items():
        rows = [
            (f"`0x{s.number:02X}`", f"`{s.name}`", s.takes, s.gives, s.summary)
            for s in services
            if s.number >> 4 == group
        ]
        text += f"\n## {title}\n\n" + _table(("Number", "Name", "Takes", "Gives", ""), rows)
    return text


def instructions_page() -> str:
    """docs/instructions.md: every instruction form."""
    text = (
        "# Instructions\n\n"
        "Written by `make docs` from the declarations in `emu/isa/instructions`. Every instruction may carry a "
        "condition (`EQ NE CS HS CC LO MI PL VS VC HI LS GE LT GT LE AL`), before or after its suffix: `LDREQB` and "
        "`LDRBEQ` are one. Sections are those of the ARM Architecture Reference Manual. Every word that is not "
        "listed is an undefined instruction and stops the program.\n"
    )
    return text + "".join(_form_section(form) for form in FORMS)


def _form_section(form: Form) -> str:
    body = _table(
        ("Mnemonic", "Operands", "Meaning"),
        (
            (
                " ".join(f"`{name}`" for name in row.names),
                " or ".join(f"`{operands}`" for operands in row.operands),
                row.meaning,
            )
            for row in rows(form)
        ),
    )
    return f"\n## {form.title}\n\nARM ARM {form.section}. Bits: `{form.pattern.text}`\n\n{body}"


PAGES = {"cli.md": cli_page, "syscalls.md": syscalls_page, "instructions.md": instructions_page}


def _prose(text: str) -> str:
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n")) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def main() -> int:
    """Writes every page into the directory named on the command line."""
    (directory,) = sys.argv[1:]
    for name, page in PAGES.items():
        with open(os.path.join(directory, name), "w", encoding="utf-8", newline="\n") as file:
            file.write(page())
    return 0


if __name__ == "__main__":
    sys.exit(main())
