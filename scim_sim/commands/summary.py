"""What a run says when it is over."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console

from scim_sim.report.model import Report
from scim_sim.report.terminal import digest, print_report

__all__ = ["print_summary"]


def print_summary(report: Report, written: list[Path], *, as_json: bool = False) -> None:
    """The answers, what to fix first, the counts and where the reports are; or the same as one JSON object."""
    if as_json:
        print(json.dumps(digest(report, written), indent=1))
        return
    print_report(report, Console(highlight=False), written)
