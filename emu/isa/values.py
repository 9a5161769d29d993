"""Immutable value records that cost nothing to import.

Theory of operation. A program of ten lines must start as fast as it can be read, so the modules on the path of
`emu run` cannot afford a class builder that imports half of the standard library: importing attrs alone takes longer
than assembling and running a short program. `Record` gives those modules what attrs gives the rest of the house
(slots, immutability, equality, a readable repr, pattern matching) from the class annotations, with no code generation.
Type checkers see a frozen dataclass through `dataclass_transform` (PEP 681).

Outside `emu.isa`, `emu.services` and the command line's run path, use attrs.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing for this one constant would cost as much as a bare Python start
if TYPE_CHECKING:
    from typing import Any, ClassVar, Self, dataclass_transform
else:

    def dataclass_transform(**_options):
        return lambda cls: cls


@dataclass_transform(frozen_default=True, eq_default=True)
class RecordType(type):
    """Turns the annotations of a class body into slots, and plain assignments into default values."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> RecordType:
        own = tuple(namespace.get("__annotations__", ()))
        inherited: tuple[str, ...] = ()
        defaults: dict[str, Any] = {}
        for base in bases:
            inherited += getattr(base, "_fields", ())
            defaults.update(getattr(base, "_defaults", {}))
        for field in own:
            if field in namespace:
                defaults[field] = namespace.pop(field)
        namespace["__slots__"] = own
        fields = inherited + own
        namespace["_fields"] = fields
        namespace["_defaults"] = defaults
        namespace["__match_args__"] = fields
        cls = super().__new__(mcls, name, bases, namespace)
        cls._setters = tuple(getattr(cls, field).__set__ for field in fields)  # type: ignore[attr-defined]  # of classes made here
        return cls


class Record(metaclass=RecordType):
    """Base of all immutable values of the machine. Subclasses only annotate their fields."""

    if TYPE_CHECKING:
        _fields: ClassVar[tuple[str, ...]]
        _defaults: ClassVar[dict[str, Any]]
        _setters: ClassVar[tuple[Any, ...]]

    def __init__(self, *values: Any, **named: Any) -> None:
        cls = type(self)
        fields = cls._fields
        if named or len(values) != len(fields):
            values = self._complete(values, named)
        for setter, value in zip(cls._setters, values):  # noqa: B905 - of one length by now, and `strict` costs time
            setter(self, value)

    @classmethod
    def _complete(cls, values: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
        fields = cls._fields
        if len(values) > len(fields):
            raise TypeError(f"{cls.__name__} takes {len(fields)} values, got {len(values)}")
        rest = []
        for field in fields[len(values) :]:
            if field in named:
                rest.append(named.pop(field))
            elif field in cls._defaults:
                rest.append(cls._defaults[field])
            else:
                raise TypeError(f"{cls.__name__} needs a value for {field!r}")
        if named:
            raise TypeError(f"{cls.__name__} has no field {next(iter(named))!r}, or got it twice")
        return values + tuple(rest)

    def replace(self, **changes: Any) -> Self:
        """A copy with the named fields exchanged."""
        old = {field: getattr(self, field) for field in type(self)._fields}
        old.update(changes)
        return type(self)(**old)

    def _values(self) -> tuple[Any, ...]:
        return tuple([getattr(self, field) for field in type(self)._fields])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __reduce__(self) -> tuple[type[Self], tuple[Any, ...]]:
        return type(self), self._values()

    def __repr__(self) -> str:
        inside = ", ".join(f"{field}={getattr(self, field)!r}" for field in type(self)._fields)
        return f"{type(self).__name__}({inside})"
