"""The server on real sockets of the loopback, and as a process: what memory streams cannot show."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import trio
from trio_websocket import open_websocket_url
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request, TextMessage

from emu.actors.supervisor import SupervisorConfig
from emu.cli import arm_emulator, output
from emu.gateway.config import GatewayConfig
from emu.gateway.process import Listening, serve
from tests.cli.command import command_line, environment
from tests.gateway.harness import ADD, ENDLESS, Http, numbers, session_id

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@asynccontextmanager
async def serving(config: GatewayConfig | None = None) -> AsyncIterator[Listening]:
    """A server on a free port of the loopback addresses."""
    async with trio.open_nursery() as nursery:
        yield await nursery.start(lambda task_status: serve(
            SupervisorConfig(), config or GatewayConfig(), port=0, task_status=task_status
        ))  # fmt: skip
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def http_to(listening: Listening, address: str = "127.0.0.1") -> AsyncIterator[Http]:
    """An HTTP client."""
    async with await trio.open_tcp_stream(address, listening.port) as stream:
        yield Http(stream)


async def test_both_loopback_addresses_answer_on_one_port() -> None:
    async with serving() as listening:
        for address, _ in listening.addresses:
            async with http_to(listening, address) as http:
                assert (await http.request("GET", "/health")).status == 200
        assert len({port for _, port in listening.addresses}) == 1
        assert listening.addresses[0][0] == "127.0.0.1"


async def test_a_run_is_followed_over_a_real_socket() -> None:
    async with serving() as listening, http_to(listening) as http:
        path = await http.create(numbers(10_000))
        async with open_websocket_url(f"ws://127.0.0.1:{listening.port}/api/v1/ws") as connection:
            message = {"type": "subscribe", "version": 2, "sessionId": session_id(path)}
            await connection.send_message(json.dumps(message))
            subscribed = json.loads(await connection.get_message())
            await http.request("POST", f"{path}/run")
            text, last = "", subscribed["seq"]
            while True:
                event = json.loads(await connection.get_message())
                if event["type"] in ("snapshot", "heartbeat"):
                    continue
                assert event["prev"] == last
                last = event["seq"]
                text += event["data"].get("content", "")
                if event["data"].get("status") == "halted":
                    break
        assert text == "".join(f"{n}\n" for n in range(100000, 110000))


async def stalled_socket(listening: Listening, path: str) -> trio.SocketStream:
    """A subscriber on a raw socket with a small buffer that reads no more after the handshake."""
    sock = trio.socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await sock.connect(("127.0.0.1", listening.port))
    stream = trio.SocketStream(sock)
    protocol = WSConnection(ConnectionType.CLIENT)
    await stream.send_all(protocol.send(Request(host="localhost", target="/ws")))
    protocol.receive_data(bytes(await stream.receive_some(4096)))
    assert isinstance(next(iter(protocol.events())), AcceptConnection)
    message = {"type": "subscribe", "version": 2, "sessionId": session_id(path), "from": "start"}
    await stream.send_all(protocol.send(TextMessage(json.dumps(message))))
    return stream


async def test_stalled_sockets_delay_neither_a_fellow_nor_the_stop() -> None:
    count = 100_000
    async with serving() as listening, http_to(listening) as http:
        path = await http.create(numbers(count))
        stalled = [await stalled_socket(listening, path) for _ in range(5)]
        started = await http.request("POST", f"{path}/run")
        while True:
            answer = await http.request("GET", f"{path}/wait?state=halted&after={started.seq}&timeout=60")
            if answer.status == 200:
                break
        console = (await http.request("GET", f"{path}/console")).json()
        assert console["output"].endswith(f"{100000 + count - 1}\n")
        before = time.monotonic()
    assert time.monotonic() - before < 2.5
    for stream in stalled:
        await trio.aclose_forcefully(stream)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1"])
def test_other_addresses_need_a_token(host: str) -> None:
    done = subprocess.run(
        command_line("serve", "--host", host),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=environment(),
    )
    assert done.returncode == 2
    assert "needs a --token" in done.stderr


@contextmanager
def process(*command: str, **options: Any) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server process, and its port once it listens."""
    server = subprocess.Popen(
        command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=environment(), **options
    )
    try:
        assert server.stderr is not None
        while "server started" not in (line := server.stderr.readline()):
            assert line, "the server ended before it listened"
        yield (
            server,
            int(json.loads(line)["url"].rpartition(":")[2] if line.startswith("{") else line.rpartition(":")[2]),
        )
    finally:
        server.kill()
        server.wait()
        assert server.stderr is not None
        server.stderr.close()


def ask(port: int, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """One request to a server process."""
    from http.client import HTTPConnection

    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, json.dumps(body or {}), {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_signal_stops_the_server_with_success(number: signal.Signals, form: str) -> None:
    with process(*command_line("serve", "--port", "0", "--log-format", form)) as (server, port):
        path = f"/api/v1/session/{ask(port, 'POST', '/api/v1/session')['sessionId']}"
        ask(port, "POST", f"{path}/load", {"source": ENDLESS})
        ask(port, "POST", f"{path}/run")
        before = time.monotonic()
        server.send_signal(number)
        assert server.wait(10) == 0
        assert time.monotonic() - before < 2
        assert server.stderr is not None
        rest = server.stderr.read()
        assert number.name in rest
        assert "Traceback" not in rest


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            command_line("serve", "--port", str(port)), capture_output=True, text=True, timeout=60, check=False,
            env=environment(),
        )  # fmt: skip
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_server_ends_with_the_process_that_started_it() -> None:
    starter = (
        "import subprocess, sys\n"
        "server = subprocess.Popen(sys.argv[1:], stderr=subprocess.PIPE, text=True)\n"
        "print(server.pid, server.stderr.readline(), flush=True)\n"
        "input()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter, *command_line("serve", "--port", "0")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    assert parent.stdout is not None
    assert parent.stdin is not None
    pid = int(parent.stdout.readline().split()[0])
    parent.kill()
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    assert _ends(pid, seconds=10), "the orphan lives"


def _ends(pid: int, *, seconds: float) -> bool:
    """Whether a process that is nobody's child here ends in time."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], seconds)[0])
    finally:
        os.close(process)


ARM_EMULATOR = (sys.executable, "-c", "import sys; from emu.cli.arm_emulator import main; sys.exit(main())")


@pytest.mark.parametrize(
    "words", [("-api-server", "-port", "0"), ("--api-server", "--port=0"), ("-port=0", "-api-server=true")]
)
def test_the_old_name_serves_with_one_dash_or_two(words: tuple[str, ...]) -> None:
    with process(*ARM_EMULATOR, *words) as (_, port):
        assert ask(port, "GET", "/health")["status"] == "ok"
        assert ask(port, "POST", "/api/v1/session")["sessionId"]


def old(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs `arm-emulator WORDS` to its end."""
    return subprocess.run(
        [*ARM_EMULATOR, *words], capture_output=True, text=True, timeout=60, check=False, env=environment(), **options
    )


def test_the_old_name_runs_programs(tmp_path: Path) -> None:
    program = tmp_path / "add.s"
    program.write_text(numbers(2))
    for words in [(), ("-max-cycles", "5000"), ("--stack-size=131072", "-stack-guard"), ("-verbose=false",)]:
        done = old(*words, str(program))
        assert (done.returncode, done.stdout) == (0, "100000\n100001\n")
    endless = tmp_path / "endless.s"
    endless.write_text(ENDLESS)
    assert "cycle limit exceeded (1000000 cycles)" in old(str(endless)).stderr


def test_the_old_name_dumps_symbols(tmp_path: Path) -> None:
    program = tmp_path / "add.s"
    program.write_text(ADD)
    shown = old("-dump-symbols", str(program))
    assert "_start" in shown.stdout
    table = tmp_path / "symbols.txt"
    assert old("-dump-symbols", "-symbols-file", str(table), str(program)).stdout == ""
    assert table.read_text() == shown.stdout


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (("-help",), 0, "usage: arm-emulator"),
        (("--help",), 0, "-api-server"),
        (("-version",), 0, "emu "),
        (("-verbose",), 0, "usage: arm-emulator"),
        (("-frobnicate",), 2, "unknown option -frobnicate"),
        (("-prt", "1"), 2, "did you mean -port?"),
        (("-port",), 2, "-port needs a value"),
        (("-api-server", "-port", "x"), 2, "--port needs a number"),
        (("-stats=maybe",), 2, "-stats is true or false"),
        (("nothing.s",), 1, "nothing.s"),
    ],
)
def test_what_the_old_name_says(words: tuple[str, ...], status: int, text: str) -> None:
    done = old(*words)
    assert done.returncode == status
    assert text in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_old_name_without_arguments_is_a_server_unless_somebody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[list[str]] = []
    shown: list[str] = []

    def emu(words: list[str]) -> int:
        lines.append(words)
        return 0

    monkeypatch.setattr(arm_emulator, "emu", emu)
    monkeypatch.setattr(output, "write", shown.append)

    class Input:
        def __init__(self, terminal: bool) -> None:
            self._terminal = terminal

        def isatty(self) -> bool:
            return self._terminal

    monkeypatch.setattr(sys, "stdin", Input(False))
    assert arm_emulator.main([]) == 0
    assert lines == [["serve", "--port", "8080"]]
    monkeypatch.setattr(sys, "stdin", Input(True))
    assert arm_emulator.main([]) == 0
    assert shown == [arm_emulator.HELP]
