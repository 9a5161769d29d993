"""The build attributes: which processor the compiler had in mind (Addenda to the ABI for the Arm Architecture, 3)."""

from __future__ import annotations

from emu.isa.elf.errors import ElfError
from emu.isa.elf.reader import Reader

_ARCHITECTURES = (
    "pre-v4", "v4", "v4T", "v5T", "v5TE", "v5TEJ", "v6", "v6KZ", "v6T2", "v6K", "v7", "v6-M", "v6S-M", "v7E-M", "v8-A",
    "v8-R", "v8-M.baseline", "v8-M.mainline", "v8.1-A", "v8.2-A", "v8.3-A", "v8.1-M.mainline", "v9-A",
)  # fmt: skip
_V4T = 2

_FILE_SCOPE = 1
_CPU_RAW_NAME, _CPU_NAME, _CPU_ARCH, _ARM_ISA_USE, _THUMB_ISA_USE, _FP_ARCH = 4, 5, 6, 8, 9, 10
_WMMX_ARCH, _SIMD_ARCH, _COMPATIBILITY = 11, 12, 32
_TEXTS = (_CPU_RAW_NAME, _CPU_NAME)

_ARM_STATE = "compile and link with -marm -march=armv4t"


def check_attributes(section: bytes) -> None:
    """Raises ElfError if the attributes ask for more than ARMv4T in ARM state without coprocessors."""
    for attributes in _file_attributes(section):
        architecture = attributes.get(_CPU_ARCH, 0)
        if architecture > _V4T:
            known = architecture < len(_ARCHITECTURES)
            name = f"ARM{_ARCHITECTURES[architecture]}" if known else f"architecture {architecture}"
            raise ElfError(
                "architecture", f"the program is built for {name} (Tag_CPU_arch); this machine is ARMv4T", _ARM_STATE
            )
        if attributes.get(_ARM_ISA_USE, 1) == 0:
            raise ElfError("thumb", "the program has no ARM code at all (Tag_ARM_ISA_use)", _ARM_STATE)
        if attributes.get(_THUMB_ISA_USE, 0) > 1:
            raise ElfError("thumb", "the program uses Thumb-2 code (Tag_THUMB_ISA_use)", _ARM_STATE)
        for tag, name in (
            (_FP_ARCH, "Tag_FP_arch"),
            (_SIMD_ARCH, "Tag_Advanced_SIMD_arch"),
            (_WMMX_ARCH, "Tag_WMMX_arch"),
        ):
            if attributes.get(tag, 0):
                raise ElfError(
                    "floating_point", f"the program uses a coprocessor ({name})", "compile with -mfloat-abi=soft"
                )


def _file_attributes(section: bytes) -> list[dict[int, int]]:
    """The numeric attributes of each file-scope subsection of the vendor "aeabi"."""
    if section[:1] != b"A":
        return []
    found = []
    reader = Reader(section, "the attribute section", 1)
    while reader.left:
        length = reader.number(4)
        vendor = reader.part(max(0, length - 4))
        if vendor.text() != b"aeabi":
            continue
        while vendor.left:
            before = vendor.left
            scope = vendor.uleb()
            size = vendor.number(4)
            body = vendor.part(max(0, size - (before - vendor.left)))
            if scope == _FILE_SCOPE:
                found.append(_numbers(body))
    return found


def _numbers(body: Reader) -> dict[int, int]:
    values = {}
    while body.left:
        tag = body.uleb()
        if tag == _COMPATIBILITY:
            body.uleb()
            body.text()
        elif tag in _TEXTS or (tag > _COMPATIBILITY and tag & 1):
            body.text()
        else:
            values[tag] = body.uleb()
    return values
