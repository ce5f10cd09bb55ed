"""What a run says against a provider that is right in its own way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scim_sim.api import InProcess
from scim_sim.events import Event, FindingMade
from scim_sim.provider import Provider
from scim_sim.report.verdict import verdict_of
from scim_sim.scenario.model import Scenario
from scim_sim.scenario.run import Options, run
from scim_sim.scim.requirements import requirement
from scim_sim.target.target import Auth, Target

TOKEN = "legal-Token-0123"
TARGET = Target("https://provider.example.test/scim/v2", Auth("Bearer", TOKEN))


def worse_than_notes(change: Callable[[Provider], None], scenarios: Sequence[Scenario]) -> list[str]:
    """The findings that are worse than a note, when the scenarios are played against a provider with this change."""
    found: list[str] = []

    def observe(event: Event) -> None:
        if isinstance(event, FindingMade) and event.finding.outcome in ("fail", "error"):
            finding = event.finding
            verdict, _ = verdict_of(finding.outcome, requirement(finding.requirement), finding.voice, finding.level)
            if verdict != "note":
                found.append(f"{finding.scenario}: {verdict} of {finding.requirement}: {finding.problem}")

    run(TARGET, scenarios, InProcess(Provider(TOKEN, seed=1, changes=[change]), TOKEN), observe, Options(jobs=1))
    return found
