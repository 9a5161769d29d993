"""Health, version, configuration, examples, metrics, and the description (spec http-api.md 5.1)."""

from __future__ import annotations

import re

import pytest

from emu.gateway.table import ENDPOINTS
from tests.gateway.harness import ENDLESS, HELLO, Http


async def test_health_counts_the_sessions(http: Http) -> None:
    await http.create()
    answer = (await http.request("GET", "/health")).json()
    assert answer.keys() == {"status", "sessions", "time"}
    assert (answer["status"], answer["sessions"]) == ("ok", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer["time"])


async def test_the_version_is_made_of_words(http: Http) -> None:
    answer = (await http.request("GET", "/api/v1/version")).json()
    assert answer.keys() == {"version", "commit", "date", "buildDate"}
    assert all(isinstance(text, str) and text for text in answer.values())
    assert answer["date"] == answer["buildDate"]


async def test_the_configuration_has_five_sections_and_keeps_what_is_put(http: Http) -> None:
    before = (await http.request("GET", "/api/v1/config")).json()
    assert before.keys() == {"execution", "debugger", "display", "trace", "statistics"}
    assert before["debugger"] == {
        "historySize": 1000, "autoSaveBreakpoints": True, "showSource": True, "showRegisters": True
    }  # fmt: skip
    put = await http.request("PUT", "/api/v1/config", {"display": {"bytesPerLine": 8}, "TRACE": {"maxEntries": 5}})
    assert put.json() == {"success": True, "message": "Configuration updated"}
    before["display"]["bytesPerLine"] = 8
    before["trace"]["maxEntries"] = 5
    assert (await http.request("GET", "/api/v1/config")).json() == before


@pytest.mark.parametrize(
    "body", ['{"display":{"bytesPerLine":"8"}}', '{"trace":7}', "[]", "", '{"execution":{"maxCycles":-1}}']
)
async def test_a_configuration_of_other_types_is_refused(http: Http, body: str) -> None:
    before = (await http.request("GET", "/api/v1/config")).body
    assert (await http.request("PUT", "/api/v1/config", body)).status == 400
    assert (await http.request("GET", "/api/v1/config")).body == before


async def test_the_configured_cycle_limit_counts_for_new_sessions(http: Http) -> None:
    await http.request("PUT", "/api/v1/config", {"execution": {"maxCycles": 5000}})
    path = await http.create(ENDLESS)
    state = await http.run(path, "error")
    assert state["data"]["cycles"] == 5000
    assert "cycle limit exceeded (5000 cycles)" in state["data"]["error"]
    chosen = await http.create(ENDLESS, maxCycles=20)
    assert (await http.run(chosen, "error"))["data"]["cycles"] == 20


async def test_examples_are_listed_with_descriptions_and_can_be_had(http: Http) -> None:
    listed = (await http.request("GET", "/api/v1/examples")).json()
    names = [example["name"] for example in listed["examples"]]
    assert listed["count"] == len(names)
    assert names == sorted(names)
    assert "hello.s" in names
    assert all(isinstance(example["description"], str) for example in listed["examples"])
    one = (await http.request("GET", "/api/v1/examples/hello.s")).json()
    assert one["size"] == len(one["content"].encode())
    for path, headers in [("?format=text", {}), ("", {"Accept": "text/plain"})]:
        bare = await http.request("GET", f"/api/v1/examples/hello.s{path}", headers=headers)
        assert bare.headers["content-type"] == "text/plain; charset=utf-8"
        assert bare.body.decode() == one["content"]


async def test_only_programs_are_examples(http: Http) -> None:
    assert (await http.request("GET", "/api/v1/examples/README.md")).status == 404


async def test_metrics_are_prometheus_text(http: Http) -> None:
    path = await http.create(HELLO)
    await http.run(path)
    await http.request("GET", f"{path}/events")
    answer = await http.request("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.body.decode().splitlines()
    figures = {line.split()[0]: float(line.split()[1]) for line in lines if not line.startswith("#")}
    assert figures["emu_sessions"] == 1
    assert figures["emu_events_total"] == 6
    assert figures["emu_deliveries_total"] == 6
    assert figures["emu_instructions_total"] == 4
    assert figures["emu_slowest_cursor_lag"] == 0
    for name in figures:
        assert f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}" in lines


FOR_BROWSERS = {"/", "/s/{session}", "/assets/{file}", "/docs"}


async def test_the_description_names_every_endpoint_for_programs_and_resolves(http: Http) -> None:
    answer = await http.request("GET", "/openapi.json")
    description = answer.json()
    assert description["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, methods in description["paths"].items() for method in methods}
    every = {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
    assert described | {("GET", path) for path in FOR_BROWSERS} == every
    assert FOR_BROWSERS.isdisjoint(description["paths"])
    schemas = description["components"]["schemas"]
    references = set(re.findall(r"#/components/schemas/([\w.]+)", answer.body.decode()))
    assert references <= schemas.keys()
    identifiers = [
        operation["operationId"] for methods in description["paths"].values() for operation in methods.values()
    ]
    assert len(identifiers) == len(set(identifiers))


async def test_the_page_for_people_fetches_nothing(http: Http) -> None:
    answer = await http.request("GET", "/docs")
    page = answer.body.decode()
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    shown = re.findall(r"<summary><b class=method>\w+</b><code>(.*?)</code>", page)
    assert set(shown) | FOR_BROWSERS == {endpoint.path for endpoint in ENDPOINTS}
    assert FOR_BROWSERS.isdisjoint(shown)
    assert "<script" not in page
    assert not re.search(r"(src|href)=['\"]?(https?:)?//", page)
