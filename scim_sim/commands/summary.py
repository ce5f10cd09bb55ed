"""What a run says when it is over."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from scim_sim.report.model import Report
from scim_sim.report.terminal import print_report

__all__ = ["print_summary"]


def print_summary(report: Report, written: list[Path]) -> None:
    """The answers, what to fix first, the counts and where the reports are."""
    print_report(report, Console(highlight=False), written)
