"""Transcripts of the debugger's commands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emu.debugger import helping
from emu.debugger.interface import Turn
from emu.services.effects import AwaitInput
from tests.debugger.conversation import Conversation
from tests.isa.assembly import program

ADDING = """
_start: MOV   R4, #0
loop:   CMP   R4, #3
        BGE   done
        MOV   R0, R4
        BL    add
        ADD   R4, R4, #1
        B     loop
done:   MOV   R0, #9
        SWI   #0
add:    PUSH  {R4, LR}
        LDR   R1, =total
        LDR   R2, [R1]
        ADDS  R2, R2, R0
        STR   R2, [R1]
        POP   {R4, PC}
        .align 2
total:  .word 0
text:   .asciz "say \\"hi\\"\\n"
"""
START, LOOP, DONE, ADD, TOTAL = 0x8000, 0x8004, 0x801C, 0x8024, 0x803C


@pytest.fixture
def talk() -> Conversation:
    return Conversation(ADDING)


def stopped(why: str, address: int) -> str:
    return f"Stopped: {why} at PC=0x{address:08X}"


def test_nothing_runs_before_it_is_told_to(talk: Conversation) -> None:
    assert talk.say("continue") == "Error: program is not running"
    assert talk.machine.instructions == 0
    assert talk.say("run") == "Starting program execution...\nProgram exited with code 9"
    assert talk.transcript("c", "step", "next", "until loop") == ["Error: program is not running"] * 4
    assert talk.say("RUN").endswith("Program exited with code 9")


def test_steps(talk: Conversation) -> None:
    assert talk.say("step") == stopped("single step", LOOP)
    assert talk.say("") == stopped("single step", LOOP + 4)
    assert talk.say("s 3") == stopped("single step", ADD)
    assert talk.say("si 2+1") == stopped("single step", ADD + 12)
    assert talk.say("s 0") == "Error: count must be at least 1"
    assert talk.say("s 1000") == "Program exited with code 9"


def test_next_and_finish_know_calls_through_pointers() -> None:
    talk = Conversation(
        "_start: LDR R3, =twice\n MOV LR, PC\n BX R3\n SWI #0\ntwice: ADD R0, R0, R0\n MOV PC, LR\n BL twice\n"
    )
    assert talk.say("s 2") == stopped("single step", 0x8008)
    assert talk.say("next") == stopped("step over complete", 0x800C)
    assert talk.say("reset") == "VM reset"
    assert talk.say("s 3") == stopped("single step", 0x8010)
    assert talk.say("finish") == stopped("function returned", 0x800C)


def test_next_runs_calls_and_finish_leaves_them(talk: Conversation) -> None:
    assert talk.say("next 4") == stopped("single step", 0x8010)
    assert talk.say("n") == stopped("step over complete", 0x8014)
    assert talk.say("finish") == "Error: not in a function"
    assert talk.transcript("tb add", "c") == [
        "Temporary breakpoint 1 at 0x00008024",
        f"Continuing...\n{stopped('breakpoint 1', ADD)}",
    ]
    assert talk.say("fin") == stopped("function returned", 0x8014)
    assert talk.say("until done") == stopped("place reached", DONE)


def test_next_stops_at_a_breakpoint_in_the_call(talk: Conversation) -> None:
    talk.transcript("break add+4", "n 4")
    assert talk.say("next") == stopped("breakpoint 1", ADD + 4)


def test_breakpoints(talk: Conversation) -> None:
    assert talk.say("info b") == "No breakpoints"
    assert talk.say("break add") == "Breakpoint 1 at 0x00008024"
    assert talk.say("b loop if r4 == 2") == "Breakpoint 2 at 0x00008004 (condition: r4 == 2)"
    assert talk.say("tbreak 0x801C") == "Temporary breakpoint 3 at 0x0000801C"
    assert talk.say("run").endswith(stopped("breakpoint 1", ADD))
    assert talk.say("c") == f"Continuing...\n{stopped('breakpoint 1', ADD)}"
    assert talk.say("disable 1") == "Breakpoint 1 disabled"
    assert talk.say("c") == f"Continuing...\n{stopped('breakpoint 2', LOOP)}"
    assert talk.say("info breakpoints") == (
        "Breakpoints:\n  1: 0x00008024 disabled (hit 2 times)\n  2: 0x00008004 enabled if r4 == 2 (hit 1 times)\n"
        "  3: 0x0000801C enabled (temporary)"
    )
    assert talk.say("c") == f"Continuing...\n{stopped('breakpoint 3', DONE)}"
    assert "3:" not in talk.say("i b")
    assert talk.transcript("enable 1", "delete 2", "d", "i break") == [
        "Breakpoint 1 enabled", "Breakpoint 2 deleted", "All breakpoints deleted", "No breakpoints",
    ]  # fmt: skip
    assert talk.say("b :5") == "Breakpoint 4 at 0x00008008"


def test_setting_again_replaces_the_condition(talk: Conversation) -> None:
    talk.transcript("b loop if r4 == 1", "run", "b loop if")
    assert talk.say("i b") == "Breakpoints:\n  1: 0x00008004 enabled (hit 1 times)"


def test_a_condition_without_a_value_stops_and_says_so(talk: Conversation) -> None:
    talk.say("b loop if [r4 + 1]")
    assert talk.say("run").endswith(
        "Stopped: breakpoint 1 (condition error: failed to read memory at 0x00000001: unaligned access) "
        "at PC=0x00008004"
    )
    assert talk.say("b add if r0 = 5").startswith("Error: failed to evaluate expression: unexpected character: =")


@pytest.mark.parametrize("engine", ["python", "interpreter"])
def test_watchpoints_on_registers_and_memory(engine: str) -> None:
    talk = Conversation(ADDING, engine=engine)
    assert talk.transcript("watch r4", "watch [total]", "rwatch total", "awatch SP") == [
        "Watchpoint 1: r4", "Watchpoint 2: [total]", "Read watchpoint 3: total", "Access watchpoint 4: SP",
    ]  # fmt: skip
    assert talk.say("run").endswith(stopped("watchpoint 4: SP", ADD + 4))
    told = [talk.say("c").split("\n")[1] for _ in range(4)]
    assert told == [
        stopped("watchpoint 3: total", ADD + 12),
        stopped("watchpoint 2: [total]", ADD + 20),
        stopped("watchpoint 4: SP", 0x8014),
        stopped("watchpoint 1: r4", 0x8018),
    ]
    assert talk.say("info watchpoints").split("\n")[1:3] == [
        "  1: r4 write enabled (hit 1 times, last value: 0x00000001)",
        "  2: [total] write enabled (hit 1 times, last value: 0x00000000)",
    ]
    assert talk.transcript("disable watch 4", "delete watch 3", "disable watch 2") == [
        "Watchpoint 4 disabled", "Watchpoint 3 deleted", "Watchpoint 2 disabled",
    ]  # fmt: skip
    assert talk.say("c").endswith(stopped("watchpoint 1: r4", 0x8018))
    assert talk.transcript("delete watch", "i w", "c") == [
        "All watchpoints deleted", "No watchpoints", "Continuing...\nProgram exited with code 9",
    ]  # fmt: skip


def test_several_watchpoints_at_once_are_all_told() -> None:
    talk = Conversation("_start: MOV R1, #0x20000\n STR R1, [R1], #4\n SWI #0\n")
    talk.transcript("watch [0x20000]", "watch r1", "s")
    assert talk.say("c") == "Continuing...\nStopped: watchpoint 1: [0x20000], watchpoint 2: r1 at PC=0x00008008"


def test_print_and_history(talk: Conversation) -> None:
    assert talk.transcript("p 5-3", "print $1 + total", "p -1", "p 0x80000000", "p 1 == 1 && 2 > 1") == [
        "$1 = 0x00000002 (2)", "$2 = 0x0000803E (32830)", "$3 = 0xFFFFFFFF (-1)", "$4 = 0x80000000 (-2147483648)",
        "$5 = 0x00000001 (1)",
    ]  # fmt: skip
    assert talk.say("p $9") == "Error: failed to evaluate expression: value $9 not in history"
    assert talk.debugger.failed
    assert talk.say("p") == "Error: failed to evaluate expression: empty expression"


def test_displays_are_shown_at_each_stop(talk: Conversation) -> None:
    assert talk.say("display r4 + 1") == "1: r4 + 1 = 0x00000001 (1)"
    talk.say("display [r9 + 3]")
    assert talk.say("s").split("\n") == [
        stopped("single step", LOOP), "1: r4 + 1 = 0x00000001 (1)",
        "2: [r9 + 3] = <failed to read memory at 0x00000003: unaligned access>",
    ]  # fmt: skip
    assert talk.transcript("undisplay 2", "display", "undisplay", "info display", "undisplay 1") == [
        "Display 2 deleted", "1: r4 + 1 = 0x00000001 (1)", "All displays deleted", "No displays",
        "Error: no display number 1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("x total", "0x0000803C: 0x00000000"),
        ("x/2xw _start", "0x00008000: 0xE3A04000 0xE3540003"),
        ("x /2xh _start", "0x00008000: 0x4000 0xE3A0"),
        ("x/4db _start", "0x00008000: 0 64 -96 -29"),
        ("x/2ub _start+2", "0x00008002: 160 227"),
        ("x/th _start", "0x00008000: 0100000000000000"),
        ("x/o _start", "0x00008000: 034350040000"),
        ("x/3c text", "0x00008040: 's' 'a' 'y'"),
        ("x/s text", '0x00008040: "say \\"hi\\"\\n"'),
        ("x/5xw _start", "0x00008000: 0xE3A04000 0xE3540003 0xAA000003 0xE1A00004\n0x00008010: 0xEB000003"),
        ("x 0x8001", "Error: failed to read memory at 0x00008001: unaligned access"),
        (
            "x 0",
            "Error: failed to read memory at 0x00000000: memory access violation: address 0x00000000 is not mapped",
        ),
        ("x/q pc", "Error: invalid format: /q (formats are x d u o t a c s i, units b h w)"),
        ("x/5000x pc", "Error: count must be between 1 and 4096"),
    ],
)
def test_examining_memory(talk: Conversation, command: str, told: str) -> None:
    assert talk.say(command) == told


def test_examining_addresses(talk: Conversation) -> None:
    talk.transcript("set [total] = add + 4", "set [0x20000] = 1")
    assert talk.say("x/a total") == "0x0000803C: 0x00008028 add+4"
    assert talk.say("x/2a 0x20000") == "0x00020000: 0x00000001\n0x00020004: 0x00000000"


def test_info(talk: Conversation) -> None:
    talk.say("s 2")
    told = talk.say("info registers").split("\n")
    assert (told[0], told[1], told[-1]) == ("Registers:", "  R0  = 0x00000000 (0)", "  CPSR = [N---]")
    assert talk.say("i r") == talk.say("info reg")
    talk.say("set sp = 0x4FFFC")
    assert talk.say("info stack") == "Stack (SP = 0x0004FFFC):\n  0x0004FFFC: 0x00000000 (0)"
    assert "  state:        stopped\n" in talk.say("info program")
    assert talk.say("info nonsense") == "Error: unknown topic: nonsense (help info lists them)"
    assert talk.say("info").startswith("Error: info what?")


def test_backtrace_and_list(talk: Conversation) -> None:
    talk.transcript("b add+8", "run")
    assert talk.say("bt") == "Call stack:\n  #0  PC=0x0000802C add+8\n  #1  LR=0x00008014 loop+16"
    assert talk.say("list").split("\n")[:2] == ["=> 0x0000802C: LDR   R2, [R1]", "   0x00008030: ADDS  R2, R2, R0"]
    assert talk.say("list 4").startswith("   0x00008004: loop:   CMP   R4, #3\n   0x00008008: BGE   done\n")
    assert talk.say("l done").startswith("   0x0000801C: done:   MOV   R0, #9")
    assert talk.say("list 0x20000") == "   0x00020000: <no source>"


def test_set(talk: Conversation) -> None:
    lines = ("set r0 = 5 + 3", "set sp=0x100", "set *total = r0", "set [total + 4] = 1", "set cpsr.V = 1")
    assert talk.transcript(*lines) == [
        "Register r0 set to 0x00000008", "Register sp set to 0x00000100", "Memory 0x0000803C set to 0x00000008",
        "Memory 0x00008040 set to 0x00000001", "Flag V set to 1",
    ]  # fmt: skip
    assert talk.say("p $1 + v + [total]") == "$6 = 0x00000011 (17)"
    for bad in ("set", "set r0", "set r16 = 1", "set cpsr.z = 2", "set *1 = 1", "set r0 = ", "set [0] = 1"):
        assert talk.say(bad).startswith("Error: "), bad
    assert talk.say("set pc = done") == "Register pc set to 0x0000801C"


def test_code_that_is_set_is_executed(talk: Conversation) -> None:
    talk.transcript("run", "set [done] = 0xE3A00007")
    assert talk.say("run").endswith("Program exited with code 7")
    assert talk.say("reset") == "VM reset"
    assert talk.say("run").endswith("Program exited with code 9")


def test_load(talk: Conversation) -> None:
    talk.files = {"other.s": program("_start: MOV R0, #4\n SWI #0\n"), "bad.s": "cannot load bad.s"}
    assert talk.transcript("b done", "load bad.s", "load") == [
        "Breakpoint 1 at 0x0000801C", "Error: cannot load bad.s", "Error: a file is missing",
    ]  # fmt: skip
    assert talk.say("load other.s") == "Loaded other.s, entry at 0x00008000"
    assert talk.say("info b") == "No breakpoints"
    assert talk.say("run").endswith("Program exited with code 4")


def test_faults_and_breakpoint_calls() -> None:
    talk = Conversation("_start: SWI #0xF1\n MOV R0, #1\n LDR R0, [R0]\n SWI #0\n")
    assert talk.say("run").endswith(stopped("breakpoint call", 0x8004))
    assert talk.say("c") == "Continuing...\nRuntime error: unaligned word access at 0x00000001"
    assert talk.say("c") == "Error: program is not running"


READING = "_start: SWI #6\n ADD R0, R0, R0\n SWI #3\n SWI #6\n SWI #0\n"


def test_the_program_gets_input_when_it_waits() -> None:
    talk = Conversation(READING, typed=(b"21\n", b"5\n"))
    assert talk.say("run").endswith("Program exited with code 5")
    assert talk.written == b"42"
    assert talk.typed == []


def test_a_wait_for_input_can_be_interrupted_and_resumed() -> None:
    talk = Conversation(READING, typed=(b"1\n", b"5\n"))
    talk.interrupt_at = AwaitInput
    assert talk.say("run").endswith(stopped("interrupted", 0x8000))
    assert talk.say("c").endswith("Program exited with code 5")


def test_a_running_program_can_be_interrupted() -> None:
    talk = Conversation("_start: B _start\n")
    talk.interrupt_at = Turn
    assert talk.say("run") == f"Starting program execution...\n{stopped('interrupted', 0x8000)}"


@pytest.mark.parametrize("command", helping.COMMANDS, ids=lambda command: command.names[0])
def test_the_examples_of_the_help_work(command: helping.CommandHelp) -> None:
    for line, meaning in command.examples:
        talk = Conversation(ADDING)
        talk.files = {"other.s": program("_start: SWI #0\n")}
        talk.texts = {"setup.txt": ("break loop",)}
        talk.transcript(
            "break add", "break loop", "watch [total]", "x pc", "display r4", "alias show = x/4xw sp", "p 1"
        )
        talk.transcript("run", "c")
        talk.debugger.commands[:0] = ["print 1"] * 3
        if line == "down":
            talk.say("up")
        told = talk.say(line)
        assert not talk.debugger.failed, f"{line}: {told}"
        assert meaning


def test_help_is_there_for_every_name(talk: Conversation) -> None:
    for command in helping.COMMANDS:
        assert command.names[0] in talk.say("help")
        for name in command.names:
            assert talk.say(f"help {name}").startswith(command.names[0])
    assert talk.say("help me") == "Error: no help available for command: me"


def test_unknown_commands_and_leaving(talk: Conversation) -> None:
    assert talk.say("frobnicate 1") == "Error: unknown command: frobnicate (type 'help' for available commands)"
    assert talk.say("QUIT").startswith("Error: unknown command")
    assert (talk.say("q"), talk.left) == ("Exiting debugger...", 0)
    assert (talk.say("quit 7"), talk.left) == ("Exiting debugger...", 7)


def test_the_history_has_no_repetitions(talk: Conversation) -> None:
    talk.transcript("", "p 1", "p 1", "", "p 2", "p 1")
    assert talk.say("history") == "    1  p 1\n    2  p 2\n    3  p 1\n    4  history"


def test_completion(talk: Conversation) -> None:
    complete = talk.debugger.completions
    assert complete("b") == ["backtrace", "break"]
    assert complete("break d") == ["done"]
    assert complete("p [to") == ["total"]
    assert complete("info re") == ["registers"]
    assert "rwatch" in complete("help r")
    assert "sp" in complete("p s")


@pytest.mark.parametrize(
    "line",
    ["/", "?", "x/", "x/4", "b if", "set =", "d x", "enable", "watch", "watch [", "\0", "p '", "info \t", "list 99"],
)
def test_nonsense_has_an_answer(talk: Conversation, line: str) -> None:
    assert talk.say(line)


words = st.sampled_from(sorted(helping.BY_NAME))
pieces = st.sampled_from(
    "r0 sp $pc cpsr loop add total text main nowhere [ ] [total] .b , / if watch break 1 2 0 -1 0x8004 0x20000 :9 "
    "== = + * & ! !! !1 $1 /x /4xw /i /s /q registers line symbols 99999999999 ' \" \\ é".split()
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(words, st.lists(pieces, max_size=4), st.sampled_from(["", " "])), max_size=12))
def test_any_commands_have_answers(lines: list[tuple[str, list[str], str]]) -> None:
    talk = Conversation(ADDING)
    talk.machine.cycle_limit = 20_000
    for word, arguments, glue in lines:
        line = f"{word} {glue.join(arguments)}"
        if helping.BY_NAME[word].names[0] == "load":
            continue
        told = talk.say(line)
        assert told or talk.debugger.last.startswith(("source", "echo", "history", "quit", "exit")), line
        assert talk.debugger.completions(line) is not None
