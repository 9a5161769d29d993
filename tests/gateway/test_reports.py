"""Reports over HTTP: what `emu run` writes of the same program, recorded by a session."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emu.actors.reports import FORMATS
from emu.isa.analysis.flag_trace import ENTRY_LIMIT
from tests.gateway.harness import ADD, ENDLESS, EXIT, FAULT, READ, START, Gateway, Http

WORK = (
    START
    + "        MOV R4, #3\n"
    + "loop:   MOV R0, R4\n"
    + "        BL work\n"
    + "        SUBS R4, R4, #1\n"
    + "        BNE loop\n"
    + EXIT
    + "work:   STMFD SP!, {R4, LR}\n"
    + "        LDR R1, =total\n"
    + "        LDR R2, [R1]\n"
    + "        ADD R2, R2, R0\n"
    + "        STR R2, [R1]\n"
    + "        MOVEQ R9, #1\n"
    + "        LDMFD SP!, {R4, PC}\n"
    + "        .align 2\n"
    + "total:  .word 0\n"
)


async def report(http: Http, path: str, kind: str, form: str = "") -> str:
    """The text of a report."""
    answer = await http.request("GET", f"{path}/reports/{kind}" + (f"?format={form}" if form else ""))
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == FORMATS[kind][form or next(iter(FORMATS[kind]))]
    assert answer.headers["emu-report-dropped"] == "0"
    return answer.body.decode()


async def recorded(http: Http, source: str, *kinds: str, state: str = "halted") -> str:
    """The path of a session that has run a program while kinds of reports were recorded."""
    path = await http.create(source)
    for kind in kinds:
        assert (await http.request("POST", f"{path}/reports/{kind}/enable")).status == 200
    await http.run(path, state)
    return path


async def test_the_trace_tells_every_instruction(http: Http) -> None:
    path = await recorded(http, ADD, "trace")
    lines = (await report(http, path, "trace")).splitlines()
    assert len(lines) == 4
    assert lines[1].split(" | ")[1:] == ["R1=0x00000003", "----", "opcode 0xE2801002", "cycle 2"]
    assert lines[1].split(" | ")[0].split() == ["[000002]", "_start+4", ":", "ADD", "R1,", "R0,", "#2"]
    body = json.loads(await report(http, path, "trace", "json"))
    assert (body["count"], body["dropped"]) == (4, 0)
    assert body["entries"][1] == {
        "sequence": 2, "address": 0x8004, "opcode": 0xE2801002, "disassembly": "ADD R1, R0, #2",
        "registerChanges": {"R1": 3}, "flags": dict.fromkeys("nzcv", False), "durationNs": 0,
    }  # fmt: skip
    legacy = (await http.request("GET", f"{path}/trace/data")).json()
    assert [one["disassembly"] for one in legacy["entries"]] == [one["disassembly"] for one in body["entries"]]


async def test_memory_stack_flags_and_registers(http: Http) -> None:
    kinds = ("memory-trace", "stack-trace", "flag-trace", "register-trace")
    path = await recorded(http, WORK, *kinds)
    memory = await report(http, path, "memory-trace")
    assert memory.count("[WRITE]") == 3 * (2 + 1)
    assert memory.count("[READ ]") == 3 * (2 + 1 + 1)
    assert "-> [total               ] = 0x00000006 (WORD)" in memory
    stack = json.loads(await report(http, path, "stack-trace", "json"))
    assert (stack["total_pushes"], stack["total_pops"], stack["max_usage"]) == (6, 6, 8)
    flags = json.loads(await report(http, path, "flag-trace", "json"))
    assert flags["total_changes"] == len(flags["entries"]) > 0
    registers = json.loads(await report(http, path, "register-trace", "json"))
    assert registers["register_stats"]["R4"]["write_count"] >= 4
    assert "Flag Trace" in await report(http, path, "flag-trace")
    assert "PUSH" in await report(http, path, "stack-trace")
    assert "R4" in await report(http, path, "register-trace")


async def test_statistics_in_every_format(http: Http) -> None:
    path = await recorded(http, WORK, "statistics")
    figures = json.loads(await report(http, path, "statistics"))
    state = (await http.request("GET", f"{path}/registers")).json()
    assert figures["total_cycles"] == state["cycles"]
    assert {one["Name"]: one["CallCount"] for one in figures["top_functions"]} == {"work": 3}
    assert (await report(http, path, "statistics", "csv")).startswith("Metric,Value\n")
    html = await http.request("GET", f"{path}/reports/statistics?format=html")
    assert "script-src" not in html.headers["content-security-policy"]
    assert html.headers["content-security-policy"].startswith("default-src 'none'")
    assert "instructions" in await report(http, path, "statistics", "text")
    legacy = (await http.request("GET", f"{path}/stats")).json()
    assert legacy["totalInstructions"] == figures["total_instructions"]


async def test_coverage_in_every_format(http: Http) -> None:
    path = await recorded(http, WORK, "coverage")
    text = await report(http, path, "coverage")
    assert "Reached, not executed: 1" in text, "the condition of MOVEQ never held"
    body = json.loads(await report(http, path, "coverage", "json"))
    first = body["executed_addresses"][str(0x8004)]
    assert (first["ExecutionCount"], first["FirstExecution"]) == (3, 2)
    assert "DA:4,3" in await report(http, path, "coverage", "lcov")
    assert "loop:   MOV R0, R4" in await report(http, path, "coverage", "source")


async def test_calls_are_a_timeline_or_a_flame_graph(http: Http) -> None:
    path = await recorded(http, WORK, "calls")
    events = json.loads(await report(http, path, "calls"))["traceEvents"]
    assert [one["ph"] for one in events].count("B") == [one["ph"] for one in events].count("E") == 4
    assert {one["name"] for one in events if one["ph"] == "B"} == {"_start", "work"}
    folded = await report(http, path, "calls", "folded")
    assert "_start;work 21\n" in folded


async def test_a_report_in_the_middle_of_a_run(http: Http) -> None:
    path = await http.create(WORK)
    await http.request("POST", f"{path}/reports/calls/enable")
    await http.request("POST", f"{path}/debug/breakpoints", {"place": "work + 4"})
    await http.run(path, "breakpoint")
    for _ in range(2):
        events = json.loads(await report(http, path, "calls"))["traceEvents"]
        assert [one["ph"] for one in events].count("B") == [one["ph"] for one in events].count("E") == 2


async def test_recording_begins_anew_with_the_program_and_may_end(http: Http) -> None:
    path = await recorded(http, ADD, "trace")
    await http.run(path)
    assert len((await report(http, path, "trace")).splitlines()) == 4, "not eight"
    await http.request("POST", f"{path}/reports/trace/disable")
    await http.run(path)
    assert len((await report(http, path, "trace")).splitlines()) == 4
    await http.request("POST", f"{path}/load", {"source": ENDLESS})
    gone = await http.request("GET", f"{path}/reports/trace")
    assert (gone.status, gone.json()["message"]) == (
        400, "trace was never recorded: enable it, then run the program"
    )  # fmt: skip


async def test_a_fault_is_in_the_report(http: Http) -> None:
    path = await recorded(http, FAULT, "trace", "coverage", state="error")
    assert (await report(http, path, "trace")).splitlines()[-1].startswith("FAULT at _start+8")
    assert json.loads(await report(http, path, "coverage", "json"))["fault"]["PC"] == 0x8008


async def test_input_that_comes_late_is_recorded_as_well(http: Http) -> None:
    path = await http.create(READ)
    await http.request("POST", f"{path}/run")
    await http.wait(path, "waiting_for_input")
    await http.request("POST", f"{path}/reports/trace/enable")
    await http.request("POST", f"{path}/stdin", {"data": "42\n"})
    await http.wait(path, "halted")
    lines = (await report(http, path, "trace")).splitlines()
    assert lines[0].startswith("[000001] _start              : SWI #6")
    assert "R0=0x0000002A" in lines[0]


async def test_what_is_kept_is_bounded_and_the_rest_is_counted(http: Http) -> None:
    source = START + f"        LDR R1, ={ENTRY_LIMIT // 2}\nloop:   SUBS R1, R1, #1\n        BNE loop\n" + EXIT
    path = await recorded(http, source, "trace")
    answer = await http.request("GET", f"{path}/reports/trace")
    lines = answer.body.decode().splitlines()
    assert len(lines) == ENTRY_LIMIT + 1
    assert lines[-1] == "Entries dropped: 3"
    assert answer.headers["emu-report-dropped"] == "3"


@pytest.mark.parametrize(
    ("tail", "status", "message"),
    [
        ("reports/weather", 404, "no report is called weather"), ("reports/trace", 400, "trace was never recorded"),
        ("reports/trace?format=html", 400, "trace comes as text, json, not as html"),
    ],
)  # fmt: skip
async def test_reports_that_cannot_be_had(http: Http, tail: str, status: int, message: str) -> None:
    path = await http.create(ADD)
    refused = await http.request("GET", f"{path}/{tail}")
    assert refused.status == status
    assert refused.json()["message"].startswith(message)
    assert (await http.request("POST", f"{path}/reports/weather/enable")).status == 404


async def test_nothing_stays_switched_on(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(WORK)
    session = gateway.supervisor.find(path.rpartition("/")[2])
    assert session is not None
    machine: Any = session._core.machine
    for kind in FORMATS:
        await http.request("POST", f"{path}/reports/{kind}/enable")
    assert machine.engine_name == "interpreter"
    await http.run(path)
    for kind in FORMATS:
        await http.request("POST", f"{path}/reports/{kind}/disable")
    assert (machine.engine_name, machine.profile, session._core.guest.observed) == ("auto", None, None)
    before = [await report(http, path, kind) for kind in FORMATS]
    await http.run(path)
    assert [await report(http, path, kind) for kind in FORMATS] == before
    await http.request("POST", f"{path}/reset")
    assert (await http.request("GET", f"{path}/reports/trace")).status == 400


async def test_statistics_count_from_the_moment_they_are_switched_on(http: Http) -> None:
    path = await http.create(WORK)
    for _ in range(3):
        await http.request("POST", f"{path}/step")
    await http.request("POST", f"{path}/reports/statistics/enable")
    await http.request("POST", f"{path}/step")
    figures = json.loads(await report(http, path, "statistics"))
    assert (figures["total_instructions"], figures["total_cycles"]) == (1, 1)
    assert [one["Count"] for one in figures["top_instructions"]] == [1]


async def test_reports_of_no_program_are_empty(http: Http) -> None:
    path = await http.create()
    for kind, formats in FORMATS.items():
        await http.request("POST", f"{path}/reports/{kind}/enable")
        for form in formats:
            await report(http, path, kind, form)
    await http.request("POST", f"{path}/load", {"source": ADD})
    await http.run(path)
    assert len((await report(http, path, "trace")).splitlines()) == 4
