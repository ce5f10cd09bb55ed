"""What a run says when it is over."""

from __future__ import annotations

from pathlib import Path

from scim_sim.report.model import Report

__all__ = ["print_summary"]


def print_summary(report: Report, written: list[Path]) -> None:
    """The answers, the counts and where the reports are."""
    for name, answer in report.answer.items():
        print(f"{name}: {answer.verdict}. {answer.reason}")
    for path in written:
        print(f"{path}")
