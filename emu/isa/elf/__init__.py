"""Compiled programs: ELF32 little-endian ARM executables read into a Program (see `loader`).

Theory of operation. The bytes come from anywhere, so nothing in them is believed: every table is checked against the
size of the file before it is walked, every walk moves forward, and what could multiply (names that overlap, entries of
size zero) draws on a budget. Whatever is wrong is an ElfError with a code, a message and a hint; a file either loads
or is refused in time proportional to its size.

Only what a run needs is read at once. Symbols and the line table are decoded when somebody first asks for them; what of
the symbols decides whether the program can run at all is looked at before.

There are libraries for this format. They are far slower to import than a program of a mebibyte is to load here, and
they trust the file: sizes are believed, tables walked to wherever they lead. The tests use one, pyelftools, as an
oracle: segments, symbols and lines of every sample are what it says they are.
"""
