"""The debugger over HTTP: breakpoints, watchpoints, until, writes, the stack, expressions, the command language."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.gateway.harness import ADD, ENDLESS, EXIT, HELLO, READ, START, STORE, Gateway, Http, session_id

LOOP = (
    START
    + "        MOV R4, #0\n"
    + "loop:   ADD R4, R4, #1\n"
    + "        BL work\n"
    + "        CMP R4, #20\n"
    + "        BLT loop\n"
    + EXIT
    + "work:   STMFD SP!, {R4, LR}\n"
    + "        LDR R1, =total\n"
    + "        LDR R2, [R1]\n"
    + "        ADD R2, R2, R4\n"
    + "        STR R2, [R1]\n"
    + "        LDMFD SP!, {R4, PC}\n"
    + "        .align 2\n"
    + "total:  .word 0\n"
    + ".equ LIMIT, 20\n"
)
AT_LOOP, AT_WORK, TOTAL = 0x8004, 0x801C, 0x8034


async def put(http: Http, path: str, method: str, tail: str, status: int = 200, **body: Any) -> Any:
    """A request to the debugger with this answer."""
    answer = await http.request(method, f"{path}/{tail}", body)
    assert answer.status == status, (answer.status, answer.body)
    return answer.json()


async def events(http: Http, path: str, after: int = 0) -> list[str]:
    """The log in short: statuses, and names of notices."""
    page = (await http.request("GET", f"{path}/events?after={after}&limit=1000")).json()
    return [one["data"].get("status") or one["data"].get("event") or one["type"] for one in page["events"]]


# -- breakpoints


async def test_a_breakpoint_with_a_condition_stops_when_it_holds_and_counts(http: Http) -> None:
    path = await http.create(LOOP)
    made = await put(http, path, "POST", "debug/breakpoints", place="loop", condition="r4 == 3")
    assert made == {
        "number": 1, "address": AT_LOOP, "temporary": False, "enabled": True, "hits": 0, "condition": "r4 == 3",
        "label": "loop", "file": "api", "line": 4,
    }  # fmt: skip
    stopped = await http.run(path, "breakpoint")
    assert (stopped["data"]["pc"], stopped["data"]["registers"]["r4"]) == (AT_LOOP, 3)
    view = await put(http, path, "GET", "debug")
    assert view["breakpoints"] == [{**made, "hits": 1}]
    assert (view["state"], view["revision"]) == ("breakpoint", 1)
    assert (await http.request("GET", f"{path}/breakpoints")).json() == {"breakpoints": [AT_LOOP]}


@pytest.mark.parametrize(
    ("place", "address"),
    [("loop", AT_LOOP), ("0x8004", AT_LOOP), (":5", 0x8008), ("api:9", 0x8018), ("loop + 4", 0x8008), ("pc", 0x8000)],
)
async def test_places(http: Http, place: str, address: int) -> None:
    path = await http.create(LOOP)
    assert (await put(http, path, "POST", "debug/breakpoints", place=place))["address"] == address


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "a place is missing: a label, an address, :LINE or an expression"),
        ({"place": "nowhere"}, "unknown symbol: nowhere"),
        ({"place": "total"}, "invalid breakpoint address: 0x8034 is a data location, not executable code"),
        ({"place": "0"}, "invalid breakpoint address: 0x0 does not correspond to executable code"),
        ({"place": ":99"}, "there is no instruction at or after line 99"),
        ({"place": "other.s:1"}, "no source file is called other.s"),
        ({"place": "loop", "condition": "r4 ="}, "condition: unexpected character: ="),
        ({"place": 3}, "Invalid request body"),
        ({"place": "x" * 5000}, "Invalid request body"),
    ],
)
async def test_breakpoints_that_make_no_sense(http: Http, body: dict[str, Any], message: str) -> None:
    path = await http.create(LOOP)
    assert (await put(http, path, "POST", "debug/breakpoints", 400, **body))["message"] == message
    assert (await put(http, path, "GET", "debug"))["breakpoints"] == []


async def test_a_breakpoint_set_one_way_is_there_the_other_way(http: Http) -> None:
    path = await http.create(LOOP)
    await put(http, path, "POST", "breakpoint", address=AT_WORK)
    [one] = (await put(http, path, "GET", "debug"))["breakpoints"]
    assert (one["number"], one["label"]) == (1, "work")
    changed = await put(http, path, "PUT", "debug/breakpoints/1", condition="r4 > 5", temporary=True)
    assert (changed["condition"], changed["temporary"]) == ("r4 > 5", True)
    assert (await put(http, path, "PUT", "debug/breakpoints/1", condition=""))["temporary"] is True
    await http.run(path, "breakpoint")
    assert (await put(http, path, "GET", "debug"))["breakpoints"] == [], "a temporary one goes when it is hit"
    await put(http, path, "POST", "debug/breakpoints", place="loop")
    await put(http, path, "DELETE", "breakpoint", address=AT_LOOP)
    assert (await put(http, path, "DELETE", "debug/breakpoints/2", 404))["message"] == "no breakpoint number 2"


async def test_a_disabled_breakpoint_lets_pass(http: Http) -> None:
    path = await http.create(LOOP)
    await put(http, path, "POST", "debug/breakpoints", place="loop", enabled=False)
    await http.run(path)
    await put(http, path, "PUT", "debug/breakpoints/1", enabled=True)
    assert (await http.run(path, "breakpoint"))["data"]["pc"] == AT_LOOP


async def test_a_condition_without_a_value_stops_and_says_why(http: Http) -> None:
    path = await http.create(LOOP)
    await put(http, path, "POST", "debug/breakpoints", place="loop", condition="[r4 + 1]")
    stopped = await http.run(path, "breakpoint")
    page = (await http.request("GET", f"{path}/events?after={stopped['seq']}")).json()
    assert page["events"][0]["data"]["message"].startswith("breakpoint 1 (condition error: failed to read memory")


# -- watchpoints


async def test_a_watched_register_stops_behind_the_instruction_that_changes_it(http: Http) -> None:
    path = await http.create(LOOP)
    made = await put(http, path, "POST", "debug/watchpoints", expression="SP", access="write")
    assert made == {
        "number": 1, "expression": "SP", "access": "write", "enabled": True, "hits": 0, "lastValue": 0x50000,
        "register": "sp",
    }  # fmt: skip
    stopped = await http.run(path, "breakpoint")
    assert stopped["data"]["pc"] == AT_WORK + 4
    [one] = (await put(http, path, "GET", "debug"))["watchpoints"]
    assert (one["hits"], one["lastValue"]) == (1, 0x50000 - 8)
    assert (await http.request("GET", f"{path}/watchpoints")).json() == {"watchpoints": []}, "it has no address"
    off = await put(http, path, "PUT", "debug/watchpoints/1", enabled=False)
    assert off["enabled"] is False
    assert (await http.run(path))["data"]["status"] == "halted"


@pytest.mark.parametrize(
    ("access", "stops", "hits"),
    [("read", [0x8028], 20), ("write", [0x8030], 20), ("readwrite", [0x8028, 0x8030], 40), ("change", [0x8030], 20)],
)
async def test_kinds_of_access(http: Http, access: str, stops: list[int], hits: int) -> None:
    path = await http.create(LOOP)
    made = await put(http, path, "POST", "debug/watchpoints", expression="[total]", access=access)
    assert (made["address"], made["length"]) == (TOTAL, 4)
    count = 0
    while (state := await http.run(path, "breakpoint,halted"))["data"]["status"] == "breakpoint":
        assert state["data"]["pc"] in stops
        count += 1
    assert count == hits
    [one] = (await put(http, path, "GET", "debug"))["watchpoints"]
    assert (one["hits"], one["lastValue"]) == (hits, 190 if access == "read" else 210)


async def test_a_change_is_another_value(http: Http) -> None:
    source = START + "        LDR R1, =v\n        MOV R0, #7\n        STR R0, [R1]\n        STR R0, [R1]\n"
    path = await http.create(source + EXIT + "v:      .word 7\n")
    await put(http, path, "POST", "debug/watchpoints", expression="v", access="change")
    await put(http, path, "POST", "debug/watchpoints", expression="v", access="write", length=1)
    assert (await http.run(path, "breakpoint"))["data"]["pc"] == 0x800C
    watched = (await put(http, path, "GET", "debug"))["watchpoints"]
    assert [one["hits"] for one in watched] == [0, 1]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "a register or a place is missing"),
        ({"expression": "r16"}, "invalid register: r16"),
        ({"expression": "nowhere"}, "unknown symbol: nowhere"),
        ({"expression": "r1", "length": 4}, "a register has no length"),
        ({"expression": "total", "length": 0}, "a watchpoint is on 1 to 1048576 bytes"),
        ({"expression": "0xFFFFFFF0"}, "address 0xFFFFFFF0 is not mapped"),
        ({"expression": "total", "access": "sometimes"}, "Invalid request body"),
    ],
)
async def test_watchpoints_that_make_no_sense(http: Http, body: dict[str, Any], message: str) -> None:
    path = await http.create(LOOP)
    answer = await put(http, path, "POST", "debug/watchpoints", 400, **body)
    assert message in answer["message"]


async def test_watchpoints_are_removed_by_number(http: Http) -> None:
    path = await http.create(LOOP)
    await put(http, path, "POST", "watchpoint", address=TOTAL, type="write")
    [one] = (await put(http, path, "GET", "debug"))["watchpoints"]
    assert (one["number"], one["expression"], one["address"]) == (1, "[0x00008034]", TOTAL)
    await put(http, path, "DELETE", "debug/watchpoints/1")
    for method in ("PUT", "DELETE"):
        gone = await put(http, path, method, "debug/watchpoints/1", 404, enabled=True)
        assert gone["message"] == "watchpoint 1 not found"
    assert (await put(http, path, "DELETE", "debug/watchpoints/x", 400))["message"] == "Invalid number"


# -- running and changing


async def test_until_runs_to_a_place_and_says_so(http: Http) -> None:
    path = await http.create(LOOP)
    started = await http.request("POST", f"{path}/until", {"place": "work"})
    assert started.json() == {"success": True, "message": "Program started"}
    assert (await http.wait(path, "breakpoint", started.seq))["data"]["pc"] == AT_WORK
    assert (await events(http, path, started.seq)) == ["breakpoint", "breakpoint_hit"]
    assert (await put(http, path, "GET", "debug"))["breakpoints"] == []
    await put(http, path, "POST", "debug/breakpoints", place="work + 8")
    started = await http.request("POST", f"{path}/until", {"place": "loop"})
    assert (await http.wait(path, "breakpoint", started.seq))["data"]["pc"] == AT_WORK + 8


async def test_until_makes_no_sense_while_running_or_without_a_program(http: Http) -> None:
    assert (await put(http, await http.create(), "POST", "until", 409, place="0"))["message"] == "no program loaded"
    path = await http.create(ENDLESS)
    assert (await put(http, path, "POST", "until", 400, place="nowhere"))["message"] == "unknown symbol: nowhere"
    await http.request("POST", f"{path}/run")
    assert (await put(http, path, "POST", "until", 409, place="loop"))["message"] == "Program is running"


async def test_registers_are_written_with_one_state_event(http: Http) -> None:
    path = await http.create(LOOP)
    before = (await http.request("GET", f"{path}/events?limit=1")).json()["high"]
    for name, value, member, expected in [
        ("r3", 7, "r3", 7), ("R4", "r3 * 2 + LIMIT", "r4", 34), ("sp", 0x4FF00, "sp", 0x4FF00),
        ("lr", 0xFFFFFFFF, "lr", 0xFFFFFFFF), ("pc", "work", "pc", AT_WORK),
    ]:  # fmt: skip
        assert (await put(http, path, "PUT", f"registers/{name}", value=value))[member] == expected
    assert (await put(http, path, "PUT", "registers/z", value=1))["cpsr"]["z"] is True
    flags = (await put(http, path, "PUT", "registers/cpsr", value=0xA0000000))["cpsr"]
    assert flags == {"n": True, "z": False, "c": True, "v": False}
    assert await events(http, path, before) == ["idle"] * 7
    assert (await http.request("POST", f"{path}/step")).json()["sp"] == 0x4FF00 - 8


@pytest.mark.parametrize(
    ("name", "value", "status", "message"),
    [
        ("r16", 1, 404, "no register r16"), ("q", 1, 404, "no register q"), ("z", 2, 400, "a flag is 0 or 1"),
        ("pc", 0x8001, 400, "not the address of an instruction: 0x00008001"),
        ("r0", "r1 +", 400, "invalid expression: r1 +"), ("r0", 1 << 32, 400, "Invalid request body"),
        ("r0", -1, 400, "Invalid request body"), ("r0", None, 400, "Invalid request body"),
    ],
)  # fmt: skip
async def test_registers_that_cannot_be_written(http: Http, name: str, value: Any, status: int, message: str) -> None:
    path = await http.create(LOOP)
    assert (await put(http, path, "PUT", f"registers/{name}", status, value=value))["message"] == message


async def test_memory_is_written_and_everybody_is_told(http: Http) -> None:
    path = await http.create(LOOP)
    answer = await http.request(
        "PUT", f"{path}/memory", {"address": TOTAL, "data": base64.b64encode(b"\x05\0\0\0").decode()}
    )
    assert answer.json() == {"success": True, "message": "Memory written"}
    event = (await http.request("GET", f"{path}/events?after={answer.seq - 1}")).json()["events"][0]
    assert event["data"] == {"event": "memory", "address": TOTAL, "symbol": "total", "message": "4 bytes"}
    await http.run(path)
    values = await put(http, path, "POST", "expressions", expressions=["[total]"])
    assert values["values"][0]["value"] == 215
    refused = await put(http, path, "PUT", "memory", 400, address=0xFFFFFFF0, data="AAAA")
    assert "not mapped" in refused["message"]
    assert (await put(http, path, "PUT", "memory", 400, address=0, data="?"))["message"] == "Invalid request body"


async def test_written_code_is_executed(http: Http) -> None:
    path = await http.create(ADD)
    word = (0xE3A01009).to_bytes(4, "little")
    await put(http, path, "PUT", "memory", address=0x8004, data=base64.b64encode(word).decode())
    assert (await http.run(path))["data"]["registers"]["r1"] == 9


async def test_a_running_program_is_not_written_to(http: Http) -> None:
    path = await http.create(ENDLESS)
    await http.request("POST", f"{path}/run")
    assert (await put(http, path, "PUT", "registers/r0", 409, value=1))["message"] == "Program is running"
    assert (await put(http, path, "PUT", "memory", 409, address=0x8000, data="AA=="))["message"] == "Program is running"
    answer = await put(http, path, "POST", "command", line="set r0 = 1")
    assert answer == {"output": "Error: program is running", "failed": True}


# -- looking


async def test_the_stack_has_frames_and_words(http: Http) -> None:
    path = await http.create(LOOP)
    started = await http.request("POST", f"{path}/until", {"place": "work + 4"})
    await http.wait(path, "breakpoint", started.seq)
    stack = await put(http, path, "GET", "stack?words=3")
    assert stack["stackPointer"] == 0x50000 - 8
    assert stack["frames"] == [
        {"number": 0, "address": AT_WORK + 4, "stackPointer": 0x50000 - 8, "label": "work", "offset": 4, "file": "api",
         "line": 11, "returnAddress": 0x800C},
        {"number": 1, "address": 0x800C, "stackPointer": 0x50000, "label": "loop", "offset": 8, "file": "api",
         "line": 5},
    ]  # fmt: skip
    assert stack["words"] == [{"address": 0x4FFF8, "value": 1}, {"address": 0x4FFFC, "value": 0x800C}]
    for words in ("-1", "x", "1025"):
        assert (await http.request("GET", f"{path}/stack?words={words}")).status == 400


async def test_expressions_look_and_leave_no_trace(http: Http, gateway: Gateway) -> None:
    path = await http.create(LOOP)
    session = gateway.supervisor.find(session_id(path))
    assert session is not None
    entries, high = len(session.journal.entries), session.log.high
    wanted = ["r0 + 1", "[sp]", "LIMIT", "nothing", "'A'"]
    found = await put(http, path, "POST", "expressions", expressions=wanted, format="hex")
    assert [one["expression"] for one in found["values"]] == wanted
    assert found["values"][0] == {"expression": "r0 + 1", "value": 1, "text": "0x00000001"}
    assert found["values"][1]["error"].startswith("failed to read memory at 0x00050000")
    assert found["values"][3] == {"expression": "nothing", "error": "unknown symbol: nothing"}
    for form, text in [("signed", "-1"), ("unsigned", "4294967295"), ("binary", "1" * 32), ("octal", "037777777777")]:
        [one] = (await put(http, path, "POST", "expressions", expressions=["-1"], format=form))["values"]
        assert one["text"] == text
    [one] = (await put(http, path, "POST", "expressions", expressions=["65"], format="character"))["values"]
    assert one["text"] == "'A'"
    assert (await put(http, path, "POST", "evaluate", expression="1"))["result"] == 1, "this is $1"
    await put(http, path, "POST", "expressions", 400, expressions=["1"] * 257)
    await put(http, path, "POST", "expressions", 400, expressions=["1" * 4096] * 5)
    for tail in ("debug", "stack", "source", "lines", "symbols", "control"):
        await put(http, path, "GET", tail)
    assert (len(session.journal.entries), session.log.high) == (entries + 1, high)


async def test_source_lines_and_symbols(http: Http) -> None:
    path = await http.create()
    assert (await put(http, path, "GET", "source", 404))["message"] == "No program loaded"
    assert await put(http, path, "GET", "lines") == {"revision": 0, "lines": []}
    await put(http, path, "POST", "load", source=LOOP)
    source = await put(http, path, "GET", "source")
    assert source == {"revision": 1, "name": "api", "kind": "assembly", "files": [{"name": "api", "text": LOOP}]}
    lines = await put(http, path, "GET", "lines")
    assert lines["revision"] == 1
    assert lines["lines"][0] == {"address": 0x8000, "file": "api", "line": 3, "size": 4, "isCode": True}
    assert {"address": TOTAL, "file": "api", "line": 17, "size": 4, "isCode": False} in lines["lines"]
    symbols = {one["name"]: one for one in (await put(http, path, "GET", "symbols"))["symbols"]}
    assert symbols["loop"] == {
        "name": "loop", "value": AT_LOOP, "kind": "label", "isCode": True, "file": "api", "line": 4,
    }  # fmt: skip
    assert (symbols["LIMIT"]["kind"], symbols["LIMIT"]["value"]) == ("constant", 20)
    assert symbols["total"]["isCode"] is False
    await put(http, path, "POST", "reset")
    assert (await put(http, path, "GET", "source", 404))["code"] == 404


# -- events


async def test_subscribers_of_version_2_hear_what_is_to_be_read_again(gateway: Gateway) -> None:
    http = gateway.http()
    path = await http.create()
    async with gateway.socket() as numbered, gateway.socket() as legacy:
        await numbered.say(type="subscribe", version=2, sessionId=session_id(path))
        await numbered.hear_until("snapshot")
        await legacy.say(type="subscribe", sessionId=session_id(path), events=["event"])
        await put(http, path, "POST", "load", source=LOOP)
        await put(http, path, "POST", "breakpoint", address=AT_LOOP)
        await put(http, path, "POST", "debug/watchpoints", expression="r9")
        await put(http, path, "DELETE", "debug/watchpoints/1")
        await put(http, path, "PUT", "memory", address=TOTAL, data="AA==")
        await put(http, path, "POST", "reset")
        heard = await numbered.hear_until("event", event="breakpoints")
        heard += [await numbered.hear() for _ in range(6)]
        names = [one["data"]["event"] for one in heard if one["type"] == "event"]
        assert names == ["loaded", "breakpoints", "watchpoints", "watchpoints", "memory", "loaded", "breakpoints"]
        await put(http, path, "POST", "load", source=HELLO)
        await http.run(path)
        told = [await legacy.hear()]
        assert [one["data"]["event"] for one in told] == ["halted"], "and no other event"
        assert await legacy.silence()


# -- the command language


async def test_the_debuggers_language_works_on_a_session(http: Http) -> None:
    path = await http.create(LOOP)

    async def say(line: str) -> str:
        answer = await put(http, path, "POST", "command", line=line)
        assert answer["failed"] is answer["output"].startswith("Error")
        return str(answer["output"])

    assert await say("break loop if r4 == 2") == "Breakpoint 1 at 0x00008004 (condition: r4 == 2)"
    assert await say("step") == "Stopped: single step at PC=0x00008004"
    assert await say("") == "Stopped: single step at PC=0x00008008"
    assert await say("display r4") == "1: r4 = 0x00000001 (1)"
    assert await say("display/t r4") == f"2: /t r4 = {1:032b}"
    shown = [{"number": 1, "expression": "r4", "value": 1}, {"number": 2, "expression": "/t r4", "value": 1}]
    assert (await put(http, path, "GET", "debug"))["displays"] == shown
    high = (await put(http, path, "GET", "debug"))["seq"]
    assert await say("continue") == "Continuing..."
    assert (await http.wait(path, "breakpoint", high))["data"]["registers"]["r4"] == 2
    assert await say("info b") == "Breakpoints:\n  1: 0x00008004 enabled if r4 == 2 (hit 1 times)"
    assert await say("print r4 + 1") == "$1 = 0x00000003 (3)"
    assert await say("set r4 = 18") == "Register r4 set to 0x00000012"
    assert await say("set [total] = 100") == "Memory 0x00008034 set to 0x00000064"
    assert "#0  PC=0x00008004 loop" in await say("bt")
    high = (await put(http, path, "GET", "debug"))["seq"]
    assert await say("next 3") == "Continuing..."
    assert (await http.wait(path, "breakpoint", high))["data"]["pc"] == 0x8010
    assert await say("delete") == "All breakpoints deleted"
    assert await say("finish") == "Error: not in a function"
    assert await say("nonsense") == "Error: unknown command: nonsense (type 'help' for available commands)"
    assert await say("quit") == "Error: this is not available here"
    assert await say("load x.s") == "Error: this is not available here"
    assert await say("until work") == "Continuing..."
    assert await say("run") == "Starting program execution..."
    await http.wait(path, "halted")
    assert await say("continue") == "Error: program is not running"
    assert await say("step 0x") == "Error: failed to evaluate expression: invalid number: 0x"
    assert await say("reset") == "VM reset"
    assert await say("x/1dw total") == "0x00008034: 0"
    assert (await put(http, path, "POST", "command", 400, line="x" * 5000))["message"] == "Invalid request body"


async def test_a_command_that_reads_input_waits_in_its_state(http: Http) -> None:
    path = await http.create(READ)
    assert (await put(http, path, "POST", "command", line="next"))["output"] == "Continuing..."
    await http.wait(path, "waiting_for_input")
    assert (await put(http, path, "POST", "command", line="step"))["output"] == "Error: program is running"
    assert (await put(http, path, "POST", "command", line="stop"))["output"].startswith("Stopped: interrupted")


async def test_a_store_is_told_with_the_state(http: Http) -> None:
    path = await http.create(STORE)
    await put(http, path, "POST", "debug/watchpoints", expression="place", access="write")
    stopped = await http.run(path, "breakpoint")
    assert stopped["data"]["hasWrite"]
