"""Request ids: a command that is sent twice is carried out once (delivery.md section 3, Idempotency-Key)."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

KEPT = 1000
"""Ids that are kept, however old."""
KEPT_SECONDS = 600.0
"""How long an id is kept, however many there are, up to MOST."""
MOST = 10_000


@define(eq=False)
class Request(Generic[T]):
    """A command under way or done. `waiting` are told the outcome when it is there."""

    fingerprint: bytes
    time: float
    outcome: T | None = None
    waiting: list[Callable[[T], None]] = field(factory=list)

    def settle(self, outcome: T) -> None:
        """The command is done."""
        self.outcome = outcome
        waiting, self.waiting = self.waiting, []
        for tell in waiting:
            tell(outcome)


class Requests(Generic[T]):
    """The request ids of one session, oldest first. Times are in seconds of any clock."""

    def __init__(self) -> None:
        self._requests: OrderedDict[str, Request[T]] = OrderedDict()

    def find(self, request_id: str) -> Request[T] | None:
        """The request with that id."""
        return self._requests.get(request_id)

    def add(self, request_id: str, command: object, now: float) -> Request[T]:
        """Remembers a new request, and forgets the oldest ones that need not be kept."""
        request: Request[T] = Request(fingerprint(command), now)
        self._requests[request_id] = request
        while len(self._requests) > KEPT:
            # A step under way is not forgotten; there is never more than one, so this looks at two entries at most.
            oldest = next(key for key, request in self._requests.items() if request.outcome is not None)
            if now - self._requests[oldest].time < KEPT_SECONDS and len(self._requests) <= MOST:
                break
            del self._requests[oldest]
        return request

    def __len__(self) -> int:
        return len(self._requests)


def fingerprint(command: object) -> bytes:
    """Equal for equal commands; a source of a megabyte is not kept for it."""
    return hashlib.blake2b(repr(command).encode("utf-8", "surrogatepass"), digest_size=16).digest()
