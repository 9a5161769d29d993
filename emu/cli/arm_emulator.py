"""`arm-emulator`: the name and the options that older desktop clients start (spec debugger.md section 1).

Options come with one dash or two, values with a blank or an equals sign. They are translated into a command line of
`emu` and handed on. Without arguments, and with no terminal to explain itself to, it is a server: that is how one of
the clients starts it.
"""

from __future__ import annotations

import sys

from emu.cli import output
from emu.cli.main import leave
from emu.cli.main import main as emu
from emu.cli.status import SUCCESS, CommandError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

PORT = "8080"

SWITCHES = {
    "help": "",
    "version": "",
    "api-server": "",
    "debug": "",
    "tui": "",
    "dump-symbols": "",
    "verbose": "--verbose",
    "stats": "--stats",
    "stack-guard": "--stack-guard",
    "trace": "--trace",
    "mem-trace": "--mem-trace",
    "coverage": "--coverage",
    "stack-trace": "--stack-trace",
    "flag-trace": "--flag-trace",
    "register-trace": "--register-trace",
}
"""Options without a value, and the option of `emu run` that does the same."""

VALUES = {
    "port": "",
    "symbols-file": "",
    "max-cycles": "--max-cycles",
    "stack-size": "--stack-size",
    "entry": "--entry",
    "fsroot": "--fsroot",
    "stats-file": "--stats-file",
    "stats-format": "--stats-format",
    "trace-file": "--trace-file",
    "trace-filter": "--trace-filter",
    "mem-trace-file": "--mem-trace-file",
    "coverage-file": "--coverage-file",
    "coverage-format": "--coverage-format",
    "stack-trace-file": "--stack-trace-file",
    "stack-trace-format": "--stack-trace-format",
    "flag-trace-file": "--flag-trace-file",
    "flag-trace-format": "--flag-trace-format",
    "register-trace-file": "--register-trace-file",
    "register-trace-format": "--register-trace-format",
}
"""Options with a value, likewise."""

MAX_CYCLES = "1000000"
"""The limit of a run that names none; `emu run` itself has none."""

TRUE, FALSE = ("1", "t", "true"), ("0", "f", "false")

HELP = """\
usage: arm-emulator [OPTIONS] FILE
       arm-emulator -api-server [-port N]

Runs an ARM assembly program, or serves sessions to desktop clients. Options have one dash or two.

  -api-server            serve on the loopback addresses
  -debug                 debug FILE at a command prompt
  -tui                   debug FILE on the whole screen
  -port N                the port to serve on; default 8080
  -max-cycles N          stop with a fault after N cycles; 0 is no limit; default 1000000
  -stack-size BYTES      bytes of stack
  -entry ADDRESS         start here
  -fsroot DIRECTORY      the directory that the program's files are confined to
  -stack-guard           stop with a fault when SP falls below the stack
  -stats                 show figures at the end
  -stats-file FILE       write the figures to FILE
  -stats-format FORMAT   json, csv or html
  -trace                 write every instruction to trace.log; -trace-file FILE, -trace-filter R0,R1,PC
  -mem-trace             write every data access to memtrace.log; -mem-trace-file FILE
  -coverage              write what was executed to coverage.txt; also -stack-trace, -flag-trace, -register-trace,
                         each with -NAME-file FILE and -NAME-format text or json
  -dump-symbols          print the symbol table and do not run
  -symbols-file FILE     print it to FILE
  -verbose               say what is run and where it ended
  -version               print the version
  -help                  print this help

The same and more, under the names of today: emu --help
"""


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command line, without the program's own name, and returns its exit status.

    Without `words`, the command line is the process's own, and the process may end here.
    """
    status = _main(sys.argv[1:] if words is None else words)
    if words is None:
        leave(status)
    return status


def _main(words: Sequence[str]) -> int:
    try:
        return _dispatch(words)
    except CommandError as error:
        if error.message:
            output.error(error.message, error.hint)
        return error.status


def _dispatch(words: Sequence[str]) -> int:
    if not words:
        if sys.stdin is not None and sys.stdin.isatty():
            output.write(HELP)
            return SUCCESS
        return emu(["serve", "--port", PORT])
    options, operands = _parse(words)
    if "help" in options:
        output.write(HELP)
        return SUCCESS
    if "version" in options:
        return emu(["version"])
    if "api-server" in options:
        return emu(["serve", "--port", options.get("port", PORT)])
    if not operands:
        output.write(HELP)
        return SUCCESS
    if "dump-symbols" in options:
        return _dump_symbols(operands[0], options.get("symbols-file"))
    if "debug" in options or "tui" in options:
        return emu(_debug(options, operands))
    return emu(_run(options, operands))


def _parse(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The options given, switches that are off left out, and everything from the first operand on."""
    options: dict[str, str] = {}
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        name, equals, value = word.removeprefix("-").removeprefix("-").partition("=")
        if name in ("h", "help"):
            name = "help"
        if name in SWITCHES:
            if _is_on(name, value if equals else "true"):
                options[name] = ""
            else:
                options.pop(name, None)
        elif name in VALUES:
            if not equals:
                if not rest:
                    raise UsageError(f"-{name} needs a value", hint="arm-emulator -help lists the options")
                value = rest.pop(0)
            options[name] = value
        else:
            raise UsageError(f"unknown option {word}", hint=_hint(name))
    return options, rest


def _is_on(name: str, value: str) -> bool:
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise UsageError(f"-{name} is true or false, not {value!r}")


def _hint(name: str) -> str:
    from emu.cli.options import did_you_mean

    return did_you_mean(name, [*SWITCHES, *VALUES], "-") or "arm-emulator -help lists the options"


def _run(options: dict[str, str], operands: list[str]) -> list[str]:
    words = ["run"]
    if "max-cycles" not in options:
        words += ["--max-cycles", MAX_CYCLES]
    for name, value in options.items():
        if VALUES.get(name):
            words.append(f"{VALUES[name]}={value}")
        elif SWITCHES.get(name):
            words.append(SWITCHES[name])
    return [*words, "--", *operands]


def _debug(options: dict[str, str], operands: list[str]) -> list[str]:
    """Options that the debugger has no use for, such as those of reports, are ignored."""
    known = ("max-cycles", "stack-size", "entry", "fsroot")
    words = ["debug", *(f"--{name}={options[name]}" for name in known if name in options)]
    words += [f"--{name}" for name in ("tui", "stack-guard") if name in options]
    return [*words, "--", *operands]


def _dump_symbols(path: str, file: str | None) -> int:
    """The symbol table, on standard output or in a file."""
    if file is None:
        return emu(["symbols", "--", path])
    import os

    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    except OSError as error:
        raise CommandError(f"{file}: {output.reason(error)}") from None
    kept = os.dup(1)
    try:
        os.dup2(descriptor, 1)
        return emu(["symbols", "--", path])
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
