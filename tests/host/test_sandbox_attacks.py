"""Attempts to leave the sandbox, to hang it, or to make it touch what is no file."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emu.host.sandbox import MAX_LINKS, SandboxedFiles
from emu.services.effects import HostError, HostErrorKind, OpenMode
from tests.host.test_sandbox import open_descriptors

READ, WRITE, APPEND = OpenMode.READ, OpenMode.WRITE, OpenMode.APPEND
SECRET = b"outside"
OUT = "it leads out of the root directory"


class Cage:
    """A root with a secret next to it."""

    def __init__(self, top: Path, *, relative_open: bool) -> None:
        self.top = top
        self.root = top / "root"
        self.root.mkdir()
        (self.root / "dir").mkdir()
        (self.root / "dir" / "inner").write_bytes(b"inner")
        (self.root / "file").write_bytes(b"inside")
        (top / "secret").write_bytes(SECRET)
        self.files = SandboxedFiles(str(self.root), relative_open=relative_open)

    def link(self, name: str, target: str | Path) -> None:
        (self.root / name).symlink_to(target)

    def refusal(self, name: bytes, mode: OpenMode = READ) -> str:
        answer = self.files.open(name, mode)
        assert isinstance(answer, HostError), answer
        assert answer.kind is HostErrorKind.REFUSED, answer
        return answer.message

    def content(self, name: bytes) -> bytes:
        handle = self.files.open(name, READ)
        assert isinstance(handle, int), handle
        data = self.files.read(handle, 0, 100)
        assert isinstance(data, bytes)
        return data


@pytest.fixture(params=[pytest.param(True, id="relative"), pytest.param(False, id="checked")])
def cage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cage]:
    made = Cage(tmp_path, relative_open=request.param)
    yield made
    made.files.close()
    assert (tmp_path / "secret").read_bytes() == SECRET


@pytest.fixture
def safe_cage(tmp_path: Path) -> Iterator[Cage]:
    """Only the way of opening that withstands races."""
    made = Cage(tmp_path, relative_open=True)
    before = open_descriptors()
    yield made
    made.files.close()
    assert open_descriptors() == before
    assert (tmp_path / "secret").read_bytes() == SECRET


@pytest.mark.parametrize("mode", OpenMode)
@pytest.mark.parametrize("name", [b"..", b"../secret", b"dir/../file", b"/../secret", b"dir/..", b"./..//secret"])
def test_dot_dot_is_never_allowed(cage: Cage, name: bytes, mode: OpenMode) -> None:
    assert cage.refusal(name, mode) == '".." is not allowed in a name'


def test_a_name_must_say_something(cage: Cage) -> None:
    assert cage.refusal(b"") == "the name is empty"
    assert cage.refusal(b"a\0b") == "the name contains a 0 byte"


@pytest.mark.parametrize("mode", OpenMode)
@pytest.mark.parametrize("name", [b"/", b".", b"dir", b"dir/", b"dirlink"])
def test_directories_are_refused(cage: Cage, name: bytes, mode: OpenMode) -> None:
    cage.link("dirlink", "dir")
    assert cage.refusal(name, mode) == "it is a directory"


def test_an_absolute_name_is_looked_for_beneath_the_root(cage: Cage) -> None:
    answer = cage.files.open(os.fsencode(cage.top / "secret"), READ)
    assert isinstance(answer, HostError)
    assert answer.kind is HostErrorKind.NOT_FOUND


def test_links_that_stay_inside_are_followed(cage: Cage) -> None:
    cage.link("relative", "dir/inner")
    cage.link("absolute", cage.root / "dir" / "inner")
    cage.link("dirlink", "dir")
    cage.link("twice", "relative")
    cage.link("dotted", "./dir/.././dir//inner")
    cage.link("dir/up", "../file")
    cage.link("out and back", "../root/file")
    for name in (b"relative", b"absolute", b"dirlink/inner", b"twice", b"dotted"):
        assert cage.content(name) == b"inner"
    for name in (b"dir/up", b"dirlink/up", b"out and back"):
        assert cage.content(name) == b"inside"


def test_a_link_may_use_the_path_that_the_root_was_given_by(tmp_path: Path) -> None:
    made = Cage(tmp_path, relative_open=True)
    (tmp_path / "alias").symlink_to(made.root)
    made.link("link", tmp_path / "alias" / "file")
    with SandboxedFiles(str(tmp_path / "alias")) as files:
        assert isinstance(files.open(b"link", READ), int)


@pytest.mark.parametrize("mode", OpenMode)
@pytest.mark.parametrize(
    "target",
    [
        "../secret",
        "/etc/passwd",
        "../../../../../../../../etc/passwd",
        "../new",
        "dir/../../secret",
        "..",
        "/",
        "../root2/x",
    ],
)
def test_links_that_lead_out_are_refused(cage: Cage, target: str, mode: OpenMode) -> None:
    (cage.top / "root2").mkdir()
    (cage.top / "root2" / "x").write_bytes(b"neighbour whose name begins alike")
    cage.link("link", target)
    cage.link("indirect", "link")
    for name in (b"link", b"indirect"):
        assert cage.refusal(name, mode) in (OUT, "it is a directory")
    assert not (cage.top / "new").exists()
    assert (cage.top / "root2" / "x").read_bytes() == b"neighbour whose name begins alike"


@pytest.mark.parametrize("target", ["..", "/", "/etc"])
def test_directories_behind_links_that_lead_out_are_refused(cage: Cage, target: str) -> None:
    cage.link("link", target)
    for name in (b"link/secret", b"link/passwd"):
        answer = cage.files.open(name, WRITE)
        assert isinstance(answer, HostError)
        assert answer.kind is HostErrorKind.REFUSED


def test_the_way_back_to_the_root_leads_only_through_its_own_path(safe_cage: Cage) -> None:
    (safe_cage.top / "neighbour").mkdir()
    for number, way in enumerate(["missing", "neighbour"]):
        safe_cage.link(str(number), f"../{way}/../root/file")
        assert safe_cage.refusal(b"%d" % number) == OUT


def test_a_dangling_link_creates_only_inside(safe_cage: Cage) -> None:
    safe_cage.link("inside", "dir/new")
    safe_cage.link("outside", "../new")
    assert isinstance(safe_cage.files.open(b"inside", WRITE), int)
    assert (safe_cage.root / "dir" / "new").exists()
    assert safe_cage.refusal(b"outside", WRITE) == OUT
    assert not (safe_cage.top / "new").exists()


def test_links_in_a_circle_come_to_an_end(cage: Cage) -> None:
    cage.link("self", "self")
    cage.link("one", "two")
    cage.link("two", "one")
    cage.link("deeper", "deeper/deeper")
    for name in (b"self", b"one", b"deeper", b"self/file"):
        for mode in OpenMode:
            assert isinstance(cage.files.open(name, mode), HostError)


def test_a_long_chain_of_links_comes_to_an_end(safe_cage: Cage) -> None:
    safe_cage.link("0", "file")
    for number in range(1, MAX_LINKS + 1):
        safe_cage.link(str(number), str(number - 1))
    assert safe_cage.content(b"%d" % (MAX_LINKS - 1)) == b"inside"
    assert safe_cage.refusal(b"%d" % MAX_LINKS) == "too many symbolic links"


@pytest.mark.parametrize("mode", OpenMode)
def test_a_fifo_is_refused_without_waiting_for_its_other_end(cage: Cage, mode: OpenMode) -> None:
    os.mkfifo(cage.root / "fifo")
    cage.link("link", "fifo")
    assert cage.refusal(b"fifo", mode) == "it is not a regular file"
    assert cage.refusal(b"link", mode) == "it is not a regular file"


def test_a_socket_is_refused(cage: Cage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(cage.root)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert cage.refusal(b"socket", APPEND) == "it is not a regular file"


def test_a_device_is_refused() -> None:
    with SandboxedFiles("/dev") as files:
        for mode in OpenMode:
            answer = files.open(b"null", mode)
            assert isinstance(answer, HostError)
            assert answer.message == "it is not a regular file"


@pytest.mark.skipif(not os.path.exists("/proc/self/root"), reason="needs the process file system")
def test_the_links_of_the_process_file_system_lead_nowhere(cage: Cage) -> None:
    cage.link("proc", "/proc/self/root")
    cage.link("fd", f"/proc/self/fd/{os.open(cage.top, os.O_RDONLY)}")
    assert cage.refusal(b"proc/etc/passwd") == OUT
    assert cage.refusal(b"fd/secret") == OUT
    os.close(int((cage.root / "fd").readlink().name))


def test_the_root_may_be_the_whole_system(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"found")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "up").symlink_to("../" * 30 + str(tmp_path / "file")[1:])
    with SandboxedFiles("/") as files:
        for name in ("file", "link", "up"):
            handle = files.open(os.fsencode(tmp_path / name), READ)
            assert isinstance(handle, int)
            assert files.read(handle, 0, 9) == b"found"


# -- races: something is swapped in between two looks at a name -------------------------------------------------------


def before_each(monkeypatch: pytest.MonkeyPatch, function: str, attack: Callable[[], None]) -> None:
    """Runs `attack` whenever the sandbox is about to call a function of the operating system."""
    real = getattr(os, function)

    def attacked(*values: object, **named: object) -> object:
        attack()
        return real(*values, **named)

    monkeypatch.setattr(f"emu.host.sandbox.os.{function}", attacked)


@pytest.mark.parametrize("mode", OpenMode)
def test_a_link_swapped_in_for_the_file_is_not_followed_out(
    safe_cage: Cage, monkeypatch: pytest.MonkeyPatch, mode: OpenMode
) -> None:
    safe_cage.files.probe()
    target = safe_cage.root / "file"

    def swap() -> None:
        target.unlink()
        target.symlink_to("../secret")

    before_each(monkeypatch, "open", swap)
    assert safe_cage.refusal(b"file", mode) == OUT


def test_a_link_swapped_in_for_a_directory_is_not_followed_out(
    safe_cage: Cage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (safe_cage.top / "inner").write_bytes(SECRET)
    calls = 0

    def swap() -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            (safe_cage.root / "dir").rename(safe_cage.root / "moved")
            safe_cage.link("dir", "..")

    safe_cage.files.probe()
    before_each(monkeypatch, "open", swap)
    assert safe_cage.content(b"dir/inner") == b"inner"
    assert safe_cage.refusal(b"dir/inner") == OUT


def test_a_directory_moved_out_while_it_is_walked_gives_no_way_up(
    safe_cage: Cage, monkeypatch: pytest.MonkeyPatch
) -> None:
    (safe_cage.root / "dir" / "up").symlink_to("../secret")
    moved = False

    def move() -> None:
        nonlocal moved
        if not moved:
            moved = True
            (safe_cage.root / "dir").rename(safe_cage.top / "dir")

    before_each(monkeypatch, "readlink", move)
    answer = safe_cage.files.open(b"dir/up", READ)
    assert isinstance(answer, HostError)
    assert answer.kind is HostErrorKind.NOT_FOUND


@pytest.mark.parametrize("mode", OpenMode)
def test_a_fifo_swapped_in_for_the_file_does_not_block(
    safe_cage: Cage, monkeypatch: pytest.MonkeyPatch, mode: OpenMode
) -> None:
    safe_cage.files.probe()

    def swap() -> None:
        (safe_cage.root / "file").unlink()
        os.mkfifo(safe_cage.root / "file")

    before_each(monkeypatch, "open", swap)
    assert isinstance(safe_cage.files.open(b"file", mode), HostError)


def test_a_file_and_a_link_swapped_back_and_forth_come_to_an_end(
    safe_cage: Cage, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe_cage.files.probe()
    target = safe_cage.root / "file"

    def become_link() -> None:
        target.unlink(missing_ok=True)
        target.symlink_to("file")

    def become_file() -> None:
        target.unlink(missing_ok=True)
        target.write_bytes(b"")

    before_each(monkeypatch, "stat", become_file)
    before_each(monkeypatch, "open", become_link)
    assert safe_cage.refusal(b"file") == "too many symbolic links"


def test_appending_goes_to_the_end_even_if_somebody_else_appends_meanwhile(
    safe_cage: Cage, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = safe_cage.files.open(b"file", APPEND)
    assert isinstance(handle, int)

    def append() -> None:
        with (safe_cage.root / "file").open("ab") as other:
            other.write(b", theirs")

    before_each(monkeypatch, "write", append)
    assert safe_cage.files.write(handle, None, b", ours") == len(b"inside, theirs, ours")
    assert safe_cage.content(b"file") == b"inside, theirs, ours"


# -- anything at all --------------------------------------------------------------------------------------------------

parts = st.sampled_from([b"a", b"b", b"link", b"up", b"..", b".", b"", b"dir", b"secret", b"root", b"x" * 300])
paths = st.lists(parts, max_size=6).map(b"/".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    st.dictionaries(parts.filter(lambda part: part.isalpha() and len(part) < 9), paths, max_size=4),
    paths,
    st.sampled_from(list(OpenMode)),
)
def test_no_arrangement_of_links_opens_anything_outside(
    tmp_path_factory: pytest.TempPathFactory, links: dict[bytes, bytes], name: bytes, mode: OpenMode
) -> None:
    top = tmp_path_factory.mktemp("cage")
    made = Cage(top, relative_open=True)
    for link, target in links.items():
        path = os.path.join(os.fsencode(made.root), link)
        if target and not os.path.lexists(path):
            os.symlink(target, path)
    outside = sorted(entry.name for entry in top.iterdir())
    with made.files as files:
        handle = files.open(name, mode)
        if isinstance(handle, int):
            files.write(handle, None if mode is APPEND else 0, b"touched")
            assert files.read(handle, 0, 100) != SECRET
    assert (top / "secret").read_bytes() == SECRET
    assert sorted(entry.name for entry in top.iterdir()) == outside


# -- removing and renaming --------------------------------------------------------------------------------------------


def test_a_file_is_removed(cage: Cage) -> None:
    assert cage.files.remove(b"dir/inner") is None
    assert not (cage.root / "dir" / "inner").exists()
    gone = cage.files.remove(b"dir/inner")
    assert gone is not None
    assert gone.kind is HostErrorKind.NOT_FOUND


def test_a_file_is_renamed_over_another(cage: Cage) -> None:
    assert cage.files.rename(b"dir/inner", b"/file") is None
    assert cage.content(b"file") == b"inner"
    assert not (cage.root / "dir" / "inner").exists()


@pytest.mark.parametrize("name", [b"", b"a\0b", b"../secret", b"dir/../../secret", b"dir", b"/", b".", b"out/secret"])
def test_what_must_not_be_removed_or_renamed(cage: Cage, name: bytes) -> None:
    cage.link("out", "..")
    answers = (cage.files.remove(name), cage.files.rename(name, b"new"), cage.files.rename(b"file", name))
    for answer in answers:
        assert answer is not None
        assert answer.kind is HostErrorKind.REFUSED, answer
    assert (cage.root / "file").read_bytes() == b"inside"
    assert (cage.root / "dir" / "inner").exists()
    assert not (cage.root / "new").exists()


def test_of_a_link_only_the_link_is_touched(cage: Cage) -> None:
    cage.link("link", "../secret")
    assert cage.files.rename(b"link", b"moved") is None
    assert (cage.root / "moved").is_symlink()
    assert cage.files.remove(b"moved") is None
    assert not (cage.root / "moved").is_symlink()


def test_no_descriptor_stays_open(safe_cage: Cage) -> None:
    safe_cage.files.rename(b"dir/inner", b"dir/other")
    safe_cage.files.rename(b"dir/other", b"nowhere/x")
    safe_cage.files.rename(b"nowhere/x", b"dir/x")
    safe_cage.files.remove(b"dir/other")
    safe_cage.files.remove(b"dir")
