"""What was probably meant: names within a small edit distance."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_CANDIDATES = 5000
_LONGEST = 64


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """`did you mean NAME?` for the candidate nearest to `word`, or None if none is near."""
    found = nearest(word, candidates)
    return f"did you mean {found}?" if found is not None else None


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate with the smallest edit distance to `word`, within reason; letter case counts half."""
    if len(word) > _LONGEST:
        return None
    allowed = 1 if len(word) <= 3 else 2 if len(word) <= 6 else 3
    best: str | None = None
    best_cost: tuple[int, bool] = 2 * allowed + 1, False
    for count, candidate in enumerate(candidates):
        if count == _MOST_CANDIDATES:
            break
        if abs(len(candidate) - len(word)) > allowed or candidate == word:
            continue
        distance = _cost(word, candidate)
        cost = distance, not word.startswith(candidate)
        if cost < best_cost and distance < 2 * max(len(word), len(candidate)):
            best, best_cost = candidate, cost
    return best


def _cost(left: str, right: str) -> int:
    """Twice the number of insertions, deletions, replacements and swaps; 1 for a change of letter case."""
    before: list[int] = []
    previous = [2 * column for column in range(len(right) + 1)]
    for row, a in enumerate(left):
        current = [2 * row + 2]
        for column, b in enumerate(right):
            change = 0 if a == b else 1 if a.lower() == b.lower() else 2
            cost = min(previous[column] + change, previous[column + 1] + 2, current[column] + 2)
            if row and column and a == right[column - 1] and left[row - 1] == b:
                cost = min(cost, before[column - 1] + 2)
            current.append(cost)
        before, previous = previous, current
    return previous[-1]
