"""A session as its client sees it: commands that answer with a number, and everything the session did, in order.

The console text and the state are those of the stream: whoever has been told of a state has all the text written
before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from emu.client.debugger import Debugger
from emu.client.errors import CommandError, ProgramRejected, SessionGone
from emu.client.receipts import Loaded, Receipt, Stepped, Watchpoint, cursor_of, stepped
from emu.client.updates import Cursor, Picture, Snapshot, State
from emu.wire import models
from emu.wire.stream import EventPage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from emu.client.history import History, Updates
    from emu.client.http import Answer, HttpClient
    from emu.client.updates import Closed

STOPPED = ("halted", "error", "breakpoint")


Place: TypeAlias = Receipt | Cursor | int
"""A point in the numbering: what a command answered, a cursor, or the bare number."""


class Session:
    """One session of a server. Made by `Server.session` and `Server.follow`, which also keep its stream going."""

    def __init__(self, http: HttpClient, session_id: str, history: History, control_key: str | None = None) -> None:
        self.id = session_id
        self.control_key = control_key
        """What commands to a protected session need; None where it is not known, or not needed."""
        self.debugger = Debugger(self._ask, self._order)
        """Breakpoints with conditions, watched registers, the stack, changes, reports."""
        self._http = http
        self._history = history

    # -- what was received

    @property
    def state(self) -> Picture | None:
        """The latest picture received; None before the first one."""
        return self._history.picture

    @property
    def console(self) -> str:
        """All text up to `cursor`, the echo of the input included."""
        return self._history.console

    @property
    def is_console_complete(self) -> bool:
        """`console` begins with the first character of the session."""
        return self._history.is_console_complete and not self._history.console_dropped

    @property
    def cursor(self) -> Cursor:
        """The last update received."""
        return self._history.cursor

    @property
    def closed(self) -> Closed | None:
        """The last update of all, once it has been received."""
        return self._history.closed

    def updates(self, after: Place | None = None) -> Updates:
        """An iterator over the updates that come from now on, or over those behind `after`.

        It ends after `Closed`. A gap raises GapError, a connection that could not be had again ConnectionLost. A
        `Reset` says that updates could not be had any more; the `Snapshot` behind it stands in for them. Raises
        LookupError if `after` is further back than the client remembers (about a thousand updates).
        """
        return self._history.updates(self._cursor(after))

    async def wait_for(self, *statuses: str, after: Place | None = None) -> State | Snapshot:
        """Waits for the first state behind `after` with one of the statuses. Without `after` the present one counts.

        With the answer of a `run` as `after`, neither a program that ends at once is missed nor an earlier end
        mistaken for this one. Raises SessionClosed if the session ends first, EpochChanged, GapError, ConnectionLost.
        """
        return await self._history.wait_for(statuses, self._cursor(after))

    async def wait_stopped(self, after: Place | None = None) -> State | Snapshot:
        """Waits until the program has halted, failed, or stands at a breakpoint. As `wait_for`."""
        return await self.wait_for(*STOPPED, after=after)

    async def ended(self) -> Closed:
        """Waits for the end of the session and gives its last update."""
        return await self._history.ended()

    async def reach(self, place: Place) -> None:
        """Waits until everything up to `place` has been received."""
        cursor = self._cursor(place)
        assert cursor is not None
        await self._history.reach(cursor.seq)

    def _cursor(self, place: Place | None) -> Cursor | None:
        if place is None or isinstance(place, Cursor):
            return place
        return place.cursor if isinstance(place, Receipt) else Cursor(self.cursor.epoch, place)

    # -- commands: each is executed once, however often it has to be sent

    async def load(self, source: str) -> Loaded:
        """Assembles a source and replaces the program. Raises ProgramRejected with the diagnostics."""
        return await self._load(models.Load(source))

    async def load_elf(
        self, image: bytes, *arguments: str, name: str = "", sources: Mapping[str, str] | None = None
    ) -> Loaded:
        """Replaces the program by a compiled one: the bytes of an ELF executable for ARMv4T.

        `arguments` and `name` are what the program finds in its command line; `sources`, texts of source files by name,
        are what a debugger shows. Raises ProgramRejected saying why it cannot run there.
        """
        return await self._load(
            models.Load(elf=image, name=name, arguments=list(arguments), sources=dict(sources or {}))
        )

    async def _load(self, program: models.Load) -> Loaded:
        try:
            answer = await self._command("load", program)
        except CommandError as error:
            raise _rejected(error) from error
        loaded = answer.read(models.Loaded)
        return Loaded(cursor_of(answer), loaded.symbols, loaded.entry_point)

    async def run(self) -> Receipt:
        """Starts or continues the program. The receipt is of the `running` state."""
        return Receipt(cursor_of(await self._command("run")))

    async def stop(self) -> Receipt:
        """Stops the program; answers when it has stopped."""
        return Receipt(cursor_of(await self._command("stop")))

    async def step(self) -> Stepped:
        """Executes one instruction; waits for input if the instruction does."""
        return stepped(await self._command("step"))

    async def step_over(self) -> Stepped:
        """As `step`, but a called function is executed to its end."""
        return stepped(await self._command("step-over"))

    async def step_out(self) -> Stepped:
        """Executes to the end of the current function."""
        return stepped(await self._command("step-out"))

    async def restart(self) -> Receipt:
        """Back to the entry point; memory, breakpoints and console stay."""
        return Receipt(cursor_of(await self._command("restart")))

    async def reset(self) -> Receipt:
        """Removes the program and all that belongs to it; the console stays."""
        return Receipt(cursor_of(await self._command("reset")))

    async def stdin(self, data: str) -> Receipt:
        """Text for the program's standard input."""
        return Receipt(cursor_of(await self._command("stdin", models.StandardInput(data))))

    async def close_stdin(self) -> Receipt:
        """No more input comes: the program reads what was sent before, then the end."""
        return Receipt(cursor_of(await self._command("stdin/close")))

    async def set_breakpoint(self, address: int) -> Receipt:
        """Stops before the instruction at `address`."""
        return Receipt(cursor_of(await self._command("breakpoint", models.AtAddress(address))))

    async def remove_breakpoint(self, address: int) -> Receipt:
        """Removes the breakpoint at `address`."""
        return Receipt(cursor_of(await self._command("breakpoint", models.AtAddress(address), method="DELETE")))

    async def breakpoints(self) -> tuple[int, ...]:
        """The addresses, ascending."""
        return tuple((await self._get("breakpoints")).read(models.Breakpoints).breakpoints)

    async def set_watchpoint(self, address: int, access: str = "readwrite") -> Watchpoint:
        """Stops after an instruction with an access `read`, `write` or `readwrite` to the word at `address`."""
        answer = await self._command("watchpoint", models.NewWatchpoint(address, access))
        return Watchpoint(cursor_of(answer), answer.read(models.Watchpoint).id)

    async def remove_watchpoint(self, watchpoint: Watchpoint) -> Receipt:
        """Removes a watchpoint."""
        return Receipt(cursor_of(await self._command(f"watchpoint/{watchpoint.id}", method="DELETE")))

    async def delete(self) -> Receipt:
        """Ends the session on the server."""
        return Receipt(cursor_of(await self._exchange("DELETE", "", None, is_command=True)))

    # -- looking

    async def memory(self, address: int, length: int) -> bytes:
        """Bytes as a debugger sees them: unmapped ones are zero, addresses wrap."""
        answer = await self._get(f"memory?address={address}&length={length}")
        return answer.read(models.MemoryBytes).data

    async def registers(self) -> Stepped:
        """Registers, flags and cycles at this moment."""
        return stepped(await self._get("registers"))

    async def newest(self) -> Cursor:
        """The newest event in the server's log, asked for by HTTP and not taken from the stream."""
        page = (await self._get("events?limit=1")).read(EventPage)
        return Cursor(page.epoch, page.high)

    async def server_console(self) -> str:
        """The console as the server keeps it (at least the last mebibyte), for comparison with `console`."""
        return (await self._get("console")).read(models.Console).output

    async def evaluate(self, expression: str) -> int:
        """The value of an expression of the debugger, 32-bit unsigned."""
        return (await self._command("evaluate", models.Expression(expression))).read(models.Value).result

    async def _ask(self, method: str, action: str, value: object) -> Answer:
        return await self._exchange(method, "/" + action, value)

    async def _order(self, method: str, action: str, value: object) -> Answer:
        return await self._exchange(method, "/" + action, value, is_command=True)

    async def _get(self, action: str) -> Answer:
        return await self._exchange("GET", "/" + action, None)

    async def _command(self, action: str, value: object = None, *, method: str = "POST") -> Answer:
        return await self._exchange(method, "/" + action, value, is_command=True)

    async def _exchange(self, method: str, tail: str, value: object, *, is_command: bool = False) -> Answer:
        try:
            return await self._http.request(
                method,
                f"/api/v1/session/{self.id}{tail}",
                value,
                is_command=is_command,
                headers=control_header(self.control_key if is_command else None),
            )
        except CommandError as error:
            if error.status == 404 and error.message == "Session not found":
                raise SessionGone(error.message) from error
            raise


def control_header(key: str | None) -> dict[str, str]:
    """The header of commands to a protected session."""
    return {} if key is None else {"emu-control": key}


def _rejected(error: CommandError) -> CommandError:
    errors = error.details.get("errors")
    if error.status != 400 or not isinstance(errors, list):
        return error
    return ProgramRejected([str(line) for line in errors])
