"""Reports: events are folded into one tree, and every output format is a pure function of it."""

from __future__ import annotations

from scim_sim.report import badge, html, junit, markdown, master, matrix, sarif
from scim_sim.report.baseline import Baseline, load_baseline
from scim_sim.report.build import ReportBuilder
from scim_sim.report.compare import (
    Comparison,
    compare,
    comparison_exit_code,
    comparison_html,
    comparison_markdown,
)
from scim_sim.report.formats import FORMATS, renderer, write_reports
from scim_sim.report.model import Report, load_report
from scim_sim.report.terminal import print_report
from scim_sim.report.verdict import exit_code

__all__ = [
    "FORMATS",
    "Baseline",
    "Comparison",
    "Report",
    "ReportBuilder",
    "badge",
    "compare",
    "comparison_exit_code",
    "comparison_html",
    "comparison_markdown",
    "exit_code",
    "html",
    "junit",
    "load_baseline",
    "load_report",
    "markdown",
    "master",
    "matrix",
    "print_report",
    "renderer",
    "sarif",
    "write_reports",
]
