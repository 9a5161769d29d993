"""Compiled programs: ELF32 little-endian ARM executables read into a Program (see `loader`).

Theory of operation. The bytes come from anywhere, so nothing in them is believed: every table is checked against the
size of the file before it is walked, every walk moves forward, and what could multiply (names that overlap, entries of
size zero) draws on a budget. Whatever is wrong is an ElfError with a code, a message and a hint; a file either loads
or is refused in time proportional to its size.

Only what a run needs is read at once. The line table is decoded when somebody first asks for a source line.
"""
