"""Models of the samples about texts, input, files and games."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path

from tests.samples.models import Given, model, row, text
from tests.samples.numbers import divided

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@model
def strings(given: Given) -> str:
    words = "Reduced instruction set: 32 bits, 16 registers!"
    orders = ["apple < apricot", "apricot > apple", "apple = apple", "app < apple"]
    return text([words, f"{len(words)} characters", words[::-1], words.upper(), *orders])


@model
def palindromes(given: Given) -> str:
    def line(words: str) -> str:
        letters = [character for character in words.lower() if character.isalpha()]
        return f"{'yes: ' if letters == letters[::-1] else 'no:  '}{words}"

    return text(line(words) for words in given.lines() if words)


@model
def word_count(given: Given) -> str:
    counts = given.input.count(b"\n"), len(given.input.split()), len(given.input)
    return "{} lines\n{} words\n{} characters\n".format(*counts)


@model
def caesar(given: Given) -> str:
    words = "Veni, vidi, vici! Xylophone & Zebra 2024"
    small, large = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    key = str.maketrans(small + large, small[3:] + small[:3] + large[3:] + large[:3])
    return text([words, words.translate(key), words])


@model
def unicode(given: Given) -> str:
    words = "Grüße, 世界 😀!"
    greek = "αβγδεζηθικλμνξοπρςστυφχψω"
    codes = row(f"{ord(character):x}" for character in words)
    return text([greek, words, codes, f"{len(words)} characters in {len(words.encode())} bytes"])


@model
def cat(given: Given) -> str:
    return given.input.decode()


@model
def echo(given: Given) -> str:
    lines = given.lines()
    heard = lines[: lines.index("bye")]
    numbered = [f"{number}: {line}" for number, line in enumerate(heard, 1)]
    return text(["Say something. I stop at `bye`.", *numbered, "Goodbye!"])


@model
def arguments(given: Given) -> str:
    def is_number(word: str) -> bool:
        return re.fullmatch("-?[0-9]+", word) is not None

    shown = [f"  {word}{'' if is_number(word) else ' (no number)'}" for word in given.arguments]
    total = sum(int(word) for word in given.arguments if is_number(word))
    return text([f"{len(given.arguments)} arguments", *shown, f"the numbers add up to {total}"])


@model
def files(given: Given) -> str:
    lines = ["The first line.", "Second line.", "A third one, appended."]
    found = ["found again: Second", "cannot open no_such_file.txt"]
    return text([f"{len(text(lines))} bytes:", *lines, *found])


@model
def guessing_game(given: Given) -> str:
    lucky, *guesses = map(int, given.lines())
    secret = (lucky * 1664525 + 1013904223) % 2**32 * 100 // 2**32 + 1
    said = "Your lucky number? I have a number from 1 to 100 in mind. (0 gives up.)\n"
    for tries, guess in enumerate(guesses, 1):
        said += "Your guess? "
        if guess == secret:
            return f"{said}That is it! You needed {tries} guesses.\n"
        if guess == 0:
            break
        said += "too low\n" if guess < secret else "too high\n"
    return f"{said}It was {secret}.\n"


class Mistake(Exception):
    """Something that the calculator complains about, with the column."""


def calculated(line: str) -> int:
    """The value of an expression, by shunting signs and values on two stacks. Raises Mistake."""
    values: list[int] = []
    signs: list[str] = []
    rank = {"(": 0, "+": 1, "-": 1, "*": 2, "/": 2, "%": 2, "negative": 3}
    end = 0

    def apply() -> None:
        sign = signs.pop()
        right = values.pop()
        if sign == "negative":
            values.append(-right)
            return
        if sign in "/%" and right == 0:
            raise Mistake(end, "nothing can be divided by zero")
        left = values.pop()
        quotient, remainder = divided(left, right) if right else (0, 0)
        values.append({"+": left + right, "-": left - right, "*": left * right, "/": quotient, "%": remainder}[sign])

    wants_value = True
    for token in re.finditer(r"\s*([0-9]+|\S|$)", line):
        word, at = token[1], token.start(1)
        if wants_value:
            end = token.end(1)
            if word.isdigit():
                values.append(int(word))
                wants_value = False
            elif word == "-":
                signs.append("negative")
            elif word == "(":
                signs.append("(")
            else:
                raise Mistake(at, "a number is missing")
            continue
        while signs and rank[signs[-1]] >= (rank[word] if word in "+-*/%" and word else 1):
            apply()
        if word == ")" and signs:
            signs.pop()
            end = token.end(1)
        elif word and word in "+-*/%":
            signs.append(word)
            wants_value = True
        elif signs:
            raise Mistake(at, "a closing bracket is missing")
        elif word:
            raise Mistake(at, "something is wrong")
        else:
            break
    return values[0]


@model
def calculator(given: Given) -> str:
    said = ""
    for line in given.lines():
        if not line:
            continue
        try:
            said += f"{line} = {calculated(line)}\n"
        except Mistake as mistake:
            column, reason = mistake.args
            verb = reason if reason.startswith("nothing") else f"here {reason}"
            said += f"{line}\n{' ' * column}^ {verb}\n"
    return said


@model
def life(given: Given) -> str:
    width, height = 16, 8
    living = {(x, y) for x, y in ((1, 0), (2, 1), (0, 2), (1, 2), (2, 2), (10, 1), (11, 1), (12, 1))}
    living |= {(10, 4), (11, 4), (10, 5), (11, 5)}
    said = ""
    for generation in range(6):
        said += f"generation {generation}\n"
        said += text("".join(".#"[(x, y) in living] for x in range(width)) for y in range(height))
        # each living cell is near itself too: it lives on with a count of 3 or 4
        near = [((x + dx) % width, (y + dy) % height) for x, y in living for dx in (-1, 0, 1) for dy in (-1, 0, 1)]
        born = {cell for cell in near if near.count(cell) == 3}
        living = born | {cell for cell in living if near.count(cell) == 4}
    return said


@model
def maze(given: Given) -> str:
    source = (SAMPLES / "maze.s").read_text(encoding="utf-8")
    plan = [list(line) for line in re.findall(r'"(#.*#)\\n"', source)]
    place = {character: (y, x) for y, line in enumerate(plan) for x, character in enumerate(line)}
    ways: deque[list[tuple[int, int]]] = deque([[place["S"]]])
    seen = {place["S"]}
    while ways[0][-1] != place["E"]:
        way = ways.popleft()
        y, x = way[-1]
        for step in ((y, x + 1), (y, x - 1), (y + 1, x), (y - 1, x)):
            if plan[step[0]][step[1]] != "#" and step not in seen:
                seen.add(step)
                ways.append([*way, step])
    for y, x in ways[0][1:-1]:
        plan[y][x] = "."
    return text(["".join(line) for line in plan] + [f"{len(ways[0]) - 1} steps"])


@model
def tic_tac_toe(given: Given) -> str:
    board = list("123456789")
    lines = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]

    def shown() -> str:
        return text("".join(f" {place}" for place in board[start : start + 3]) for start in (0, 3, 6))

    def finishing(player: str) -> list[int]:
        """The free places that complete a line, in the order of the lines."""
        found = []
        for line in lines:
            free = [place for place in line if board[place].isdigit()]
            if len(free) == 1 and sum(board[place] == player for place in line) == 2:
                found += free
        return found

    def won(player: str) -> bool:
        return any(all(board[place] == player for place in line) for line in lines)

    said = shown()
    for number in map(int, given.lines()):
        said += "Your place? "
        if number == 0:
            return said + "See you.\n"
        if str(number) not in board:
            said += "That is not a free place.\n"
            continue
        board[number - 1] = "X"
        if won("X"):
            return said + shown() + "You win!\n"
        free = [place for place in (4, 0, 2, 6, 8, 1, 3, 5, 7) if board[place].isdigit()]
        if not free:
            return said + shown() + "Nobody wins.\n"
        board[(finishing("O") + finishing("X") + free)[0]] = "O"
        said += shown()
        if won("O"):
            return said + "I win!\n"
    return said + "Your place? See you.\n"
