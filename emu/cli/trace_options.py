"""The options of `emu run` that ask for reports; what they ask for is in `traces`."""

from __future__ import annotations

from emu.cli.options import FILES, Option


def _file(name: str) -> Option:
    return Option(f"{name}-file", "where to write it", value="FILE", completes=FILES)


def _format(name: str, *choices: str) -> Option:
    return Option(f"{name}-format", f"its format; default {choices[0]}", value="FORMAT", choices=choices)


OPTIONS = (
    Option("trace", "write every instruction and what it changed to trace.log"),
    _file("trace"),
    Option("trace-filter", "the registers whose changes are told", value="R0,R1,PC"),
    Option("trace-time", "also the time since the start"),
    Option("mem-trace", "write every data access to memtrace.log"),
    _file("mem-trace"),
    Option("coverage", "write which instructions were executed to coverage.txt"),
    _file("coverage"),
    _format("coverage", "text", "json", "lcov", "source"),
    Option("stack-trace", "write every movement of the stack pointer to stack_trace.txt"),
    _file("stack-trace"),
    _format("stack-trace", "text", "json"),
    Option("flag-trace", "write every change of flags to flag_trace.txt"),
    _file("flag-trace"),
    _format("flag-trace", "text", "json"),
    Option("register-trace", "write how registers were used to register_trace.txt"),
    _file("register-trace"),
    _format("register-trace", "text", "json"),
    Option("call-trace", "write every call and return to calls.json, for Perfetto or chrome://tracing"),
    _file("call-trace"),
    _format("call-trace", "chrome", "folded"),
    Option(
        "call-trace-clock",
        "what time is counted in; default instructions",
        value="CLOCK",
        choices=("instructions", "cycles"),
    ),
)

NAMES = tuple(option.name for option in OPTIONS)
