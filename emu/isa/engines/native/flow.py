"""How often every edge of a flow graph is taken, from counters on few of them.

Theory of operation. Whatever enters a node leaves it again, so the counts of all edges follow from those outside a
spanning tree (D. E. Knuth and F. R. Stevenson, "Optimal measurement points for program frequency counts", BIT 13,
1973). The tree takes the edges that are expected to be taken most, and what remains to be counted lies where it costs
least. One more counter can be saved: how many instructions were executed altogether is known from the budget, and each
edge stands for a known number of them. So the most expensive counter of all, that of the hottest loop, is not needed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import TypeAlias

    Leak: TypeAlias = tuple[int, int, int]
    """A way from a node to node 0 that is seldom taken, always counted, and no edge: the node, the instructions that it
    stands for, how often it was taken.
    """


class Edge:
    """From node to node; taking it means `length` executed instructions, and `heat` is how often that is expected.

    No record, because there are hundreds in every region.
    """

    __slots__ = ("heat", "length", "source", "target")

    def __init__(self, source: int, target: int, length: int, heat: float) -> None:
        self.source = source
        self.target = target
        self.length = length
        self.heat = heat


class Flow:
    """Which edges of a graph to count, and what all counts are then. Nodes are numbers from 0; the graph is connected.

    `counted` are the positions of the edges that need a counter, the hottest first.
    """

    def __init__(self, edges: Sequence[Edge], least: float = 0.0) -> None:
        """The number of executed instructions saves a counter on an edge that is hotter than `least`."""
        self._edges = edges
        self._nodes = 1 + max(max(edge.source, edge.target) for edge in edges)
        by_heat = sorted(range(len(edges)), key=lambda number: -edges[number].heat)
        tree, others = self._spanning_tree(by_heat)
        self._order = self._leaves_first(tree)
        self.derived: int | None = None
        """The edge whose count follows from the number of executed instructions, if there is one."""
        self._derived_length = 0
        for number in others:
            if edges[number].heat <= least:
                break
            length = self._total(self._solve({number: 1}))
            if length:
                self.derived, self._derived_length = number, length
                break
        self.counted = [number for number in others if number != self.derived]

    def counts(self, counters: Mapping[int, int], instructions: int, leaks: Collection[Leak] = ()) -> list[int]:
        """The count of every edge. `counters` are those of the `counted` edges, `instructions` were executed."""
        counts = self._solve(counters, leaks)
        if self.derived is None:
            return counts
        instructions -= self._total(counts) + sum(length * times for _, length, times in leaks)
        return self._solve({**counters, self.derived: instructions // self._derived_length}, leaks)

    def _spanning_tree(self, by_heat: Sequence[int]) -> tuple[list[int], list[int]]:
        parents = list(range(self._nodes))

        def root(node: int) -> int:
            while parents[node] != node:
                parents[node] = node = parents[parents[node]]
            return node

        tree, others = [], []
        for number in by_heat:
            source, target = root(self._edges[number].source), root(self._edges[number].target)
            if source == target:
                others.append(number)
            else:
                parents[source] = target
                tree.append(number)
        return tree, others

    def _leaves_first(self, tree: Sequence[int]) -> list[tuple[int, int]]:
        """(edge of the tree, the node whose other edges are known by then) for every one of them."""
        at: list[list[int]] = [[] for _ in range(self._nodes)]
        for number in tree:
            at[self._edges[number].source].append(number)
            at[self._edges[number].target].append(number)
        order: list[tuple[int, int]] = []
        seen = {0}
        pending = [0]
        while pending:
            node = pending.pop()
            for number in at[node]:
                edge = self._edges[number]
                other = edge.target if edge.source == node else edge.source
                if other not in seen:
                    seen.add(other)
                    order.append((number, other))
                    pending.append(other)
        order.reverse()
        return order

    def _solve(self, known: Mapping[int, int], leaks: Collection[Leak] = ()) -> list[int]:
        counts = [0] * len(self._edges)
        surplus = [0] * self._nodes
        for node, _, times in leaks:
            surplus[node] -= times
            surplus[0] += times
        for number, count in known.items():
            edge = self._edges[number]
            counts[number] = count
            surplus[edge.target] += count
            surplus[edge.source] -= count
        for number, node in self._order:
            edge = self._edges[number]
            count = surplus[node] if edge.source == node else -surplus[node]
            counts[number] = count
            surplus[edge.target] += count
            surplus[edge.source] -= count
        return counts

    def _total(self, counts: Sequence[int]) -> int:
        return sum(edge.length * count for edge, count in zip(self._edges, counts, strict=True))
