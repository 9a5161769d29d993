"""Creating, looking at, executing and deleting sessions (spec http-api.md 5.2 to 5.9)."""

from __future__ import annotations

import re

import pytest
import trio

from emu.actors.supervisor import SupervisorConfig
from tests.gateway.harness import ADD, CALL, ENDLESS, FAULT, HELLO, READ, STORE, Gateway, Http, running, session_id


async def test_a_session_has_an_id_and_a_date(http: Http) -> None:
    made = await http.request("POST", "/api/v1/session", {})
    assert made.status == 201
    assert made.json().keys() == {"sessionId", "createdAt"}
    assert re.fullmatch(r"[0-9a-f]{32}", made.json()["sessionId"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", made.json()["createdAt"])


@pytest.mark.parametrize("body", [None, "", "{}", "null", '{"memorySize":0,"fsRoot":""}', '{"memorySize":null}'])
async def test_a_session_needs_no_body(http: Http, body: str | None) -> None:
    assert (await http.request("POST", "/api/v1/session", body)).status == 201


@pytest.mark.parametrize("body", ["[]", '{"memorySize":-1}', '{"stackSize":"big"}', '{"fsRoot":7}', '{"heapSize":1.5}'])
async def test_a_session_with_the_wrong_members_is_refused(http: Http, body: str) -> None:
    assert (await http.request("POST", "/api/v1/session", body)).json()["message"] == "Invalid request body"


async def test_sizes_are_honoured_up_to_the_limit(http: Http) -> None:
    path = await http.create(ADD, stackSize=0x20000)
    assert (await http.request("GET", f"{path}/registers")).json()["sp"] == 0x40000 + 0x20000
    refused = await http.request("POST", "/api/v1/session", {"memorySize": 0xFFFFFFFF})
    assert refused.status == 400
    assert "268435456" in refused.json()["message"]


async def test_a_folder_outside_the_root_is_refused(http: Http) -> None:
    assert (await http.request("POST", "/api/v1/session", {"fsRoot": "/"})).status == 400


async def test_sessions_beyond_the_limit_are_refused() -> None:
    async with running(supervisor_config=SupervisorConfig(max_sessions=2)) as gateway:
        http = gateway.http()
        first = await http.create()
        await http.create()
        refused = await http.request("POST", "/api/v1/session")
        assert refused.status == 503
        assert "max 2" in refused.json()["message"]
        await http.request("DELETE", first)
        assert (await http.request("POST", "/api/v1/session")).status == 201


async def test_sessions_are_listed_in_the_order_of_creation(http: Http) -> None:
    assert (await http.request("GET", "/api/v1/session")).json() == {"sessions": [], "count": 0}
    ids = [session_id(await http.create()) for _ in range(5)]
    assert (await http.request("GET", "/api/v1/session")).json() == {"sessions": ids, "count": 5}


async def test_a_fresh_session_is_idle_and_all_zero(http: Http) -> None:
    path = await http.create()
    status = (await http.request("GET", path)).json()
    assert status == {"sessionId": session_id(path), "state": "idle", "pc": 0, "cycles": 0, "hasWrite": False}
    registers = (await http.request("GET", f"{path}/registers")).json()
    assert registers.keys() == {*(f"r{n}" for n in range(13)), "sp", "lr", "pc", "cpsr", "cycles", "registers"}
    assert registers["registers"] == [0] * 16
    assert registers["cpsr"] == {"n": False, "z": False, "c": False, "v": False}


async def test_status_with_numbers(http: Http) -> None:
    path = await http.create(STORE)
    idle = {"state": 0, "pc": 32768, "cycles": 0, "error": None, "lastWrite": None}
    assert (await http.request("GET", f"{path}/status")).json() == idle
    await http.run(path)
    after = (await http.request("GET", f"{path}/status")).json()
    assert after["state"] == 3
    assert after["lastWrite"]["size"] == 4


async def test_a_store_is_reported_until_the_next_run(http: Http) -> None:
    path = await http.create(STORE)
    await http.run(path)
    for _ in range(2):
        status = (await http.request("GET", path)).json()
        assert (status["hasWrite"], status["writeSize"]) == (True, 4)
    await http.request("POST", f"{path}/restart")
    assert (await http.request("GET", path)).json()["hasWrite"] is False


async def test_delete_ends_a_session_once(http: Http) -> None:
    path = await http.create(ENDLESS)
    await http.request("POST", f"{path}/run")
    gone = await http.request("DELETE", path)
    assert gone.json() == {"success": True, "message": "Session destroyed"}
    again = await http.request("DELETE", path)
    assert (again.status, again.json()["message"]) == (404, "Session not found")


async def test_a_load_answers_labels_and_entry(http: Http) -> None:
    path = await http.create()
    answer = await http.request("POST", f"{path}/load", {"source": HELLO})
    body = answer.json()
    assert (body["success"], body["entryPoint"], body["symbols"]["_start"]) == (True, 0x8000, 0x8000)
    assert "errors" not in body
    plain = await http.request("POST", f"{path}/load", ADD, {"Content-Type": "text/plain; charset=utf-8"})
    assert plain.json()["entryPoint"] == 0x8000
    empty = await http.request("POST", f"{path}/load", {})
    assert empty.status == 200
    assert "symbols" not in empty.json()


async def test_errors_of_a_source_are_listed_in_every_form(http: Http) -> None:
    path = await http.create(HELLO)
    answer = await http.request(
        "POST", f"{path}/load", {"source": "        MOV R0, #1\n        FOO R1\n        BAR R2\n"}
    )
    body = answer.json()
    assert answer.status == 400
    assert (body["success"], body["error"], body["code"]) == (False, "Bad Request", 400)
    assert len(body["errors"]) == len(body["parseErrors"]) == 2
    assert body["errors"][0].startswith("api:2:9: error: ")
    assert body["errors"][0].endswith("\n")
    assert "    " + "        FOO R1\n" in body["errors"][0]
    assert body["parseErrors"][1]["line"] == 3
    assert body["parseErrors"][1].keys() == {"line", "column", "message"}
    assert (await http.request("GET", f"{path}/sourcemap")).json()["sourceMap"], "the old program is still there"


@pytest.mark.parametrize("body", ["", "[]", '{"source":5}', "{"])
async def test_a_load_of_no_source_is_refused(http: Http, body: str) -> None:
    path = await http.create()
    assert (await http.request("POST", f"{path}/load", body)).json()["message"] == "Invalid request body"


async def test_a_run_starts_at_once_and_can_be_repeated(http: Http) -> None:
    path = await http.create(ADD)
    for _ in range(3):
        started = await http.request("POST", f"{path}/run")
        assert started.json() == {"success": True, "message": "Program started"}
        await http.wait(path, "halted", started.seq)
        assert (await http.request("GET", f"{path}/registers")).json()["r1"] == 3


async def test_a_run_without_a_program_ends_in_error(http: Http) -> None:
    path = await http.create()
    assert (await http.request("POST", f"{path}/run")).status == 200
    status = (await http.request("GET", path)).json()
    assert (status["state"], status["error"]) == ("error", "no program loaded")


async def test_a_run_while_running_changes_nothing(http: Http) -> None:
    path = await http.create(ENDLESS)
    first = await http.request("POST", f"{path}/run")
    again = await http.request("POST", f"{path}/run")
    assert again.json() == first.json()
    assert (await http.request("POST", f"{path}/stop")).status == 200
    states = [event["data"]["status"] for event in (await http.request("GET", f"{path}/events")).json()["events"]
              if event["type"] == "state"]  # fmt: skip
    assert states[:2] == ["idle", "running"]
    assert states.count("halted") == 1


async def test_stop_answers_when_stopped_and_in_every_state(http: Http) -> None:
    path = await http.create(ENDLESS)
    for _ in range(2):
        assert (await http.request("POST", f"{path}/stop")).json() == {"success": True, "message": "Program stopped"}
        assert (await http.request("GET", path)).json()["state"] == "idle"
    await http.request("POST", f"{path}/run")
    await http.request("POST", f"{path}/stop")
    assert (await http.request("GET", path)).json()["state"] == "halted"


async def test_a_running_program_is_seen_running(http: Http) -> None:
    path = await http.create(ENDLESS)
    await http.request("POST", f"{path}/run")
    before = (await http.request("GET", f"{path}/registers")).json()
    await trio.sleep(0.05)
    after = (await http.request("GET", f"{path}/registers")).json()
    assert after["r1"] > before["r1"]
    assert (await http.request("GET", path)).json()["state"] == "running"


async def test_steps_answer_registers_and_leave_breakpoint(http: Http) -> None:
    path = await http.create(ADD)
    stepped = (await http.request("POST", f"{path}/step", "{}")).json()
    assert (stepped["r0"], stepped["pc"], stepped["cycles"]) == (1, 0x8004, 1)
    assert stepped["registers"][15] == 0x8004
    assert (await http.request("GET", path)).json()["state"] == "breakpoint"


async def test_a_step_onto_the_exit_halts(http: Http) -> None:
    path = await http.create(ADD)
    for _ in range(4):
        last = await http.request("POST", f"{path}/step")
        assert last.status == 200
    assert (await http.request("GET", path)).json()["state"] == "halted"


async def test_step_over_and_step_out(http: Http) -> None:
    path = await http.create(CALL)
    over = (await http.request("POST", f"{path}/step-over")).json()
    assert (over["r5"], over["pc"]) == (9, 0x8004)
    await http.request("POST", f"{path}/restart")
    refused = await http.request("POST", f"{path}/step-out")
    assert (refused.status, refused.json()["message"]) == (500, "Step out failed: not in a function")
    await http.request("POST", f"{path}/step")
    out = (await http.request("POST", f"{path}/step-out")).json()
    assert (out["r5"], out["pc"]) == (9, 0x8004)


@pytest.mark.parametrize(
    ("action", "message"),
    [("step", "Step failed: no program loaded"), ("step-over", "Step over failed: no program loaded"),
     ("step-out", "Step out failed: no program loaded")],
)  # fmt: skip
async def test_steps_without_a_program(http: Http, action: str, message: str) -> None:
    path = await http.create()
    refused = await http.request("POST", f"{path}/{action}")
    assert (refused.status, refused.json()["message"]) == (500, message)
    assert (await http.request("GET", path)).json()["state"] == "idle"


async def test_a_step_into_a_fault(http: Http) -> None:
    path = await http.create(FAULT)
    await http.request("POST", f"{path}/step")
    await http.request("POST", f"{path}/step")
    failed = await http.request("POST", f"{path}/step")
    assert failed.status == 500
    assert failed.json()["message"].startswith("Step failed: ")
    status = (await http.request("GET", path)).json()
    assert status["state"] == "error"
    assert status["error"]
    again = await http.request("POST", f"{path}/step")
    assert again.status == 500
    assert again.json()["message"].startswith("Step failed: VM is in error state: ")


@pytest.mark.parametrize("action", ["step", "step-over", "step-out"])
async def test_a_step_while_running_is_a_conflict(http: Http, action: str) -> None:
    path = await http.create(ENDLESS)
    await http.request("POST", f"{path}/run")
    refused = await http.request("POST", f"{path}/{action}")
    assert (refused.status, refused.json()["message"]) == (409, "Program is running")


async def test_a_step_waits_for_input_as_long_as_it_takes(gateway: Gateway) -> None:
    http, other = gateway.http(), gateway.http()
    path = await http.create(READ)
    await http.send("POST", f"{path}/step")
    await other.wait(path, "waiting_for_input")
    await trio.sleep(3600)
    await gateway.http().request("POST", f"{path}/stdin", {"data": "42\n"})
    stepped = await http.receive()
    assert stepped.json()["r0"] == 42
    assert (await http.request("GET", path)).json()["state"] == "breakpoint"


async def test_restart_keeps_the_program_and_reset_drops_it(http: Http) -> None:
    path = await http.create(ADD)
    await http.run(path)
    assert (await http.request("POST", f"{path}/restart")).json()["message"] == "VM restarted to entry point"
    assert (await http.request("GET", f"{path}/registers")).json()["pc"] == 0x8000
    assert (await http.request("POST", f"{path}/reset")).json()["message"] == "VM reset"
    assert (await http.request("GET", f"{path}/registers")).json()["pc"] == 0
    assert (await http.request("GET", f"{path}/sourcemap")).json()["sourceMap"] == []
    assert (await http.request("GET", path)).json()["state"] == "idle"


async def test_delete_during_a_waiting_step(gateway: Gateway) -> None:
    http, other = gateway.http(), gateway.http()
    path = await http.create(READ)
    await http.send("POST", f"{path}/step")
    await other.wait(path, "waiting_for_input")
    assert (await other.request("DELETE", path)).status == 200
    assert (await http.receive()).status == 404


async def test_twenty_sessions_step_at_the_same_time(gateway: Gateway) -> None:
    async def live() -> None:
        http = gateway.http()
        path = await http.create(ADD)
        for expected in (0x8004, 0x8008):
            assert (await http.request("POST", f"{path}/step")).json()["pc"] == expected

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(live)
