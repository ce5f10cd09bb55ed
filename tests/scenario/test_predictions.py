"""What the documents of Metabase's and Collate's users say comes true on the personas, story by story."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from scim_sim.api import InProcess
from scim_sim.checks.finding import Finding
from scim_sim.clock import SimulatedClock
from scim_sim.drivers.credentials import Credentials
from scim_sim.events import Event, ExchangeMade, FindingMade, Observed, ScenarioEnded, StateChanged, TroubleMet
from scim_sim.provider.personas import like
from scim_sim.scenario.predict import Predictions, told
from scim_sim.scenario.rotation import Rotation
from scim_sim.scenario.run import Options, run
from scim_sim.scenario.suites import find_scenarios
from scim_sim.target import Auth, Target, load_profile
from scim_sim.wire import Exchange


@dataclass
class Story:
    """What happened in one scenario."""

    outcomes: dict[str, str] = field(default_factory=dict)
    failed: list[Finding] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    troubles: list[TroubleMet] = field(default_factory=list)
    states: list[StateChanged] = field(default_factory=list)
    rows: list[Observed] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Sort the events."""
        match event:
            case ScenarioEnded():
                self.outcomes[event.voice] = event.outcome
            case FindingMade() if event.finding.outcome == "fail":
                self.failed.append(event.finding)
            case ExchangeMade():
                self.exchanges.append(event.exchange)
            case TroubleMet():
                self.troubles.append(event)
            case StateChanged():
                self.states.append(event)
            case Observed():
                self.rows.append(event)

    def needs(self, voice: str = "") -> set[str]:
        """The needs of identity providers that were not met, without what follows from another."""
        met = {f.requirement for f in self.failed if f.voice.startswith(voice) and not f.requirement.startswith("rfc")}
        return {need for need in met if not need.endswith(("-converges", "-expectation"))}

    def written(self, voice: str) -> list[tuple[str, str, int]]:
        """Verb, collection and status of what the identity provider sent."""
        return [
            (e.request.method, "/" + e.request.path.split("/")[1], e.answer.status)
            for e in self.exchanges
            if e.voice.startswith(voice)
        ]


def play(name: str, profile: str = "metabase", watch: Callable[[Event], None] = lambda event: None) -> Story:
    """Play a shipped scenario against the profile's persona."""
    known = load_profile(profile)
    product = like(f"{known.persona}:{known.variant}" if known.variant else known.persona, clock=SimulatedClock(), seed=1)
    target = Target(product.provider.base_url, Auth("Bearer", product.token), known)
    story = Story()
    transport = Credentials(InProcess(product.provider, product.token), target.auth)
    rotation = Rotation(target.auth, product.rotate, transport.use)

    def emit(event: Event) -> None:
        story.add(event)
        watch(event)

    run(target, find_scenarios([name]), transport, emit, Options(seed=7, rotation=rotation))
    assert [] == product.provider.crashes
    return story


@pytest.mark.parametrize("profile", ["metabase", "metabase:v1", "metabase:v2", "metabase:v3", "collate", "collate:lowercase-op"])
def test_what_the_profile_predicts_comes_true(profile: str) -> None:
    """Every prediction of the profile is what its product's stories show."""
    known = load_profile(profile)
    predictions = Predictions(known)
    play(known.name, profile, watch=predictions.add)
    rows = list(predictions.rows())

    assert [row["idp"] for row in rows]
    assert [(r["idp"], r["users seen"], r["groups seen"]) for r in rows] == [
        (r["idp"], r["users expected"], r["groups expected"]) for r in rows
    ]


def test_what_was_not_played_is_no_experience() -> None:
    """Before the first story every prediction stands alone, and a variant of its own has its own stories."""
    rows = list(Predictions(load_profile("metabase")).rows())

    assert {"not played"} == {row["users seen"] for row in rows}
    assert "okta: users not played (expected yes), groups not played (expected partly)" == told(rows[0])


def test_okta_people_and_groups_work() -> None:
    """Okta at Metabase: every need but one is met; what is lost are attributes that Metabase does not keep."""
    story = play("metabase/okta-users-and-groups")

    assert {"okta-attributes-kept"} == story.needs()
    assert set(story.outcomes) == {"okta:aiw", "okta:oin"}


def test_last_member_of_a_group_stays() -> None:
    """The trap: 200, and somebody who should be no member still is."""
    story = play("metabase/okta-last-member")
    trap = [f for f in story.failed if f.requirement == "okta-members-removed"]

    assert {f.voice for f in trap} == {"okta:aiw", "okta:oin"}
    assert all(status < 300 for verb, where, status in story.written("okta") if verb == "PUT")
    assert any(row.kind == "reconciliation" and row.row["result"] == "stale members" for row in story.rows)


def test_okta_catalogue_app_cannot_change_groups() -> None:
    """PATCH on groups has no route: 401, and the push fails."""
    story = play("metabase/okta-groups-by-patch")

    assert ("PATCH", "/Groups", 401) in story.written("okta:oin")
    assert "okta-group-push" in story.needs()


def test_first_version_cannot_be_left_by_a_catalogue_app() -> None:
    """Where PATCH needs a path, Okta's catalogue apps deactivate nobody; apps of one's own do."""
    story = play("metabase/okta-users-and-groups", "metabase:v1")

    assert "okta-deactivate" in story.needs("okta:oin")
    assert "okta-deactivate" not in story.needs("okta:aiw")


def test_entra_people_work_and_no_request_concerns_groups() -> None:
    """Entra at Metabase: people come, leave and come back; attributes are lost, and not one group is asked for."""
    story = play("metabase/entra-users-only")

    assert all(where == "/Users" for _, where, _ in story.written("entra"))
    assert story.needs() <= {"entra-attributes-kept", "entra-update", "entra-quiet-second-cycle"}
    assert "entra-attributes-kept" in story.needs()


def test_entra_loses_nothing_with_the_recommended_mapping() -> None:
    """userName, active and two names: nothing is lost and an unchanged cycle writes nothing."""
    story = play("metabase/entra-recommended-mapping")

    assert story.outcomes == {"entra": "done"}
    assert story.needs() == set()


def test_entra_groups_do_not_work_and_why() -> None:
    """With the group mapping left on, PATCH on groups is 401, which Entra's log calls Unauthorized; the group stays empty."""
    story = play("metabase/entra-groups-left-on")

    assert ("PATCH", "/Groups", 401) in story.written("entra")
    assert any("Unauthorized" in trouble.message for trouble in story.troubles)
    assert "entra-members-added" in story.needs()


def test_onelogin_people_at_most() -> None:
    """With active in the template and Suspend, people work; with the usual template nobody gets in."""
    assert play("metabase/onelogin-users").needs() == set()
    assert "onelogin-create" in play("metabase/onelogin-usual-template").needs()


def test_google_sends_nothing() -> None:
    """Not one request; SCIM on and just-in-time creation exclude each other, and that is said."""
    story = play("metabase/google-just-in-time")

    assert [] == story.written("google")
    assert {"google-jit-scim-off"} == story.needs()


def test_google_leaves_accounts_behind() -> None:
    """Without SCIM the account of a leaver stays: a finding, and an orphan in the reconciliation."""
    story = play("metabase/google-offboarding-gap")
    orphans = [row.row["subject"] for row in story.rows if row.row.get("kind") == "orphan"]

    assert {"google-jit-offboarding-gap"} == story.needs()
    assert 1 == len(orphans)
    assert "gita" in orphans[0]


def test_nobody_becomes_an_administrator() -> None:
    """A group called like a built-in one is refused; the one listed group that cannot be read is found."""
    story = play("metabase/special-groups")
    said = {f.requirement for f in story.failed if f.check == "answer_is_as_expected"}

    assert {"rfc7644-3.4.1-read-200"} == said


@pytest.mark.parametrize("name", ["collate/okta-users-and-groups", "collate/entra-users-and-groups"])
def test_collate_takes_people_and_groups_from_both(name: str) -> None:
    """Okta's and Entra's stories with groups come true; employeeNumber is what is lost."""
    story = play(name, "collate")
    lost = {
        f.problem.message.rpartition(": ")[2] for f in story.failed if f.problem and f.requirement.endswith("attributes-kept")
    }

    assert story.needs() <= {"okta-attributes-kept", "entra-attributes-kept", "entra-quiet-second-cycle"}
    assert {"employeeNumber is not kept"} == lost


def test_groups_are_pushed_by_rule() -> None:
    """Groups whose name begins with the prefix go along, those of tomorrow too, and no others."""
    story = play("collate/okta-push-rule", "collate")

    assert [f for f in story.failed if f.check == "group_is_as_expected"] == []


def test_entra_without_the_flag_fails_where_op_is_lower_case() -> None:
    """A Collate that takes op in lower case only refuses every change of Entra's usual dialect."""
    assert "entra-deactivate" in play("collate/entra-users-and-groups", "collate:lowercase-op").needs()


def test_old_token_is_dead_at_once_and_the_job_recovers() -> None:
    """After the rotation the IdP fails with the old token, nothing is changed, and the new token heals it."""
    story = play("operations/token-rotation")
    states = [state.after for state in story.states]
    checks = {f.check for f in story.failed}

    assert "Quarantine" in states
    assert "Active" == states[-1]
    assert any(trouble.voice == "okta:oin" for trouble in story.troubles)
    assert not checks & {"old_token_is_dead", "new_token_works", "account_is_as_expected"}


def test_survey_tells_what_is_kept_and_recommends_a_mapping() -> None:
    """A row for each attribute with a word for each verb, and for Entra the four attributes that work."""
    story = play("operations/attribute-survey")
    rows = {row.row["path"]: row.row for row in story.rows if row.kind == "attribute"}
    [entra] = [row.row for row in story.rows if row.kind == "mapping" and row.row["idp"] == "entra"]

    assert [rows["displayName"][verb] for verb in ("post", "put", "patch")] == ["dropped", "dropped", "refused"]
    assert [rows["name.givenName"][verb] for verb in ("post", "put", "patch")] == ["kept", "kept", "kept"]
    assert "***" == rows["password"]["sent"]
    assert "userName, active, name.givenName, name.familyName" == entra["map"]


def test_survey_goes_attribute_by_attribute_where_the_whole_is_refused() -> None:
    """A build that refuses unknown attributes is surveyed all the same, with what it says."""
    product = like("metabase", seed=1, values={"closed_maps": True})
    story = Story()
    target = Target(product.provider.base_url, Auth("Bearer", product.token))
    scenarios = find_scenarios(["operations/attribute-survey"])
    run(target, scenarios, InProcess(product.provider, product.token), story.add, Options(seed=7))
    rows = {row.row["path"]: row.row for row in story.rows if row.kind == "attribute"}

    assert (rows["title"]["post"], rows["name.givenName"]["post"]) == ("refused", "kept")
    assert "disallowed" not in rows["name.givenName"]["remark"]


def test_leavers_are_timed() -> None:
    """For each leaver: the worst case of the identity provider, and how soon the target let go."""
    story = play("metabase/entra-users-only")
    [leaver, *_] = [row.row for row in story.rows if row.kind == "leavers"]

    assert leaver["identity provider"].startswith("up to 40 min")
    assert "on the first read" == leaver["target let go"]
