"""The JSON master: everything else is made from it."""

from __future__ import annotations

import json
from typing import Any

from scim_sim.report.formats import renderer
from scim_sim.report.model import Report

__all__ = ["render"]


@renderer("json", suffix="report.json")
def render(report: Report) -> str:
    """The whole report as JSON, from which every other format can be made again."""
    return "{" + ",\n".join(_member(name, value) for name, value in report.to_json().items()) + "}\n"


def _member(name: str, value: Any) -> str:
    """One member of the document; a list stands with an entry on each line, so that versions can be compared by line."""
    key = f"{json.dumps(name)}: "
    if isinstance(value, list) and value:
        return key + "[\n" + ",\n".join(json.dumps(entry) for entry in value) + "\n]"
    return key + json.dumps(value)
