"""Memory, disassembly, source map, breakpoints, watchpoints, console, input, expressions, trace, statistics."""

from __future__ import annotations

import base64

import pytest

from tests.gateway.harness import ADD, CALL, ENDLESS, HELLO, READ, STORE, Gateway, Http


@pytest.mark.parametrize("spelling", ["0x8000", "32768", "0x00008000"])
async def test_memory_comes_in_base64(http: Http, spelling: str) -> None:
    path = await http.create(ADD)
    body = (await http.request("GET", f"{path}/memory?address={spelling}&length=4")).json()
    assert body.keys() == {"address", "data", "length"}
    assert (body["address"], body["length"]) == (0x8000, 4)
    assert base64.b64decode(body["data"], validate=True) == bytes.fromhex("0100a0e3")


COUNT_CHARACTERS = """
        .org 0x8000
_start: MOV R4, #0
next:   SWI #4                  ; READ_CHAR: what is no blank; -1 at the end of the input
        CMN R0, #1
        ADDNE R4, R4, #1
        BNE next
        MOV R0, #0
        SWI #0
"""


async def test_memory_has_no_holes(http: Http) -> None:
    path = await http.create()
    body = (await http.request("GET", f"{path}/memory?address=0xFFFFFFFE&length=8")).json()
    assert base64.b64decode(body["data"]) == bytes(8)
    assert (await http.request("GET", f"{path}/memory?address=0&length=0")).json()["data"] == ""
    whole = (await http.request("GET", f"{path}/memory?address=0&length=1048576")).json()
    assert len(base64.b64decode(whole["data"])) == 1 << 20


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("length=4", "Invalid address parameter"),
        *((f"address={a}&length=4", "Invalid address parameter")
          for a in ("0X8000", "0x", "-1", "%2B1", "1_0", "", "4294967296", "0x100000000", "0xg", "9" * 5000, "%C2%B2")),
        ("address=0", "Invalid length parameter"),
        *((f"address=0&length={n}", "Invalid length parameter") for n in ("0x10", "-1", "a", "", "1.0", "9" * 5000)),
        ("address=0&length=1048577", "Length too large (max 1048576 bytes)"),
    ],
)  # fmt: skip
async def test_memory_of_nowhere(http: Http, query: str, message: str) -> None:
    path = await http.create()
    refused = await http.request("GET", f"{path}/memory?{query}")
    assert (refused.status, refused.json()["message"]) == (400, message)


async def test_disassembly_shows_the_source_line_where_known(http: Http) -> None:
    path = await http.create(ADD)
    body = (await http.request("GET", f"{path}/disassembly?address=0x8000&count=2")).json()
    first, second = body["instructions"]
    assert first["machineCode"] == 0xE3A00001
    assert first["disassembly"] == first["mnemonic"] == "        MOV R0, #1"
    assert first["symbol"] == "_start"
    assert "symbol" not in second
    some = (await http.request("GET", f"{path}/disassembly?address=32768&count=zero")).json()
    assert len(some["instructions"]) == 10
    assert some["instructions"][8]["disassembly"]


@pytest.mark.parametrize(
    ("query", "count"), [("address=0x8002", 0), ("address=0x8000&count=0", 10), ("address=0xFFFFFFF0", 0)]
)
async def test_how_much_is_disassembled(http: Http, query: str, count: int) -> None:
    path = await http.create(ADD)
    assert len((await http.request("GET", f"{path}/disassembly?{query}")).json()["instructions"]) == count


async def test_disassembly_also_tells_what_the_words_are(http: Http) -> None:
    path = await http.create(HELLO)
    body = (await http.request("GET", f"{path}/disassembly?address=0x8000&count=6")).json()
    assert [one["decoded"] for one in body["instructions"]][1:5] == [
        "SWI #2", "MOV R0, #0", "SWI #0", ".word   0x6C6C6548",
    ]  # fmt: skip
    assert body["instructions"][0]["decoded"].startswith("LDR R0, ")


async def test_too_much_disassembly(http: Http) -> None:
    path = await http.create(ADD)
    refused = await http.request("GET", f"{path}/disassembly?address=0&count=1001")
    assert (refused.status, refused.json()["message"]) == (400, "Count too large (max 1000)")


@pytest.mark.parametrize("action", ["sourcemap", "source-map"])
async def test_the_source_map_has_every_address_and_line_once(http: Http, action: str) -> None:
    path = await http.create(
        STORE + "\n        .macro twice\n        NOP\n        NOP\n        .endm\n        twice\n        twice\n"
    )
    rows = (await http.request("GET", f"{path}/{action}")).json()
    assert rows["sourceMap"] == rows["entries"]
    for name in ("address", "lineNumber"):
        values = [row[name] for row in rows["entries"]]
        assert len(values) == len(set(values)) > 0
    assert all(row["line"] == row["sourceText"] for row in rows["entries"])


async def test_breakpoints_come_and_go(http: Http) -> None:
    path = await http.create(ADD)
    for address in (0x8008, 0x8004, 0x8004):
        added = await http.request("POST", f"{path}/breakpoint", {"address": address})
        assert added.json() == {"success": True, "message": "Breakpoint added"}
    assert (await http.request("GET", f"{path}/breakpoints")).json() == {"breakpoints": [0x8004, 0x8008]}
    removed = await http.request("DELETE", f"{path}/breakpoint", {"address": 0x8004})
    assert removed.json() == {"success": True, "message": "Breakpoint removed"}
    assert (await http.request("DELETE", f"{path}/breakpoint/{0x8008}")).status == 200
    assert (await http.request("GET", f"{path}/breakpoints")).json() == {"breakpoints": []}


async def test_breakpoints_where_none_can_be(http: Http) -> None:
    path = await http.create(HELLO)
    nowhere = await http.request("POST", f"{path}/breakpoint", {"address": 0x9000})
    assert nowhere.status == 500
    assert nowhere.json()["message"] == (
        "Failed to add breakpoint: invalid breakpoint address: 0x9000 does not correspond to executable code"
    )
    data = await http.request("POST", f"{path}/breakpoint", {"address": 0x8010})
    assert data.status == 500
    assert data.json()["message"].endswith("0x8010 is a data location, not executable code")
    for request in (
        http.request("DELETE", f"{path}/breakpoint", {"address": 0x8008}),
        http.request("DELETE", f"{path}/breakpoint/{0x8008}"),
    ):
        answer = await request
        assert answer.status == 500
        assert answer.json()["message"] == "Failed to remove breakpoint: no breakpoint at address 0x00008008"
    assert (await http.request("DELETE", f"{path}/breakpoint/0x8008")).status == 400


async def test_a_run_stops_at_a_breakpoint_and_goes_on(http: Http) -> None:
    path = await http.create(ADD)
    await http.request("POST", f"{path}/breakpoint", {"address": 0x8004})
    assert (await http.run(path, "breakpoint"))["data"]["pc"] == 0x8004
    assert (await http.run(path, "halted"))["data"]["registers"]["r1"] == 3


async def test_watchpoints_are_numbered_from_one(http: Http) -> None:
    path = await http.create()
    first = (await http.request("POST", f"{path}/watchpoint", {"address": 32808, "type": "write"})).json()
    second = (await http.request("POST", f"{path}/watchpoint", {"address": 32808, "type": "read"})).json()
    third = (await http.request("POST", f"{path}/watchpoint", {"address": 4})).json()
    assert first == {"id": 1, "address": 32808, "type": "write"}
    assert second == {"id": 2, "address": 32808, "type": "read"}
    assert third["type"] == "readwrite"
    assert (await http.request("DELETE", f"{path}/watchpoint/2")).json()["message"] == "Watchpoint removed"
    listed = (await http.request("GET", f"{path}/watchpoints")).json()["watchpoints"]
    assert listed[0] == {"id": 1, "address": 32808, "type": "write", "enabled": True}
    assert [one["id"] for one in listed] == [1, 3]


@pytest.mark.parametrize(
    ("method", "action", "body", "status", "message"),
    [
        ("POST", "watchpoint", '{"address":1,"type":"execute"}', 400,
         "Invalid watchpoint type (must be 'read', 'write', or 'readwrite')"),
        ("DELETE", "watchpoint/99", None, 404, "Failed to remove watchpoint: watchpoint 99 not found"),
        ("DELETE", "watchpoint/1x", None, 400, "Invalid watchpoint ID"),
        ("DELETE", "watchpoint/" + "9" * 5000, None, 400, "Invalid watchpoint ID"),
    ],
)  # fmt: skip
async def test_watchpoints_that_cannot_be(
    http: Http, method: str, action: str, body: str | None, status: int, message: str
) -> None:
    path = await http.create()
    refused = await http.request(method, f"{path}/{action}", body)
    assert (refused.status, refused.json()["message"]) == (status, message)


async def test_a_watched_store_stops_the_run(http: Http) -> None:
    path = await http.create(STORE)
    place = (await http.request("POST", f"{path}/evaluate", {"expression": "place"})).json()["value"]
    await http.request("POST", f"{path}/watchpoint", {"address": place, "type": "write"})
    assert (await http.run(path, "breakpoint"))["data"]["hasWrite"] is True


async def test_expressions_have_values_under_two_names(http: Http) -> None:
    path = await http.create(ADD)
    assert (await http.request("POST", f"{path}/evaluate", {"expression": "0x10 + 2"})).json() == {
        "result": 18,
        "value": 18,
    }
    failed = await http.request("POST", f"{path}/evaluate", {"expression": "1 +"})
    assert failed.status == 400
    assert failed.json()["message"].startswith("Evaluation failed: ")


async def test_the_console_is_complete_when_the_program_has_halted(http: Http) -> None:
    path = await http.create(HELLO)
    for count in (1, 2):
        await http.run(path)
        assert (await http.request("GET", f"{path}/console")).json() == {"output": "Hello" * count}


async def test_input_is_echoed_while_waiting_and_the_run_goes_on(http: Http) -> None:
    path = await http.create(READ)
    await http.run(path, "waiting_for_input")
    sent = await http.request("POST", f"{path}/stdin", {"data": "42\n"})
    assert sent.json() == {"success": True, "message": "Stdin sent"}
    await http.wait(path, "halted")
    assert (await http.request("GET", f"{path}/console")).json()["output"] == "42\n\n"


@pytest.mark.parametrize(("body", "type_"), [('{"data":"7"}', "application/json"), ("7\n", "text/plain;charset=utf-8")])
async def test_input_before_the_run_is_kept_and_not_echoed(http: Http, body: str, type_: str) -> None:
    path = await http.create(READ)
    await http.request("POST", f"{path}/stdin", body, {"Content-Type": type_})
    if body.startswith("{"):
        await http.request("POST", f"{path}/stdin", {"data": "\n"})
    halted = await http.run(path)
    assert halted["data"]["registers"]["r4"] == 7
    assert (await http.request("GET", f"{path}/console")).json()["output"] == ""


async def test_input_for_a_finished_program_is_kept(http: Http) -> None:
    path = await http.create(ADD)
    await http.run(path)
    assert (await http.request("POST", f"{path}/stdin", {"data": "late\n"})).status == 200
    assert (await http.request("GET", path)).json()["state"] == "halted"


async def test_the_end_of_input_is_told_and_lasts_until_the_program_starts_over(http: Http) -> None:
    path = await http.create(COUNT_CHARACTERS)
    await http.run(path, "waiting_for_input")
    await http.request("POST", f"{path}/stdin", {"data": "ab\n"})
    ended = await http.request("POST", f"{path}/stdin/close")
    assert ended.json() == {"success": True, "message": "Stdin closed"}
    assert (await http.wait(path, "halted"))["data"]["registers"]["r4"] == 2
    refused = await http.request("POST", f"{path}/stdin", {"data": "late"})
    assert (refused.status, refused.json()["message"]) == (400, "Input refused: the input is closed")
    await http.run(path, "waiting_for_input")
    assert (await http.request("POST", f"{path}/stdin", {"data": "c"})).status == 200
    ended = await http.request("POST", f"{path}/stdin/close")
    assert (await http.wait(path, "halted", ended.seq - 1))["data"]["registers"]["r4"] == 1


async def test_input_nobody_reads_is_answered_at_once(http: Http) -> None:
    path = await http.create(ENDLESS)
    await http.request("POST", f"{path}/run")
    assert (await http.request("POST", f"{path}/stdin", {"data": "hello"})).status == 200


async def test_a_trace_records_instructions(http: Http) -> None:
    path = await http.create(ADD)
    assert (await http.request("GET", f"{path}/trace/data")).json() == {"entries": [], "count": 0}
    assert (await http.request("POST", f"{path}/trace/enable")).json()["message"] == "Execution trace enabled"
    await http.run(path)
    body = (await http.request("GET", f"{path}/trace/data")).json()
    assert body["count"] == len(body["entries"]) > 0
    entry = body["entries"][0]
    assert entry.keys() == {
        "sequence", "address", "opcode", "disassembly", "registerChanges", "flags", "durationNs"
    }  # fmt: skip
    assert (entry["address"], entry["opcode"]) == (0x8000, 0xE3A00001)
    assert entry["registerChanges"]["R0"] == 1
    assert (await http.request("POST", f"{path}/trace/disable")).json()["message"] == "Execution trace disabled"


async def test_statistics_count_what_was_executed(http: Http) -> None:
    path = await http.create(CALL)
    refused = await http.request("GET", f"{path}/stats")
    assert (refused.status, refused.json()["message"]) == (400, "Failed to get statistics: statistics not enabled")
    assert (await http.request("POST", f"{path}/stats/enable")).json()["message"] == "Statistics collection enabled"
    await http.run(path)
    assert (await http.request("POST", f"{path}/stats/disable")).json()["message"] == "Statistics collection disabled"
    body = (await http.request("GET", f"{path}/stats")).json()
    assert body.keys() == {
        "totalInstructions", "totalCycles", "executionTimeMs", "instructionsPerSec", "instructionCounts", "branchCount",
        "branchTakenCount", "branchMissedCount", "memoryReads", "memoryWrites", "bytesRead", "bytesWritten",
    }  # fmt: skip
    assert body["totalInstructions"] == 5
    assert body["instructionCounts"]["MOV"] == 3


async def test_a_state_seen_on_the_stream_is_never_newer_than_an_answer(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create(ADD)
    async with gateway.socket() as socket:
        await socket.say(type="subscribe", version=2, sessionId=path.rpartition("/")[2])
        await socket.hear_until("snapshot")
        for _ in range(20):
            await http.request("POST", f"{path}/run")
            await socket.hear_until("state", status="halted")
            assert (await http.request("GET", path)).json()["state"] == "halted"
