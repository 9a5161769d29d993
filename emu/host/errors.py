"""What the operating system's errors mean to a service call."""

from __future__ import annotations

import errno
import os

from emu.services.effects import HostError, HostErrorKind

_KINDS = {
    errno.ENOENT: HostErrorKind.NOT_FOUND,
    errno.ENOSPC: HostErrorKind.NO_SPACE,
    errno.EPIPE: HostErrorKind.CLOSED_PIPE,
}
if hasattr(errno, "EDQUOT"):
    _KINDS[errno.EDQUOT] = HostErrorKind.NO_SPACE


def host_error(error: OSError) -> HostError:
    """The typed form of an OSError, with the system's own words in lower case."""
    code = error.errno
    text = os.strerror(code) if code is not None else str(error)
    kind = HostErrorKind.OTHER if code is None else _KINDS.get(code, HostErrorKind.OTHER)
    return HostError(kind, text[:1].lower() + text[1:])
