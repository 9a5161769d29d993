"""The debugger of a session as its client sees it: marks, values, the stack, changes from outside, reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import quote

from attrs import frozen

from emu.client.receipts import Receipt, Stepped, cursor_of, stepped
from emu.wire import models_debug as m

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from emu.client.http import Answer

    Exchange = Callable[[str, str, object], Awaitable[Answer]]

Model_co = TypeVar("Model_co", covariant=True)


@frozen
class Result(Receipt, Generic[Model_co]):
    """The answer to a command that has more to say than when it took effect."""

    value: Model_co


@frozen
class Report:
    """A report as text; `dropped` entries were counted and not kept."""

    text: str
    dropped: int


class Debugger:
    """What `Session.debugger` is. Commands raise CommandError with the server's words for what makes no sense."""

    def __init__(self, ask: Exchange, command: Exchange) -> None:
        """Both take a method, what follows the session's path, and a body."""
        self._ask = ask
        self._command = command

    # -- breakpoints and watchpoints

    async def view(self) -> m.DebugView:
        """All breakpoints, watchpoints and displays, from one moment."""
        return (await self._ask("GET", "debug", None)).read(m.DebugView)

    async def set_breakpoint(
        self, place: str | int, *, condition: str = "", temporary: bool = False, enabled: bool = True
    ) -> Result[m.PlacedBreakpoint]:
        """Stops in front of a place: a label, an address, `:LINE`, `FILE:LINE` or an expression.

        With a condition only if its value is not 0.
        """
        wanted = m.NewBreakpoint(_place(place), condition, temporary, enabled)
        answer = await self._command("POST", "debug/breakpoints", wanted)
        return Result(cursor_of(answer), answer.read(m.PlacedBreakpoint))

    async def change_breakpoint(
        self, number: int, *, condition: str | None = None, temporary: bool | None = None, enabled: bool | None = None
    ) -> Result[m.PlacedBreakpoint]:
        """Changes what is given; an empty condition removes it."""
        wanted = m.BreakpointChange(condition, temporary, enabled)
        answer = await self._command("PUT", f"debug/breakpoints/{number}", wanted)
        return Result(cursor_of(answer), answer.read(m.PlacedBreakpoint))

    async def remove_breakpoint(self, number: int) -> Receipt:
        """Removes a breakpoint."""
        return Receipt(cursor_of(await self._command("DELETE", f"debug/breakpoints/{number}", None)))

    async def watch(
        self, expression: str, access: m.Access = "write", *, length: int | None = None
    ) -> Result[m.Watched]:
        """Stops behind an instruction that accesses a register, or `length` bytes of memory (4 if nothing is said)."""
        answer = await self._command("POST", "debug/watchpoints", m.WatchRequest(expression, access, length))
        return Result(cursor_of(answer), answer.read(m.Watched))

    async def enable_watchpoint(self, number: int, enabled: bool = True) -> Result[m.Watched]:
        """Turns a watchpoint on or off."""
        answer = await self._command("PUT", f"debug/watchpoints/{number}", m.Switch(enabled))
        return Result(cursor_of(answer), answer.read(m.Watched))

    async def remove_watchpoint(self, number: int) -> Receipt:
        """Removes a watchpoint."""
        return Receipt(cursor_of(await self._command("DELETE", f"debug/watchpoints/{number}", None)))

    # -- running and changing

    async def until(self, place: str | int) -> Receipt:
        """Runs to a place, or to what stops the program before; answers when it has begun. `wait_stopped` waits."""
        return Receipt(cursor_of(await self._command("POST", "until", m.Place(_place(place)))))

    async def write_register(self, name: str, value: int | str) -> Stepped:
        """Sets a register (`r0` to `pc`, `cpsr`) or a flag to a number, or to the value of an expression."""
        return stepped(await self._command("PUT", f"registers/{quote(name, safe='')}", m.RegisterValue(value)))

    async def write_memory(self, address: int, data: bytes) -> Receipt:
        """Stores bytes, whatever the program may do there."""
        return Receipt(cursor_of(await self._command("PUT", "memory", m.MemoryWrite(address, data))))

    async def command(self, line: str) -> Result[m.CommandOutput]:
        """Carries out a line in the language of `emu debug`."""
        answer = await self._command("POST", "command", m.CommandLine(line))
        return Result(cursor_of(answer), answer.read(m.CommandOutput))

    # -- looking

    async def evaluate(self, *expressions: str, shown_as: m.Format | None = None) -> list[m.ExpressionValue]:
        """Values of expressions, outside of the value history; `shown_as` adds a text to each."""
        answer = await self._ask("POST", "expressions", m.Expressions(list(expressions), shown_as))
        return answer.read(m.ExpressionValues).values

    async def stack(self, words: int = 32) -> m.Stack:
        """Active calls, and words from the stack pointer upwards."""
        return (await self._ask("GET", f"stack?words={words}", None)).read(m.Stack)

    async def source(self) -> m.ProgramSource:
        """What the program was made from. Raises CommandError with status 404 if there is none."""
        return (await self._ask("GET", "source", None)).read(m.ProgramSource)

    async def lines(self) -> list[m.CodeLine]:
        """Every source line that put something into memory."""
        return (await self._ask("GET", "lines", None)).read(m.CodeLines).lines

    async def symbols(self) -> list[m.ProgramSymbol]:
        """Labels and constants, by name."""
        return (await self._ask("GET", "symbols", None)).read(m.ProgramSymbols).symbols

    # -- reports

    async def record(self, kind: str, enabled: bool = True) -> Receipt:
        """Records for a kind of report from now on, from nothing; or no longer. The kinds are in `/docs`."""
        how = "enable" if enabled else "disable"
        return Receipt(cursor_of(await self._command("POST", f"reports/{quote(kind, safe='')}/{how}", None)))

    async def report(self, kind: str, file_format: str = "") -> Report:
        """A report of what was recorded so far, in the first of its formats unless another one is named."""
        query = f"?format={quote(file_format, safe='')}" if file_format else ""
        answer = await self._ask("GET", f"reports/{quote(kind, safe='')}{query}", None)
        dropped = answer.headers.get("emu-report-dropped", "0")
        return Report(answer.body.decode("utf-8", "replace"), int(dropped) if dropped.isdecimal() else 0)


def _place(place: str | int) -> str:
    return place if isinstance(place, str) else f"0x{place:X}"
