"""What a command accepts, declared once: the parser, the help text and the shell completion read the same records."""

from __future__ import annotations

from emu.cli.status import HelpWanted, UsageError
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FILES, DIRECTORIES = "files", "directories"
"""What a shell offers for a value."""


class Option(Record):
    """One option. Without a `value` (the word that stands for it in the help) it is a switch.

    A `number` is decimal or has the prefix 0x, 0o or 0b, and lies from `lowest` to `highest`.
    """

    name: str
    meaning: str
    short: str = ""
    value: str = ""
    choices: tuple[str, ...] = ()
    number: bool = False
    lowest: int = 0
    highest: int = (1 << 64) - 1
    repeats: bool = False
    completes: str = ""


class Operand(Record):
    """One word of the command line that is not an option."""

    name: str
    meaning: str
    optional: bool = False
    repeats: bool = False
    choices: tuple[str, ...] = ()
    completes: str = FILES


class Example(Record):
    """A command line worth typing, and what it does."""

    line: str
    meaning: str


class Command(Record):
    """All that can be said to one command."""

    name: str
    description: str
    options: tuple[Option, ...] = ()
    operands: tuple[Operand, ...] = ()
    examples: tuple[Example, ...] = ()
    notes: str = ""
    options_first: bool = False
    """Options end at the first operand; whatever follows is handed on as it stands."""


HELP = Option("help", "show this help and exit", short="h")


class Arguments:
    """One command line, taken apart. Asking for a name that the command does not declare raises KeyError."""

    def __init__(self, command: Command) -> None:
        self.operands: list[str] = []
        self._values: dict[str, list[str]] = {option.name: [] for option in command.options}

    def add(self, option: Option, value: str) -> None:
        """Notes that `option` was given."""
        self._values[option.name].append(value)

    def switch(self, name: str) -> bool:
        """Whether the switch was given."""
        return bool(self._values[name])

    def text(self, name: str) -> str | None:
        """The value of the option, the last one if it was given several times."""
        values = self._values[name]
        return values[-1] if values else None

    def texts(self, name: str) -> list[str]:
        """All values of an option that repeats, in order."""
        return self._values[name]

    def number(self, name: str) -> int | None:
        """The value of an option that is a number."""
        text = self.text(name)
        return None if text is None else read_number(text)


def read_number(text: str) -> int | None:
    """The integer that `text` spells: decimal, or 0x, 0o, 0b; None if it spells none."""
    digits = text[1:] if text[:1] in ("-", "+") else text
    prefixed = digits[:2].lower() in ("0x", "0o", "0b")
    if not digits.isascii() or not digits.isalnum() or not (prefixed or digits.isdecimal()):
        return None
    try:
        return int(text, 0 if prefixed else 10)
    except ValueError:
        return None


def parse(command: Command, words: Sequence[str]) -> Arguments:
    """Takes `words` apart. Raises UsageError with a hint where there is one, HelpWanted when help is asked for."""
    arguments = Arguments(command)
    by_long = {option.name: option for option in (*command.options, HELP)}
    by_short = {option.short: option for option in by_long.values() if option.short}
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word == "--":
            arguments.operands.extend(words[position:])
            break
        if word == "-" or not word.startswith("-"):
            if command.options_first:
                arguments.operands.extend(words[position - 1 :])
                break
            arguments.operands.append(word)
        elif word.startswith("--"):
            position = _long(command, arguments, by_long, words, position)
        else:
            position = _short(command, arguments, by_short, words, position)
    _check_operands(command, arguments.operands)
    return arguments


def _long(
    command: Command, arguments: Arguments, by_long: dict[str, Option], words: Sequence[str], position: int
) -> int:
    name, equals, value = words[position - 1][2:].partition("=")
    option = by_long.get(name)
    if option is None:
        raise UsageError(f"unknown option --{name}", hint=did_you_mean(name, by_long, "--") or _help_hint(command.name))
    if option is HELP:
        raise HelpWanted
    if not option.value:
        if equals:
            raise UsageError(f"--{name} takes no value")
    elif not equals:
        if position == len(words):
            raise UsageError(f"--{name} needs a value: --{name} {option.value}")
        value = words[position]
        position += 1
    _add(arguments, option, f"--{name}", value)
    return position


def _short(
    command: Command, arguments: Arguments, by_short: dict[str, Option], words: Sequence[str], position: int
) -> int:
    letters = words[position - 1][1:]
    while letters:
        letter, letters = letters[0], letters[1:]
        option = by_short.get(letter)
        if option is None:
            long = words[position - 1][1:].partition("=")[0]
            known = [o.name for o in command.options]
            hint = f"did you mean --{long}?" if long in known else _help_hint(command.name)
            raise UsageError(f"unknown option -{letter}", hint=hint)
        if option is HELP:
            raise HelpWanted
        if not option.value:
            _add(arguments, option, f"-{letter}", "")
            continue
        value, letters = letters, ""
        if not value:
            if position == len(words):
                raise UsageError(f"-{letter} needs a value: -{letter} {option.value}")
            value = words[position]
            position += 1
        _add(arguments, option, f"-{letter}", value)
    return position


def _add(arguments: Arguments, option: Option, spelling: str, value: str) -> None:
    if option.choices and value not in option.choices:
        hint = did_you_mean(value, option.choices)
        raise UsageError(f"{spelling} is one of {', '.join(option.choices)}, not {value!r}", hint=hint)
    if option.number:
        number = read_number(value)
        if number is None:
            raise UsageError(f"{spelling} needs a number, decimal or 0x hexadecimal, not {value!r}")
        if not option.lowest <= number <= option.highest:
            raise UsageError(f"{spelling} goes from {option.lowest} to {_bound(option.highest)}, not {value}")
    arguments.add(option, value)


def _bound(number: int) -> str:
    return str(number) if number < 10_000 else hex(number)


def _check_operands(command: Command, operands: list[str]) -> None:
    required = [operand for operand in command.operands if not operand.optional]
    if len(operands) < len(required):
        missing = required[len(operands)]
        raise UsageError(f"{missing.name} is missing: {usage(command)}", hint=_help_hint(command.name))
    if len(operands) > len(command.operands) and not any(operand.repeats for operand in command.operands):
        surplus = operands[len(command.operands)]
        raise UsageError(f"unexpected {surplus!r}: {usage(command)}", hint=_help_hint(command.name))
    for operand, word in zip(command.operands, operands, strict=False):
        if operand.choices and word not in operand.choices:
            hint = did_you_mean(word, operand.choices)
            raise UsageError(f"{operand.name} is one of {', '.join(operand.choices)}, not {word!r}", hint=hint)


def usage(command: Command) -> str:
    """The one-line pattern of the command."""
    words = ["emu", command.name]
    if command.options:
        words.append("[OPTIONS]")
    for operand in command.operands:
        word = operand.name + ("..." if operand.repeats else "")
        words.append(f"[{word}]" if operand.optional else word)
    return " ".join(words)


def did_you_mean(word: str, known: Iterable[str], prefix: str = "") -> str:
    """`did you mean X?` for the known word nearest to `word`, or nothing."""
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {prefix}{near[0]}?" if near else ""


def _help_hint(name: str) -> str:
    return f"emu {name} --help lists what there is"
