"""What tests of programs that talk to `emu` need: the whole server in memory, and networks that fail on command.

    async with emu.testing.server() as kit, kit.connect() as server, server.session() as session:
        ...

Works under a virtual clock (`trio.testing.MockClock`, pytest-trio's `autojump_clock`). `emu.testing.fixtures` has the
same as pytest fixtures.
"""

from emu.testing.kit import Kit, server
from emu.testing.links import Link, Way

__all__ = ["Kit", "Link", "Way", "server"]
