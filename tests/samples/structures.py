"""Models of the samples about arrays, lists, trees and other structures, and about how programs are put together."""

from __future__ import annotations

import struct
from collections import deque
from functools import reduce

from attrs import evolve, frozen

from tests.samples.models import Given, model, row, text


@model
def bubble_sort(given: Given) -> str:
    numbers = [42, -7, 19, 0, 88, 3, 42, -15, 61, 8]
    lines = [row(numbers)]
    for last in range(len(numbers) - 1, 0, -1):
        before = list(numbers)
        for i in range(last):
            numbers[i : i + 2] = sorted(numbers[i : i + 2])
        if numbers == before:
            break
        lines.append(row(numbers))
    assert numbers == sorted(numbers)
    return text(lines)


@model
def insertion_sort(given: Given) -> str:
    return text(
        sorted(
            "Alan Turing,Sophie Wilson,Ada Lovelace,Grace Hopper,Steve Furber,"
            "Konrad Zuse,Emmy Noether,Margaret Hamilton,Alan,Donald Knuth".split(",")
        )
    )


@model
def quicksort(given: Given) -> str:
    numbers = [503, 87, 512, 61, 908, 170, 897, 275, 653, -426, 154, 509, 612, 677, -765, 703, 61, 0, 1000, -1]
    return text(["before: " + row(numbers).strip(), "after:  " + row(sorted(numbers)).strip()])


@model
def binary_search(given: Given) -> str:
    table = [n for n in range(2, 128) if all(n % divisor for divisor in range(2, n))]

    def search(wanted: int, low: int, high: int, steps: int) -> str:
        if low > high:
            return f"{wanted}: not there, after {steps} steps"
        middle = (low + high) // 2
        if table[middle] == wanted:
            return f"{wanted}: found at index {middle}, after {steps + 1} steps"
        low, high = (middle + 1, high) if table[middle] < wanted else (low, middle - 1)
        return search(wanted, low, high, steps + 1)

    return text(search(wanted, 0, len(table) - 1, 0) for wanted in (19, 2, 127, 64, 97, 1000, -5))


@model
def linked_list(given: Given) -> str:
    numbers = range(1, 11)
    lists = (reversed(numbers), numbers, numbers[1::2], ())
    return text(" -> ".join(map(str, values)) or "(empty)" for values in lists)


@frozen
class Node:
    value: int
    left: Node | None = None
    right: Node | None = None


def planted(tree: Node | None, value: int) -> Node:
    """The tree with a value more, unless it is there already."""
    if tree is None:
        return Node(value)
    if value < tree.value:
        return evolve(tree, left=planted(tree.left, value))
    return evolve(tree, right=planted(tree.right, value)) if value > tree.value else tree


def levels(tree: Node | None, level: int = 1) -> dict[int, int]:
    """The level of each value, in descending order of the values."""
    if tree is None:
        return {}
    return levels(tree.right, level + 1) | {tree.value: level} | levels(tree.left, level + 1)


@model
def binary_tree(given: Given) -> str:
    values = [50, 25, 75, 10, 30, 60, 90, 27, 65, 25, 5, 95]
    tree: Node | None = None
    for value in values:
        tree = planted(tree, value)
    drawing = levels(tree)
    return text(
        [
            "in order: " + row(sorted(set(values))).strip(),
            f"levels: {max(drawing.values())}",
            "the tree, from its right side:",
            *(" " * (4 * level) + str(value) for value, level in drawing.items()),
        ]
    )


@model
def stack(given: Given) -> str:
    def balanced(line: str) -> bool:
        brackets = "".join(character for character in line if character in "()[]{}")
        while brackets != (fewer := brackets.replace("()", "").replace("[]", "").replace("{}", "")):
            brackets = fewer
        return not brackets

    lines = ("a[i] = (b + c) * {d}", "((x)", "[(])", "no brackets at all", "{[()]([]{})}", "too many )")
    return text(f"{line}  is {'balanced' if balanced(line) else 'NOT balanced'}" for line in lines)


@model
def queue(given: Given) -> str:
    players, lines = deque(range(1, 11)), []
    while len(players) > 1:
        players.rotate(-2)
        lines.append(f"{players.popleft()} leaves")
    return text([*lines, f"{players[0]} wins"])


@model
def hash_table(given: Given) -> str:
    words = (
        "a sailor went to sea sea sea to see what he could see see see "
        "but all that he could see see see was the bottom of the deep blue sea sea sea"
    ).split()

    def bucket(word: str) -> int:
        return reduce(lambda h, character: h * 31 + character, word.encode(), 0) % 8

    newest_first = list(reversed(dict.fromkeys(words)))
    return text(
        f"bucket {n}:" + "".join(f" {word}={words.count(word)}" for word in newest_first if bucket(word) == n)
        for n in range(8)
    )


@model
def hanoi(given: Given) -> str:
    def moves(disc: int, start: str, end: str, other: str) -> list[str]:
        if disc == 0:
            return []
        this = f"disc {disc} from {start} to {end}"
        return [*moves(disc - 1, start, other, end), this, *moves(disc - 1, other, end, start)]

    lines = moves(4, "A", "C", "B")
    return text([*lines, f"{len(lines)} moves"])


@model
def queens(given: Given) -> str:
    def solutions(placed: tuple[int, ...]) -> list[tuple[int, ...]]:
        if len(placed) == 8:
            return [placed]
        free = [
            column
            for column in range(8)
            if all(column != other and abs(column - other) != len(placed) - line for line, other in enumerate(placed))
        ]
        return [solution for column in free for solution in solutions((*placed, column))]

    found = solutions(())
    board = [row("Q" if column == queen else "." for column in range(8)) for queen in found[0]]
    return text([*board, f"{len(found)} solutions"])


@model
def calling_convention(given: Given) -> str:
    weighted = sum(n * n for n in range(1, 7))
    numbers = (weighted, 0, 7, 999, 1000, 65536, 1234567, 4294967295)
    return text([*(f"{number:,}" for number in numbers), "SP = 0x50000"])


@model
def jump_table(given: Given) -> str:
    results = {"+": 12 + 5, "-": 12 - 5, "*": 12 * 5, "&": 12 & 5, "|": 12 | 5, "^": 12 ^ 5}
    days = ["it begins", "work", "work", "work", "nearly done", "free", "free"]
    return text([*(f"12 {sign} 5 = {results[sign]}" for sign in results), "no such operation: -1", *days])


@model
def function_pointers(given: Given) -> str:
    numbers = [3, -1, 4, -1, 5, -9, 2, 6]
    squares = [number**2 for number in numbers]
    facts = [f"the sum is {sum(numbers)}", f"the largest is {max(numbers)}"]
    return text([row(numbers), *facts, row(squares), row(square // 2 for square in squares)])


@model
def self_modifying(given: Given) -> str:
    return text([row(range(0, 15, 3)), 100 + 7, 100 - 7, 100 * 7, 7 - 100, 42 * 10])


@model
def virtual_machine(given: Given) -> str:
    product, lines = 1, []
    for n in range(1, 11):
        product *= n
        lines.append(f"{n}! {product}")
    return text(lines)


@model
def macros(given: Given) -> str:
    table = ["".join(f"{a * b}\t" for b in range(1, 10)) for a in range(1, 6)]
    return text(["a multiplication table", *table, "R7 = 420", "R9 = 7", "R10 = 8"])


@model
def conditional_assembly(given: Given) -> str:
    return text(["squares, computed by the assembler:", row(n * n for n in range(12))])


@model
def addressing_modes(given: Given) -> str:
    memory = struct.pack("<5iI", 10, 20, 30, 40, 50, 0xFEDCBA98)

    def load(form: str, at: int) -> int:
        value: int = struct.unpack_from(f"<{form}", memory, at)[0]
        return value

    tour = [
        ("LDR   [R4]", load("i", 0), 0),
        ("LDR   [R4, #8]", load("i", 8), 0),
        ("LDR   [R4, R5, LSL #2]", load("i", 3 * 4), 0),
        ("LDR   [R4, #4]!", load("i", 4), 4),
        ("LDR   [R4], #4", load("i", 4), 8),
        ("LDR   [R4, #-8]", load("i", 0), 8),
        ("LDR   [R4], R5, LSL #2", load("i", 8), 16),
        ("LDR   [R4, -R5, LSL #2]!", load("i", 8), 8),
        ("LDR   table", load("i", 0), 8),
        ("LDRB  [R4]", load("B", 20), 20),
        ("LDRSB [R4]", load("b", 20), 20),
        ("LDRH  [R4, #2]", load("H", 22), 20),
        ("LDRSH [R4, #2]", load("h", 22), 20),
        ("LDRB  [R4, #3]!", load("B", 23), 23),
    ]
    return text(f"{name:25} gives {value},  R4 = table + {distance}" for name, value, distance in tour)


@model
def block_transfer(given: Given) -> str:
    middle, moved = 3, {"STMIA": (0, 0), "STMIB": (1, 0), "STMDA": (-2, 0), "STMDB": (-3, -12)}

    def line(name: str) -> str:
        first, base = moved[name]
        area = [0] * 7
        area[middle + first : middle + first + 3] = [1, 2, 3]
        return f"{name}: {row(area)} base moved by {base}"

    words = "eight registers carry 32 bytes at a time, and the rest goes by words and bytes"
    return text([*map(line, moved), "exchanged: 20 10", words, words[:4] + "." * 11 + words[15:]])
