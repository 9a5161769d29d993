"""Words the assembler does not know, and what the programmer may have meant by them."""

from __future__ import annotations

from emu.isa.assembler.diagnostics import StatementError
from emu.isa.assembler.directives import DIRECTIVES
from emu.isa.assembler.lexer import WORD
from emu.isa.assembler.suggest import did_you_mean
from emu.isa.conditions import CONDITION_SUFFIXES
from emu.isa.instructions import lookup, mnemonic_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.assembler.first_pass import FirstPass

_THUMB = "there is only ARM code here, no Thumb"
_ELSEWHERE = {
    ".thumb": _THUMB,
    ".code16": _THUMB,
    ".req": "registers have their own names only",
    ".endmacro": "a macro ends with .endm",
    ".rodata": "put the data where it belongs, in the order of the source",
    ".comm": "reserve the bytes with .space",
    ".lcomm": "reserve the bytes with .space",
    ".def": "constants are defined with .equ",
    ".define": "constants are defined with .equ",
    ".elseif": "use .else and another .if",
}
_HIGHER = "write to the console with SWI #1, #2 or #3"
_ARMASM = "that is the dialect of another assembler: sections need no name here, and a label ends with a colon"
_NO_FLOAT = "there are whole numbers only, and no floating-point registers"
_TOO_NEW = "this instruction is newer than the processor: "
_MNEMONICS = {
    "JMP": "a jump is B label",
    "GOTO": "a jump is B label",
    "CALL": "a call is BL label",
    "RET": "return with BX LR, or with POP {..., PC}",
    "RETURN": "return with BX LR, or with POP {..., PC}",
    "HLT": "a program ends with SWI #0",
    "HALT": "a program ends with SWI #0",
    "EXIT": "a program ends with SWI #0",
    "SYSCALL": "a system call is SWI #number",
    "INT": "a system call is SWI #number",
    "XOR": "exclusive or is EOR",
    "NOT": "the complement is MVN Rd, Rm",
    "OR": "or is ORR",
    "SHL": "shift with LSL",
    "SHR": "shift with LSR, or with ASR if the number has a sign",
    "SAR": "shift with ASR",
    "INC": "write ADD Rd, Rd, #1",
    "DEC": "write SUB Rd, Rd, #1",
    "LEA": "load an address with LDR Rd, =label",
    "LOAD": "load with LDR",
    "STORE": "store with STR",
    "PRINT": _HIGHER,
    "PRINTF": _HIGHER,
    "DIV": "there is no division: shift, or subtract in a loop",
    "MOD": "there is no division: AND with a power of two minus 1, or subtract in a loop",
    "SDIV": _TOO_NEW + "subtract in a loop, or shift",
    "UDIV": _TOO_NEW + "subtract in a loop, or shift",
    "MOVW": _TOO_NEW + "load with LDR Rd, =value",
    "MOVT": _TOO_NEW + "load all 32 bits with LDR Rd, =value",
    "MOV32": "load with LDR Rd, =value",
    "MLS": _TOO_NEW + "write MUL, then SUB",
    "CBZ": _TOO_NEW + "write CMP Rn, #0, then BEQ label",
    "CBNZ": _TOO_NEW + "write CMP Rn, #0, then BNE label",
    "LDRD": _TOO_NEW + "write two LDR, or one LDM",
    "STRD": _TOO_NEW + "write two STR, or one STM",
    "UXTB": _TOO_NEW + "write AND Rd, Rm, #0xFF",
    "VMOV": _NO_FLOAT,
    "VADD": _NO_FLOAT,
    "VLDR": _NO_FLOAT,
    "FADD": _NO_FLOAT,
    "AREA": _ARMASM,
    "ENTRY": _ARMASM,
    "EXPORT": _ARMASM,
    "IMPORT": _ARMASM,
    "PROC": _ARMASM,
    "ENDP": _ARMASM,
    "PRESERVE8": _ARMASM,
}
"""Words of other processors and assemblers, and what is written for them here."""

_WORDS = {"DCD": ".word", "DCB": ".byte", "DCW": ".half", "DCDU": ".word", "SPACE": ".space", "FILL": ".fill"}


def unknown_directive(assembler: FirstPass, word: str, column: int) -> StatementError:
    """The error for a word with a dot that is no directive."""
    hint = _ELSEWHERE.get(word.lower())
    if hint is None and assembler.reporter.may_suggest():
        hint = did_you_mean(word.lower(), [name for name in DIRECTIVES if name != "="])
    return StatementError("unknown-directive", f"unknown directive: {word}", column, hint)


def unknown_instruction(assembler: FirstPass, text: str, word: str, column: int, end: int) -> StatementError:
    """The error for a word that is neither an instruction nor a macro. It may be a label without its colon."""
    return StatementError(
        "unknown-instruction", f"unknown instruction: {word}", column, _hint(assembler, text, word, end)
    )


def _hint(assembler: FirstPass, text: str, word: str, end: int) -> str | None:
    upper = word.upper()
    following = WORD.match(text, end)
    second = following[1] if following is not None else None
    is_alone = end >= len(text)
    is_before_statement = (
        second is not None and len(second) <= 16 and (lookup(second) is not None or second.lower() in DIRECTIVES)
    )
    if is_alone or is_before_statement:
        assembler.symbols.failed.add(word)
    if second is not None and second.upper() in _WORDS:
        return f"write {word}: {_WORDS[second.upper()]}"
    if second is not None and second.upper() == "EQU":
        assembler.symbols.failed.add(word)
        return f"write .equ {word}, value"
    if upper in _WORDS:
        return f"write {_WORDS[upper]}"
    if "." + word.lower() in DIRECTIVES:
        return f"a directive begins with a dot: .{word.lower()}"
    colon = f"a label needs a colon: {word}:"
    if upper in _MNEMONICS and not is_before_statement:
        return f"{_MNEMONICS[upper]}. Otherwise: {colon}" if is_alone else _MNEMONICS[upper]
    if is_before_statement or not assembler.reporter.may_suggest():
        return colon if is_before_statement or is_alone else None
    near = did_you_mean(upper, _spellings()) or did_you_mean(word, assembler.macros)
    if is_alone:
        return colon if near is None else f"{near} Otherwise: {colon}"
    return near


def _spellings() -> list[str]:
    """Candidates for a misspelt word: every mnemonic, and branches with their conditions."""
    return [*mnemonic_names(), *("B" + condition for condition in CONDITION_SUFFIXES)]
