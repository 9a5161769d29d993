"""Entry point of the `emu` command: chooses a command, and turns whatever ends it into an exit status.

Nothing here knows the options of a command, and no command module is imported but the chosen one: a short program must
start as fast as it can be read.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys

from emu.cli import output
from emu.cli.commands import SUMMARIES
from emu.cli.status import FAILURE, INTERRUPTED, SUCCESS, CommandError, HelpWanted, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    from emu.cli.options import Arguments, Command

    class CommandModule(Protocol):
        """What a module in this package must have to be a command."""

        COMMAND: Command
        execute: Callable[[Arguments], int]


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command line, without the program's own name, and returns its exit status.

    Without `words`, the command line is the process's own, and the process may end here.
    """
    thresholds = gc.get_threshold()
    gc.disable()  # what a start makes lives to the end; looking for garbage in it costs a tenth of a short run
    try:
        status = _main(sys.argv[1:] if words is None else words)
        if words is None:
            leave(status)
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        gc.enable()
    return status


def leave(status: int) -> None:
    """Ends the process, unless somebody waits for its usual end or there is trouble with its output. It is done without
    what an interpreter does at the end of its life: to take apart, object by object, what the system takes back at
    once. That takes a fifth of a short run.
    """
    if _is_waited_for():
        return
    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return  # the usual end of a process says what there is to say
    os._exit(status & 0xFF)


def _is_waited_for() -> bool:
    """Whether somebody waits for the usual end: a debugger or profiler around this process, or a thread."""
    monitoring = getattr(sys, "monitoring", None)
    if sys.flags.inspect or sys.gettrace() is not None or sys.getprofile() is not None:
        return True
    if monitoring is not None and any(monitoring.get_tool(number) is not None for number in range(6)):
        return True
    background = sys.modules.get("emu.host.background")
    if background is not None and background.is_anything_done():
        return False  # nobody waits for what is being compiled
    threading = sys.modules.get("threading")
    return threading is not None and any(
        not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()
    )


def _main(words: Sequence[str]) -> int:
    try:
        _keep_standard_descriptors()
        return _dispatch(words)
    except CommandError as error:
        if error.message:
            output.error(error.message, error.hint)
        return error.status
    except KeyboardInterrupt:
        output.error("interrupted")
        return INTERRUPTED
    except OSError as error:
        output.error(output.reason(error))
        return FAILURE


def load(name: str) -> CommandModule:
    """The module of a command. Raises UsageError if there is no such command."""
    if name not in SUMMARIES:
        raise UsageError(f"unknown command {name!r}", hint=_nearest(name))
    module: CommandModule = __import__(f"emu.cli.{name}", fromlist=["COMMAND"])
    return module


def _dispatch(words: Sequence[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        from emu.cli import help as help_page

        topic = words[1] if len(words) > 1 else ""
        output.write(help_page.command_page(load(topic).COMMAND) if topic else help_page.overview())
        return SUCCESS
    name, rest = words[0], words[1:]
    if name in ("--version", "-V"):
        name = "version"
    elif name.startswith("-") and name != "-":
        raise UsageError(f"unknown option {name}", hint="options follow the command: emu run --stats FILE")
    module = load(name)
    from emu.cli.options import parse

    try:
        arguments = parse(module.COMMAND, rest)
    except HelpWanted:
        from emu.cli import help as help_page

        output.write(help_page.command_page(module.COMMAND))
        return SUCCESS
    return module.execute(arguments)


def _nearest(word: str) -> str:
    from emu.cli.options import did_you_mean

    if word == "-" or os.path.isfile(word):
        return f"to run a program: emu run {word}"
    return did_you_mean(word, SUMMARIES) or "emu --help lists the commands"


def _keep_standard_descriptors() -> None:
    """Occupies descriptors 0 to 2 where they are closed, so that no file opened later is taken for one of them."""
    for descriptor, flags in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_RDONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, flags)
