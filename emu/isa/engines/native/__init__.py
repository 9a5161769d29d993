"""Hot regions of guest code as machine code: written at once by a generator of our own, optimised by LLVM."""

from __future__ import annotations


def has_compiler() -> bool:
    """Whether LLVM is installed."""
    from importlib.machinery import PathFinder

    return PathFinder.find_spec("llvmlite") is not None


def is_possible() -> bool:
    """Whether hot code can become native on this computer: by LLVM, or by the generator of quick code."""
    if has_compiler():
        return True
    from emu.isa.engines.native.objects import Unloadable
    from emu.isa.engines.native.x64.chain import Chain

    try:
        Chain()
    except Unloadable:
        return False
    return True
