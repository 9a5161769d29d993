"""The rules of the house: who may import whom, what a cold start may cost, how long a file may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import environment

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "emu"

LAYERS = ("isa", "services", "host", "debugger", "actors", "gateway", "cli")
"""From the inside out. A layer imports itself and the layers before it."""

CLIENT_MAY_IMPORT = ("emu.client", "emu.wire")

IMPURE = {
    "trio", "asyncio", "threading", "_thread", "concurrent", "multiprocessing", "subprocess", "socket", "select",
    "selectors", "ssl", "signal", "time", "datetime", "random", "secrets", "uuid", "os", "io", "pathlib", "tempfile",
    "shutil", "glob", "logging", "urllib", "http",
}  # fmt: skip
"""Modules that perform I/O, read a clock, draw random numbers or start threads."""

IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "breakpoint"}

TRANSLATORS = {"emu.isa.engines.python", "emu.isa.analysis.noted_steps"}
"""The modules that execute code of their own making."""

SLOW = {
    "typing", "dataclasses", "attr", "attrs", "inspect", "pathlib", "json", "tempfile", "subprocess", "asyncio", "trio",
    "contextlib", "importlib.metadata", "logging", "random", "hashlib", "socket", "argparse", "difflib", "textwrap",
    "datetime", "shutil", "ast", "dis",
}  # fmt: skip
"""Modules that `emu run` may not load: each costs a noticeable part of a cold start."""

MOST_LINES = 500


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def layer_of(name: str) -> str | None:
    """The layer of a dotted module name, None for everything that is not in one."""
    parts = name.split(".")
    return parts[1] if parts[0] == "emu" and len(parts) > 1 and parts[1] in LAYERS else None


def module_name(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every module that the source names in an import, wherever it stands, and the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            assert node.module is not None
            yield node.module, node.lineno
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@pytest.mark.parametrize("path", modules(PACKAGE), ids=module_name)
def test_imports_point_one_way(path: Path) -> None:
    name = module_name(path)
    own = layer_of(name)
    wrong = []
    for imported, line in imports(parse(path)):
        other = layer_of(imported)
        if name.startswith("emu.client"):
            inside = imported == "emu" or not imported.startswith("emu.")
            if not (inside or imported.startswith(CLIENT_MAY_IMPORT) or imported == "emu.__version__"):
                wrong.append(f"{path.name}:{line}: the client may not know {imported}")
        elif own is None:
            continue
        elif imported.startswith("emu.client"):
            wrong.append(f"{path.name}:{line}: {own} may not know the client")
        elif other is not None and LAYERS.index(other) > LAYERS.index(own):
            wrong.append(f"{path.name}:{line}: {own} may not know {imported}")
    assert not wrong


@pytest.mark.parametrize("path", modules(PACKAGE / "isa") + modules(PACKAGE / "services"), ids=module_name)
def test_the_machine_and_its_services_are_pure(path: Path) -> None:
    tree = parse(path)
    forbidden = IMPURE_CALLS - {"exec"} if module_name(path) in TRANSLATORS else IMPURE_CALLS
    wrong = [f"{path.name}:{line}: {name}" for name, line in imports(tree) if name.split(".")[0] in IMPURE]
    wrong += [
        f"{path.name}:{node.lineno}: {node.func.id}()"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in forbidden
    ]
    assert not wrong


def loaded_by(code: str) -> set[str]:
    """The modules that `code` loads beyond those that a bare interpreter has loaded anyway."""
    report = "import sys; print('\\n'.join(sys.modules), file=sys.stderr)"
    listings = []
    for program in (report, f"{code}\n{report}"):
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, check=True, cwd=ROOT, env=environment()
        )
        listings.append(set(done.stderr.decode().splitlines()))
    bare, full = listings
    return full - bare


def test_a_run_loads_nothing_slow() -> None:
    code = "from emu.cli.main import main; assert main(['run', 'samples/hello.s']) == 0"
    loaded = loaded_by(code)
    assert not loaded & SLOW
    assert not {name for name in loaded if name.split(".")[:2] in (["emu", "actors"], ["emu", "gateway"])}
    reports = {"emu.cli.traces", "emu.cli.statistics", "emu.cli.report"}
    assert not {name for name in loaded if name.startswith("emu.isa.analysis.") or name in reports}, "costs when off"


LOOP = "_start: MOV R1, #1000\nnext: SUBS R1, R1, #1\n BNE next\n MOV R0, #0\n SWI #0\n"
"""Becomes native wherever that takes no LLVM, and is over before LLVM could do anything for it."""


def test_native_code_loads_what_it_needs(tmp_path: Path) -> None:
    source = tmp_path / "loop.s"
    source.write_text(LOOP, encoding="ascii")
    loaded = loaded_by(f"from emu.cli.main import main; assert main(['run', {str(source)!r}]) == 0")
    assert not loaded & (SLOW | {"array", "importlib", "threading"})
    unused = ("compiler", "emitter", "written")
    assert not {f"emu.isa.engines.native.{name}" for name in unused} & loaded, "costs when nothing is compiled"
    assert not {name for name in loaded if name.startswith("emu.isa.analysis.")}, "costs when nothing is counted"


def test_a_compiled_program_needs_no_regular_expressions() -> None:
    code = "from emu.cli.main import main; assert main(['run', 'samples/c/hello.elf']) == 0"
    loaded = loaded_by(code)
    assert not loaded & (SLOW | {"re"})
    assert not {name for name in loaded if name.startswith("emu.isa.assembler.")}


def test_a_command_loads_no_other_command() -> None:
    loaded = loaded_by("from emu.cli.main import main; assert main(['version']) == 0")
    assert {name for name in loaded if name.startswith("emu.cli.")} == {
        "emu.cli." + name for name in ("commands", "main", "options", "output", "status", "version")
    }
    assert {name for name in loaded if name.startswith("emu.isa.")} == {"emu.isa.values"}


@pytest.mark.parametrize("folder", ["emu", "tests", "benchmarks"])
def test_no_file_holds_more_than_one_idea(folder: str) -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in modules(ROOT / folder)}
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}
