"""emu: an actor-model ARM emulator that anyone can talk to over a socket."""

__version__ = "0.1.0"
