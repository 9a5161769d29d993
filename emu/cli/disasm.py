"""`emu disasm`: instructions in an image, in a compiled program, or in a source that is assembled first."""

from __future__ import annotations

from emu.cli import output, programs, sources
from emu.cli.options import Command, Example, Operand, Option
from emu.cli.status import SUCCESS, UsageError
from emu.isa.instructions.disassembler import disassemble
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emu.cli.options import Arguments
    from emu.isa.program import Program

COMMAND = Command(
    "disasm",
    "Shows address, word and instruction. A source is assembled first; its labels and its data are shown as such. "
    "In a compiled program (an ELF executable) the lines of its own source stand between, if it was compiled with -g. "
    "With --base FILE is an image of bare words instead, such as `emu asm --format raw` writes.",
    options=(
        Option("base", "FILE is an image that lies at ADDRESS", value="ADDRESS", number=True, highest=0xFFFFFFFC),
        Option("no-addresses", "statements only, so that the output can be assembled again"),
        programs.DEFINE,
        programs.ENTRY,
    ),
    operands=(Operand("FILE", "a source, an ELF executable, or with --base an image; - reads standard input"),),
    examples=(
        Example("emu disasm sieve.s", "what the assembler made of a source"),
        Example("emu disasm samples/c/queens.elf", "what the compiler made of a C program, between its lines"),
        Example("emu disasm --base 0x8000 sieve.bin", "what is in an image"),
        Example("emu asm -o - sieve.s | emu disasm --base 0x8000 -", "from one to the other"),
    ),
)


def execute(arguments: Arguments) -> int:
    """Prints the instructions."""
    path = arguments.operands[0]
    base = arguments.number("base")
    if base is None:
        program = programs.loaded(path, arguments)
        lines = of_program(program, _source_lines(program, path))
    elif base % 4:
        raise UsageError(f"--base is a multiple of 4, not 0x{base:X}")
    else:
        lines = of_bytes(sources.read(path).data, base, {})
    plain = arguments.switch("no-addresses")
    output.write("".join(line.text(plain=plain) for line in lines))
    return SUCCESS


def _source_lines(program: Program, path: str) -> dict[int, str]:
    """Where code of a compiled program begins a source line: the line."""
    if program.memory_map is None:
        return {}
    from emu.cli.source_text import SourceText

    text = SourceText(path)
    return {line.address: f"{line.file}:{line.line}  {text.line(line)}".rstrip() for line in program.source_map}


class Line(Record):
    """A label, an origin or a comment, which make no bytes, or a statement and the bytes it makes."""

    address: int
    statement: str
    data: bytes = b""
    remark: str = ""

    def text(self, *, plain: bool) -> str:
        """The line as it is printed; `plain` leaves address and bytes out."""
        if not self.statement:
            return f"; {output.printable(self.remark)}\n"
        statement = f"{self.statement}  ; {self.remark}\n" if self.remark else f"{self.statement}\n"
        if plain:
            return statement
        shown = self.data.hex() if len(self.data) != 4 else f"{int.from_bytes(self.data, 'little'):08x}"
        return f"{self.address:08X}  {shown.upper():<8}  {statement}"


def of_bytes(data: bytes, address: int, names: Mapping[int, str]) -> Iterator[Line]:
    """Words as instructions; the bytes after the last whole word as data."""
    whole = len(data) & ~3
    for offset in range(0, whole, 4):
        chunk = data[offset : offset + 4]
        place = (address + offset) & 0xFFFFFFFF
        found = disassemble(int.from_bytes(chunk, "little"), place, names)
        yield Line(place, _statement(found.mnemonic, found.operands), chunk, found.remark)
    for offset in range(whole, len(data)):
        place = (address + offset) & 0xFFFFFFFF
        yield Line(place, _data(data[offset : offset + 1]), data[offset : offset + 1])


def of_program(program: Program, source_lines: Mapping[int, str] | None = None) -> Iterator[Line]:
    """Labels, instructions where there are instructions, data everywhere else; `source_lines` at their addresses."""
    source_lines = source_lines or {}
    labels: dict[int, list[str]] = {}
    for symbol in program.labels():
        labels.setdefault(symbol.value, []).append(symbol.name)
    names = {address: there[0] for address, there in labels.items()}
    end = None
    for segment in sorted(program.segments, key=lambda segment: segment.address):
        if segment.address != end:
            yield Line(segment.address, _statement(".org", f"0x{segment.address:08X}"))
        end = segment.address + len(segment.data)
        position = segment.address
        while position < end:
            for name in labels.pop(position, ()):
                yield Line(position, f"{name}:")
            if position in source_lines:
                yield Line(position, "", remark=source_lines[position])
            offset = position - segment.address
            if position in program.instruction_addresses and position + 4 <= end:
                yield from of_bytes(segment.data[offset : offset + 4], position, names)
                position += 4
                continue
            stop = min(end, *_ends_after(position, labels, program))
            chunk = segment.data[offset : offset + stop - position]
            yield Line(position, _data(chunk), chunk)
            position = stop
    for address, there in sorted(labels.items()):
        for name in there:
            yield Line(address, f"{name}:")


def _ends_after(position: int, labels: Mapping[int, list[str]], program: Program) -> Iterator[int]:
    """Where a data line that begins at `position` must end: next word, next label, next instruction."""
    word_end = position + 4 - position % 4
    for address in range(position + 1, word_end):
        if address in labels or address in program.instruction_addresses:
            yield address
    yield word_end


def _data(chunk: bytes) -> str:
    if len(chunk) == 4:
        return _statement(".word", f"0x{int.from_bytes(chunk, 'little'):08X}")
    return _statement(".byte", ", ".join(f"0x{byte:02X}" for byte in chunk))


def _statement(mnemonic: str, operands: str) -> str:
    return f"        {mnemonic:<7} {operands}".rstrip()
