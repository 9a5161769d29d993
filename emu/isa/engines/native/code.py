"""What the native engine asks of those who embed it: a place to keep code, and somebody to compile meanwhile.

Both are optional. Without a cache every process compiles for itself; without a background the machine waits while its
code is compiled. Neither has any influence on what a program does.
"""

from __future__ import annotations

QUICK, GOOD, FULL = range(3)
"""How well code is compiled."""

STAGES = ("quick", "good", "full")
"""Names of these."""

NAME = "region"
"""Of the function in object code."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class CodeCache(Protocol):
        """Keeps compiled code. Both methods may fail silently: a miss costs only time.

        Whatever makes code wrong on another computer or with another compiler is the cache's business, who knows
        where it runs. Both methods are called from any thread.
        """

        def load(self, text: str) -> bytes | None:
            """What was stored for this text, or None."""

        def store(self, text: str, code: bytes) -> None:
            """Keeps what a text was compiled to."""

    class Background(Protocol):
        """Does work in another thread, one piece after the other."""

        @property
        def waits(self) -> bool:
            """Whether the machine itself makes the first native code of a region, which takes it a few hundredths of a
            second. Otherwise it goes on with functions in Python until the background has made it.
            """

        @property
        def is_busy(self) -> bool:
            """Whether something is being done, so that nothing should be submitted now."""

        def submit(self, work: Callable[[], None], *, is_urgent: bool = False) -> None:
            """Has `work`, which raises nothing, done soon; what is urgent before what is not. It may be dropped."""

    class Observer(Protocol):
        """Is told what the engine translates. Only looks: it may read a clock, which engines do not."""

        def compiling(self, start: int, stage: str) -> None:
            """Code for the region from `start` is being made, by this thread."""

        def compiled(self, start: int, stage: str) -> None:
            """It is made, by this thread."""

        def installed(self, start: int, stage: str, size: int, instructions: int) -> None:
            """A translation of `size` instructions is in use from now on, after so many executed ones.

            `stage` is "python", or for native code "cached", "quick", "good" or "full".
            """
