"""LLVM, as far as this engine needs it: assembly text in, a callable out.

One compiler serves the whole process; LLVM itself lets one thread in at a time. Compiled code can be kept by a
`CodeCache`, so that a second run of a program need not compile it again: the key covers the text, the version of
LLVM, the processor and the options, hence whatever could make the code wrong.
"""

from __future__ import annotations

import ctypes
import hashlib
import itertools

import llvmlite
import llvmlite.binding as llvm

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    NativeFunction = Callable[..., int]
    """Five pointers and the budget, to the budget left."""

    class CodeCache(Protocol):
        """Keeps compiled code by key. Both methods may fail silently: a miss costs only time."""

        def load(self, key: str) -> bytes | None:
            """What was stored under `key`, or None."""

        def store(self, key: str, code: bytes) -> None:
            """Keeps `code`."""


NAME = "region"
_SIGNATURE = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 5, ctypes.c_int64)


class Compiler:
    """Compiles for this computer. `level` is LLVM's speed level, 0 to 3."""

    def __init__(self, level: int = 2) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
        target = llvm.Target.from_default_triple()
        self._target = target.create_target_machine(
            cpu=cpu, features=features, opt=level, codemodel="jitdefault", jit=True
        )
        self._jit = llvm.create_lljit_compiler(self._target)
        self._level = level
        self._serial = itertools.count(1)
        self._identity = f"{llvmlite.__version__} {llvm.llvm_version_info} {target.triple} {cpu} {features} {level}"

    def compile(self, text: str, cache: CodeCache | None = None) -> tuple[NativeFunction, object]:
        """The function `NAME` of a module of LLVM assembly, and what keeps its code alive."""
        code = None
        key = ""
        if cache is not None:
            key = hashlib.sha256(f"{self._identity}\n{text}".encode()).hexdigest()
            code = cache.load(key)
        if code is None:
            code = self._object_code(text)
            if cache is not None:
                cache.store(key, code)
        library = llvm.JITLibraryBuilder().add_object_img(code).export_symbol(NAME)
        tracker = library.link(self._jit, f"region{next(self._serial)}")
        return _SIGNATURE(tracker[NAME]), tracker

    def _object_code(self, text: str) -> bytes:
        module = llvm.parse_assembly(text)
        options = llvm.create_pipeline_tuning_options(speed_level=self._level)
        builder = llvm.create_pass_builder(self._target, options)
        builder.getModulePassManager().run(module, builder)
        code: bytes = self._target.emit_object(module)
        return code


_compilers: dict[int, Compiler] = {}


def compiler(level: int = 2) -> Compiler:
    """The process's compiler for a level."""
    if level not in _compilers:
        _compilers[level] = Compiler(level)
    return _compilers[level]
