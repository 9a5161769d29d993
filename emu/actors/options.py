"""What a session is created with."""

from __future__ import annotations

from attrs import frozen

from emu.isa.layout import REGION_SIZE, Layout


@frozen
class SessionOptions:
    """Sizes in bytes; 0 means the standard size of the region. `max_cycles` 0 is no limit."""

    memory_size: int = 0
    """The region at 0x8000, where programs and their data go."""
    stack_size: int = 0
    heap_size: int = 0
    fs_root: str | None = None
    """The folder that confines the program's files; None for a private one."""
    max_cycles: int | None = None
    """None takes what the supervisor is configured with."""

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
