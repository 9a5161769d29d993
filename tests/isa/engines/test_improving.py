"""When quick code is worth being done better: decisions about a machine that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from emu.isa.engines.native import improving
from emu.isa.engines.native.improving import Improving
from emu.isa.engines.native.regions import Path


class Region:
    """Quick code that may be entered at some addresses."""

    def __init__(self, entries: list[int], path: Path | None = None) -> None:
        self.entries = self.slots = dict.fromkeys(entries)
        self.path = path


class Usage:
    """What quick regions tell: how many instructions were executed from where, in how many hops."""

    def __init__(self, **recent: tuple[int, int]) -> None:
        self.recent: dict[int, tuple[int, int]] = {int(name[1:]): usage for name, usage in recent.items()}
        self.better: dict[int, tuple[int, int]] = {}
        self.hot: tuple[int, int, Any] = (0, 0, None)

    def recent_usage(self) -> dict[int, tuple[int, int]]:
        return self.recent

    def better_usage(self) -> dict[int, tuple[int, int]]:
        return self.better

    def hottest(self, given_up: set[int]) -> tuple[int, int, Any]:
        executed, start, quick = self.hot
        return (executed, start, quick) if start not in given_up else (0, 0, None)


def policy(usage: Usage) -> Improving:
    return Improving(cast("Any", usage))


def watch(subject: Improving, addresses: Iterable[int]) -> Path:
    """All windows show the same."""
    for _ in range(improving.WINDOWS - 1):
        assert subject.window == improving.WINDOW
        assert subject.watched(addresses) is None
    path = subject.watched(addresses)
    assert path is not None
    assert subject.window == 0
    return path


HOPS = improving.HOP_PRICE * improving.SMALLEST_JOINED


def test_where_execution_hops_it_is_watched_and_then_joined() -> None:
    subject = policy(Usage(_100=(20 * HOPS, HOPS), _200=(5 * HOPS, HOPS * 2), _300=(9, 3)))
    assert subject.window == 0
    subject.look(may_join=True)
    path = watch(subject, [100, 104, 200])
    assert path == Path((200, 100), frozenset({100, 104, 200})), (
        "what is gone to most comes first, rare places are left"
    )


def test_hops_to_very_many_places_are_joined_as_well() -> None:
    subject = policy(Usage(**{f"_{number}": (20 * HOPS // 100, HOPS // 100 + 1) for number in range(100)}))
    subject.look(may_join=True)
    assert len(watch(subject, range(100)).entries) == improving.MOST_JOINED


def test_a_place_that_is_not_seen_again_is_no_entry() -> None:
    subject = policy(Usage(_100=(20 * HOPS, HOPS), _200=(5 * HOPS, HOPS * 2)))
    subject.look(may_join=True)
    assert watch(subject, [100, 104]).entries == (100,)
    subject.look(may_join=True)
    assert all(subject.watched([300]) is None for _ in range(improving.WINDOWS))
    assert subject.window == 0


def test_hops_do_not_matter_where_much_is_executed_in_between() -> None:
    subject = policy(Usage(_100=(improving.SHORT * HOPS + 1, HOPS)))
    for _ in range(10):
        subject.look(may_join=True)
    assert subject.window == 0


def test_nothing_is_watched_where_nothing_may_become_native() -> None:
    subject = policy(Usage(_100=(HOPS, HOPS)))
    subject.look(may_join=False)
    assert subject.window == 0


def test_every_joining_has_to_be_paid_twice_as_dear() -> None:
    subject = policy(Usage(_100=(20 * HOPS, HOPS)))
    looks = []
    for _ in range(3):
        count = 0
        while not subject.window:
            subject.look(may_join=True)
            count += 1
        watch(subject, [100])
        looks.append(count)
    assert looks == [1, 2, 4]


def test_what_is_left_again_and_again_is_not_worth_better_code() -> None:
    usage = Usage(_100=(10_000_000, 10_000_000 // improving.LONG + 1))
    usage.hot = 10_000_000, 100, Region([100])
    subject = policy(usage)
    subject.look(may_join=True)
    assert subject.hot() is None
    usage.recent = {100: (10_000_000, 3)}
    subject.look(may_join=True)
    found = subject.hot()
    assert found is not None
    assert found[0] == 100


def test_a_part_of_what_has_been_joined_is_not_worth_better_code() -> None:
    usage = Usage(_100=(10_000_000, 3))
    usage.hot = 10_000_000, 100, Region([100], Path((100,), frozenset(range(improving.BETTER_SIZE + 1))))
    subject = policy(usage)
    subject.look(may_join=True)
    assert subject.hot() is None
    usage.hot = 10_000_000, 200, Region([200], Path((200,), frozenset(range(improving.BETTER_SIZE))))
    usage.recent = {200: (10_000_000, 3)}
    subject.look(may_join=True)
    assert subject.hot() is not None


def test_better_code_that_is_left_again_and_again_is_dropped_when_that_is_certain() -> None:
    usage = Usage()
    subject = policy(usage)
    hops = improving.ENOUGH_HOPS
    usage.better = {100: (10, hops - 1), 200: (improving.LONG * hops - 1, hops), 300: (improving.LONG * hops, hops)}
    assert subject.not_better() == [200]
