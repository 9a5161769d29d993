"""A typed mailbox: how an actor is told things, and how it answers.

Theory of operation. The inbox is a bounded Trio memory channel of envelopes; who sends to a full one waits, and that
is the backpressure. `ask` sends and waits for the answer. The actor takes one envelope at a time with `take`, or
sleeps in `wait`, which ends when there is mail, when somebody pokes, or at a deadline: three reasons to wake up, one
place to sleep. A poke is remembered, so one that comes while nobody sleeps is not lost.

An asker that is cancelled while its envelope is still in the inbox takes the question back, and it is never carried
out. Once the actor has opened the envelope, the command is carried out, whoever still listens. So either nothing
happened or all of it did.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Generic, TypeVar

import trio
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

Question = TypeVar("Question")
Answer = TypeVar("Answer")

CAPACITY = 64
"""Questions that wait in an inbox before those who ask wait in front of it."""


class MailboxClosed(Exception):
    """Nobody reads this mailbox any more."""


class Envelope(Generic[Question, Answer]):
    """A question under way. The actor answers with `answer` or `fail`, once; later ones are ignored."""

    __slots__ = ("_answer", "_answered", "_error", "is_withdrawn", "question", "request_id")

    def __init__(self, question: Question, request_id: str | None = None) -> None:
        self.question = question
        self.request_id = request_id
        self.is_withdrawn = False
        """The asker has gone. If the envelope is unopened, the question must not be carried out."""
        self._answered = trio.Event()
        self._answer: Answer | None = None
        self._error: Exception | None = None

    @property
    def is_answered(self) -> bool:
        """Whether an answer or a failure is in."""
        return self._answered.is_set()

    def answer(self, answer: Answer) -> None:
        """Wakes the asker with an answer."""
        if not self._answered.is_set():
            self._answer = answer
            self._answered.set()

    def fail(self, error: Exception) -> None:
        """Wakes the asker with an exception, which `ask` raises."""
        if not self._answered.is_set():
            self._error = error
            self._answered.set()

    async def outcome(self) -> Answer:
        """Waits for the answer. Raises what the actor failed the question with."""
        await self._answered.wait()
        if self._error is not None:
            # An exception object collects traceback and context wherever it is raised: each asker gets its own.
            raise _copy(self._error)
        return self._answer  # type: ignore[return-value]  # an answer of None is an answer


def _copy(error: Exception) -> Exception:
    try:
        copy: Exception = type(error).__new__(type(error), *error.args)
        copy.__dict__.update(error.__dict__)
        copy.args = error.args
    except Exception:  # noqa: BLE001 - an exotic exception class: better the original than none
        return error
    return copy


@frozen
class MailboxStatistics:
    """A mailbox at one moment."""

    waiting: int
    capacity: int
    senders_waiting: int
    received: int
    withdrawn: int
    is_closed: bool


class Mailbox(Generic[Question, Answer]):
    """See the module's docstring."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._send, self._receive = trio.open_memory_channel[Envelope[Question, Answer]](capacity)
        self._capacity = capacity
        self._sleeper: trio.CancelScope | None = None
        self._poked = False
        self._rings = False
        self._closed = False
        self._received = 0
        self._withdrawn = 0
        self._next: Envelope[Question, Answer] | None = None

    # -- the askers' side -----------------------------------------------------------------------------------------

    async def ask(self, question: Question, request_id: str | None = None) -> Answer:
        """Sends, waits, and gives the answer. Raises MailboxClosed, or what the actor answers with.

        Cancellation: see the module's docstring.
        """
        envelope: Envelope[Question, Answer] = Envelope(question, request_id)
        self._rings = True
        try:
            await self._send.send(envelope)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise MailboxClosed from None
        try:
            return await envelope.outcome()
        except trio.Cancelled:
            envelope.is_withdrawn = True
            raise

    # -- the actor's side -----------------------------------------------------------------------------------------

    @property
    def has_mail(self) -> bool:
        """Whether it is worth interrupting work. May be read from any thread."""
        return self._rings

    def poke(self) -> None:
        """Wakes the actor without telling it anything. Synchronous; only from the Trio thread."""
        self._poked = self._rings = True
        if self._sleeper is not None:
            self._sleeper.cancel()

    def take(self) -> Envelope[Question, Answer] | None:
        """The next envelope whose asker still waits, without waiting."""
        self._poked = False
        while True:
            envelope, self._next = self._next, None
            if envelope is None:
                try:
                    envelope = self._receive.receive_nowait()
                except (trio.WouldBlock, trio.EndOfChannel, trio.ClosedResourceError):
                    self._rings = False
                    return None
            if envelope.is_withdrawn:
                self._withdrawn += 1
                continue
            self._received += 1
            return envelope

    async def wait(self, deadline: float = math.inf) -> None:
        """Sleeps until there is mail, a poke, or `deadline` (in trio.current_time seconds). Always a checkpoint."""
        if self._poked or self._next is not None:
            await trio.lowlevel.checkpoint()
            return
        with trio.CancelScope(deadline=deadline) as scope:
            self._sleeper = scope
            try:
                # Cancellation of a receive takes no envelope, so none is lost.
                self._next = await self._receive.receive()
            finally:
                self._sleeper = None

    def close(self) -> None:
        """Lets nobody in any more. Unanswered envelopes in the inbox are for `drain`."""
        self._closed = True
        self._send.close()

    def drain(self) -> Iterator[Envelope[Question, Answer]]:
        """Everything still in the inbox, then shuts it: senders that wait get MailboxClosed."""
        while (envelope := self.take()) is not None:
            yield envelope
        self._receive.close()

    def statistics(self) -> MailboxStatistics:
        """The figures now."""
        channel = self._receive.statistics()
        return MailboxStatistics(
            waiting=channel.current_buffer_used + (self._next is not None),
            capacity=self._capacity,
            senders_waiting=channel.tasks_waiting_send,
            received=self._received,
            withdrawn=self._withdrawn,
            is_closed=self._closed,
        )
