"""What else compilers make of C and C++ for ARMv4T: the library's corners, programs without a library, exceptions."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import Result, emu

COMPILER, CPP = "arm-none-eabi-gcc", "arm-none-eabi-g++"
ARM = ("-marm", "-march=armv4t")

pytestmark = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"{COMPILER} is not installed")


def has_cpp() -> bool:
    if shutil.which(CPP) is None:
        return False
    command = [CPP, *ARM, "-print-file-name=libstdc++.a"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return Path(found.stdout.strip()).is_absolute()


def build(folder: Path, source: str, *options: str, compiler: str = COMPILER, ending: str = "c") -> Path:
    path, program = folder / f"program.{ending}", folder / "program.elf"
    path.write_text(source, encoding="utf-8")
    command = [compiler, *ARM, *options, str(path), "-o", str(program), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return program


CORNERS = r"""
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int count, char **words)
{
    int number;
    double fraction;
    char word[20];
    printf("%d", scanf("%d %lf %19s", &number, &fraction, word));
    printf(" %d %g %s\n", number, fraction, word);
    char *large = malloc(40 << 20);
    memset(large, 1, 40 << 20);
    printf("%d %d\n", large[(40 << 20) - 1], malloc(100 << 20) == NULL);
    printf("%.17g %e %d\n", M_PI, 1e300, clock() >= 0 && time(0) > 1000000000);
    FILE *file = fopen("x.txt", "w+");
    fprintf(file, "one\ntwo\n");
    rewind(file);
    printf("%s", fgets(word, sizeof word, file));
    printf("%ld\n", ftell(file));
    fclose(file);
    printf("%d %d\n", remove("x.txt"), fopen("x.txt", "r") == NULL);
    fprintf(stderr, "on the error stream\n");
    if (count > 1 && strcmp(words[1], "abort") == 0)
        abort();
    assert(count < 3);
    exit(count > 1 ? 300 : 0);
}
"""
TOLD = b"3 5 2.5 word\n1 1\n3.1415926535897931 1.000000e+300 1\none\n4\n0 1\n"


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [((), 0, ""), (("x",), 300 % 256, ""), (("abort",), 1, ""), (("a", "b"), 1, 'assertion "count < 3" failed')],
)
@pytest.mark.parametrize("option", ["-mno-thumb-interwork", "-mthumb-interwork"])
def test_corners_of_the_library(option: str, words: tuple[str, ...], status: int, message: str, tmp_path: Path) -> None:
    program = build(tmp_path, CORNERS, option, "--specs=rdimon.specs", "-O1")
    result: Result = emu("run", "--fsroot", tmp_path, program, *words, stdin=b"5 2.5 word\n")
    assert (result.out, result.status) == (TOLD, status)
    assert result.err.startswith("on the error stream\n")
    assert message in result.err


ALONE = r"""
static int call(int operation, const void *parameter)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = parameter;
    __asm__ volatile("%s 0x123456" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void _start(void)
{
    const int end[] = {0x20026, 9};
    call(0x04, "nobody else is here\n");
    call(0x20, end);
}
"""


@pytest.mark.parametrize("mnemonic", ["svc", "swi"])
def test_a_program_without_any_library(mnemonic: str, tmp_path: Path) -> None:
    program = build(tmp_path, ALONE.replace("%s", mnemonic), "-ffreestanding", "-nostdlib", "-O2")
    result = emu("run", program)
    assert (result.out, result.status, result.err) == (b"nobody else is here\n", 9, "")


CPP_SOURCE = r"""
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

struct Shape { virtual int sides() const { return 0; } virtual ~Shape() {} };
struct Square : Shape { int sides() const override { return 4; } };
static std::vector<int> made_before_main{1, 2, 3};

int main()
{
    std::map<std::string, int> counts;
    for (const char *word : {"one", "two", "one"})
        counts[word]++;
    for (auto &entry : counts)
        std::printf("%s %d\n", entry.first.c_str(), entry.second);
    Shape *shape = new Square;
    std::printf("%d %d\n", shape->sides(), (int)made_before_main.size());
    delete shape;
    try {
        std::vector<int>().at(3);
    } catch (const std::out_of_range &) {
        std::puts("caught");
    }
    return 0;
}
"""


@pytest.mark.skipif(not has_cpp(), reason="the library of C++ is not installed")
def test_cpp_with_exceptions(tmp_path: Path) -> None:
    options = ("--specs=rdimon.specs", "-O1", "-ffunction-sections", "-Wl,--gc-sections")
    program = build(tmp_path, CPP_SOURCE, *options, compiler=CPP, ending="cpp")
    result = emu("run", program)
    assert (result.out, result.status, result.err) == (b"one 2\ntwo 1\n4 3\ncaught\n", 0, "")


@pytest.mark.parametrize(
    ("options", "said", "hint"),
    [
        (("-c",), "the file is an object file, not an executable", "link it: arm-none-eabi-gcc -marm"),
        (("-shared", "-nostdlib", "-fPIC"), "shared object", "-static"),
    ],
)
def test_what_is_no_executable(options: tuple[str, ...], said: str, hint: str, tmp_path: Path) -> None:
    program = build(tmp_path, "int answer(void) { return 42; }\n", *options)
    result = emu("run", program)
    assert (result.status, result.out) == (1, b"")
    assert said in result.err
    assert hint in result.err
