"""Every sample says what it shows, assembles without a warning, runs on every engine, and prints what stands beside it.

`NAME.s` is the program and `NAME.out` its expected output, `NAME.in` its input if it reads any, `NAME.args` its
arguments as in a shell, `NAME.err` what it writes to the standard error, and `NAME.status` its exit status if that is
not 0. Where the output can be worked out, tests/samples has a model in Python that does so.
"""

from __future__ import annotations

import math
import re
import shlex
from functools import cache
from pathlib import Path

import pytest
from attrs import field, frozen
from hypothesis import assume, given
from hypothesis import strategies as st

from emu.host.performer import HostPerformer
from emu.host.stdio import Stdio
from emu.isa.analysis.formatter import format_source
from emu.isa.assembler import assemble
from emu.isa.machine import Machine
from emu.isa.stops import Halted
from emu.services.driver import drive
from emu.services.effects import AwaitInput, Effect, Stream, Write
from emu.services.services import Services
from tests.cli.command import SAMPLES, emu
from tests.samples import dialogues, numbers, structures
from tests.samples.models import Given, models_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.assembler import Assembly
    from emu.services.driver import DriveStop
    from emu.services.effects import Answer

PROGRAMS = sorted(SAMPLES.glob("*.s"))
MODELS = models_of(dialogues, numbers, structures)

PATIENCE = 1_000_000
"""Instructions after which a sample counts as hanging."""

INTERPRETED = 300_000
"""The longest samples, in instructions, that the interpreter is made to run."""

FIXED = {"hello", "debugging", "exit_status", "literal_pools"}
"""Samples whose output is a fixed text, or the layout of the program itself: a model could only repeat it."""

sample = pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)


def beside(program: Path, ending: str) -> bytes:
    """The contents of a file that belongs to a sample, empty if there is none."""
    path = program.with_suffix(ending)
    return path.read_bytes() if path.exists() else b""


def started_with(program: Path) -> Given:
    """What the sample is started with."""
    return Given(beside(program, ".in"), tuple(shlex.split(beside(program, ".args").decode())))


def exit_status(program: Path) -> int:
    """The exit status that the sample ends with."""
    return int(beside(program, ".status") or b"0")


@cache
def assembled(program: Path) -> Assembly:
    """A sample, assembled as it stands."""
    return assemble(program.read_bytes(), program.name)


@frozen
class Run:
    """What became of a sample."""

    stop: DriveStop
    instructions: int
    out: bytes
    err: bytes


@frozen
class Console:
    """Keeps what is written, hands the input over when it is asked for, and leaves all else to the host."""

    services: Services
    host: HostPerformer
    input: bytes
    written: dict[Stream, bytearray] = field(factory=lambda: {stream: bytearray() for stream in Stream})

    def __call__(self, effect: Effect) -> Answer:
        if isinstance(effect, Write):
            self.written[effect.stream] += effect.data
            return None
        if isinstance(effect, AwaitInput):
            self.services.console.feed(self.input)
            self.services.console.close()
            return None
        return self.host(effect)


def run(program: Path, engine: str, limit: int, files: Path, start: Given | None = None) -> Run:
    """Runs a sample for at most `limit` instructions, with its files in the directory `files`."""
    assembly = assembled(program)
    assert assembly.program is not None
    start = start or started_with(program)
    machine = Machine(engine=engine)
    machine.load(assembly.program)
    services = Services([word.encode() for word in start.arguments])
    services.prepare(machine, machine.layout.stack_start())
    console = Console(services, HostPerformer(Stdio(services.console), str(files)), start.input)
    stop = drive(machine, services, console, limit)
    out, err = (bytes(console.written[stream]) for stream in (Stream.STDOUT, Stream.STDERR))
    return Run(stop, machine.instructions, out, err)


def test_there_is_something_to_choose_from() -> None:
    assert len(PROGRAMS) >= 34


@sample
def test_a_sample_assembles_without_a_word_of_complaint(program: Path) -> None:
    assert assembled(program).diagnostics == ()


@sample
def test_a_sample_prints_what_stands_beside_it(program: Path, tmp_path: Path) -> None:
    found = run(program, "python", PATIENCE, tmp_path)
    assert found.out == program.with_suffix(".out").read_bytes()
    assert found.err == beside(program, ".err")
    assert found.stop == Halted(exit_status(program))


@sample
def test_the_interpreter_comes_to_the_same_end(program: Path, tmp_path: Path) -> None:
    translated = run(program, "python", PATIENCE, tmp_path)
    limit = PATIENCE if translated.instructions <= INTERPRETED else INTERPRETED
    assert run(program, "interpreter", limit, tmp_path) == run(program, "python", limit, tmp_path)


@sample
def test_a_sample_does_the_same_on_the_command_line(program: Path, tmp_path: Path) -> None:
    start = started_with(program)
    result = emu("run", "--fsroot", tmp_path, "--seed", "1", program, *start.arguments, stdin=start.input)
    assert result.out == program.with_suffix(".out").read_bytes()
    assert (result.status, result.err) == (exit_status(program), beside(program, ".err").decode())


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_expected_output_is_right(name: str) -> None:
    program = SAMPLES / f"{name}.s"
    assert program.with_suffix(".out").read_bytes().decode() == MODELS[name](started_with(program))


def test_all_other_outputs_are_fixed_texts() -> None:
    assert {program.stem for program in PROGRAMS} == MODELS.keys() | FIXED


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("big_numbers", {"LENGTH, 40": "LENGTH, 100", "R4, #100": "R4, #200"}, f"100! = {math.factorial(200)}\n"),
        ("caesar", {"KEY, 3": "KEY, 13"}, "Irav, ivqv, ivpv! Klybcubar & Mroen 2024\n"),
        ("collatz", {"LIMIT, 1000": "LIMIT, 10000"}, "6171 takes 261 steps\n"),
        ("conditional_assembly", {"CUBES, 0": "CUBES, 1"}, "\n0 1 8 27 64 125 216 343 512 729 1000 1331 \n"),
        ("factorial", {"LAST, 12": "LAST, 13"}, f"13! = {math.factorial(13) % 2**32}\n"),
        ("fizzbuzz", {"LAST, 30": "LAST, 50"}, "\n49\nBuzz\n"),
        ("hanoi", {"DISCS, 4": "DISCS, 7"}, "127 moves\n"),
        ("hash_table", {"BUCKETS, 8": "BUCKETS, 4"}, "bucket 3: "),
        ("queens", {"SIZE, 8": "SIZE, 6"}, "4 solutions\n"),
        ("queens", {"SIZE, 8": "SIZE, 9"}, "352 solutions\n"),
        ("queue", {"SIZE, 16": "SIZE, 64", "PLAYERS, 10": "PLAYERS, 41"}, "31 wins\n"),
        ("sieve", {"LIMIT, 1000": "LIMIT, 2000"}, "303 primes below 2000\n"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isidentifier() else "",
)
def test_what_a_sample_suggests_to_try_works(name: str, changes: dict[str, str], expected: str, tmp_path: Path) -> None:
    source = (SAMPLES / f"{name}.s").read_text(encoding="utf-8")
    for old, new in changes.items():
        assert source.count(old) == 1
        source = source.replace(old, new)
    changed = tmp_path / "changed.s"
    changed.write_text(source, encoding="utf-8")
    result = run(changed, "python", 10 * PATIENCE, tmp_path)
    assert result.stop == Halted(0)
    assert expected in result.out.decode()


def test_a_pool_out_of_reach_is_an_error_with_a_way_out() -> None:
    whole, second, rest = (SAMPLES / "literal_pools.s").read_text(encoding="utf-8").rpartition("        .ltorg ")
    assembly = assemble(whole + ";" + second + rest, "literal_pools.s")
    assert assembly.program is None
    assert {(found.code, ".ltorg" in (found.hint or "")) for found in assembly.diagnostics} == {("offset", True)}


def agrees(name: str, typed: str, nowhere: Path = Path("/nonexistent")) -> bool:
    """Whether a sample and its model make the same of an input."""
    start = Given(typed.encode())
    found = run(SAMPLES / f"{name}.s", "python", PATIENCE, nowhere, start)
    return found.stop == Halted(0) and found.out.decode() == MODELS[name](start)


@given(st.text("012+-*/%() ", min_size=1, max_size=12))
def test_the_calculator_understands_any_line(line: str) -> None:
    assume(not re.search("[0-9]{4}", line))  # numbers stay within 31 bits
    assert agrees("calculator", line)


@given(st.lists(st.integers(1, 10), max_size=9))
def test_the_game_of_three_in_a_row_goes_by_its_rules(places: list[int]) -> None:
    assert agrees("tic_tac_toe", "".join(f"{place}\n" for place in places))


@given(st.integers(-(2**31), 2**31 - 1), st.lists(st.integers(1, 100), max_size=8))
def test_the_guessing_game_never_cheats(lucky: int, guesses: list[int]) -> None:
    assert agrees("guessing_game", "".join(f"{number}\n" for number in [lucky, *guesses, 0]))


@given(st.text("ab \n\t", max_size=40))
def test_words_are_counted_in_any_text(typed: str) -> None:
    assert agrees("word_count", typed)


@given(st.lists(st.text("abAB ,!", max_size=12), max_size=3))
def test_palindromes_are_recognised_in_any_line(lines: list[str]) -> None:
    assert agrees("palindromes", "\n".join(lines))


@sample
def test_a_sample_introduces_itself(program: Path) -> None:
    header = program.read_text(encoding="utf-8").split("\n\n", 1)[0].splitlines()
    assert re.fullmatch(rf"; {re.escape(program.name)} - \S.{{8,70}}[^.]", header[0])
    assert all(line.startswith(";") for line in header)
    for topic in ("Shows", "Try", "Run"):
        assert sum(line.startswith(f"; {topic}: ") for line in header) == 1, topic
    assert f"emu run samples/{program.name}" in "\n".join(header)


@sample
def test_a_sample_is_laid_out_as_the_formatter_does(program: Path) -> None:
    source = program.read_bytes()
    assert format_source(source, program.name).text == source


@sample
def test_a_sample_reads_well(program: Path) -> None:
    lines = program.read_text(encoding="utf-8").splitlines()
    assert all(len(line) <= 120 and line == line.rstrip() and "\t" not in line for line in lines)
    code = "\n".join(line for line in lines if not line.startswith(";"))
    for name in re.findall(r"^ +\.equ +(\w+),", code, re.MULTILINE):
        assert len(re.findall(rf"\b{name}\b", code)) > 1, f"{name} is never used"


def test_every_file_of_the_folder_belongs_to_a_sample() -> None:
    known = {program.stem for program in PROGRAMS}
    endings = {".s", ".out", ".in", ".args", ".err", ".status"}
    strays = [
        path.name
        for path in SAMPLES.iterdir()
        if path.name not in ("README.md", "c") and (path.suffix not in endings or path.stem not in known)
    ]
    assert strays == []


def test_the_table_of_contents_names_every_sample() -> None:
    contents = (SAMPLES / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| \[(\w+\.s)\]\(\1\) \|", contents, re.MULTILINE)) == [path.name for path in PROGRAMS]


def test_a_switch_chooses_another_program() -> None:
    german = emu("run", "-D", "GERMAN", SAMPLES / "conditional_assembly.s")
    assert german.out.startswith(b"Quadratzahlen, berechnet vom Assembler:\n0 1 4 9 16 ")
    traced = emu("run", "-D", "TRACE", SAMPLES / "conditional_assembly.s")
    assert b"\n0 <12>1 <11>4 <10>9 " in traced.out


def test_a_sample_with_the_right_argument_is_content() -> None:
    result = emu("run", SAMPLES / "exit_status.s", "world")
    assert (result.status, result.out, result.err) == (0, b"Hello, world!\n", "")


def test_cat_copies_the_files_it_is_told_to_and_remembers_a_missing_one(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "two").write_bytes(b"end")
    result = emu("run", "--fsroot", tmp_path, SAMPLES / "cat.s", "one", "none", "two")
    assert result.out == bytes(range(256)) * 9 + b"end"
    assert (result.status, result.err) == (1, "cat: cannot open none\n")
