"""Protected sessions: commands need the control key, looking needs none."""

from __future__ import annotations

import io

from emu.gateway.config import GatewayConfig
from emu.gateway.logs import Log
from tests.gateway.harness import ADD, Http, running

COMMANDS = [
    ("POST", "/load"), ("POST", "/run"), ("POST", "/debug/breakpoints"), ("POST", "/command"), ("PUT", "/memory"),
    ("POST", "/evaluate"), ("POST", "/stdin"), ("DELETE", ""),
]  # fmt: skip


async def test_a_protected_session_is_commanded_with_its_key_alone(http: Http) -> None:
    made = (await http.request("POST", "/api/v1/session", {"protected": True})).json()
    key, path = made["controlKey"], f"/api/v1/session/{made['sessionId']}"
    assert len(key) >= 32
    granted = {"Emu-Control": key}
    for headers in ({}, {"Emu-Control": "x"}, {"Emu-Control": key[:-1]}, {"Emu-Control": "\xe9"}):
        for method, tail in COMMANDS:
            refused = await http.request(method, path + tail, {"source": ADD}, headers)
            assert refused.status == 403
            assert "protected" in refused.json()["message"]
        control = await http.request("GET", f"{path}/control", headers=headers)
        assert control.json() == {"protected": True, "granted": False}
    assert (await http.request("POST", f"{path}/load", {"source": ADD}, granted)).status == 200
    for tail in ("", "/registers", "/console", "/debug", "/events", "/stack"):
        assert (await http.request("GET", path + tail)).status == 200, "looking needs no key"
    assert (await http.request("POST", f"{path}/expressions", {"expressions": ["1"]})).status == 200
    assert (await http.request("GET", f"{path}/control", headers=granted)).json()["granted"] is True
    assert (await http.request("DELETE", path, headers=granted)).status == 200


async def test_an_idempotent_answer_is_not_for_those_without_the_key(http: Http) -> None:
    made = (await http.request("POST", "/api/v1/session", {"protected": True})).json()
    path = f"/api/v1/session/{made['sessionId']}"
    headers = {"Emu-Control": made["controlKey"], "Idempotency-Key": "once"}
    assert (await http.request("POST", f"{path}/load", {"source": ADD}, headers)).status == 200
    stranger = await http.request("POST", f"{path}/load", {"source": ADD}, {"Idempotency-Key": "once"})
    assert stranger.status == 403


async def test_the_key_is_kept_nowhere() -> None:
    lines = io.StringIO()
    async with running(GatewayConfig(log=Log(lines))) as gateway:
        http = gateway.http()
        made = (await http.request("POST", "/api/v1/session", {"protected": True})).json()
        key, path = made["controlKey"], f"/api/v1/session/{made['sessionId']}"
        await http.request("POST", f"{path}/load", {"source": ADD}, {"Emu-Control": key})
        session = gateway.supervisor.find(made["sessionId"])
        assert session is not None
        for kept in (session.journal.entries, session.log.read(0, 100), vars(gateway.server), vars(session)):
            assert key not in repr(kept)
        await http.request("POST", f"{path}/run", {}, {"Emu-Control": "wrong"})
        await http.request("DELETE", path, {}, {"Emu-Control": key})
    assert made["sessionId"] in lines.getvalue()
    assert key not in lines.getvalue()
    assert "wrong" not in lines.getvalue()


async def test_a_session_is_open_unless_it_was_asked_for(http: Http) -> None:
    made = (await http.request("POST", "/api/v1/session")).json()
    assert made.keys() == {"sessionId", "createdAt"}
    control = await http.request("GET", f"/api/v1/session/{made['sessionId']}/control")
    assert control.json() == {"protected": False, "granted": True}
