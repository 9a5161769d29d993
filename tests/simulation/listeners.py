"""Subscribers on the real byte path: the client library, version 1 sockets, server-sent events, long polls.

Each writes down what it heard, in the terms of the client library, and where it had to begin anew. Connections break
under them.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import h11
import trio
from trio_websocket import ConnectionClosed, HandshakeError, wrap_client_stream

from emu.actors.events import CHANGES
from emu.actors.events import Notice as NoticeEvent
from emu.client import CommandError, ConnectionLost, Cursor, SessionGone
from emu.client.updates import Closed, Picture, Reset, Snapshot, State, Update, read_event, read_message
from emu.gateway.render import payload_data
from emu.wire.stream import SERVER_MESSAGE, ClosedMessage, EventMessage, NoticeMessage, OutputMessage, StateMessage
from tests.simulation.oracle import ALL_KINDS, Lost

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from emu import client
    from emu.actors.events import Event
    from emu.testing import Kit
    from tests.simulation.oracle import Truth

MODELS = {"state": StateMessage, "output": OutputMessage, "event": NoticeMessage, "closed": ClosedMessage}


def expected(event: Event, epoch: str) -> Update:
    """What the client library must make of an event."""
    model = MODELS[event.kind]
    return read_event(model(session_id="", seq=event.seq, data=payload_data(event.payload)), Cursor(epoch, event.seq))


def expected_picture(event: Event, epoch: str) -> Picture:
    """The picture in a state event."""
    update = expected(event, epoch)
    assert isinstance(update, State)
    return update.picture


class Listener(ABC):
    """Listens to one session until its end, or the server's."""

    name = "listener"

    def __init__(self, session_id: str, random: Random, note: Callable[[str], None]) -> None:
        self.session_id = session_id
        self.random = random
        self.note = note
        self.kinds = random.choice([ALL_KINDS, ALL_KINDS, frozenset({"state"}), frozenset({"output", "state"})])
        self.heard: list[Update] = []
        self.is_steady = random.random() < 0.4
        """Neither slow nor badly connected: the end of the session must reach it."""
        self.breaks = 0

    @abstractmethod
    async def listen(self, kit: Kit, server: client.Server) -> None:
        """Listens. Returns when there is nothing more to hear."""

    async def run(self, kit: Kit, server: client.Server) -> None:
        """Listens; a session that is gone and a server that is stopped are the end."""
        await trio.sleep(self.random.choice([0.0, 0.0, 0.01, 0.3]))
        try:
            await self.listen(kit, server)
        except (SessionGone, ConnectionLost) as end:
            if self.is_steady and self.heard:
                raise Lost(f"{self.name} lost a steady connection: {end!r}") from end
            self.note(f"{self.name} ends: {end!r}")

    async def dawdle(self) -> None:
        """Is slow now and then."""
        if not self.is_steady and self.random.random() < 0.2:
            await trio.sleep(self.random.choice([0.0, 0.02, 1.0, 8.0]))

    def wants(self, event: Event) -> bool:
        """Whether the listener asked for the event."""
        return event.kind in self.kinds or event.kind == "closed"

    def check(self, truth: Truth, epoch: str) -> None:
        """Raises Lost with the first difference between what was heard and what happened."""
        happened = truth.of(epoch)
        position = 0
        reset: Reset | None = None
        for number, update in enumerate(self.heard):
            match update:
                case Reset():
                    if update.reason != "trimmed" or position + 1 >= update.low:
                        raise Lost(f"{self.name} was at {position} and was reset: {update}")
                    reset = update
                case Snapshot():
                    if number and reset is None:
                        raise Lost(f"{self.name} got a snapshot in the middle: {update.cursor}")
                    truth.check_snapshot(
                        epoch, update.seq, update.picture.registers, update.console, update.is_truncated
                    )
                    position = update.seq
                case _:
                    following = next((event for event in happened[position:] if self.wants(event)), None)
                    if following is None or update != expected(following, epoch):
                        raise Lost(f"{self.name} at {position} heard {update}, not {following}")
                    position = following.seq
            if not isinstance(update, Reset):
                reset = None
        self.check_end(position, happened)

    def check_end(self, position: int, happened: list[Event]) -> None:
        """A steady listener has heard everything to the end."""
        missing = [event for event in happened[position:] if self.wants(event)]
        if self.is_steady and self.heard and missing:
            raise Lost(f"{self.name} heard nothing after {position}; missing are {missing[:3]}")


class LibraryListener(Listener):
    """Follows with the client library, which reconnects by itself."""

    name = "library"

    async def listen(self, kit: Kit, server: client.Server) -> None:
        start = self.random.choice(["now", "start"])
        window = self.random.choice([None, 1, 3, 64])
        kinds = tuple(kind for kind in ("state", "output", "event") if kind in self.kinds)
        async with server.follow(
            self.session_id, start="now" if start == "now" else "start", kinds=kinds, window=window
        ) as session:
            async for update in session.updates(after=Cursor("", 0)):
                self.heard.append(update)
                await self.dawdle()


class LegacyListener(Listener):
    """A version 1 socket. It cannot resume, so it stays on one connection, and never hears `closed`."""

    name = "legacy"

    async def listen(self, kit: Kit, server: client.Server) -> None:
        named = [] if self.kinds == ALL_KINDS and self.random.random() < 0.5 else sorted(self.kinds - {"closed"})
        self.names_events = "event" in named
        link = kit.open_link(self.random.choice([600, 65536]))
        try:
            async with trio.open_nursery() as nursery:
                socket = await wrap_client_stream(nursery, link.client, "localhost", "/api/v1/ws")  # type: ignore[arg-type]
                await socket.send_message(
                    json.dumps({"type": "subscribe", "sessionId": self.session_id, "events": named})
                )
                while True:
                    message = SERVER_MESSAGE.decode(await socket.get_message())
                    assert isinstance(message, EventMessage)
                    self._hear(message)
                    await self.dawdle()
        except* (ConnectionClosed, HandshakeError):
            self.note("legacy ends")

    def _hear(self, message: EventMessage) -> None:
        update = read_event(message, Cursor("", message.seq))
        if not self.heard and isinstance(update, State) and "state" in self.kinds:
            update = Snapshot(update.cursor, update.picture, "")
        self.heard.append(update)

    def wants(self, event: Event) -> bool:
        if isinstance(event.payload, NoticeEvent) and event.payload.name in CHANGES:
            return False
        if isinstance(event.payload, NoticeEvent) and not self.names_events:
            return "event" in self.kinds and event.payload.name in ("halted", "error")
        return event.kind in self.kinds and event.kind != "closed"

    def check(self, truth: Truth, epoch: str) -> None:
        if not self.heard:
            return
        happened = truth.of(epoch)
        position = self.heard[0].seq
        rest = self.heard[1:]
        if isinstance(self.heard[0], Snapshot):
            states = [event for event in happened[:position] if event.kind == "state"]
            if states and self.heard[0].picture != expected_picture(states[-1], epoch):
                raise Lost(f"{self.name} began with {self.heard[0]}, not {states[-1]}")
        else:
            position, rest = position - 1, self.heard
        for update in rest:
            following = next((event for event in happened[position:] if self.wants(event)), None)
            if following is None or update != expected_without_epoch(following):
                raise Lost(f"{self.name} at {position} heard {update}, not {following}")
            position = following.seq
        self.check_end(position, happened)


def expected_without_epoch(event: Event) -> Update:
    """What a version 1 message says of an event."""
    return expected(event, "")


class PollingListener(Listener):
    """Long polls, with or without waiting."""

    name = "poll"

    def __init__(self, session_id: str, random: Random, note: Callable[[str], None]) -> None:
        super().__init__(session_id, random, note)
        self.kinds = ALL_KINDS
        self.is_steady = False
        """Between two polls nothing holds the log, so it may be trimmed or gone."""

    async def listen(self, kit: Kit, server: client.Server) -> None:
        position, epoch = 0, ""
        path = f"/api/v1/session/{self.session_id}/events"
        while True:
            query = f"?after={position}&limit={self.random.choice([1, 7, 1000])}&wait={self.random.choice([0, 1, 20])}"
            try:
                answer = await server._http.request("GET", path + query + (f"&epoch={epoch}" if epoch else ""))
            except CommandError as error:
                if error.status != 410:
                    if error.message == "Session not found":
                        return
                    raise
                low, high = error.details["low"], error.details["high"]
                assert isinstance(low, int)
                assert isinstance(high, int)
                self.heard.append(Reset(Cursor(epoch, high), "trimmed", low, high))
                position = low - 1
                continue
            page = answer.read(dict[str, object])
            epoch = str(page["epoch"])
            events = page["events"]
            assert isinstance(events, list)
            for one in events:
                message = read_message(json.dumps(one))
                assert isinstance(message, EventMessage)
                self.heard.append(read_event(message, Cursor(message.epoch, message.seq)))
                position = message.seq
            if self.heard and isinstance(self.heard[-1], Closed):
                return
            await trio.sleep(0.01)
            await self.dawdle()

    def check(self, truth: Truth, epoch: str) -> None:
        happened = truth.of(epoch)
        position = 0
        for update in self.heard:
            if isinstance(update, Reset):
                if position + 1 >= update.low:
                    raise Lost(f"{self.name} was at {position} and was refused: {update}")
                position = update.low - 1
            elif position >= len(happened) or update != expected(happened[position], epoch):
                raise Lost(f"{self.name} at {position} heard {update}, not {happened[position : position + 1]}")
            else:
                position += 1


class ServerSentListener(PollingListener):
    """Server-sent events, resumed with Last-Event-ID."""

    name = "sse"

    async def listen(self, kit: Kit, server: client.Server) -> None:
        last = ""
        self._begin = 0
        for _ in range(50):
            link = kit.open_link(self.random.choice([600, 65536]))
            if self.random.random() < 0.5:
                link.to_client.cut_after(self.random.randrange(100, 3000))
            try:
                last = await self._stream(link.client, last)
            except (trio.BrokenResourceError, h11.RemoteProtocolError):
                self.breaks += 1
            else:
                return
            if self.heard:
                update = self.heard[-1]
                last = "" if isinstance(update, Reset) else f"{update.cursor.epoch}:{update.seq}"
            await trio.sleep(0.05)

    async def _stream(self, stream: trio.abc.Stream, last: str) -> str:
        http = h11.Connection(h11.CLIENT)
        headers = [("host", "localhost"), ("accept", "text/event-stream")]
        if last:
            headers.append(("last-event-id", last))
        target = f"/api/v1/session/{self.session_id}/events" + ("" if last else f"?after={self._begin}")
        request = h11.Request(method="GET", target=target, headers=headers)
        await stream.send_all((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
        text = b""
        status = 0
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(bytes(await stream.receive_some(4096)))
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                text += bytes(event.data)
                if status == 200:
                    *whole, text = text.split(b"\n\n")
                    for one in whole:
                        self._hear(one)
                    await self.dawdle()
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                raise trio.BrokenResourceError
        if status == 410:
            body = json.loads(text)
            self.heard.append(Reset(Cursor(body["epoch"], body["high"]), "trimmed", body["low"], body["high"]))
            self._begin = body["low"] - 1
            raise trio.BrokenResourceError
        return last

    def _hear(self, block: bytes) -> None:
        for line in block.split(b"\n"):
            if line.startswith(b"data: "):
                message = read_message(line[6:])
                assert isinstance(message, EventMessage)
                self.heard.append(read_event(message, Cursor(message.epoch, message.seq)))
