"""The machine: pure, synchronous, deterministic.

Nothing below this package imports trio, performs I/O, reads a clock, draws a random number or starts a thread.
"""
