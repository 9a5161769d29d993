"""Why a file is not a program that can run here."""

from __future__ import annotations


class ElfError(Exception):
    """`code` is a stable name for programs, `message` is for people, and `hint`, if any, says what would help."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


def truncated(what: str) -> ElfError:
    """The file ends before `what` does."""
    return ElfError("truncated", f"the file is damaged: {what} reaches beyond its end")


def damaged(what: str) -> ElfError:
    """Something in the file cannot be as it is."""
    return ElfError("damaged", f"the file is damaged: {what}")
