"""Execution trace and statistics (spec http-api.md 5.19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emu.actors.commands import CommandFailed, GetStatistics, GetTrace, Refusal, SetStatistics, SetTrace
from emu.gateway.http import Endpoint, Refused, json, success
from emu.wire import models

if TYPE_CHECKING:
    from emu.gateway.http import Answer, Call


async def enable_trace(call: Call) -> Answer:
    """Turns the trace on, empty."""
    reply = await call.ask(SetTrace(True))
    return success("Execution trace enabled", call.position(reply.seq))


async def disable_trace(call: Call) -> Answer:
    """Turns the trace off; what it recorded stays."""
    reply = await call.ask(SetTrace(False))
    return success("Execution trace disabled", call.position(reply.seq))


async def trace_data(call: Call) -> Answer:
    """What the trace recorded."""
    entries = [
        models.TraceEntry(
            sequence=entry.sequence,
            address=entry.address,
            opcode=entry.word,
            disassembly=entry.disassembly,
            register_changes=dict(entry.register_changes),
            flags=models.Flags(*entry.flags),
            duration_ns=0,
        )
        for entry in (await call.ask(GetTrace())).answer
    ]
    return json(models.Trace(entries, len(entries)))


async def enable_statistics(call: Call) -> Answer:
    """Turns statistics on, from zero."""
    reply = await call.ask(SetStatistics(True))
    return success("Statistics collection enabled", call.position(reply.seq))


async def disable_statistics(call: Call) -> Answer:
    """Turns statistics off; the figures stay."""
    reply = await call.ask(SetStatistics(False))
    return success("Statistics collection disabled", call.position(reply.seq))


async def statistics(call: Call) -> Answer:
    """The figures."""
    try:
        figures, milliseconds = (await call.ask(GetStatistics())).answer
    except CommandFailed as failed:
        if failed.refusal is not Refusal.STATS_OFF:
            raise
        raise Refused(400, "Failed to get statistics: statistics not enabled") from failed
    per_second = figures.instructions / milliseconds * 1000 if milliseconds > 0 else 0.0
    return json(
        models.Statistics(
            total_instructions=figures.instructions,
            total_cycles=figures.cycles,
            execution_time_ms=round(milliseconds),
            instructions_per_sec=round(per_second, 1),
            instruction_counts={row.mnemonic: row.count for row in figures.mnemonics},
            branch_count=figures.branches,
            branch_taken_count=figures.branches_taken,
            branch_missed_count=figures.branches_missed,
            memory_reads=figures.memory_reads,
            memory_writes=figures.memory_writes,
            bytes_read=figures.bytes_read,
            bytes_written=figures.bytes_written,
        )
    )


_PATH = "/api/v1/session/{id}"
_DONE = {200: models.Success}

ENDPOINTS = (
    Endpoint("POST", f"{_PATH}/trace/enable", enable_trace, "Record a trace", _DONE, is_command=True),
    Endpoint("POST", f"{_PATH}/trace/disable", disable_trace, "Stop recording", _DONE, is_command=True),
    Endpoint("GET", f"{_PATH}/trace/data", trace_data, "The trace", {200: models.Trace}),
    Endpoint("POST", f"{_PATH}/stats/enable", enable_statistics, "Collect statistics", _DONE, is_command=True),
    Endpoint("POST", f"{_PATH}/stats/disable", disable_statistics, "Stop collecting", _DONE, is_command=True),
    Endpoint("GET", f"{_PATH}/stats", statistics, "The statistics", {200: models.Statistics, 400: models.Error}),
)
