"""Reports: events are folded into one tree, and every output format is a pure function of it."""

from __future__ import annotations

from scim_sim.report import html, junit, markdown, master, matrix
from scim_sim.report.baseline import Baseline, load_baseline
from scim_sim.report.build import ReportBuilder
from scim_sim.report.formats import FORMATS, renderer, write_reports
from scim_sim.report.model import Report, load_report
from scim_sim.report.verdict import exit_code

__all__ = [
    "FORMATS",
    "Baseline",
    "Report",
    "ReportBuilder",
    "exit_code",
    "html",
    "junit",
    "load_baseline",
    "load_report",
    "markdown",
    "master",
    "matrix",
    "renderer",
    "write_reports",
]
