"""The JSON master: everything else is made from it."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from scim_sim.report.codec import to_json
from scim_sim.report.formats import renderer
from scim_sim.report.model import Report

__all__ = ["render"]


@renderer("json", suffix="report.json")
def render(report: Report) -> str:
    """The whole report as JSON, from which every other format can be made again."""
    return "{" + ",\n".join(_member(f.name, getattr(report, f.name)) for f in fields(report)) + "}\n"


def _member(name: str, value: Any) -> str:
    """One member of the document; a list stands with an entry on each line, so that versions can be compared by line."""
    key = f"{json.dumps(name)}: "
    if isinstance(value, tuple) and value:
        return key + "[\n" + ",\n".join(map(to_json, value)) + "\n]"
    return key + to_json(value)
