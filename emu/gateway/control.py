"""Protected sessions: who may command one, and who may only look.

A key is made when the session is created and told to its creator alone. Only its digest is kept, here and nowhere
else, so that neither a log nor a journal nor a memory dump of the session can give it away.
"""

from __future__ import annotations

import hashlib
import hmac
from secrets import token_urlsafe
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container

    from emu.actors.session import Session

CONTROL = "Emu-Control"
"""The header that carries the key."""

KEY_BYTES = 24


class Controls:
    """The keys of all protected sessions."""

    def __init__(self) -> None:
        self._digests: dict[str, bytes] = {}

    def protect(self, session: Session) -> str:
        """From now on commands need the key that this returns."""
        key = token_urlsafe(KEY_BYTES)
        self._digests[session.id] = _digest(key)
        return key

    def is_protected(self, session: Session) -> bool:
        """Whether commands need a key."""
        return session.id in self._digests

    def grants(self, session: Session, key: str | None) -> bool:
        """Whether a request with this key, or none, may command the session. The time tells nothing about the key."""
        expected = self._digests.get(session.id)
        return expected is None or hmac.compare_digest(_digest(key or ""), expected)

    def forget(self, session: Session) -> None:
        """The session is gone."""
        self._digests.pop(session.id, None)

    def keep(self, alive: Container[str]) -> None:
        """Forgets all sessions but these."""
        self._digests = {name: digest for name, digest in self._digests.items() if name in alive}


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()
