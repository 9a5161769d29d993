"""LLVM, as far as this engine needs it: assembly text in, object code out.

One compiler for each level serves the whole process; LLVM itself lets one thread in at a time, and none of them holds
the interpreter lock meanwhile. QUICK has code in a few milliseconds, whatever the size of a region; GOOD takes three
times as long for code that is three to five times as fast, FULL twice as long again for the last tenth or third.
"""

from __future__ import annotations

import itertools

import llvmlite.binding as llvm

from emu.isa.engines.native.code import FULL, GOOD, NAME, QUICK

LEVELS = (QUICK, GOOD, FULL)

# No new_gvn: it takes two variables for one that begin alike and are each increased on another path of a loop.
_PASSES = {
    QUICK: ("sroa",),
    GOOD: tuple(
        "sroa instruction_combine simplify_cfg jump_threading loop_simplify lcssa loop_rotate "
        "instruction_combine simplify_cfg".split()
    ),
}


class Compiler:
    """Compiles for this computer."""

    def __init__(self, level: int) -> None:
        """`level` is one of LEVELS."""
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self._target = llvm.Target.from_default_triple().create_target_machine(
            cpu=llvm.get_host_cpu_name(),
            features=llvm.get_host_cpu_features().flatten(),
            opt=0 if level == QUICK else 2,
            codemodel="jitdefault",
            jit=True,
        )
        self._level = level

    def object_code(self, text: str) -> bytes:
        """What a module of LLVM assembly is on this computer."""
        module = llvm.parse_assembly(text)
        options = llvm.create_pipeline_tuning_options(speed_level=max(1, self._level))
        if self._level in _PASSES:
            builder = llvm.create_pass_builder(self._target, options)
            passes = llvm.create_new_function_pass_manager()
            for name in _PASSES[self._level]:
                getattr(passes, f"add_{name}_pass")()
            passes.run(module.get_function(NAME), builder)
        else:
            # Guest loops have exits all over: there is nothing to vectorise, but it takes time to find that out.
            options.loop_vectorization = options.slp_vectorization = options.loop_interleaving = False
            builder = llvm.create_pass_builder(self._target, options)
            builder.getModulePassManager().run(module, builder)
        code: bytes = self._target.emit_object(module)
        return code


# Guest code has simple loops and many values in them: strength reduction makes more variables than there are registers.
llvm.set_option("emu", "-disable-lsr")

_compilers: dict[int, Compiler] = {}
_linkers: list[object] = []
_serial = itertools.count(1)


def compiler(level: int) -> Compiler:
    """The process's compiler for a level."""
    if level not in _compilers:
        _compilers[level] = Compiler(level)
    return _compilers[level]


def link(code: bytes) -> tuple[int, object]:
    """(the address of the function in this object code, what keeps it), by LLVM."""
    if not _linkers:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        _linkers.append(llvm.create_lljit_compiler())
    library = llvm.JITLibraryBuilder().add_object_img(code).export_symbol(NAME)
    tracker = library.link(_linkers[0], f"region{next(_serial)}")
    address: int = tracker[NAME]
    return address, tracker
