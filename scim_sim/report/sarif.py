"""SARIF 2.1.0 for code scanning: a result per root cause, at the line of the scenario that shows it."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final
from urllib.parse import quote

from scim_sim.report.formats import renderer
from scim_sim.report.model import Cause, Report, RequirementResult
from scim_sim.report.text import joined, reference_url, visible

__all__ = ["render"]

LEVELS: Final = {"breaks": "error", "violation": "error", "deviation": "warning", "note": "note"}
SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


@renderer("sarif", suffix="results.sarif")
def render(report: Report) -> str:
    """SARIF 2.1.0 for code scanning: one result per root cause."""
    rules = list(dict.fromkeys(name for cause in report.causes for name in (cause.requirements or (cause.key,))))
    run = {
        "tool": {
            "driver": {
                "name": report.tool.name,
                "version": report.tool.version or "0",
                "rules": [_rule(name, report.requirements.get(name)) for name in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not report.run.error and not report.summary.get("error", 0),
                "exitCode": report.gate.exit_code,
            }
        ],
        "results": [_result(cause, rules) for cause in report.causes],
        "properties": {"target": visible(report.run.target), "seed": report.run.seed},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=True) + "\n"


def _rule(name: str, row: RequirementResult | None) -> dict[str, Any]:
    if row is None:
        return {"id": name, "shortDescription": {"text": name}}
    rule: dict[str, Any] = {
        "id": name,
        "shortDescription": {"text": row.statement},
        "properties": {
            "tags": [tag for tag in (row.area, row.severity, row.document) if tag],
            "level": row.level,
            "basis": row.basis,
        },
    }
    url = reference_url(row.document, row.section)
    return {**rule, "helpUri": url} if url else rule


def _result(cause: Cause, rules: list[str]) -> dict[str, Any]:
    rule = (cause.requirements or (cause.key,))[0]
    path, _, line = cause.place.rpartition(":")
    uri, start = (path, int(line)) if path and line.isdigit() else (cause.place, 1)
    lines = [
        f"{cause.title}.",
        f"Breaks {joined(cause.breaks)}." if cause.breaks else "",
        f"Expected {cause.expected}, found {cause.actual}." if cause.expected or cause.actual else "",
        f"Fix: {cause.fix}" if cause.fix else "",
        f"Evidence: {', '.join(cause.exchanges)} in report.html#{cause.id}." if cause.exchanges else "",
    ]
    result: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": LEVELS.get(cause.base, "note"),
        "message": {"text": visible(" ".join(part for part in lines if part))},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(uri, errors="replace") or "report.json"},
                    "region": {"startLine": max(1, start)},
                }
            }
        ],
        "partialFingerprints": {"cause/v1": hashlib.sha256(cause.key.encode("utf-8", "backslashreplace")).hexdigest()},
        "properties": {"cause": cause.id, "verdict": cause.verdict, "breaks": list(cause.breaks)},
    }
    if cause.verdict == "known":
        result["suppressions"] = [{"kind": "external", "justification": cause.known_because or "in the baseline"}]
    return result
