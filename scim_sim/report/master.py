"""The JSON master: everything else is made from it."""

from __future__ import annotations

import json

from scim_sim.report.formats import renderer
from scim_sim.report.model import Report

__all__ = ["render"]


@renderer("json", suffix="report.json")
def render(report: Report) -> str:
    """The whole report as JSON, from which every other format can be made again."""
    return json.dumps(report.to_json(), ensure_ascii=True, indent=1) + "\n"
