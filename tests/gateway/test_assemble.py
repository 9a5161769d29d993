"""Sources that are assembled for nobody: diagnostics while one types."""

from __future__ import annotations

import pytest

from tests.gateway.harness import HELLO, START, Http


async def test_a_source_is_assembled_without_a_session(http: Http) -> None:
    answer = await http.request("POST", "/api/v1/assemble", {"source": HELLO})
    assert answer.status == 200
    body = answer.json()
    assert (body["ok"], body["diagnostics"], body["entryPoint"], body["instructions"]) == (True, [], 0x8000, 4)
    assert body["size"] > 16
    assert (await http.request("GET", "/health")).json()["sessions"] == 0


async def test_diagnostics_have_a_place_a_reason_and_a_way_out(http: Http) -> None:
    source = START + "        MOV R0, #1\n        MVO R1, #2\n        B nowhere\n"
    body = (await http.request("POST", "/api/v1/assemble", {"source": source, "name": "mine.s"})).json()
    assert body["ok"] is False
    assert "entryPoint" not in body
    first, second = body["diagnostics"]
    assert (first["file"], first["line"], first["column"], first["endColumn"]) == ("mine.s", 4, 9, 12)
    assert first["severity"] == "error"
    assert first["code"]
    assert (second["line"], second["column"], second["endColumn"]) == (5, 11, 18)
    plain = await http.request("POST", "/api/v1/assemble", source, {"Content-Type": "text/plain"})
    assert [one["file"] for one in plain.json()["diagnostics"]] == ["source.s", "source.s"]


@pytest.mark.parametrize("body", [b"", b"{", b'{"source": 5}', b'{"source": "", "name": "' + b"n" * 300 + b'"}'])
async def test_what_cannot_be_assembled(http: Http, body: bytes) -> None:
    assert (await http.request("POST", "/api/v1/assemble", body.decode())).status == 400


async def test_the_linter_has_its_say_if_it_is_asked(http: Http) -> None:
    source = START + "        MOV R0, #1\nunused: B _start\n"
    silent = (await http.request("POST", "/api/v1/assemble", {"source": source})).json()
    assert silent["diagnostics"] == []
    body = (await http.request("POST", "/api/v1/assemble", {"source": source, "lint": True})).json()
    assert body["ok"] is True
    [finding] = body["diagnostics"]
    assert (finding["severity"], finding["code"], finding["line"]) == ("warning", "UNUSED_LABEL", 4)
    broken = (await http.request("POST", "/api/v1/assemble", {"source": source + " B nowhere\n", "lint": True})).json()
    assert broken["ok"] is False
    assert "error" in [one["severity"] for one in broken["diagnostics"]]


async def test_a_program_has_the_name_that_it_was_loaded_with(http: Http) -> None:
    path = await http.create()
    for name, shown in (("mine.s", "mine.s"), ("", "api")):
        await http.request("POST", f"{path}/load", {"source": HELLO, "name": name})
        assert (await http.request("GET", f"{path}/source")).json()["files"][0]["name"] == shown
    refused = await http.request("POST", f"{path}/load", {"source": HELLO, "name": "n" * 256})
    assert refused.status == 400
