"""Memory: the map, permissions, alignment, watchpoints, snapshots, and sizes that cost nothing."""

from __future__ import annotations

import re
import resource
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.isa.faults import FaultKind, MemoryFault
from emu.isa.layout import Layout, Region
from emu.isa.memory import CLEAN, FORBIDDEN, GRANULE, PAGE, Memory, Watchpoint

READ_ONLY = Region("constant", 0x60000, 0x1000, writable=False)
SECRET = Region("secret", 0x61000, 0x1000, readable=False)
ODD = Region("odd", 0x70000, 0x24)


def memory() -> Memory:
    return Memory((*Layout().regions(), READ_ONLY, SECRET, ODD))


MAPPED = [(0x8000, 0x18000), (0x20000, 0x50000)]


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("write", [False, True])
def test_the_map_has_edges(size: int, write: bool) -> None:
    """The first and last unit of every region is there; those beside it are not."""
    subject = memory()

    def touch(address: int) -> None:
        if write:
            subject.store(address, size, 1)
        else:
            subject.load(address, size)

    for start, end in [*MAPPED, (ODD.start, ODD.end)]:
        touch(start)
        touch(end - size)
        for outside in (start - size, end):
            with pytest.raises(MemoryFault, match="is not mapped") as caught:
                touch(outside)
            assert caught.value.fault.kind is FaultKind.NOT_MAPPED
            assert caught.value.fault.target == outside


@pytest.mark.parametrize("address", [0, 0x7FFC, 0x18000, 0x1FFFC, 0x50000, 0x80000, 0x7FFFFFFC, 0x80000000, 0xFFFFFFFC])
def test_the_rest_is_not_mapped(address: int) -> None:
    subject = memory()
    for fetching in (False, True):
        with pytest.raises(MemoryFault) as caught:
            _ = subject.fetch(address) if fetching else subject.load(address, 4)
        assert caught.value.fault.message == f"memory access violation: address 0x{address:08X} is not mapped"


def test_low_memory_exists_on_request() -> None:
    subject = Memory(Layout().regions(with_low=True))
    subject.store(0, 4, 5)
    assert subject.fetch(0) == 5
    assert subject.fetch(0x7FFC) == subject.fetch(0x8000) == 0


@pytest.mark.parametrize(
    ("address", "size", "name"), [(0x8001, 2, "halfword"), (0x8001, 4, "word"), (0x8002, 4, "word")]
)
def test_alignment(address: int, size: int, name: str) -> None:
    subject = memory()
    with pytest.raises(MemoryFault) as loading:
        subject.load(address, size)
    with pytest.raises(MemoryFault) as storing:
        subject.store(address, size, 0)
    assert loading.value.fault == storing.value.fault
    assert loading.value.fault.kind is FaultKind.UNALIGNED
    assert loading.value.fault.message == f"unaligned {name} access at 0x{address:08X}"
    assert subject.load(0x8001, 1) == 0


def test_permissions() -> None:
    subject = memory()
    with pytest.raises(MemoryFault) as caught:
        subject.fetch(0x20000)
    assert caught.value.fault.kind is FaultKind.NO_EXECUTE
    assert "(data region)" in caught.value.fault.message
    with pytest.raises(MemoryFault) as caught:
        subject.store(READ_ONLY.start, 4, 1)
    assert caught.value.fault.kind is FaultKind.NO_WRITE
    assert subject.load(READ_ONLY.start, 4) == 0
    with pytest.raises(MemoryFault) as caught:
        subject.load(SECRET.start, 1)
    assert caught.value.fault.kind is FaultKind.NO_READ
    subject.store(SECRET.start, 1, 1)
    with pytest.raises(MemoryFault) as caught:
        subject.fetch(0x8002)
    assert caught.value.fault.kind is FaultKind.UNALIGNED


def test_little_endian() -> None:
    subject = memory()
    subject.store(0x20000, 4, 0x11223344)
    assert [subject.load(0x20000 + index, 1) for index in range(4)] == [0x44, 0x33, 0x22, 0x11]
    assert subject.load(0x20002, 2) == 0x1122
    subject.store(0x20000, 1, 0x1FF)
    subject.store(0x20002, 2, 0x1AAAA)
    assert subject.load(0x20000, 4) == 0xAAAA33FF


def test_a_failing_write_stores_nothing() -> None:
    subject = memory()
    with pytest.raises(MemoryFault) as caught:
        subject.write(0x4FFFE, b"abcd")
    assert caught.value.fault.target == 0x50000
    assert subject.read(0x4FFFE, 2) == b"\0\0"
    subject.write(0x2FFFE, b"abcd")
    assert subject.read(0x2FFFE, 4) == b"abcd"
    assert subject.last_store == (0x2FFFE, 4)


def test_peek_sees_zeros_where_nothing_is_and_wraps() -> None:
    subject = Memory(Layout().regions(with_low=True))
    subject.poke(0, b"low")
    subject.poke(0x17FFE, b"hi")
    assert subject.peek(0xFFFFFFFE, 5) == b"\0\0low"
    assert subject.peek(0x17FFD, 6) == b"\0hi\0\0\0"


# -- snapshots


@given(
    st.lists(st.tuples(st.sampled_from("store snapshot restore clear".split()), st.integers(0, 0x2FFFF)), max_size=40)
)
def test_snapshots_are_copies(actions: list[tuple[str, int]]) -> None:
    """Whatever is stored, snapped and restored in whatever order: a copy of all bytes would say the same."""
    subject = Memory(Layout().regions())
    model = bytearray(0x30000)
    snapshots = [(subject.snapshot(), bytes(model))]
    for index, (action, number) in enumerate(actions):
        if action == "store":
            subject.store(0x20000 + number, 1, index)
            model[number] = index
        elif action == "snapshot":
            snapshots.append((subject.snapshot(), bytes(model)))
        elif action == "restore":
            snapshot, content = snapshots[number % len(snapshots)]
            subject.restore(snapshot)
            model[:] = content
        else:
            subject.clear()
            model[:] = bytes(len(model))
        assert subject.peek(0x20000, 0x30000) == bytes(model)


def test_a_snapshot_copies_only_what_was_written() -> None:
    """Pages that nothing was stored to are the same objects in both snapshots."""
    subject = memory()
    subject.write(0x20000, bytes(range(256)) * 256)
    first = subject.snapshot()
    subject.store(0x2F000, 4, 1)
    second = subject.snapshot()
    changed = [page for page in second.pages if second.pages[page] is not first.pages.get(page)]
    assert changed == [0x2F000 // PAGE]
    assert subject.snapshot().pages is second.pages


def test_zero_pages_are_not_kept() -> None:
    subject = memory()
    subject.store(0x20000, 4, 1)
    subject.snapshot()
    subject.store(0x20000, 4, 0)
    assert not subject.snapshot().pages


def test_half_a_gigabyte_costs_nothing() -> None:
    """In a process of its own, so that nobody else's memory is measured."""
    script = """
import resource
from emu.isa.layout import Layout
from emu.isa.machine import Machine
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
machine = Machine(Layout(heap_size=256 << 20, stack_size=256 << 20))
machine.memory.store(machine.layout.stack_top() - 4, 4, 7)
machine.snapshot()
print(machine.memory.size >> 20, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""
    output = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    size, resident = map(int, output.split())
    assert size >= 512
    assert resident < 100, "MiB, of which the guard tables are 16"
    assert resource.getpagesize() <= 65536


# -- watchpoints


def test_watchpoints_see_what_they_ask_for() -> None:
    subject = memory()
    subject.watch(Watchpoint(1, 0x20004, 0x20008, on_read=True, on_write=False))
    subject.watch(Watchpoint(2, 0x20007, 0x20009, on_read=False, on_write=True))
    subject.watching_pc = 0x8000
    subject.load(0x20000, 4)
    subject.store(0x20003, 1, 1)
    subject.load(0x20008, 1)
    assert not subject.watch_hits
    subject.load(0x20006, 2)
    subject.store(0x20006, 2, 1)
    subject.store(0x20008, 4, 1)
    found = [(hit.watchpoint, hit.address, hit.size, hit.is_write) for hit in subject.watch_hits]
    assert found == [(1, 0x20006, 2, False), (2, 0x20006, 2, True), (2, 0x20008, 4, True)]
    subject.watch_hits.clear()
    subject.unwatch(2)
    subject.store(0x20008, 4, 1)
    assert not subject.watch_hits
    with pytest.raises(KeyError):
        subject.unwatch(2)


def test_watchpoints_outside_memory_do_no_harm() -> None:
    subject = memory()
    subject.watch(Watchpoint(1, 0x4FFFE, 0xFFFFFFFF, on_read=True, on_write=True))
    subject.watch(Watchpoint(2, 0xFFFFFFF0, 0x100000000, on_read=True, on_write=True))
    subject.load(0x4FFFC, 4)
    assert [hit.watchpoint for hit in subject.watch_hits] == [1]


def test_without_watchpoints_there_is_no_slow_path() -> None:
    """Guards are clear where memory was written before, and nothing watches."""
    subject = memory()
    subject.watch(Watchpoint(1, 0x20000, 0x20004, on_read=True, on_write=True))
    subject.store(0x20000, 4, 1)
    subject.unwatch(1)
    assert not any(subject.load_guard[0x20000 >> 6 : 0x50000 >> 6])
    assert not any(subject.store_guard[0x20000 >> 6 : 0x21000 >> 6])


@st.composite
def regions(draw: st.DrawFn) -> tuple[Region, ...]:
    """Of any sizes, perhaps with holes between them, perhaps overlapping."""
    flags = st.booleans()
    return tuple(
        Region("drawn", 20 * draw(st.integers(0, 40)), draw(st.integers(0, 1 << 9)), draw(flags), draw(flags))
        for _ in range(draw(st.integers(1, 6)))
    )


@given(regions())
def test_only_granules_within_one_region_need_no_closer_look(regions: tuple[Region, ...]) -> None:
    subject = Memory(regions)
    for granule in range(len(subject.load_guard)):
        start, end = granule * GRANULE, (granule + 1) * GRANULE
        around = [region for region in regions if region.start <= start and end <= region.end]
        readable, writable = any(region.readable for region in around), any(region.writable for region in around)
        assert subject.load_guard[granule] == (0 if readable else FORBIDDEN)
        assert subject.store_guard[granule] == (CLEAN if writable else CLEAN | FORBIDDEN)
    assert len(subject.store_guard) == len(subject.load_guard) == (subject.size + PAGE) // GRANULE


@given(regions(), st.lists(st.tuples(st.integers(0, 1400), st.integers(1, 200), st.booleans()), max_size=4))
def test_the_spans_are_what_the_guards_of_loads_say(
    regions: tuple[Region, ...], watched: list[tuple[int, int, bool]]
) -> None:
    subject = Memory(regions)
    for number in range(len(watched) + 1):
        zeros = re.finditer(rb"\0+", subject.load_guard)
        assert subject.readable_spans() == [(GRANULE * run.start(), GRANULE * run.end()) for run in zeros]
        if number < len(watched):
            start, size, on_read = watched[number]
            subject.watch(Watchpoint(number, start, start + size, on_read, True))
