"""Service providers that are right in unusual ways: nothing is said against them that is worse than a note."""

from __future__ import annotations

import pytest

from scim_sim.api import InProcess
from scim_sim.events import Event, FindingMade
from scim_sim.provider import Provider
from scim_sim.provider.variants import VARIANTS
from scim_sim.report.verdict import verdict_of
from scim_sim.scenario.run import Options, run
from scim_sim.scenario.suites import find_scenarios
from scim_sim.scim.requirements import requirement
from scim_sim.target.target import Auth, Target

TOKEN = "unusual-Token-0123"
TARGET = Target("https://provider.example.test/scim/v2", Auth("Bearer", TOKEN))


def said(name: str, *scenarios: str) -> list[str]:
    """What is worse than a note, when these scenarios are played against this variant."""
    found: list[str] = []

    def observe(event: Event) -> None:
        if isinstance(event, FindingMade) and event.finding.outcome in ("fail", "error"):
            finding = event.finding
            verdict, _ = verdict_of(finding.outcome, requirement(finding.requirement), finding.voice, finding.level)
            if verdict != "note":
                found.append(f"{finding.scenario}: {verdict} of {finding.requirement}: {finding.problem}")

    chosen = [s for s in find_scenarios(tuple({s.partition("/")[0] for s in scenarios})) if s.id.startswith(scenarios)]
    provider = Provider(TOKEN, seed=1, changes=[VARIANTS.get(name).apply])
    run(TARGET, chosen, InProcess(provider, TOKEN), observe, Options(jobs=1))
    return found


@pytest.mark.parametrize("name", ["members-on-request", "display-name-computed", "unrouted-404", "empty-filter-is-none"])
def test_probes(name: str) -> None:
    """The probes of the RFCs, played against choices that touch many of them."""
    assert [] == said(name, "rfc/")


def test_microsofts_own_tests_ask_for_no_more_than_the_rfc() -> None:
    """Where a target does not filter, only Entra's need for it is said to be unmet, and no sentence of the RFC."""
    assert [] == [one for one in said("no-filter", "entra/postman/", "entra/validator/users") if " of rfc" in one]


def test_members_are_asked_for() -> None:
    """A target that shows members on request only is asked for them, and Entra, who never looks at them, is content."""
    assert [] == said("members-on-request", "entra/gallery/groups", "entra/users-and-groups", "entra/validator/groups")
