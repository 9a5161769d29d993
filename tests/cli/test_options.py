"""Taking a command line apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emu.cli.options import Arguments, Command, Operand, Option, parse, read_number, usage
from emu.cli.status import HelpWanted, UsageError

COMMAND = Command(
    "cook",
    "Cooks.",
    options=(
        Option("verbose", "talk", short="v"),
        Option("quiet", "do not talk", short="q"),
        Option("salt", "how much", value="N", number=True, lowest=1, highest=0x1000),
        Option("define", "name", short="D", value="NAME", repeats=True),
        Option("how", "the way", value="HOW", choices=("boil", "fry")),
    ),
    operands=(Operand("DISH", "what"), Operand("GUEST", "who", optional=True)),
)
ANY_ORDER = COMMAND.replace(operands=(Operand("DISH", "what", repeats=True),))
OPTIONS_FIRST = COMMAND.replace(options_first=True, operands=(Operand("DISH", "what", repeats=True),))


def cook(*words: str, command: Command = COMMAND) -> Arguments:
    return parse(command, words)


def test_switches_are_off_until_given() -> None:
    arguments = cook("soup", "-v")
    assert arguments.switch("verbose")
    assert not arguments.switch("quiet")


@pytest.mark.parametrize("words", [("--salt", "16"), ("--salt=16",), ("--salt", "0x10"), ("--salt=0b10000",)])
def test_a_value_follows_after_a_space_or_an_equals_sign(words: tuple[str, ...]) -> None:
    assert cook("soup", *words).number("salt") == 16


@pytest.mark.parametrize("words", [("-D", "X=1"), ("-DX=1",), ("--define", "X=1"), ("--define=X=1",), ("-vDX=1",)])
def test_a_short_option_takes_the_rest_of_its_word(words: tuple[str, ...]) -> None:
    assert cook("soup", *words).texts("define") == ["X=1"]


def test_the_last_value_counts_unless_the_option_repeats() -> None:
    assert cook("soup", "--how=fry", "--how=boil").text("how") == "boil"
    assert cook("soup", "-D", "A", "-D", "B").texts("define") == ["A", "B"]
    assert cook("soup").text("how") is None


def test_options_may_stand_anywhere() -> None:
    assert cook("-v", "soup", "-q", "me").operands == ["soup", "me"]


def test_or_only_in_front_so_that_the_rest_goes_through_untouched() -> None:
    arguments = cook("-v", "soup", "-q", "--", "--nonsense", command=OPTIONS_FIRST)
    assert arguments.operands == ["soup", "-q", "--", "--nonsense"]
    assert not arguments.switch("quiet")


def test_two_dashes_end_the_options_and_one_dash_is_an_operand() -> None:
    assert cook("--", "-v").operands == ["-v"]
    assert cook("-").operands == ["-"]


@pytest.mark.parametrize("words", [("-h",), ("--help",), ("soup", "-vh"), ("--salt", "3", "--help")])
def test_help_is_understood_wherever_an_option_may_stand(words: tuple[str, ...]) -> None:
    with pytest.raises(HelpWanted):
        cook(*words)


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["soup", "--sat", "1"], "unknown option --sat", "did you mean --salt?"),
        (["soup", "--zzzz"], "unknown option --zzzz", "emu cook --help lists what there is"),
        (["soup", "-x"], "unknown option -x", "emu cook --help lists what there is"),
        (["soup", "-salt", "1"], "unknown option -s", "did you mean --salt?"),
        (["soup", "--salt"], "--salt needs a value: --salt N", ""),
        (["soup", "-D"], "-D needs a value: -D NAME", ""),
        (["soup", "--verbose=1"], "--verbose takes no value", ""),
        (["soup", "--salt=much"], "--salt needs a number, decimal or 0x hexadecimal, not 'much'", ""),
        (["soup", "--salt=0"], "--salt goes from 1 to 4096, not 0", ""),
        (["soup", "--salt=-5"], "--salt goes from 1 to 4096, not -5", ""),
        (["soup", "--how=boi"], "--how is one of boil, fry, not 'boi'", "did you mean boil?"),
        ([], "DISH is missing: emu cook [OPTIONS] DISH [GUEST]", "emu cook --help lists what there is"),
        (["a", "b", "c"], "unexpected 'c': emu cook [OPTIONS] DISH [GUEST]", "emu cook --help lists what there is"),
    ],
)
def test_what_is_wrong_is_named(words: list[str], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        cook(*words)
    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0), ("42", 42), ("007", 7), ("-1", -1), ("+1", 1), ("0x8000", 0x8000), ("0X8000", 0x8000), ("0b101", 5),
        ("0o17", 15), ("-0x10", -16), ("", None), ("-", None), ("0x", None), ("1_0", None), ("٣", None), ("1e3", None),
        ("0x1.8", None), (" 1", None), ("--1", None), ("9" * 5000, None),
    ],
)  # fmt: skip
def test_numbers(text: str, number: int | None) -> None:
    assert read_number(text) == number


@given(st.lists(st.text(max_size=8) | st.sampled_from(["-v", "--salt", "--salt=9", "-D", "--", "--how", "soup"])))
def test_any_words_parse_or_are_refused(words: list[str]) -> None:
    try:
        arguments = cook(*words, command=ANY_ORDER)
    except (UsageError, HelpWanted):
        return
    assert arguments.operands


def test_the_usage_line() -> None:
    assert usage(OPTIONS_FIRST) == "emu cook [OPTIONS] DISH..."
