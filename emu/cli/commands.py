"""The commands by name. A command lives in the module of its name, which is imported only when it is chosen."""

from __future__ import annotations

SUMMARIES = {
    "run": "assemble a program and run it",
    "debug": "run a program step by step, with breakpoints and watchpoints",
    "asm": "assemble to an image, Intel HEX, a listing or a symbol table",
    "disasm": "show the instructions in an image or in a program",
    "fmt": "put source text into the canonical layout",
    "lint": "find errors and what is probably not meant in sources",
    "symbols": "list the labels and constants of a program",
    "xref": "list who uses which name of a source",
    "serve": "serve sessions over HTTP and WebSocket",
    "completion": "print the completion script for a shell",
    "version": "print the version",
}
