"""Models of the samples about numbers."""

from __future__ import annotations

import math
import zlib
from fractions import Fraction

from tests.samples.models import Given, model, row, signed, text

WORD = 1 << 32


@model
def first_steps(given: Given) -> str:
    return f"sum:         {7 + 5}\ndifference:  {7 - 5}\nproduct:     {7 * 5}\neight times: {7 * 8}\n"


@model
def conditions(given: Given) -> str:
    def line(mark: int) -> str:
        grade = "excellent" if mark >= 80 else "a pass" if mark >= 50 else "not enough"
        return f"{mark} is {grade}, {'odd' if mark % 2 else 'even'}, {abs(mark - 50)} away from 50"

    return text(line(mark) for mark in (91, 75, 80, 50, 49, 0))


@model
def loops(given: Given) -> str:
    halves = [100 >> steps for steps in range(7)]
    stars = ["*" * size for size in range(1, 6)]
    return text([row(range(1, 11)), row(range(10, 0, -1)), row(halves), *stars])


@model
def fizzbuzz(given: Given) -> str:
    return text("Fizz" * (n % 3 == 0) + "Buzz" * (n % 5 == 0) or n for n in range(1, 31))


@model
def sieve(given: Given) -> str:
    primes = [n for n in range(2, 1000) if all(n % divisor for divisor in range(2, math.isqrt(n) + 1))]
    rows = ["".join(f"{prime:5}" for prime in primes[start : start + 14]) for start in range(0, len(primes), 14)]
    return text([*rows, f"{len(primes)} primes below 1000"])


def fibonacci_number(n: int) -> int:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


@model
def fibonacci(given: Given) -> str:
    last = max(n for n in range(100) if fibonacci_number(n) < 1 << 31)
    lines = [f"F({n}) = {fibonacci_number(n)}" for n in range(last + 1)]
    return text([*lines[:-1], f"{lines[-1]}, the last one that fits into 31 bits"])


@model
def factorial(given: Given) -> str:
    return text(f"{n}! = {math.factorial(n)}" for n in range(13))


@model
def factorial64(given: Given) -> str:
    assert math.factorial(20) < 1 << 64 <= math.factorial(21)
    return text(f"{n}! = {math.factorial(n)}" for n in range(1, 21))


@model
def big_numbers(given: Given) -> str:
    return f"100! = {math.factorial(100)}\nF(500) = {fibonacci_number(500)}\n"


@model
def gcd(given: Given) -> str:
    pairs = ((12, 18), (1071, 462), (17, 5), (100, 100), (46368, 28657))
    return text(f"gcd of {a} and {b} is {math.gcd(a, b)}" for a, b in pairs)


def divided(a: int, b: int) -> tuple[int, int]:
    """Quotient and remainder, rounded towards zero."""
    quotient = math.trunc(Fraction(a, b))
    return quotient, a - quotient * b


@model
def division(given: Given) -> str:
    pairs = ((100, 7), (7, 100), (-100, 7), (100, -7), (-100, -7), (2**31 - 1, 1), (-(2**31), 10))
    lines = ["{} / {} = {} remainder {}".format(a, b, *divided(a, b)) for a, b in pairs]
    return text([*lines, "5 / 0 cannot be done"])


def in_base(number: int, base: int) -> str:
    digit = "0123456789abcdefghijklmnopqrstuvwxyz"[number % base]
    return in_base(number // base, base) + digit if number >= base else digit


@model
def number_bases(given: Given) -> str:
    jobs = [(2024, 2), (2024, 3), (2024, 8), (2024, 10), (2024, 16), (2024, 36), (0, 7)]
    jobs += [(WORD - 1, base) for base in (2, 10, 36)]
    assert all(int(in_base(number, base), base) == number for number, base in jobs)
    return text(f"{in_base(number, base)} is the number in base {base}" for number, base in jobs)


@model
def long_arithmetic(given: Given) -> str:
    a, b, ones = 0x123456789ABCDEF0, 0x00000001CAFEBABE, WORD - 1

    def line(name: str, number: int) -> str:
        digits = f"{number % (1 << 64):016X}"
        return f"{name:15} = {digits[:8]}_{digits[8:]}"

    return text(
        [
            line("a", a),
            line("b", b),
            line("a + b", a + b),
            line("a - b", a - b),
            "a is lower than b" if a < b else "a is not lower than b",
            line("UMULL of all 1s", ones * ones),
            line("SMULL of all 1s", -1 * -1),
            line("a * b", a * b),
            line("sum of squares", sum(n * n for n in range(1000, 100001, 1000))),
        ]
    )


@model
def square_roots(given: Given) -> str:
    def fixed(number: int) -> str:
        return f"{number >> 16}.{(number & 0xFFFF) * 10000 >> 16:04}"

    one = 1 << 16
    numbers = [n * one for n in (1, 2, 3, 10, 100, 144, 65535)] + [one // 4, one // 2, 5 * one // 2, 0]
    return text(f"root of {fixed(n)} = {fixed(math.isqrt(n << 16))}" for n in numbers)


@model
def crc32(given: Given) -> str:
    fox = "The quick brown fox jumps over the lazy dog"
    return text(f"{zlib.crc32(t.encode()):08X}  {t}" for t in ("123456789", fox, fox.replace("fox", "foz"), ""))


@model
def random(given: Given) -> str:
    state = 2463534242

    def throw() -> int:
        nonlocal state
        state ^= state << 13 & WORD - 1
        state ^= state >> 17
        state ^= state << 5 & WORD - 1
        return state * 6 // WORD + 1

    first = [throw() for _ in range(20)]
    throws = [throw() for _ in range(6000)]
    bars = [f"{side} {throws.count(side)} {'#' * math.ceil(throws.count(side) / 25)}" for side in range(1, 7)]
    return text([row(first), *bars])


@model
def collatz(given: Given) -> str:
    def way(n: int) -> list[int]:
        numbers = [n]
        while n != 1:
            n = 3 * n + 1 if n % 2 else n // 2
            numbers.append(n)
        return numbers

    longest = max(range(1, 1000), key=lambda n: len(way(n)))
    return text([row(way(7)), f"{longest} takes {len(way(longest)) - 1} steps"])


@model
def roman(given: Given) -> str:
    places = (
        ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"),
        ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"),
        ("", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"),
        ("", "M", "MM", "MMM"),
    )
    years = (1, 4, 9, 14, 40, 99, 400, 476, 1066, 1492, 1789, 1969, 1985, 2024, 3999)

    def numeral(year: int) -> str:
        from_units = [place[int(digit)] for digit, place in zip(reversed(str(year)), places, strict=False)]
        return "".join(reversed(from_units))

    return text(f"{year} = {numeral(year)}" for year in years)


@model
def matrix(given: Given) -> str:
    left = [[1, 2, 3], [4, 5, 6], [7, 8, -9]]
    right = [[9, -8, 7], [6, 5, 40], [3, 2, -1]]
    product = [[sum(map(int.__mul__, line, column)) for column in zip(*right, strict=True)] for line in left]

    def shown(numbers: list[list[int]]) -> str:
        return text("".join(f"{number:6}" for number in line) for line in numbers)

    return shown(left) + "times\n" + shown(right) + "is\n" + shown(product)


@model
def mandelbrot(given: Given) -> str:
    one, columns, lines, rounds = 1 << 12, 64, 25, 30
    step_x, step_y = 3 * one // columns, 5 * one // 2 // (lines - 1)

    def character(x0: int, y0: int) -> str:
        x = y = count = 0
        while count < rounds and (x * x >> 12) + (y * y >> 12) <= 4 * one:
            x, y = (x * x >> 12) - (y * y >> 12) + x0, 2 * (x * y >> 12) + y0
            count += 1
        return "  ...,,,::::;;;;++++oooo%%%%@@#"[count]

    return text(
        "".join(character(-9 * one // 4 + column * step_x, (line - 12) * step_y) for column in range(columns))
        for line in range(lines)
    )


@model
def bit_counting(given: Given) -> str:
    def lines(n: int) -> str:
        ones, zeros = n.bit_count(), 32 - n.bit_length()
        power = ", a power of two" if math.log2(n).is_integer() else ""
        turned = int(f"{n:032b}"[::-1], 2)
        counts = f"ones: {ones} = {ones} = {ones}, parity {ones % 2}, leading zeros {zeros}"
        return f"{n:b}\n  {counts}, reversed {turned:b}{power}"

    return text(map(lines, (1, 12, 64, 0xFF, 0x12345678, 0x80000000, 0xFFFFFFFF)))


@model
def barrel_shifter(given: Given) -> str:
    word = 0x12345678
    lines = {
        "11 times 5": 11 * 5,
        "11 times 7": 11 * 7,
        "11 times 10": 11 * 10,
        "-21 / 8, rounded down": -21 // 8,
        "-21 / 8, rounded towards zero": math.trunc(-21 / 8),
        "absolute value of -21": abs(-21),
        "red, green and blue": "0x123456",
        "only the green": "0x34",
        "0x12345678 rotated by 8 bits": "0x78123456",
        "0x12345678 with bytes swapped": f"0x{int.from_bytes(word.to_bytes(4, 'big'), 'little'):x}",
        "0x300000002 halved, low word": f"0x{(0x300000002 >> 1) % WORD:x}",
        "twelve ones": f"0x{2**12 - 1:x}",
    }
    return text(f"{name:29} {value}" for name, value in lines.items())


@model
def flags(given: Given) -> str:
    pairs = [(5, 3), (3, 5), (7, 7), (0xFFFFFFFF, 1), (0x7FFFFFFF, 1), (0x80000000, 1), (0x80000000, 0x80000000)]

    def line(a: int, sign: str, b: int) -> str:
        exact = a + b if sign == "+" else a - b
        as_signed = signed(a) + signed(b) if sign == "+" else signed(a) - signed(b)
        result = exact % WORD
        n, z = signed(result) < 0, result == 0
        c = exact >= WORD if sign == "+" else exact >= 0
        v = as_signed != signed(result)
        letters = "".join(letter if flag else "-" for letter, flag in zip("NZCV", (n, z, c, v), strict=True))
        holds = {
            "EQ": z, "NE": not z, "CS": c, "CC": not c, "MI": n, "PL": not n, "VS": v, "VC": not v,
            "HI": c and not z, "LS": z or not c,
            "GE": as_signed >= 0, "LT": as_signed < 0, "GT": as_signed > 0, "LE": as_signed <= 0,
        }  # fmt: skip
        if sign == "-" and a != b:
            assert (holds["HI"], holds["GT"]) == (a > b, signed(a) > signed(b))
        return f"{a:x} {sign} {b:x} = {result:x}  {letters} " + "".join(f" {name}" for name in holds if holds[name])

    return text(line(a, sign, b) for a, b in pairs for sign in "+-")
