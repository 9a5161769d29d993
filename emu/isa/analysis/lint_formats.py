"""Findings as text, as JSON, as annotations of GitHub Actions, and as SARIF 2.1.0."""

from __future__ import annotations

from emu.isa.assembler.diagnostics import Diagnostic, printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from emu.isa.analysis.lint_findings import Finding, Fix

FORMATS = ("text", "json", "github", "sarif")

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SARIF_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}


def rendered(findings: Sequence[Finding], format_name: str) -> str:
    """Findings in one of `FORMATS`. Raises ValueError for any other."""
    if format_name == "text":
        return as_text(findings)
    if format_name == "json":
        return _dumped(as_dict(findings))
    if format_name == "github":
        return as_github(findings)
    if format_name == "sarif":
        return _dumped(as_sarif(findings))
    raise ValueError(f"findings come as {', '.join(FORMATS)}, not as {format_name!r}")


def _dumped(value: object) -> str:
    import json

    return json.dumps(value, indent=2, ensure_ascii=True) + "\n"


def as_text(findings: Sequence[Finding]) -> str:
    """Each finding as the assembler shows its own, with the code behind the message; then how many there are."""
    parts = [
        Diagnostic(
            f.file, f.line, f.column, f.level, f.code, f"{f.message} [{f.code}]", f.hint, f.source_line, f.notes
        ).render()
        for f in findings
    ]
    if findings:
        parts.append(counted(findings))
    return "".join(part + "\n" for part in parts)


def counted(findings: Sequence[Finding]) -> str:
    """How many findings of each level."""
    counts = ((sum(f.level == level for f in findings), level) for level in ("error", "warning", "info"))
    return (
        ", ".join(f"{n} {word}{'s' if n != 1 and word != 'info' else ''}" for n, word in counts if n) or "no findings"
    )


def as_dict(findings: Sequence[Finding]) -> dict[str, object]:
    """The JSON form."""
    return {
        "errors": sum(f.level == "error" for f in findings),
        "warnings": sum(f.level == "warning" for f in findings),
        "infos": sum(f.level == "info" for f in findings),
        "findings": [finding_dict(finding) for finding in findings],
    }


def finding_dict(finding: Finding) -> dict[str, object]:
    """One finding for JSON. `hint` and `fix` are null where there is none."""
    return {
        "file": printable(finding.file),
        "line": finding.line,
        "column": finding.column,
        "level": finding.level,
        "code": finding.code,
        "message": printable(finding.message),
        "hint": None if finding.hint is None else printable(finding.hint),
        "fix": None if finding.fix is None else _fix_dict(finding.fix),
    }


def _fix_dict(fix: Fix) -> dict[str, object]:
    return {
        "line": fix.line,
        "column": fix.column,
        "end_column": fix.end_column,
        "text": fix.text,
        "description": fix.description,
    }


def as_github(findings: Sequence[Finding]) -> str:
    """Workflow commands, which GitHub shows beside the lines of a change."""
    lines = []
    for f in findings:
        message = f.message if f.hint is None else f"{f.message}\nhint: {f.hint}"
        lines.append(
            f"::{_GITHUB_LEVELS[f.level]} file={_property(f.file)},line={f.line},col={f.column},"
            f"title={_property(f.code)}::{_data(message)}\n"
        )
    return "".join(lines)


def _data(text: str) -> str:
    escaped = "\n".join(printable(line) for line in text.split("\n"))
    return escaped.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(findings: Sequence[Finding]) -> dict[str, object]:
    """A log in the static analysis results interchange format, version 2.1.0."""
    codes = sorted({finding.code for finding in findings})
    return {
        "$schema": _SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "emu lint", "rules": [{"id": code} for code in codes]}},
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(finding, codes) for finding in findings],
            }
        ],
    }


def _sarif_result(finding: Finding, codes: list[str]) -> dict[str, object]:
    text = printable(finding.message) + (f" ({printable(finding.hint)})" if finding.hint else "")
    place: dict[str, object] = {"uri": _uri(finding.file)}
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": _SARIF_LEVELS[finding.level],
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": place,
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                }
            }
        ],
    }
    fix = finding.fix
    if fix is not None:
        region = {"startLine": fix.line, "startColumn": fix.column, "endColumn": fix.end_column}
        replacement = {"deletedRegion": region, "insertedContent": {"text": fix.text}}
        change = {"artifactLocation": place, "replacements": [replacement]}
        result["fixes"] = [{"description": {"text": fix.description}, "artifactChanges": [change]}]
    return result


def _uri(name: str) -> str:
    """A file's name as a relative reference: everything but unreserved characters and slashes as %XX."""
    safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
    data = name.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if chr(byte) in safe else f"%{byte:02X}" for byte in data)
