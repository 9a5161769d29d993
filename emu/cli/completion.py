"""`emu completion`: scripts that teach a shell the commands and their options, written from the declarations."""

from __future__ import annotations

from emu.cli import main, output
from emu.cli.commands import SUMMARIES
from emu.cli.options import DIRECTORIES, FILES, HELP, Command, Example, Operand
from emu.cli.status import SUCCESS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.cli.options import Arguments, Option

COMMAND = Command(
    "completion",
    "Prints a script. Once the shell has read it, the Tab key completes commands, options and their values.",
    operands=(Operand("SHELL", "bash, zsh or fish", choices=("bash", "zsh", "fish"), completes=""),),
    examples=(
        Example('eval "$(emu completion bash)"', "for this bash; put the line into ~/.bashrc to keep it"),
        Example('eval "$(emu completion zsh)"', "for this zsh; put the line into ~/.zshrc, after compinit"),
        Example("emu completion fish | source", "for this fish; put the line into ~/.config/fish/config.fish"),
    ),
)


_HELP_SUMMARY = "explain a command"


def execute(arguments: Arguments) -> int:
    """Prints the script for the chosen shell."""
    script = {"bash": bash, "zsh": zsh, "fish": fish}[arguments.operands[0]]
    output.write(script([main.load(name).COMMAND for name in SUMMARIES]))
    return SUCCESS


def bash(commands: list[Command]) -> str:
    """A function for bash's `complete`."""
    cases = values = ""
    for command in commands:
        choices = " ".join(choice for operand in command.operands for choice in operand.choices)
        files = "yes" if any(operand.completes for operand in command.operands) else ""
        options = " ".join(_spellings(command))
        cases += f'        {command.name}) options="{options}" choices="{choices}" files="{files}" ;;\n'
        for option in command.options:
            if option.value:
                names = "|".join(f"{command.name}:{name}" for name in _names(option))
                values += f"        {names}) {_bash_values(option)} ;;\n"
    names = " ".join((*SUMMARIES, "help", "--help", "--version"))
    return f"""\
# bash completion for emu
_emu() {{
    local command="${{COMP_WORDS[1]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" word="${{COMP_WORDS[COMP_CWORD]}}"
    local options="" choices="" files=""
    COMPREPLY=()
    # bash makes three words of --option=value
    if [ "$word" = "=" ]; then
        word=""
    elif [ "$before" = "=" ]; then
        before="${{COMP_WORDS[COMP_CWORD-2]}}"
    fi
    if [ "$COMP_CWORD" -eq 1 ] || {{ [ "$command" = help ] && [ "$COMP_CWORD" -eq 2 ]; }}; then
        COMPREPLY=($(compgen -W "{names}" -- "$word"))
        return
    fi
    case "$command:$before" in
{values}    esac
    case "$command" in
{cases}    esac
    if [[ "$word" == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
    elif [ -n "$choices" ]; then
        COMPREPLY=($(compgen -W "$choices" -- "$word"))
    elif [ -n "$files" ]; then
        local IFS=$'\n'
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}}
complete -F _emu emu
"""


def _bash_values(option: Option) -> str:
    if option.choices:
        return f'COMPREPLY=($(compgen -W "{" ".join(option.choices)}" -- "$word")); return'
    if option.completes in (FILES, DIRECTORIES):
        letter = "d" if option.completes == DIRECTORIES else "f"
        return (
            f"local IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -{letter} -- \"$word\")); return"
        )
    return "return"


def zsh(commands: list[Command]) -> str:
    """A function for zsh's `compdef`."""
    summaries = {**SUMMARIES, "help": _HELP_SUMMARY}
    names = "".join(f"        '{name}:{_zsh_quoted(summary)}'\n" for name, summary in summaries.items())
    cases = ""
    for command in commands:
        specs = [_zsh_option(option) for option in (*command.options, HELP)]
        for operand in command.operands:
            place = "*" if operand.repeats else ""
            specs.append(f"'{place}:{operand.name}:{_zsh_values(operand.choices, operand.completes)}'")
        lines = " \\\n                ".join(["_arguments -s", *specs])
        cases += f"            {command.name})\n                {lines}\n                ;;\n"
    return f"""\
#compdef emu
# zsh completion for emu
_emu() {{
    local -a commands
    commands=(
{names}    )
    local context state line
    _arguments -C '--help[show help]' '--version[print the version]' '1:command:->command' '*::arguments:->arguments'
    case $state in
        command) _describe command commands ;;
        arguments)
            case $words[1] in
{cases}            help) _describe command commands ;;
            esac
            ;;
    esac
}}
compdef _emu emu
"""


def _zsh_option(option: Option) -> str:
    meaning = _zsh_quoted(option.meaning)
    value = f":{option.value}:{_zsh_values(option.choices, option.completes)}" if option.value else ""
    repeat = "*" if option.repeats else ""
    specs = []
    for name in _names(option):
        join = "" if not option.value else "+" if not name.startswith("--") else "="
        specs.append(f"'{repeat}{name}{join}[{meaning}]{value}'")
    return " ".join(specs)


def _zsh_values(choices: tuple[str, ...], completes: str) -> str:
    if choices:
        return f"({' '.join(choices)})"
    return {FILES: "_files", DIRECTORIES: "_files -/"}.get(completes, "")


def fish(commands: list[Command]) -> str:
    """`complete` lines for fish."""
    lines = ["# fish completion for emu", "complete -c emu -f"]
    for name, summary in SUMMARIES.items():
        lines.append(f"complete -c emu -n __fish_use_subcommand -a {name} -d '{_quoted(summary)}'")
    lines += [
        f"complete -c emu -n __fish_use_subcommand -a help -d '{_HELP_SUMMARY}'",
        f"complete -c emu -n '__fish_seen_subcommand_from help' -a '{' '.join(SUMMARIES)}'",
    ]
    for command in commands:
        chosen = f"complete -c emu -n '__fish_seen_subcommand_from {command.name}'"
        for option in (*command.options, HELP):
            short = f" -s {option.short}" if option.short else ""
            value = ""
            if option.choices:
                value = f" -x -a '{' '.join(option.choices)}'"
            elif option.value:
                value = {FILES: " -r -F", DIRECTORIES: " -x -a '(__fish_complete_directories)'"}.get(
                    option.completes, " -x"
                )
            lines.append(f"{chosen} -l {option.name}{short}{value} -d '{_quoted(option.meaning)}'")
        lines += [
            f"{chosen} -a '{' '.join(operand.choices)}'" if operand.choices else f"{chosen} -F"
            for operand in command.operands
        ]
    return "\n".join(lines) + "\n"


def _spellings(command: Command) -> list[str]:
    return [name for option in (*command.options, HELP) for name in _names(option)]


def _names(option: Option) -> list[str]:
    return [f"-{option.short}"] * bool(option.short) + [f"--{option.name}"]


def _quoted(text: str) -> str:
    """`text` as it must stand between single quotes."""
    return text.replace("'", "'\\''")


def _zsh_quoted(text: str) -> str:
    """The same where zsh gives colons and brackets a meaning."""
    return _quoted("".join(f"\\{c}" if c in ":[]" else c for c in text))
