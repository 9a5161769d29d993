"""What a session is created with."""

from __future__ import annotations

from attrs import frozen

from emu.isa.elf.loader import MEMORY_SIZE, STACK_SIZE
from emu.isa.layout import REGION_SIZE, Layout


@frozen
class CompiledSizes:
    """The memory of a compiled program in bytes: all of it, and the stack at its top."""

    memory: int
    stack: int


@frozen
class SessionOptions:
    """Sizes in bytes; 0 means the standard size of the region. `max_cycles` 0 is no limit."""

    memory_size: int = 0
    """The region at 0x8000, where programs and their data go; of a compiled program all of its memory."""
    stack_size: int = 0
    heap_size: int = 0
    fs_root: str | None = None
    """The folder that confines the program's files; None for a private one."""
    max_cycles: int | None = None
    """None takes what the supervisor is configured with."""
    max_memory: int = MEMORY_SIZE
    """What a compiled program gets at most, unless `memory_size` says how much it gets."""

    def layout(self) -> Layout:
        """The memory map."""
        return Layout(
            code_size=self.memory_size or REGION_SIZE,
            stack_size=self.stack_size or REGION_SIZE,
            heap_size=self.heap_size or REGION_SIZE,
        )

    def bytes(self) -> int:
        """The memory that a program may touch."""
        return sum(region.size for region in self.layout().regions(with_low=True))

    def compiled_sizes(self) -> CompiledSizes:
        """For a program that brings its own memory map: 64 MiB and 1 MiB of stack, unless something else was chosen."""
        return CompiledSizes(
            self.memory_size or min(MEMORY_SIZE, self.max_memory),
            self.stack_size or STACK_SIZE,
        )
