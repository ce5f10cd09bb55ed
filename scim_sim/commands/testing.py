"""What the pytest plugin says: of an exchange, of an error, of a test in pytest-html, and of the session as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from scim_sim.api import ScimFailure
from scim_sim.checks.finding import Finding
from scim_sim.errors import ScenarioError, ScimSimError
from scim_sim.provider import Provider
from scim_sim.report import Report, write_reports
from scim_sim.report.verdict import verdict_of
from scim_sim.scim.requirements import catalogue
from scim_sim.wire import Exchange

__all__ = ["changes", "exchange_line", "scope_of", "tell", "told", "write_session"]


def exchange_line(exchange: Exchange) -> str:
    """One line of a transcript."""
    failure = exchange.failure
    answer = exchange.response.status if exchange.response is not None else f"no answer: {failure.message if failure else ''}"
    return f"{exchange.id} {exchange.voice} {exchange.step}: {exchange.request.method} {exchange.request.target} -> {answer}"


def told(error: BaseException) -> str | None:
    """The error in its own words, where it has some and needs no traceback."""
    if isinstance(error, ScenarioError):
        return error.render()
    if isinstance(error, ScimSimError) and error.exit_code != 4:
        return f"{error.message}\n  {error.hint}" if error.hint else error.message
    return str(error) if isinstance(error, ScimFailure) else None


def tell(report: Any, idp: str, findings: Iterable[Finding], transcript: list[str], *, html: bool) -> None:
    """Put identity provider, requirements, verdict and, for pytest-html, the transcript on the report of a test."""
    found = list(findings)
    verdicts = [verdict_of(f.outcome, catalogue().get(f.requirement), f.voice, f.level) for f in found]
    words = [f"breaks {', '.join(broken)}" if broken else verdict for verdict, broken in verdicts]
    plain = {"passed": "works", "failed": "failed", "skipped": "not applicable"}.get(report.outcome, "")
    report.scim_idp = idp
    report.scim_requirements = ", ".join(dict.fromkeys(finding.requirement for finding in found))
    report.scim_verdict = ", ".join(dict.fromkeys(words)) or plain
    if html and transcript:
        from pytest_html import extras

        report.extras = [*getattr(report, "extras", []), extras.text("\n".join(transcript), name="Transcript")]


def scope_of(option: Any) -> str:
    """What the session was narrowed to, as `record-known` wants to know it."""
    words = ["pytest"]
    for flag, name in (("-k", "keyword"), ("-m", "markexpr"), ("--lf", "lf")):
        value = getattr(option, name, "")
        words += [flag, *([] if value is True else [str(value)])] if value else []
    return " ".join(words)


def write_session(report: Report, folder: Path, scope: str) -> None:
    """Write the report of the session's scenarios."""
    write_reports(replace(report, run=replace(report.run, scope=scope)), folder, ("html", "json", "markdown"))


def changes(defect: str | Iterable[str], variant: str | Iterable[str]) -> list[Callable[[Provider], None]]:
    """What makes an embedded provider misbehave in these ways, or choose otherwise where it may."""
    from scim_sim.provider.defects import DEFECTS
    from scim_sim.provider.variants import VARIANTS

    wrong, other = ([names] if isinstance(names, str) and names else list(names) for names in (defect, variant))
    return [*(VARIANTS.get(name).apply for name in other), *(DEFECTS.get(name).apply for name in wrong)]
