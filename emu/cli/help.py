"""Help pages, written from the declarations of the commands."""

from __future__ import annotations

from emu.cli import output
from emu.cli.commands import SUMMARIES
from emu.cli.options import HELP, usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.cli.options import Command, Option

_WIDTH = 96

_FIRST_STEPS = (
    ("emu run samples/hello.s", "run a program"),
    ("emu run --stats samples/hello.s", "and count what it did"),
    ("emu asm --format listing samples/hello.s", "see the bytes beside the source"),
    ("emu help run", "more examples, and every option of run"),
)


def overview() -> str:
    """The page of `emu --help`: every command in one line, and what to type first."""
    bold = _heading()
    return (
        "emu runs ARM assembly programs.\n\n"
        f"{bold('Usage:')} emu COMMAND [OPTIONS] FILE\n\n"
        f"{bold('Commands:')}\n{output.table(list(SUMMARIES.items()), '  ')}\n"
        f"{bold('First steps:')}\n{output.table(_FIRST_STEPS, '  ')}\n"
        f"{bold('Exit status:')} that of the program run; 1 errors in the source or a file, 2 wrong usage,\n"
        "3 run-time fault, 130 Ctrl-C, 141 nobody reads the output.\n"
    )


def command_page(command: Command) -> str:
    """The page of `emu COMMAND --help`."""
    bold = _heading()
    page = f"emu {command.name}: {SUMMARIES[command.name]}\n\n{bold('Usage:')} {usage(command)}\n\n"
    page += wrap(command.description) + "\n"
    if command.operands:
        page += f"{bold('Operands:')}\n"
        page += _definitions([(operand.name, operand.meaning) for operand in command.operands])
    page += f"{bold('Options:')}\n"
    page += _definitions([(spelling(option), option.meaning) for option in (*command.options, HELP)])
    if command.examples:
        page += f"{bold('Examples:')}\n"
        page += output.table([(example.line, example.meaning) for example in command.examples], "  ") + "\n"
    if command.notes:
        page += wrap(command.notes) + "\n"
    return page[:-1]


def spelling(option: Option) -> str:
    """How an option is written, with the word that stands for its value."""
    short = f"-{option.short}, " if option.short else "    "
    value = "{" + ",".join(option.choices) + "}" if option.choices else option.value
    return f"{short}--{option.name} {value}".rstrip()


def wrap(text: str, indent: str = "") -> str:
    """Paragraphs (separated by empty lines) folded to the width of the page."""
    import textwrap

    paragraphs = [textwrap.fill(" ".join(p.split()), _WIDTH, initial_indent=indent, subsequent_indent=indent)
                  for p in text.strip().split("\n\n")]  # fmt: skip
    return "\n\n".join(paragraphs) + "\n"


def _definitions(rows: Sequence[tuple[str, str]]) -> str:
    column = min(34, max(len(term) for term, _ in rows) + 4)
    text = ""
    for term, meaning in rows:
        body = wrap(meaning, " " * column)
        head = f"  {term}"
        text += head + body[len(head) :] if len(head) < column - 1 else f"{head}\n{body}"
    return text + "\n"


def _heading() -> _Painter:
    return _Painter(on=output.colours(output.STDOUT))


class _Painter:
    def __init__(self, *, on: bool) -> None:
        self._on = on

    def __call__(self, text: str) -> str:
        return output.paint(text, output.BOLD, on=self._on)
