"""All endpoints, in the order of the description."""

from __future__ import annotations

from emu.gateway.resources import (
    breakpoints,
    console,
    control,
    debugger,
    description,
    examples,
    execution,
    loading,
    memory,
    metrics,
    page,
    reference,
    reports,
    server,
    sessions,
    source,
    trace,
    updates,
)

ENDPOINTS = (
    *page.ENDPOINTS,
    *server.ENDPOINTS,
    *reference.ENDPOINTS,
    *examples.ENDPOINTS,
    *sessions.ENDPOINTS,
    *loading.ENDPOINTS,
    *execution.ENDPOINTS,
    *memory.ENDPOINTS,
    *breakpoints.ENDPOINTS,
    *console.ENDPOINTS,
    *source.ENDPOINTS,
    *debugger.ENDPOINTS,
    *control.ENDPOINTS,
    *trace.ENDPOINTS,
    *reports.ENDPOINTS,
    *updates.ENDPOINTS,
    *metrics.ENDPOINTS,
    *description.ENDPOINTS,
)
