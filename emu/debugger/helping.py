"""The commands of the debugger: names, arguments, meaning, examples. Dispatch, help and completion read this table."""

from __future__ import annotations

from attrs import frozen

WIDTH = 100
"""Columns that a page of help takes at most."""


@frozen
class CommandHelp:
    """One command: all its names, the first one being the official one, and what help says.

    `examples` are lines worth typing, each with what it does.
    """

    names: tuple[str, ...]
    arguments: str
    summary: str
    examples: tuple[tuple[str, str], ...]
    paragraph: str = ""


COMMANDS = (
    CommandHelp(
        ("run", "r"), "", "start the program from its entry point; memory stays as it is",
        (("run", "from the beginning, to the first breakpoint or the end"),),
        "`reset` puts memory back, too.",
    ),
    CommandHelp(
        ("start",), "", "begin again and stop at main, or in front of the first instruction",
        (("start", "registers as at the beginning; nothing of `main` has run"),),
    ),
    CommandHelp(
        ("continue", "c"), "[COUNT]", "go on to the next stop",
        (("continue", "to the next breakpoint, watchpoint or the end"),
         ("continue 3", "pass the breakpoint here twice and stop the third time")),
    ),
    CommandHelp(
        ("step", "s", "si", "stepi"), "[COUNT]", "execute one instruction, or COUNT",
        (("step", "one instruction"), ("step 10", "ten")),
        "Calls are entered; breakpoints do not stop a step.",
    ),
    CommandHelp(
        ("next", "n", "ni", "nexti"), "[COUNT]", "like step, but a call runs until it has returned",
        (("next", "one instruction, or one call"), ("next 4", "four of them")),
        "A recursive call that passes the same place in a deeper frame does not end it. Breakpoints do.",
    ),
    CommandHelp(
        ("nextline", "nl"), "[COUNT]", "run to another source line, over calls",
        (("nextline", "the next line of a C program"),),
    ),
    CommandHelp(
        ("stepline", "sl"), "[COUNT]", "like nextline, but calls are entered",
        (("stepline", "the next line, be it in the function that is called"),),
        "A function whose source is not there, such as one of the library, is run to its end.",
    ),
    CommandHelp(
        ("finish", "fin"), "", "run until the current function has returned",
        (("finish", "back to the caller"),),
    ),
    CommandHelp(
        ("until", "u", "advance"), "[PLACE]", "run until PLACE is reached; without PLACE, past the end of a loop",
        (("until done", "run to a label"), ("until", "to the instruction behind this one, jumps back included")),
    ),
    CommandHelp(
        ("jump", "j"), "PLACE", "go on at another place",
        (("jump done", "set PC to `done` and continue"),),
    ),
    CommandHelp(
        ("break", "b"), "[PLACE] [if CONDITION]", "stop before the instruction at PLACE, or here",
        (("break loop", "at a label"),
         ("break add+4 if r0 == 2 && [total] > 5", "only if the value of the condition is not 0"),
         ("break :12", "at line 12 of this file; break main.c:12 for another"),
         ("break 0x8004", "at an address; break *0x8004 is the same")),
        "PLACE is a label, an address, FILE:LINE or :LINE, or any expression.",
    ),
    CommandHelp(
        ("tbreak", "tb"), "[PLACE] [if CONDITION]", "a breakpoint that is removed when it is hit",
        (("tbreak done", "stop there once"),),
    ),
    CommandHelp(
        ("condition", "cond"), "NUMBER [CONDITION]", "let a breakpoint stop only if CONDITION is not 0",
        (("condition 1 r0 > 10", "breakpoint 1 asks from now on"), ("condition 1", "breakpoint 1 always stops")),
    ),
    CommandHelp(
        ("ignore",), "NUMBER COUNT", "let the program pass a breakpoint COUNT times",
        (("ignore 1 99", "stop at breakpoint 1 the hundredth time"),),
    ),
    CommandHelp(
        ("delete", "d"), "[NUMBERS | watch [NUMBERS]]", "remove breakpoints or watchpoints, or all of a kind",
        (("delete 1 2", "breakpoints 1 and 2"), ("delete", "all breakpoints"), ("delete watch", "all watchpoints")),
    ),
    CommandHelp(
        ("clear",), "[PLACE]", "remove the breakpoint at PLACE, or here",
        (("clear loop", "no longer stop at `loop`"),),
    ),
    CommandHelp(
        ("enable",), "[NUMBERS | watch [NUMBERS]]", "turn breakpoints or watchpoints on, or all of a kind",
        (("enable 1", "breakpoint 1"), ("enable watch 1", "watchpoint 1")),
    ),
    CommandHelp(
        ("disable",), "[NUMBERS | watch [NUMBERS]]", "turn breakpoints or watchpoints off, or all of a kind",
        (("disable 1", "keep breakpoint 1 for later"), ("disable watch", "all watchpoints")),
    ),
    CommandHelp(
        ("watch", "w"), "REGISTER | PLACE[, LENGTH]", "stop when a register changes or memory is written",
        (("watch r4", "when R4 changes"), ("watch [total]", "when the word at `total` is written"),
         ("watch [text].b", "one byte"), ("watch text, 8", "any of eight bytes")),
        "The program has just executed the instruction that did it.",
    ),
    CommandHelp(
        ("cwatch",), "REGISTER | PLACE[, LENGTH]", "stop when memory is written and then is not what it was",
        (("cwatch total", "writing the old value again does not stop"),),
    ),
    CommandHelp(
        ("rwatch",), "REGISTER | PLACE[, LENGTH]", "stop when it is read",
        (("rwatch total", "when the word at `total` is loaded"), ("rwatch sp", "when an instruction uses SP")),
    ),
    CommandHelp(
        ("awatch",), "REGISTER | PLACE[, LENGTH]", "stop when it is read or written",
        (("awatch text, 8", "any access to eight bytes"),),
    ),
    CommandHelp(
        ("print", "p"), "[/FORMAT] EXPRESSION", "show a value, and keep it as $1, $2 ...",
        (("print r0 + 4*r1", "hexadecimal and signed decimal"), ("print [total] & 0xFF", "a word of memory"),
         ("p/t $cpsr", "in binary; also x d u o c, and a for address"), ("print $1 + 1", "with an earlier value")),
        "Registers (r0 or $r0), labels, flags (n z c v, cpsr), numbers (12, 0xC, 0b1100, 'A'), memory ([E], [E].b, "
        "[E].h, *P) and the operators of C.",
    ),
    CommandHelp(
        ("display",), "[/FORMAT] [EXPRESSION]", "show a value at every stop; without EXPRESSION, now",
        (("display r4", "at every stop"), ("display/i $pc", "the instruction that comes next"),
         ("display/4xw sp", "for memory see x; here the address is an expression")),
    ),
    CommandHelp(
        ("undisplay",), "[NUMBER]", "stop showing a value, or all of them",
        (("undisplay 1", "display 1"), ("undisplay", "all of them")),
    ),
    CommandHelp(
        ("x",), "[/FORMAT] [PLACE]", "examine memory; without PLACE, go on behind what was shown",
        (("x/4xw sp-16", "four words in hexadecimal"), ("x/s text", "a string"), ("x/8db total", "eight signed bytes"),
         ("x/3i pc", "three instructions"), ("x", "more of the same")),
        "FORMAT is a count, then x hex, d signed, u unsigned, o octal, t binary, a address, c character, s string or "
        "i instruction, then b byte, h halfword or w word.",
    ),
    CommandHelp(
        ("info", "i"),
        "TOPIC [ARGUMENT]",
        "show the state of something",
        (("info registers", "all registers and the flags"), ("info registers r0 sp", "some of them"),
         ("info symbols to", "labels and constants with `to` in their names"),
         ("info symbol 0x8008", "which label is near"), ("info line add", "which source line it is")),
        "Topics: registers [NAMES], flags, breakpoints, watchpoints, stack, display, program, memory, symbols [PART], "
        "symbol ADDRESS, line [PLACE]. The beginning of a name will do.",
    ),
    CommandHelp(
        ("backtrace", "bt", "where"), "", "show the active calls",
        (("backtrace", "the innermost first"),),
    ),
    CommandHelp(
        ("frame", "f"), "[NUMBER]", "look at one of the active calls: where it is; `list` then shows it",
        (("frame 0", "the innermost, where PC is"),),
        "Registers stay those of the innermost call.",
    ),
    CommandHelp(("up",), "[COUNT]", "look at the caller", (("up", "the caller; `list` shows the call"),)),
    CommandHelp(
        ("down",), "[COUNT]", "look at what the frame has called", (("down", "back again, after `up`"),),
    ),
    CommandHelp(
        ("list", "l"), "[LINE | FIRST, LAST | PLACE]", "show source lines",
        (("list", "here"), ("list 3", "line 3 and what follows"), ("list 1, 20", "twenty lines"),
         ("list add", "around a label")),
    ),
    CommandHelp(
        ("disassemble", "disas"), "[PLACE][, COUNT]", "show instructions, eight or COUNT",
        (("disassemble", "from PC"), ("disassemble add, 3", "three from a label")),
    ),
    CommandHelp(
        ("set",), "TARGET = VALUE", "change a register, a flag (cpsr.n) or memory (*PLACE, [PLACE], [PLACE].b)",
        (("set r0 = r1 + 1", "a register"), ("set [total] = 0", "a word"), ("set [text].b = 'A'", "a byte"),
         ("set cpsr.z = 1", "a flag")),
    ),
    CommandHelp(
        ("load",), "FILE", "load another program",
        (("load other.s", "assemble it and stop in front of its first instruction"),),
    ),
    CommandHelp(
        ("reset",), "", "put memory and registers back to what they were after loading",
        (("reset", "then `run` begins anew"),),
    ),
    CommandHelp(
        ("source",), "FILE", "carry out the commands in a file; # begins a comment line",
        (("source setup.txt", "up to the first command that fails"),),
    ),
    CommandHelp(
        ("echo",), "TEXT", "show a text, as a heading in a file of commands",
        (("echo -- after the loop --", "says so"),),
    ),
    CommandHelp(
        ("alias",), "[NAME = COMMAND]", "a word of your own for a command; without NAME, all of them",
        (("alias show = x/4xw sp", "then `show` is enough"), ("alias", "what there is")),
        "What follows the word is added to the command.",
    ),
    CommandHelp(
        ("unalias",), "NAME", "forget an alias",
        (("unalias show", "it is an unknown command again"),),
    ),
    CommandHelp(
        ("history",), "[COUNT]", "show the commands given so far, or the last COUNT",
        (("history 10", "the last ten"), ("!!", "the last command again"), ("!3", "number 3 again"),
         ("!print", "the last one that begins so")),
    ),
    CommandHelp(
        ("help", "h", "?"), "[COMMAND]", "this list, or more about one command",
        (("help break", "with examples"),),
    ),
    CommandHelp(
        ("quit", "q", "exit"), "[STATUS]", "leave; STATUS is the exit status",
        (("quit", "status 0"), ("quit 3", "status 3")),
    ),
)  # fmt: skip

BY_NAME = {name: command for command in COMMANDS for name in command.names}

INFO_TOPICS = {
    "registers": "registers", "reg": "registers", "r": "registers", "flags": "flags",
    "breakpoints": "breakpoints", "break": "breakpoints", "b": "breakpoints",
    "watchpoints": "watchpoints", "watch": "watchpoints", "w": "watchpoints",
    "stack": "stack", "s": "stack", "display": "display", "program": "program", "memory": "memory",
    "symbols": "symbols", "labels": "symbols", "functions": "symbols", "symbol": "symbol", "line": "line",
}  # fmt: skip

TOPICS_WITH_ARGUMENT = ("registers", "symbols", "symbol", "line")


def topic(word: str) -> str | None:
    """The topic of `info` that a word means, perhaps by its beginning."""
    lower = word.lower()
    found = INFO_TOPICS.get(lower)
    if found is None and lower:
        found = next((topic for name, topic in INFO_TOPICS.items() if name.startswith(lower)), None)
    return found


_GROUPS = {
    "run": "Running the program:", "break": "Stopping it:", "print": "Looking:", "set": "Changing:",
    "source": "Conversing:",
}  # fmt: skip
"""Headings, and the command that each stands above."""


def overview() -> str:
    """All commands, one line each."""
    lines = []
    for command in COMMANDS:
        if command.names[0] in _GROUPS:
            lines.append(_GROUPS[command.names[0]])
        names = f"{', '.join(command.names)} {command.arguments}".rstrip()
        lines.append(f"  {names:<40} {command.summary}")
    return "\n".join(
        [
            *lines,
            "An empty line repeats the last command, !! too; the beginning of a name will do if it fits only one.",
            "`help COMMAND` has examples.",
        ]
    )


def page(command: CommandHelp) -> str:
    """More about one command."""
    lines = [f"{command.names[0]} {command.arguments}".rstrip(), f"  {command.summary}"]
    if len(command.names) > 1:
        lines.append(f"  short: {', '.join(command.names[1:])}")
    if command.paragraph:
        lines += _wrapped(command.paragraph)
    width = max(len(line) for line, _ in command.examples)
    lines.append("  Examples:" if len(command.examples) > 1 else "  Example:")
    lines += [f"    {line:<{width}}  {meaning}" for line, meaning in command.examples]
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    lines = ["  "]
    for word in text.split():
        if len(lines[-1]) + len(word) + 1 > WIDTH:
            lines.append("  ")
        lines[-1] += word if lines[-1].isspace() else f" {word}"
    return lines
