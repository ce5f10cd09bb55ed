"""The shipped stories about Okta: a correct provider passes, and each habit that breaks servers has a defect that it finds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scim_sim.checks.finding import Finding
from scim_sim.clock import SimulatedClock
from scim_sim.events import Event, FindingMade
from scim_sim.provider.app import Provider
from scim_sim.provider.defects import DEFECTS
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Draft
from scim_sim.scenario.run import Options, run
from scim_sim.scenario.shipped import shipped_root
from scim_sim.scenario.suites import find_scenarios
from scim_sim.target import Auth, Target
from scim_sim.wire import CREDENTIALS, Request, Response

OKTA = Path(shipped_root() / "okta")


def unique_mail(provider: Provider) -> None:
    """Two accounts cannot share an e-mail address: legal, and yet an obstacle for Okta."""

    def refuse(call: Call, draft: Draft) -> Draft:
        mine = {item["value"] for item in draft.attributes.get("emails", ())}
        for other in call.store.all():
            if mine & {item["value"] for item in other.attributes.get("emails", ())} and call.operation == "create":
                raise Refusal(409, "the e-mail address is taken", "uniqueness")
        return draft

    provider.seams.store.append(refuse)


DEFECTS_OF: dict[str, dict[str | Callable[[Provider], None], str]] = {
    "01-pathless-patch": {"patch-replace-without-path-ignored": "okta-13.1-pathless-patch"},
    "02-put-only": {"put-refused": "okta-13.2-put-only"},
    "03-members-by-put": {"put-members-ignored": "okta-13.3-members-by-put"},
    "04-member-without-type": {"member-needs-type": "okta-13.4-member-without-type"},
    "05-empty-members": {"member-replace-with-nothing-refused": "okta-13.5-empty-members"},
    "06-remove-by-filter": {"member-removal-refused": "okta-13.6-remove-by-filter"},
    "07-members-replaceable": {"put-of-members-immutable": "okta-13.7-members-replaceable"},
    "08-rename-with-id": {"group-rename-with-id-refused": "okta-13.8-rename-with-id"},
    "09-group-without-external-id": {"group-external-id-required": "okta-13.9-group-without-external-id"},
    "10-inactive-found": {"inactive-users-not-found-by-filter": "okta-13.10-inactive-found"},
    "11-active-returned": {"active-missing": "okta-13.11-active-returned"},
    "12-items-per-page": {"items-per-page-is-count": "okta-13.12-items-per-page"},
    "13-many-users": {"total-results-capped": "okta-13.13-total-results"},
    "14-username-case-kept": {"user-name-in-lower-case": "okta-13.14-username-case-kept"},
    "15-username-caseless": {"user-name-filter-case-sensitive": "okta-13.15-username-caseless"},
    "16-same-mail-other-name": {unique_mail: "okta-13.16-lookup-by-username"},
    "17-enterprise-put": {"enterprise-ignored-on-put": "okta-13.17-enterprise-put"},
    "18-put-answer": {"put-with-204": "okta-13.18-put-answer"},
    "19-both-media-types": {"body-json-refused": "okta-13.19-both-media-types"},
    "20-unauthorized-error": {"unauthorised-as-text": "okta-13.20-unauthorized-error"},
    "21-null-display": {"null-display-refused": "okta-13.21-null-display"},
    "22-parallel-create": {"same-name-in-parallel-created-twice": "okta-13.22-parallel-create"},
    "23-password-echo": {"password-returned-on-read": "okta-13.23-password-echo"},
    "24-many-members": {"member-replace-over-hundred-refused": "okta-13.24-members-limit"},
    "25-errors-in-json": {"errors-as-html": "okta-9.1-error-json"},
    "26-groups-list-ignored": {"put-with-groups-leaves-all-groups": "okta-13.26-groups-list-ignored"},
    "27-name-patch-keeps-members": {"group-rename-wipes-members": "okta-13.27-name-patch-keeps-members"},
    "28-repeated-add": {"member-existing-conflict": "okta-13.28-repeated-add"},
}
"""The story of each habit, defects it finds, and the need that is then reported."""


class InProcess:
    """A transport to an embedded provider without a socket."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def send(self, request: Request) -> Response:
        """The provider's answer, the token in its place."""
        headers = ((name, "Bearer token-1" if value == CREDENTIALS else value) for name, value in request.headers)
        return self._provider.handle(request.with_headers(headers))


def failures(story: str, *defects: str | Callable[[Provider], None]) -> list[Finding]:
    """What fails when the story is played on a provider with these defects, Okta's needs only."""
    clock = SimulatedClock()
    changes = [DEFECTS.get(defect).apply if isinstance(defect, str) else defect for defect in defects]
    provider = Provider(token="token-1", seed=1, clock=clock, changes=changes)
    found: list[Finding] = []

    def note(event: Event) -> None:
        if isinstance(event, FindingMade) and event.finding.outcome in ("fail", "error"):
            found.append(event.finding)

    target = Target("https://app.example.test/scim/v2", Auth("Bearer", "token-1"))
    run(target, find_scenarios([f"okta/{story}"]), InProcess(provider), note, Options(seed=1))
    return [finding for finding in found if finding.requirement.startswith("okta")]


def test_every_story_has_its_defect() -> None:
    """No story of a habit is without a defect that it finds."""
    assert set(DEFECTS_OF) == {path.stem for path in (OKTA / "quirks").glob("*.yaml")}


@pytest.mark.parametrize(("story", "defect"), [(story, defect) for story, defects in DEFECTS_OF.items() for defect in defects])
def test_defect_is_found_under_its_name(story: str, defect: str | Callable[[Provider], None]) -> None:
    """The provider with the defect fails in the story, at the need that the habit stands for."""
    assert DEFECTS_OF[story][defect] in {finding.requirement for finding in failures(f"quirks/{story}", defect)}


@pytest.mark.parametrize("story", sorted(str(p.relative_to(OKTA).with_suffix("")) for p in OKTA.rglob("*.yaml")))
def test_correct_provider_passes(story: str) -> None:
    """A correct provider meets every need, in Okta's own suites too."""
    assert [] == failures(story)
