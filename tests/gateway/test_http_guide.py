"""docs/http.md: every request in it gets an answer that is worth showing."""

from __future__ import annotations

import re
from pathlib import Path

from tests.gateway.harness import Http

GUIDE = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")
REQUEST = re.compile(r"^(GET|POST|PUT|DELETE) (\S+)(?: (\{.*\}))?$")


async def test_every_request_of_the_guide_is_answered(http: Http) -> None:
    path = await http.create()
    blocks = re.findall(r"```http\n(.*?)```", GUIDE, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) > 30
    after, bodies = 0, {}
    for line in lines:
        match = REQUEST.match(line)
        assert match is not None, line
        target = match[2].replace("S/", f"{path}/", 1) if match[2].startswith("S/") else match[2]
        if "/wait?" in target:
            target += f"&after={after}"
        answer = await http.request(match[1], target, match[3])
        assert answer.status == 200, (line, answer.body)
        after = int(answer.headers.get("emu-seq", after))
        bodies[line] = answer.body.decode()
    assert '"state":"breakpoint"' in bodies["GET S/debug"] or '"state":"idle"' in bodies["GET S/debug"]
    assert ";add " in bodies["GET S/reports/calls?format=folded"]
    assert "Metric,Value" in bodies["GET S/reports/statistics?format=csv"]
