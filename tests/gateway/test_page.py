"""The debugger page: what is served, for how long it may be kept, and what it may do in a browser."""

from __future__ import annotations

import gzip
import re
import tomllib
from pathlib import Path

import pytest

import emu
from emu.gateway.assets import FOLDER, Asset, assets, policy
from emu.gateway.config import GatewayConfig
from tests.gateway.harness import Http, running

NOTHING = r"(?:src|href)=[\"']?(?:https?:)?//"
"""A reference to another server."""


@pytest.mark.parametrize("path", ["/", "/s/0123456789abcdef", "/s/anything"])
async def test_the_page_is_served_under_the_address_of_every_session(http: Http, path: str) -> None:
    answer = await http.request("GET", path)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["referrer-policy"] == "no-referrer"
    text = answer.body.decode()
    assert not re.search(NOTHING, text)
    assert not re.search(r"<script(?![^>]* src=)|\bon\w+=|<style", text), "the policy forbids what stands in the page"


async def test_its_files_may_be_kept_for_ever_and_come_compressed(http: Http) -> None:
    page = (await http.request("GET", "/")).body.decode()
    names = re.findall(r"/assets/([\w.-]+)", page)
    assert sorted(names) == sorted(assets())
    for name in names:
        plain = await http.request("GET", f"/assets/{name}")
        assert (plain.status, "content-encoding" in plain.headers) == (200, False)
        assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert plain.headers["vary"] == "Accept-Encoding"
        assert plain.headers["x-content-type-options"] == "nosniff"
        small = await http.request("GET", f"/assets/{name}", headers={"Accept-Encoding": "gzip, deflate"})
        assert small.headers["content-encoding"] == "gzip"
        assert gzip.decompress(small.body) == plain.body
        smaller = await http.request("GET", f"/assets/{name}", headers={"Accept-Encoding": "gzip, br;q=0.9"})
        assert smaller.headers["content-encoding"] == "br"


@pytest.mark.parametrize("name", ["index.html", "assets.py", "page.js", "%2e%2e", "..", "a/b"])
async def test_nothing_else_lies_there(http: Http, name: str) -> None:
    assert (await http.request("GET", f"/assets/{name}")).status in (400, 404)


def test_an_installed_package_has_all_of_it() -> None:
    root = Path(emu.__file__).parent
    settings = tomllib.loads((root.parent / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = settings["tool"]["setuptools"]["package-data"]["emu"]
    for path in FOLDER.iterdir():
        assert any(path.relative_to(root).match(pattern) for pattern in patterns), path.name


async def test_the_policy_admits_this_server_alone_and_a_number_that_is_used_once(http: Http) -> None:
    numbers = set()
    for _ in range(3):
        answer = await http.request("GET", "/")
        (number,) = re.findall(r'<meta name="emu-nonce" content="([\w-]+)">', answer.body.decode())
        assert answer.headers["content-security-policy"] == policy(number)
        numbers.add(number)
    assert len(numbers) == 3
    rules = dict(rule.strip().split(" ", 1) for rule in policy("n").split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"


async def test_the_page_needs_no_token_and_sessions_do() -> None:
    async with running(GatewayConfig(token="s3cret")) as gateway:
        http = gateway.http()
        (name, *_) = assets()
        for path in ("/", "/s/abc", f"/assets/{name}", "/api/v1/reference"):
            assert (await http.request("GET", path)).status == 200
        for path in ("/api/v1/session", "/api/v1/examples", "/api/v1/session/abc/registers"):
            assert (await http.request("GET", path)).status == 401


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br, gzip", "br"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.000, gzip; q=0", None),
        (";;,,=", None),
    ],
)
def test_the_best_encoding_that_a_client_takes(header: str | None, encoding: str | None) -> None:
    asset = Asset("text/css", b"plain", {"br": b"br", "gzip": b"gz"})
    assert asset.best(header)[0] == encoding


async def test_the_language_is_described_from_its_own_tables(http: Http) -> None:
    answer = (await http.request("GET", "/api/v1/reference")).json()
    names = {name for row in answer["instructions"] for name in row["names"]}
    assert {"MOV", "ADDS", "LDRB", "SWI", "BL"} <= names
    calls = {call["number"]: call for call in answer["systemCalls"]}
    assert calls[3]["name"] == "WRITE_INT"
    assert {".org", ".word", ".asciz"} <= set(answer["directives"])
