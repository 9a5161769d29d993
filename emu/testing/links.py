"""A network in memory whose faults are at your command: two ends joined by two bounded ways.

Unlike Trio's memory streams a link has a capacity, as sockets have: who sends more than the other side takes waits.
And it can be stalled, cut at once, or cut after so many bytes, which usually is in the middle of a frame. All of it
is deterministic, takes no real time, and works under a virtual clock.
"""

from __future__ import annotations

from contextlib import contextmanager
from operator import index
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Iterator

CAPACITY = 64 * 1024


class Way:
    """One direction of a link."""

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a way must hold at least one byte")
        self.capacity = capacity
        self.is_stalled = False
        self.delivered = 0
        """Bytes that the receiver has taken."""
        self._buffer = bytearray()
        self._is_broken = False
        self._sender_closed = False
        self._receiver_closed = False
        self._ended = False
        self._is_sending = False
        self._is_receiving = False
        self._left: int | None = None
        self._changed = trio.Event()

    @property
    def is_broken(self) -> bool:
        """The link was cut."""
        return self._is_broken

    # -- faults

    def stall(self) -> None:
        """Delivers nothing until `resume`; the sender can still fill the capacity."""
        self.is_stalled = True

    def resume(self) -> None:
        """Delivers again."""
        self.is_stalled = False
        self._wake()

    def cut(self) -> None:
        """Breaks the way: what was not delivered is lost."""
        self._is_broken = True
        self._buffer.clear()
        self._wake()

    def cut_after(self, count: int) -> None:
        """Breaks the way once `count` more bytes were delivered."""
        self._left = count

    # -- bytes

    async def send(self, data: bytes | bytearray | memoryview) -> None:
        """Puts all of `data` on its way."""
        with self._alone_sending():
            await trio.lowlevel.checkpoint()
            rest = memoryview(data)
            while True:
                self._require_open_sender()
                room = self.capacity - len(self._buffer)
                if room > 0:
                    self._buffer += rest[:room]
                    rest = rest[room:]
                    self._wake()
                if not rest:
                    return
                await self._changed.wait()

    async def wait_for_room(self) -> None:
        """Waits until one byte can be sent."""
        with self._alone_sending():
            await trio.lowlevel.checkpoint()
            if self._sender_closed or self._ended:
                raise trio.ClosedResourceError
            while len(self._buffer) >= self.capacity and not self._is_broken and not self._receiver_closed:
                await self._changed.wait()
                if self._sender_closed:
                    raise trio.ClosedResourceError

    @contextmanager
    def _alone_sending(self) -> Iterator[None]:
        if self._is_sending:
            raise trio.BusyResourceError("another task is sending")
        self._is_sending = True
        try:
            yield
        finally:
            self._is_sending = False

    def _require_open_sender(self) -> None:
        if self._sender_closed or self._ended:
            raise trio.ClosedResourceError
        if self._is_broken or self._receiver_closed:
            raise trio.BrokenResourceError

    async def receive(self, limit: int) -> bytes:
        """Some bytes, none at the end."""
        if index(limit) < 1:
            raise ValueError("at least one byte must be asked for")
        if self._is_receiving:
            raise trio.BusyResourceError("another task is receiving")
        self._is_receiving = True
        try:
            await trio.lowlevel.checkpoint()
            while True:
                if self._receiver_closed:
                    raise trio.ClosedResourceError
                if self._is_broken:
                    raise trio.BrokenResourceError
                if self._buffer and not self.is_stalled:
                    return self._take(limit)
                if (self._ended or self._sender_closed) and not self._buffer:
                    return b""
                await self._changed.wait()
        finally:
            self._is_receiving = False

    def _take(self, limit: int) -> bytes:
        count = min(limit, len(self._buffer))
        if self._left is not None:
            count = min(count, self._left)
            self._left -= count
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        self.delivered += count
        if self._left == 0:
            self.cut()
        self._wake()
        return data

    def require_idle_sender(self) -> None:
        """Raises BusyResourceError while a task is sending, ClosedResourceError after the end."""
        if self._is_sending:
            raise trio.BusyResourceError("another task is sending")
        if self._sender_closed:
            raise trio.ClosedResourceError

    def end(self) -> None:
        """Nothing more is sent."""
        self._ended = True
        self._wake()

    def close_sender(self) -> None:
        """The sending side is gone; what is under way still arrives."""
        self._sender_closed = True
        self._wake()

    def close_receiver(self) -> None:
        """The receiving side is gone."""
        self._receiver_closed = True
        self._buffer.clear()
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, trio.Event()
        changed.set()


class End(trio.abc.HalfCloseableStream):
    """One end of a link."""

    def __init__(self, out: Way, into: Way) -> None:
        self.out = out
        self.into = into

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Sends all of `data`, waiting for the other side where the way is full."""
        await self.out.send(data)

    async def wait_send_all_might_not_block(self) -> None:
        """Waits for room."""
        await self.out.wait_for_room()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Some bytes, none at the end."""
        return await self.into.receive(65536 if max_bytes is None else max_bytes)

    async def send_eof(self) -> None:
        """Nothing more is sent from this end."""
        self.out.require_idle_sender()
        self.out.end()
        await trio.lowlevel.checkpoint()

    async def aclose(self) -> None:
        """Closes both directions of this end."""
        self.out.close_sender()
        self.into.close_receiver()
        await trio.lowlevel.checkpoint()


class Link:
    """A connection between a client and a server."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.to_client = Way(capacity)
        self.to_server = Way(capacity)
        self.client = End(self.to_server, self.to_client)
        self.server = End(self.to_client, self.to_server)

    def cut(self) -> None:
        """Breaks the connection as a reset does: both ends find out, and what was under way is lost."""
        self.to_client.cut()
        self.to_server.cut()

    @property
    def is_cut(self) -> bool:
        """Whether a direction is broken; `Way.cut_after` breaks one, and the other end notices when it writes or
        reads.
        """
        return self.to_client.is_broken or self.to_server.is_broken
