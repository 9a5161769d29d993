"""The commands of the debugger: names, arguments, meaning. Dispatch, help and completion read this one table."""

from __future__ import annotations

from attrs import frozen


@frozen
class CommandHelp:
    """One command: all its names, the first one being the official one, and what help says."""

    names: tuple[str, ...]
    arguments: str
    summary: str
    paragraph: str = ""


COMMANDS = (
    CommandHelp(("run", "r"), "", "start the program from its entry point; memory stays as it is"),
    CommandHelp(("continue", "c"), "", "go on to the next stop"),
    CommandHelp(
        ("step", "s", "si"),
        "[COUNT]",
        "execute one instruction, or COUNT",
        "Calls are entered; breakpoints do not stop a step.\nExample: step 10",
    ),
    CommandHelp(
        ("next", "n"),
        "[COUNT]",
        "like step, but a call runs until it has returned",
        "A recursive call that passes the same place in a deeper frame does not end it. Breakpoints do.\nExample: next",
    ),
    CommandHelp(("finish", "fin"), "", "run until the current function has returned"),
    CommandHelp(("until",), "PLACE", "run until PLACE is reached", "Example: until done"),
    CommandHelp(
        ("break", "b"),
        "PLACE [if CONDITION]",
        "stop before the instruction at PLACE",
        "PLACE is a label, an address, FILE:LINE or :LINE, or any expression. With a condition, the program stops only "
        "if its value is not 0.\nExamples: break loop\n          break add+4 if r0 == 2 && [total] > 5\n          "
        "break :12",
    ),
    CommandHelp(("tbreak", "tb"), "PLACE [if CONDITION]", "a breakpoint that is removed when it is hit"),
    CommandHelp(("delete", "d"), "[NUMBER | watch [NUMBER]]", "remove a breakpoint or watchpoint, or all of a kind"),
    CommandHelp(("enable",), "[watch] NUMBER", "turn a breakpoint or watchpoint on"),
    CommandHelp(("disable",), "[watch] NUMBER", "turn a breakpoint or watchpoint off"),
    CommandHelp(
        ("watch", "w"),
        "REGISTER | [PLACE]",
        "stop when a register changes or a word is written",
        "Examples: watch r4\n          watch [total]\n          watch sp",
    ),
    CommandHelp(("rwatch",), "REGISTER | [PLACE]", "stop when it is read"),
    CommandHelp(("awatch",), "REGISTER | [PLACE]", "stop when it is read or written"),
    CommandHelp(
        ("print", "p"),
        "EXPRESSION",
        "show a value, and keep it as $1, $2 ...",
        "Registers, labels, flags (n z c v, cpsr), numbers (12, 0xC, 0b1100, 'A'), earlier values ($1), memory ([E], "
        "[E].b, [E].h, *P) and the operators of C.\nExamples: print r0 + 4*r1\n          print [total] & 0xFF",
    ),
    CommandHelp(("display",), "[EXPRESSION]", "show a value at every stop; without EXPRESSION, now"),
    CommandHelp(("undisplay",), "[NUMBER]", "stop showing a value, or all of them"),
    CommandHelp(
        ("x",),
        "/FORMAT PLACE",
        "examine memory",
        "FORMAT is a count, then x hex, d signed, u unsigned, o octal, t binary, a address, c character or s string, "
        "then b byte, h halfword or w word.\nExamples: x/4xw sp\n          x/s greeting\n          x/8db 0x20000",
    ),
    CommandHelp(
        ("info", "i"),
        "registers | breakpoints | watchpoints | stack | display | program",
        "show the state of something",
        "Short forms: reg, r; break, b; watch, w; s.\nExample: info registers",
    ),
    CommandHelp(("backtrace", "bt", "where"), "", "show the active calls"),
    CommandHelp(("list", "l"), "[LINE | PLACE]", "show source lines"),
    CommandHelp(
        ("set",),
        "TARGET = VALUE",
        "change a register, a flag (cpsr.n) or memory (*PLACE or [PLACE])",
        "Examples: set r0 = r1 + 1\n          set [total] = 0\n          set cpsr.z = 1",
    ),
    CommandHelp(("load",), "FILE", "load another program"),
    CommandHelp(("reset",), "", "put memory and registers back to what they were after loading"),
    CommandHelp(("history",), "", "show the commands given so far"),
    CommandHelp(("help", "h", "?"), "[COMMAND]", "this list, or more about one command"),
    CommandHelp(("quit", "q", "exit"), "[STATUS]", "leave; STATUS is the exit status"),
)

BY_NAME = {name: command for command in COMMANDS for name in command.names}

INFO_TOPICS = {
    "registers": "registers", "reg": "registers", "r": "registers",
    "breakpoints": "breakpoints", "break": "breakpoints", "b": "breakpoints",
    "watchpoints": "watchpoints", "watch": "watchpoints", "w": "watchpoints",
    "stack": "stack", "s": "stack", "display": "display", "program": "program",
}  # fmt: skip


def overview() -> str:
    """All commands, one line each."""
    rows = [(f"{', '.join(command.names)} {command.arguments}".rstrip(), command.summary) for command in COMMANDS]
    lines = [
        f"  {names:<40} {summary}" if len(names) <= 40 else f"  {names}\n  {'':<40} {summary}"
        for names, summary in rows
    ]
    return "\n".join(["Commands:", *lines, "An empty line repeats the last command."])


def page(command: CommandHelp) -> str:
    """More about one command."""
    lines = [f"{command.names[0]} {command.arguments}".rstrip(), f"  {command.summary}"]
    if len(command.names) > 1:
        lines.append(f"  short: {', '.join(command.names[1:])}")
    lines += [f"  {line}" for line in command.paragraph.split("\n") if line]
    return "\n".join(lines)
