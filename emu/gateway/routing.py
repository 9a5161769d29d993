"""From method and path to an endpoint, with the answers of spec http-api.md 2.1, 2.2 and 2.4 for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from attrs import frozen

from emu.gateway.http import Refused, error, method_not_allowed, not_found

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emu.gateway.http import Answer, Endpoint

SESSION = "/api/v1/session"
EXAMPLES = "/api/v1/examples"


@frozen
class Found:
    """An endpoint, and what the variables of its path stand for."""

    endpoint: Endpoint
    variables: Mapping[str, str]


class Router:
    """The table of all endpoints."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._fixed: dict[str, dict[str, Endpoint]] = {}
        self._patterns: dict[int, list[tuple[tuple[str, ...], dict[str, Endpoint]]]] = {}
        for endpoint in self.endpoints:
            self._add(endpoint)

    def _add(self, endpoint: Endpoint) -> None:
        if "{" not in endpoint.path:
            self._fixed.setdefault(endpoint.path, {})[endpoint.method] = endpoint
            return
        segments = tuple(endpoint.path.split("/"))
        rows = self._patterns.setdefault(len(segments), [])
        for pattern, methods in rows:
            if pattern == segments:
                methods[endpoint.method] = endpoint
                return
        rows.append((segments, {endpoint.method: endpoint}))
        rows.sort(key=lambda row: sum(segment.startswith("{") for segment in row[0]))

    def find(self, method: str, raw_path: str) -> Found | Answer:
        """The endpoint for a path as it was sent, still percent-encoded; or the answer that it deserves instead.

        Raises Refused for a path that climbs.
        """
        path = unquote(raw_path, errors="replace")
        if ".." in raw_path or ".." in path:
            raise Refused(400, "Invalid path")
        methods, variables = self._lookup(raw_path)
        if methods is None:
            return _unknown(path)
        endpoint = methods.get(method)
        return method_not_allowed() if endpoint is None else Found(endpoint, variables)

    def _lookup(self, raw_path: str) -> tuple[dict[str, Endpoint] | None, dict[str, str]]:
        fixed = self._fixed.get(unquote(raw_path, errors="replace"))
        if fixed is not None:
            return fixed, {}
        segments = [unquote(segment, errors="replace") for segment in raw_path.split("/")]
        for pattern, methods in self._patterns.get(len(segments), ()):
            variables: dict[str, str] = {}
            for wanted, segment in zip(pattern, segments, strict=True):
                if wanted.startswith("{"):
                    if not segment:
                        break
                    variables[wanted[1:-1]] = segment
                elif wanted != segment:
                    break
            else:
                return methods, variables
        return None, {}


def _unknown(path: str) -> Answer:
    """What a path that is no endpoint gets. An action is looked at before the session it is meant for."""
    if path == SESSION + "/":
        return error(400, "Session ID required")
    if path == EXAMPLES + "/":
        return error(400, "Example name required")
    if path.startswith(EXAMPLES + "/"):
        return error(400, "Invalid example name")
    if not path.startswith(SESSION + "/") or "//" in path:
        return not_found()
    action = path.removeprefix(SESSION + "/").partition("/")[2]
    first = action.partition("/")[0]
    if first == "trace":
        if action in ("trace", "trace/"):
            return error(400, "Trace action required (enable, disable, or data)")
        return error(400, "Invalid action (must be 'enable' or 'disable')")
    if first == "stats":
        return error(400, "Invalid stats endpoint")
    if first == "watchpoint" and action.count("/") > 1:
        return error(400, "Invalid watchpoint ID")
    return error(404, f"Unknown action: {action}")
