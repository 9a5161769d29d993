"""`python -m emu.demo [FILE]`: a server on a free port, a program run through it, and every update as it arrives.

The last line proves that nothing is missing: the server's own count of events, asked for by HTTP, against what the
subscriber received.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import trio

from emu import client
from emu.cli import output
from emu.client import Closed, Notice, Output, ProgramRejected, Reset, Snapshot, State
from emu.testing.process import served

if TYPE_CHECKING:
    from emu.client import Session, Update

SAMPLE = "samples/sieve.s"
PATIENCE_SECONDS = 60
WIDTH = 72
STOPPED = ("halted", "error", "breakpoint")


def main(words: list[str] | None = None) -> int:
    """The exit status: 0 if everything that was sent was received."""
    words = sys.argv[1:] if words is None else words
    path = words[0] if words else SAMPLE
    try:
        with open(path, encoding="utf-8") as file:
            source = file.read()
    except OSError as error:
        output.error(f"{path}: {output.reason(error)}")
        return 1
    except UnicodeDecodeError:
        output.error(f"{path} is not UTF-8 text")
        return 1
    try:
        return trio.run(_demonstrate, path, source)
    except trio.TooSlowError:
        output.error(f"{path} has not ended within {PATIENCE_SECONDS} s")
    except ProgramRejected as rejected:
        for error_text in rejected.errors:
            output.error(error_text.rstrip())
    except KeyboardInterrupt:
        output.error("interrupted")
    return 1


async def _demonstrate(path: str, source: str) -> int:
    with trio.fail_after(PATIENCE_SECONDS):
        async with served() as running, client.connect(running.url) as server:
            output.write(f"server    {running.url}\n")
            async with server.session() as session:
                output.write(f"session   {session.id}\nprogram   {path}\n\n")
                return await _run(session, source)


async def _run(session: Session, source: str) -> int:
    received: list[int] = []
    last: int | None = None
    updates = session.updates(after=0)
    await session.load(source)
    run = await session.run()
    async for update in updates:
        received.append(update.seq)
        output.write(f"{update.seq:6}  {describe(update)}\n")
        if last is None and isinstance(update, State) and update.seq > run.seq and update.status in STOPPED:
            last = (await session.newest()).seq
        if last is not None and update.seq >= last:
            break
    in_order = received == list(range(1, (last or 0) + 1))
    same_text = await session.server_console() == session.console
    verdict = "complete" if in_order and same_text else "NOT COMPLETE"
    output.write(
        f"\n{verdict}: {last} events sent = {len(received)} events received, in order, last seq {received[-1]}; "
        f"{len(session.console)} characters of output, as on the server\n"
    )
    return 0 if in_order and same_text else 1


def describe(update: Update) -> str:
    """One line for an update."""
    match update:
        case State():
            picture = update.picture
            line = f"state   {picture.status}  pc=0x{picture.pc:08X}  cycles={picture.cycles}"
            if picture.error:
                line += f"  {picture.error}"
            return line if picture.exit_code is None else f"{line}  exit code {picture.exit_code}"
        case Output():
            text = repr(update.content)
            return f"output  {text if len(text) <= WIDTH else text[:WIDTH] + '…'}"
        case Notice():
            return f"event   {update.name} {update.message}".rstrip()
        case Closed():
            return f"closed  {update.reason}"
        case Reset():
            return f"reset   {update.reason}"
        case Snapshot():
            return f"snapshot at {update.seq}"


if __name__ == "__main__":
    raise SystemExit(main())
