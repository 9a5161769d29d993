"""All endpoints, in the order of the description."""

from __future__ import annotations

from emu.gateway.resources import (
    breakpoints,
    console,
    description,
    examples,
    execution,
    loading,
    memory,
    metrics,
    server,
    sessions,
    trace,
    updates,
)

ENDPOINTS = (
    *server.ENDPOINTS,
    *examples.ENDPOINTS,
    *sessions.ENDPOINTS,
    *loading.ENDPOINTS,
    *execution.ENDPOINTS,
    *memory.ENDPOINTS,
    *breakpoints.ENDPOINTS,
    *console.ENDPOINTS,
    *trace.ENDPOINTS,
    *updates.ENDPOINTS,
    *metrics.ENDPOINTS,
    *description.ENDPOINTS,
)
