"""From words to instructions."""

from __future__ import annotations

from emu.isa.instructions.table import form_of
from emu.isa.values import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emu.isa.instructions.builder import Fields
    from emu.isa.instructions.form import Form
else:

    class Fields:
        """The named fields of one instruction word (see `builder.Fields`)."""

        def __init__(self, values):
            self.__dict__ = values


class Instruction(Record):
    """A decoded word. It means the same at every address."""

    word: int
    form: Form
    condition: int
    fields: Fields

    def field_values(self) -> dict[str, int]:
        """The fields as a dictionary."""
        return vars(self.fields)


_CACHE_LIMIT = 1 << 16
_cache: dict[int, Instruction] = {}


def decode(word: int) -> Instruction:
    """The instruction that `word` (32-bit unsigned) is. Every word is one, if only an undefined one."""
    instruction = _cache.get(word)
    if instruction is None:
        form = form_of(word)
        instruction = Instruction(word, form, word >> 28, Fields(form.pattern.split(word)))
        if len(_cache) >= _CACHE_LIMIT:
            _cache.clear()
        _cache[word] = instruction
    return instruction
