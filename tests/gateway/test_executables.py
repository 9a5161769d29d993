"""Loading compiled programs over HTTP, what is shown of them, and what is refused."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import AsyncIterator

import pytest

from emu.actors.execution import Inline
from emu.gateway.config import GatewayConfig
from tests.cli.command import SAMPLES
from tests.gateway.harness import HELLO as HELLO_SOURCE
from tests.gateway.harness import Http, Response, running

FOLDER = SAMPLES / "c"
HELLO = (FOLDER / "hello.elf").read_bytes()
BINARY = {"Content-Type": "application/octet-stream"}
SEED = 20260727


@pytest.fixture
async def brisk(autojump_clock: object) -> AsyncIterator[Http]:
    """A connection to a server whose turns are long enough for programs of some size."""
    async with running(execution=Inline(20_000, seconds=0.001)) as gateway:
        yield gateway.http()


async def load(http: Http, path: str, name: str, query: str = "") -> Response:
    return await http.request("POST", f"{path}/load{query}", (FOLDER / f"{name}.elf").read_bytes(), BINARY)


async def console(http: Http, path: str) -> str:
    return str((await http.request("GET", f"{path}/console")).json()["output"])


async def test_the_body_is_the_executable(brisk: Http) -> None:
    path = await brisk.create()
    loaded = await load(brisk, path, "arguments", "?name=sum&argument=10&argument=two%20words&argument=0x20")
    assert (loaded.status, loaded.json()["success"]) == (200, True)
    assert loaded.json()["symbols"]["_start"] == loaded.json()["entryPoint"]
    await brisk.run(path)
    assert await console(brisk, path) == (FOLDER / "arguments.out").read_text()


async def test_the_executable_in_json(brisk: Http) -> None:
    path = await brisk.create()
    members = {
        "elf": base64.b64encode((FOLDER / "arguments.elf").read_bytes()).decode(),
        "name": "sum",
        "arguments": ["10", "two words", "0x20"],
    }
    assert (await brisk.request("POST", f"{path}/load", members)).status == 200
    await brisk.run(path)
    assert await console(brisk, path) == (FOLDER / "arguments.out").read_text()


async def test_the_same_key_loads_once(brisk: Http) -> None:
    path = await brisk.create()
    headers = {**BINARY, "Idempotency-Key": "one"}
    first = await brisk.request("POST", f"{path}/load", HELLO, headers)
    again = await brisk.request("POST", f"{path}/load", HELLO, headers)
    assert (first.status, first.seq, first.body) == (again.status, again.seq, again.body)
    assert (await brisk.request("POST", f"{path}/load", HELLO + b"\0", headers)).status == 422


async def test_input_is_waited_for(brisk: Http) -> None:
    path = await brisk.create()
    await load(brisk, path, "lisp")
    await brisk.run(path, "waiting_for_input")
    sent = await brisk.request("POST", f"{path}/stdin", {"data": "(+ 1 2)\n"})
    await brisk.wait(path, "waiting_for_input", sent.seq)
    assert "3\n" in await console(brisk, path)


async def test_the_source_map_numbers_lines_as_if_all_files_were_one(brisk: Http) -> None:
    path = await brisk.create()
    await load(brisk, path, "queens")
    rows = (await brisk.request("GET", f"{path}/sourcemap")).json()["sourceMap"]
    assert len(rows) == len({row["address"] for row in rows}) == len({row["lineNumber"] for row in rows})
    first = [row for row in rows if row["file"] == "queens.c"]
    assert first == rows[: len(first)]
    assert all(row["lineNumber"] == row["fileLine"] and row["line"] == f"queens.c:{row['fileLine']}" for row in first)
    others = rows[len(first) :]
    assert min(row["lineNumber"] for row in others) > max(row["lineNumber"] for row in first)


async def test_sources_that_come_with_it_are_shown(brisk: Http) -> None:
    path = await brisk.create()
    text = (FOLDER / "queens.c").read_text()
    elf = base64.b64encode((FOLDER / "queens.elf").read_bytes()).decode()
    sources = {"queens.c": text, "stdlib/exit.c": "of the library\n", "unknown.c": "?"}
    assert (await brisk.request("POST", f"{path}/load", {"elf": elf, "sources": sources})).status == 200
    files = {f["name"]: f["text"] for f in (await brisk.request("GET", f"{path}/source")).json()["files"]}
    assert files["queens.c"] == text
    assert [name for name, shown in files.items() if shown == "of the library\n"] == [
        name for name in files if name.endswith("/stdlib/exit.c")
    ]
    told = await brisk.request("POST", f"{path}/command", {"line": "list main"})
    assert "int main(void)" in told.json()["output"]
    too_much = {"elf": elf, "sources": {"queens.c": "x" * ((1 << 20) + 1)}}
    refused = await brisk.request("POST", f"{path}/load", too_much)
    assert (refused.status, refused.json()["message"]) == (400, "The sources are too large (max 1048576 characters)")


async def test_disassembly_and_breakpoints(brisk: Http) -> None:
    path = await brisk.create()
    loaded = (await load(brisk, path, "queens")).json()
    main = loaded["symbols"]["main"]
    rows = (await brisk.request("GET", f"{path}/disassembly?address={main}&count=4")).json()["instructions"]
    assert (rows[0]["symbol"], rows[0]["address"]) == ("main", main)
    assert rows[0]["disassembly"].startswith(("STM", "PUSH", "SUB", "STR"))
    assert (await brisk.request("POST", f"{path}/breakpoint", {"address": main})).status == 200
    await brisk.run(path, "breakpoint")
    stepped = (await brisk.request("POST", f"{path}/step-over")).json()
    assert stepped["pc"] == main + 4
    refused = await brisk.request("POST", f"{path}/breakpoint", {"address": main + 2})
    assert refused.status == 500


# -- limits


async def test_an_executable_may_be_larger_than_other_requests(brisk: Http) -> None:
    path = await brisk.create()
    large = HELLO + bytes(3 << 20)
    assert (await brisk.request("POST", f"{path}/load", large, BINARY)).status == 200
    in_json = json.dumps({"elf": base64.b64encode(large).decode()})
    assert (await brisk.request("POST", f"{path}/load", in_json)).status == 200


async def test_a_source_may_not(brisk: Http) -> None:
    path = await brisk.create()
    long = HELLO_SOURCE + "; \n" * 400_000
    for body, headers in ((json.dumps({"source": long}), {}), (long, {"Content-Type": "text/plain"})):
        refused = await brisk.request("POST", f"{path}/load", body, headers)
        assert (refused.status, refused.json()["message"]) == (400, "Invalid request body")


async def test_how_large_an_executable_may_be(autojump_clock: object) -> None:
    config = GatewayConfig(max_program=len(HELLO))
    async with running(config) as gateway:
        http = gateway.http()
        path = await http.create()
        assert (await http.request("POST", f"{path}/load", HELLO, BINARY)).status == 200
        message = f"The program is too large (max {len(HELLO)} bytes)"
        for extra in (1, 1 << 20):
            refused = await gateway.http().request("POST", f"{path}/load", HELLO + bytes(extra), BINARY)
            assert (refused.status, refused.json()["message"]) == (400, message)
        body = json.dumps({"elf": base64.b64encode(HELLO + b"\0").decode()})
        refused = await gateway.http().request("POST", f"{path}/load", body)
        assert (refused.status, refused.json()["message"]) == (400, message)


# -- refused


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "this is no ELF file"),
        (HELLO_SOURCE.encode(), "this is no ELF file"),
        (HELLO[:4] + b"\2" + HELLO[5:], "not ELF32 (build it with arm-none-eabi-gcc"),
        (HELLO[:18] + b"\x3e" + HELLO[19:], "the program is for x86-64, not for ARM"),
        (HELLO[: len(HELLO) // 2], "the table of section headers reaches beyond its end"),
    ],
)
async def test_what_is_no_program_here(brisk: Http, body: bytes, message: str) -> None:
    path = await brisk.create(HELLO_SOURCE)
    refused = await brisk.request("POST", f"{path}/load?name=mine.elf", body, BINARY)
    told = refused.json()
    assert (refused.status, told["success"], told["code"]) == (400, False, 400)
    assert told["message"].startswith("1 error in the file: ")
    assert message in told["message"]
    assert told["errors"][0].startswith("mine.elf: error: ")
    assert told["parseErrors"][0].keys() == {"line", "column", "message"}
    await brisk.run(path)
    assert await console(brisk, path) == "Hello"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (f"?name={'n' * 256}", "Invalid program name (at most 255 characters, none of them NUL)"),
        ("?name=a%00b", "Invalid program name (at most 255 characters, none of them NUL)"),
        ("?" + "&".join(["argument=1"] * 1001), "Too many arguments (max 1000)"),
        ("?argument=a%00", "1 error in the file: an argument contains a 0 byte"),
    ],
)
async def test_command_lines_that_cannot_be(brisk: Http, query: str, message: str) -> None:
    path = await brisk.create()
    refused = await load(brisk, path, "hello", query)
    assert (refused.status, refused.json()["message"]) == (400, message)


@pytest.mark.parametrize("body", ['{"elf": 5}', '{"elf": "no base64!"}', '{"elf": "", "arguments": "x"}'])
async def test_malformed_requests(brisk: Http, body: str) -> None:
    path = await brisk.create()
    refused = await brisk.request("POST", f"{path}/load", body)
    assert (refused.status, refused.json()["message"]) == (400, "Invalid request body")


async def test_damaged_executables(brisk: Http) -> None:
    path = await brisk.create()
    chance = random.Random(SEED)
    for number in range(60):
        data = bytearray(HELLO)
        places = (range(180), range(len(HELLO) - 1400, len(HELLO)), range(len(HELLO)))
        for _ in range(chance.randint(1, 6)):
            data[chance.choice(chance.choice(places))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        answer = await brisk.request("POST", f"{path}/load", bytes(data), BINARY)
        assert answer.status in (200, 400), (SEED, number, answer.body)
        assert answer.json().keys() >= ({"success", "entryPoint"} if answer.status == 200 else {"success", "errors"})
