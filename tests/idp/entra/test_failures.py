"""What fails: codes, retries, thresholds, held deletions, and what is sent after recovery."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from scim_sim.wire import Failure, Request, Response
from tests.idp.entra.conftest import EMPTY, Story, answer

Make = Callable[..., Story]
HOUR, DAY = 3600, 86400
MANAGER_AS_TEXT = {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": "7"}}


def failing(status: int, method: str = "POST", times: int = 10**9) -> Callable[[Request], Response | None]:
    """A target that refuses this method that many times."""
    left = [times]

    def refuse(request: Request) -> Response | None:
        if request.method != method or left[0] == 0:
            return None
        left[0] -= 1
        return answer(status)

    return refuse


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (answer(400), "SystemForCrossDomainIdentityManagementBadRequest"),
        (answer(401), "Unauthorized"),
        (answer(403), "InsufficientRights"),
        (answer(404), "SystemForCrossDomainIdentityManagementServiceIncompatible"),
        (answer(405), "MethodNotAllowed"),
        (answer(409), "EntryConflict"),
        (answer(422), "UnprocessableEntity"),
        (answer(429), "TooManyRequests"),
        (answer(500), "InternalServerError"),
        (answer(501), "NotImplemented"),
        (answer(503), "InternalServerError"),
        (answer(302, None, Location="/login"), "SystemForCrossDomainIdentityManagementServiceIncompatible"),
        (answer(201, b"<html>"), "SystemForCrossDomainIdentityManagementServiceIncompatible"),
        (answer(201, b""), "SystemForCrossDomainIdentityManagementServiceIncompatible"),
        (answer(201, {"userName": "ada"}), "SystemForCrossDomainIdentityManagementServiceIncompatible"),
        (answer(201, {"id": "1", "emails": "a@b"}), "SystemForCrossDomainIdentityManagementServiceIncompatible"),
        (Failure("timeout", "no answer in 30 s"), "Timeout"),
        (Failure("closed", "connection reset"), "WebExceptionProtocolError"),
    ],
)
def test_refused_creation_has_its_code(entra: Make, reply: Any, code: str) -> None:
    """Each answer to a creation that is no resource with an id has the code that the log shows, and is kept for retry."""
    story = entra(groups=False)
    story.hire("ada")
    story.do("assign", person="ada")
    story.do("start")

    story.by_hand(answer(200, EMPTY), reply)

    assert [code] == story.messages()
    assert [("create", "failure", code)] == story.entries()
    assert (1, 1) == (story.engine.cycles[-1].failed, story.engine.cycles[-1].differ)
    assert "Active" == story.engine.job.state


def test_answer_of_200_to_a_creation_is_accepted(entra: Make) -> None:
    """200 with an id does, as in Microsoft's own template."""
    story = entra(groups=False)
    story.hire("ada")
    story.do("assign", person="ada")
    story.do("start")

    story.by_hand(answer(200, EMPTY), answer(200, {"id": "1"}))

    assert [] == story.engine.troubles


@pytest.mark.parametrize(("policy", "resent"), [("resend", 1), ("fail", 0)])
def test_manager_as_text_is_resent_or_unreadable(entra: Make, policy: str, resent: int) -> None:
    """A manager that comes back as bare text is written again every pass, or makes the answer unreadable."""
    story = entra(groups=False, manager_as_string=policy)
    story.hire("max")
    story.hire("ada", manager="max")
    story.started("max", "ada")
    story.update("ada", title="Lead")
    present = {
        "id": "1",
        "userName": "ada@contoso.example",
        "active": True,
        "displayName": "Ada",
        "title": "Lead",
        **MANAGER_AS_TEXT,
    }

    sent = story.by_hand(answer(200, present), *[answer(204)] * resent)

    assert resent == len(sent) - 1
    assert ([] if resent else ["SystemForCrossDomainIdentityManagementServiceIncompatible"]) == story.messages()


def test_retry_doubles_from_the_next_cycle_to_a_day(entra: Make) -> None:
    """In a healthy job a failed object is tried after 40, 80, 160 … minutes, never more than a day apart, for 28 days."""
    story = entra(groups=False)
    story.hire("ada")
    story.before = failing(500)
    story.started("ada")
    tries, began = [story.at], story.at
    while story.at - began < 30 * DAY:
        if story.cycle():
            tries.append(story.at)

    waits = [round((b - a) / 60) for a, b in pairwise(tries)]
    assert [40, 80, 160, 320, 640, 1280] == waits[:6]
    assert 1440 == max(waits)
    assert tries[-1] - began < 28 * DAY
    assert 1 == len(story.engine.troubles)


def test_slow_cycle_does_not_miss_the_next_try(entra: Make) -> None:
    """On a clock that runs while requests travel, a failed object is tried again in the very next cycle."""
    story = entra(groups=False)
    story.hire("ada")
    refuse = failing(500)

    def slow(request: Request) -> Response | None:
        story.engine.clock.sleep(7)
        return refuse(request)

    story.before = slow
    story.started("ada")
    began = story.engine.cycles[0].at

    assert [14_000] == [entry["durationInMilliseconds"] for entry in story.engine.drain_log()]
    assert ["GET /Users?userName", "POST /Users ada@contoso.example"] == story.cycle()
    assert began + 40 * 60 == story.engine.cycles[1].at


def test_refused_manager_is_retried_as_patiently_as_a_user(entra: Make) -> None:
    """A manager that the target refuses is told once, and tried after 40, 80, 160 … minutes."""
    story = entra(groups=False)
    story.hire("max")
    story.hire("ada", manager="max")
    story.before = lambda request: answer(400) if request.label == "set manager" else None
    story.started("max", "ada")
    tries, began = [story.at], story.at
    while story.at - began < DAY:
        if story.cycle():
            tries.append(story.at)

    assert [40, 80, 160, 320, 640] == [round((b - a) / 60) for a, b in pairwise(tries)][:5]
    assert ["entra-manager"] == [trouble.need for trouble in story.engine.troubles]
    story.before = lambda request: None
    story.update("ada", title="Lead")
    story.cycle()
    assert 0 == story.engine.cycles[-1].differ


def test_several_refused_members_are_one_failure(entra: Make) -> None:
    """A team whose members are refused is kept once, all of them are tried, and again in the next cycle."""
    story = entra()
    keys = many(story, 3)
    story.team("readers", "BI Readers", *keys)
    story.before = lambda request: answer(400) if request.label == "add member" else None
    story.started(groups=("readers",))
    assert 1 == story.engine.cycles[-1].failed
    assert 1 == len(story.engine.troubles)
    story.before = lambda request: None

    assert ["GET /Groups/{id}", *["PATCH /Groups/{id} Add members=[…]"] * 3] == story.cycle()
    assert 0 == story.engine.cycles[-1].differ


def test_probe_may_be_several_lookups(entra: Make) -> None:
    """How many random GUIDs are looked up is a trait."""
    story = entra(groups=False, probes=3)
    story.live(story.engine.connect())

    assert 3 == len({request.query for request in story.sent})


def test_retry_by_the_quarantine_page(entra: Make) -> None:
    """The other documented schedule: 6, 12 and 24 hours after the first failure, then every day."""
    story = entra(groups=False, retry_policy="doc_6_12_24h")
    story.hire("ada")
    story.before = failing(500)
    story.started("ada")
    began, tries = story.at, []
    while story.at - began < 3 * DAY:
        if story.cycle():
            tries.append((story.at - began) / HOUR)

    assert [6, 12, 24, 48, 72] == [round(hours) for hours in tries]


def test_failed_object_that_changes_is_tried_at_once(entra: Make) -> None:
    """A change in the directory does not wait for the retry."""
    story = entra(groups=False)
    story.hire("ada")
    story.before = failing(500, times=2)
    story.started("ada")
    story.cycle()
    story.update("ada", title="Lead")

    assert ["GET /Users?userName", "POST /Users ada@contoso.example"] == story.cycle()
    assert 0 == story.engine.cycles[-1].differ


def test_restart_with_escrows_cleared_tries_everybody(entra: Make) -> None:
    """A restart forgets the failures and looks at everybody at once."""
    story = entra(groups=False)
    story.hire("ada")
    story.before = failing(500, times=1)
    story.started("ada")
    story.do("restart")

    assert ["GET /Users?userName", "POST /Users ada@contoso.example"] == story.cycle()


def test_another_failure_of_the_same_object_is_news(entra: Make) -> None:
    """The administrator is told again when the reason changes, not when it stays."""
    story = entra(groups=False)
    story.hire("ada")
    story.before = failing(500, times=2)
    story.started("ada")
    story.cycle()
    story.before = failing(409)
    story.cycle()
    story.cycle()

    assert ["InternalServerError", "EntryConflict"] == story.messages()


def test_retry_after_is_honoured_by_the_other_reading(entra: Make) -> None:
    """With the trait on, 429 is answered by waiting as long as Retry-After says and asking again within the cycle."""
    story = entra(groups=False, honour_retry_after=True)
    story.hire("ada")
    story.do("assign", person="ada")
    story.do("start")
    began = story.at

    sent = story.by_hand(answer(429, None, Retry_After="30"), answer(200, EMPTY), answer(201, {"id": "1"}))

    assert ["GET", "GET", "POST"] == [request.method for request in sent]
    assert 30 == story.at - began
    assert [] == story.engine.troubles


def test_404_on_a_matching_query_is_noncompliance(entra: Make) -> None:
    """A 404 where an empty list belongs quarantines the job at once, or fails the one user by the other reading."""
    for at_once, state in ((True, "Quarantine"), (False, "Active")):
        story = entra(groups=False, quarantine_on_noncompliance=at_once)
        story.hire("ada")
        story.do("assign", person="ada")
        story.do("start")
        story.by_hand(answer(404))

        assert state == story.engine.job.state
        assert "SystemForCrossDomainIdentityManagementServiceIncompatible" in story.engine.troubles[-1].message


def many(story: Story, count: int) -> list[str]:
    """So many people."""
    keys = [f"p{n}" for n in range(count)]
    for key in keys:
        story.hire(key)
    return keys


@pytest.mark.parametrize(
    ("people", "options", "reason"),
    [
        (10, {"quarantine_min_failures": 4, "quarantine_ratio": 0.3}, "EncounteredEscrowProportionThreshold"),
        (10, {"quarantine_min_failures": 4, "quarantine_ratio": 0.4}, ""),
        (10, {"quarantine_min_failures": 5, "quarantine_ratio": 0.3}, ""),
        (10, {"quarantine_max_failures": 3}, "EncounteredBaseEscrowThreshold"),
        (10, {"quarantine_max_failures": 4}, ""),
        (10, {"quarantine_max_all": 3}, "EncounteredTotalEscrowThreshold"),
        (10, {"quarantine_max_all": 4}, ""),
    ],
)
def test_threshold_is_exact(entra: Make, people: int, options: dict[str, Any], reason: str) -> None:
    """Four of ten fail: the ratio needs its minimum and must be exceeded, the counts must be exceeded."""
    story = entra(groups=False, **options)
    story.started()
    story.do("assign", person=many(story, people))
    story.before = failing(500, times=4)
    story.cycle()

    held = story.engine.job.quarantine
    assert reason == (held.reason if held else "")


def test_default_thresholds_are_those_of_the_page(entra: Make) -> None:
    """5,000 failures and more than 40 %, 40,000 without references, 60,000 of all kinds."""
    traits = entra().engine.traits

    assert (5_000, 0.40, 40_000, 60_000) == (
        traits.quarantine_min_failures, traits.quarantine_ratio, traits.quarantine_max_failures, traits.quarantine_max_all,
    )  # fmt: skip


def test_unresolved_references_count_for_the_largest_threshold_alone(entra: Make) -> None:
    """Managers who are not provisioned count among all failures, and among no others."""
    for options, state in (({"quarantine_max_all": 2}, "Quarantine"), ({"quarantine_max_failures": 2}, "Active")):
        story = entra(groups=False, quarantine_min_failures=0, **options)
        story.hire("boss")
        for key in ("ada", "bob", "eva"):
            story.hire(key, manager="boss")
        story.started()
        story.do("assign", person=["ada", "bob", "eva"])
        story.cycle()

        assert state == story.engine.job.state


def test_threshold_in_the_initial_cycle_prunes_the_escrows(entra: Make) -> None:
    """Hit in the initial cycle, the failures are pruned and the job is paused when the cycle is complete; it is no quarantine."""
    story = entra(groups=False, quarantine_min_failures=1)
    story.before = failing(500, times=3)
    story.started(*many(story, 4))

    assert ("Paused", None) == (story.engine.job.state, story.engine.due())
    assert {"code": "Paused", "escrowsPruned": True, "quarantine": None} == story.engine.job.graph()["status"]
    assert 1 == len(story.engine.expected().users)
    story.do("start")
    assert [] == story.cycle()
    story.do("restart")
    assert 3 == sum(request.startswith("POST") for request in story.cycle())
    assert story.engine.job.graph()["status"]["escrowsPruned"] is False


def test_too_many_deletes_are_held_until_they_are_allowed(entra: Make) -> None:
    """Above the threshold disables are staged, the rest is done, the job is quarantined; allowing carries them out."""
    story = entra(groups=False, accidental_delete_threshold=2)
    keys = many(story, 4)
    story.started(*keys)
    story.do("unassign", person=keys[:3])
    story.update(keys[3], title="Lead")

    assert ["GET /Users/{id}", "PATCH /Users/{id} Add title=Lead"] == story.cycle()
    assert "TooManyDeletes" == story.engine.job.quarantine.reason
    assert [] == story.engine.troubles
    assert 3 == [entry[0] for entry in story.entries()].count("StagedAction")
    story.do("allow deletes")
    assert ["PATCH /Users/{id} Replace active=False"] * 3 == story.cycle()
    assert "Active" == story.engine.job.state


def test_groups_count_for_the_threshold(entra: Make) -> None:
    """A group that lost its assignment is held with its members, and deleted when that is allowed."""
    story = entra(accidental_delete_threshold=2)
    keys = many(story, 2)
    story.team("readers", "BI Readers", *keys)
    story.started(groups=("readers",))
    story.do("unassign", group="readers")
    assert [] == story.cycle()
    story.do("allow deletes")

    assert ["PATCH /Users/{id} Replace active=False"] * 2 + ["DELETE /Groups/{id}"] == story.cycle()


def test_held_deletes_are_dropped_when_the_cause_is_mended(entra: Make) -> None:
    """Assigned again and restarted: nobody is disabled."""
    story = entra(groups=False, accidental_delete_threshold=1)
    keys = many(story, 3)
    story.started(*keys)
    story.do("unassign", person=keys)
    story.cycle()
    story.do("assign", person=keys)
    story.do("restart")

    assert ["GET /Users/{id}"] * 3 == story.cycle()


def test_as_many_deletes_as_the_threshold_are_carried_out(entra: Make) -> None:
    """The threshold itself is allowed."""
    story = entra(groups=False, accidental_delete_threshold=2)
    keys = many(story, 2)
    story.started(*keys)
    story.do("unassign", person=keys)

    assert 2 == len(story.cycle())


def test_refused_restore_is_retried(entra: Make) -> None:
    """A restore that collides is a failed reactivation, tried again in the next cycle."""
    story = entra(groups=False)
    story.hire("ada")
    story.started("ada")
    story.directory.delete("ada", story.at)
    story.cycle()
    story.directory.restore("ada", story.at)
    story.before = failing(409, "PATCH", times=1)
    story.cycle()

    assert [("entra-reactivate", "ada")] == [(trouble.need, trouble.subject) for trouble in story.engine.troubles]
    assert 2 == len(story.cycle())
    assert story.account("ada")["active"] is True
