"""Why a statement cannot be encoded."""

from __future__ import annotations


class EncodingError(Exception):
    """A well-formed statement that has no encoding.

    `code` is a stable name, `message` a sentence for the programmer, `hint` a way out if there is one, `operand` the
    index of the offending operand (from 0) if the trouble is with one.
    """

    def __init__(self, code: str, message: str, hint: str | None = None, operand: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.operand = operand


class NotEncodable(EncodingError):
    """An immediate that no rotation of 8 bits can express. `value` is 32-bit unsigned."""

    def __init__(self, value: int, operand: int | None = None) -> None:
        super().__init__("immediate", f"0x{value:08X} is not an 8-bit value rotated by an even amount", None, operand)
        self.value = value
