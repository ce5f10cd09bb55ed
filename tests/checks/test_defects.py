"""The tester is tested: every check can fail, and every defect is reported under a requirement that it breaks.

`reported.yaml` says in which scenario a defect shows itself; a new defect needs a line there, and `firing.yaml` names for
each check a defect that makes it speak. Run this file as a program to write both again.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from scim_sim.api import InProcess
from scim_sim.checks import CHECKS, Finding
from scim_sim.checks.check import TRAIL_CHECKS
from scim_sim.events import Event, FindingMade
from scim_sim.provider.app import Provider
from scim_sim.provider.defects import DEFECTS
from scim_sim.scenario.model import Scenario
from scim_sim.scenario.run import Options, run
from scim_sim.scenario.suites import find_scenarios
from scim_sim.target.target import Auth, Target

HERE = Path(__file__).parent
TOKEN = "defect-Token-0123"
REPORTED: dict[str, str] = yaml.safe_load((HERE / "reported.yaml").read_text("utf-8")) or {}
FIRING: dict[str, list[str]] = yaml.safe_load((HERE / "firing.yaml").read_text("utf-8")) or {}
BY_HAND = {
    "collection_cannot_be_deleted": "no scenario deletes a collection; tests/checks/test_families.py does",
    "service_is_reached_over_tls": "the embedded provider has no address; tests/checks/test_families.py gives it one",
}
UNSEEN = {
    "collection-can-be-deleted": "a run never deletes a collection",
    "read-token-may-write": "a run has one token",
    "tenants-share-users": "a run has one tenant",
    "put-always-activates": "PUT may set what is left out to a default; identity providers that mind are asked in their stories",
    "name-change-undone-by-next-update": "shows itself over the cycles of an identity provider's story",
    "inactive-member-disappears": "reported as a read that differs from what was written",
}
"""Defects that the suite `rfc` does not report under their own requirement, with the reason."""


def rfc_defects() -> list[str]:
    """The defects that break a requirement of the RFCs."""
    return [name for name, defect in DEFECTS.items() if any(r.startswith("rfc") for r in defect.requirements)]


@functools.cache
def scenarios() -> dict[str, Scenario]:
    """The probes by name."""
    return {scenario.id: scenario for scenario in find_scenarios(("rfc",))}


@functools.cache
def findings(defect: str, scenario: str) -> list[Finding]:
    """What is found wrong when one probe is played against a provider with one defect."""
    provider = Provider(TOKEN, seed=1, changes=[DEFECTS.get(defect).apply])
    found: list[Finding] = []

    def observe(event: Event) -> None:
        if isinstance(event, FindingMade) and event.finding.outcome in ("fail", "error"):
            found.append(event.finding)

    target = Target("https://provider.example.test/scim/v2", Auth("Bearer", TOKEN))
    run(target, [scenarios()[scenario]], InProcess(provider, TOKEN), observe, Options(jobs=1))
    return found


def test_every_check_has_a_defect_that_makes_it_speak() -> None:
    """No check is without proof that it can fail."""
    names = {*CHECKS.names(), *TRAIL_CHECKS.names()}

    assert names == {*FIRING, *BY_HAND}


def test_every_defect_is_reported_somewhere() -> None:
    """Each defect has its scenario, or a reason why no probe can report it."""
    assert set(rfc_defects()) == {*REPORTED, *UNSEEN}


@pytest.mark.parametrize("check", FIRING)
def test_check_fires(check: str) -> None:
    """The check finds the defect that is named for it, and does not stumble."""
    defect, scenario = FIRING[check]

    assert "fail" in {f.outcome for f in findings(defect, scenario) if f.check == check}


@pytest.mark.parametrize("defect", REPORTED)
def test_defect_is_reported_under_its_requirement(defect: str) -> None:
    """A defect is found, under a requirement it breaks, and no check stumbles over it."""
    found = findings(defect, REPORTED[defect])

    assert {f.requirement for f in found if f.outcome == "fail"} & set(DEFECTS.get(defect).requirements)
    assert [] == [f.problem for f in found if f.outcome == "error"]


def _likely(defect: str) -> Iterator[str]:
    """The scenarios in the order in which the defect is likely to show itself."""
    texts = {name: Path(scenario.path).read_text("utf-8") for name, scenario in scenarios().items()}
    wanted = [re.compile(re.escape(r) + r"(?![\w.-])") for r in DEFECTS.get(defect).requirements]
    yield from sorted(texts, key=lambda name: (not any(w.search(texts[name]) for w in wanted), len(texts[name])))


def main() -> None:
    """Play defects until each is reported, and write both files."""
    reported: dict[str, str] = {}
    firing: dict[str, list[str]] = {}
    for defect in rfc_defects():
        for scenario in () if defect in UNSEEN else _likely(defect):
            found = [f for f in findings(defect, scenario) if f.outcome == "fail"]
            for finding in found:
                if finding.check in {*CHECKS.names(), *TRAIL_CHECKS.names()}:
                    firing.setdefault(finding.check, [defect, scenario])
            if {f.requirement for f in found} & set(DEFECTS.get(defect).requirements):
                reported[defect] = scenario
                break
        else:
            if defect not in UNSEEN:
                sys.stderr.write(f"not reported: {defect}\n")
    (HERE / "reported.yaml").write_text(yaml.safe_dump(reported, sort_keys=True), "utf-8")
    (HERE / "firing.yaml").write_text(yaml.safe_dump(firing, sort_keys=True), "utf-8")


if __name__ == "__main__":
    main()
