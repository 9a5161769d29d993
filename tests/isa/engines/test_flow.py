"""Counting few edges of a flow graph tells how often each was taken."""

from __future__ import annotations

from random import Random

from emu.isa.engines.native.flow import Edge, Flow


def random_graph(random: Random) -> list[Edge]:
    """Node 0 is the world outside; every other node can be reached from it and comes back to it."""
    nodes = random.randrange(2, 20)
    edges = [Edge(node - 1, node, random.randrange(9), random.random()) for node in range(1, nodes)]
    edges += [Edge(node, 0, random.randrange(9), 0.0) for node in range(1, nodes)]
    for _ in range(random.randrange(3 * nodes)):
        source, target = random.randrange(1, nodes), random.randrange(1, nodes)
        edges.append(Edge(source, target, random.randrange(9), 10 * random.random()))
    return edges


def walk(edges: list[Edge], random: Random) -> list[int]:
    """How often each edge was taken in a few walks from outside back to outside."""
    counts = [0] * len(edges)
    for _ in range(random.randrange(5)):
        node = 0
        while True:
            number = random.choice([number for number, edge in enumerate(edges) if edge.source == node])
            counts[number] += 1
            node = edges[number].target
            if node == 0:
                break
    return counts


def test_all_counts_follow(seed: int) -> None:
    for number in range(200):
        random = Random(seed + number)
        edges = random_graph(random)
        flow = Flow(edges)
        for _ in range(3):
            counts = walk(edges, random)
            instructions = sum(edge.length * count for edge, count in zip(edges, counts, strict=True))
            found = flow.counts({number: counts[number] for number in flow.counted}, instructions)
            assert found == counts, f"EMU_SEED={seed}, graph {number}"


def test_a_loop_of_one_block_needs_no_counter_within() -> None:
    """The budget tells how often it was repeated."""
    edges = [Edge(0, 1, 0, 1.0), Edge(1, 1, 3, 1000.0), Edge(1, 0, 3, 0.0)]
    flow = Flow(edges)
    assert 1 not in flow.counted
    assert flow.counts(dict.fromkeys(flow.counted, 1), 303) == [1, 100, 1]


def test_the_hottest_edges_are_not_counted() -> None:
    """An if in a loop: of its two ways, and of the way back, one counter is enough."""
    edges = [
        Edge(0, 1, 0, 1.0),
        Edge(1, 2, 1, 60.0),
        Edge(1, 3, 1, 40.0),
        Edge(2, 4, 5, 60.0),
        Edge(3, 4, 2, 40.0),
        Edge(4, 1, 1, 100.0),
        Edge(4, 0, 1, 0.0),
    ]
    assert len([number for number in Flow(edges).counted if edges[number].heat > 1]) == 1
