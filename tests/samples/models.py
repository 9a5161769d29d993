"""What each sample must print, worked out in Python from what the sample promises and not from how it goes about it.

A model is a function with the name of its sample. It is given the sample's input and arguments, and returns the whole
output. Samples whose output is a fixed text have none: their `.out` file says it all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType


@frozen
class Given:
    """What a sample is started with."""

    input: bytes = b""
    arguments: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The lines of the input, without their ends."""
        return self.input.decode().splitlines()


if TYPE_CHECKING:
    Model = Callable[[Given], str]

_ALL: dict[str, Model] = {}


def model(function: Model) -> Model:
    """Registers the model of the sample that the function is named after."""
    assert function.__name__ not in _ALL
    _ALL[function.__name__] = function
    return function


def models_of(*modules: ModuleType) -> dict[str, Model]:
    """The models that these modules hold, by the names of their samples."""
    names = {module.__name__ for module in modules}
    return {name: function for name, function in _ALL.items() if function.__module__ in names}


def text(lines: Iterable[object]) -> str:
    """Each item on a line of its own."""
    return "".join(f"{line}\n" for line in lines)


def row(numbers: Iterable[object]) -> str:
    """Items on a line, each with a blank behind it."""
    return "".join(f"{number} " for number in numbers)


def signed(number: int) -> int:
    """The value of the lowest 32 bits as a signed number."""
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)
