"""The provisioning job on its clock: states, cycles of 40 minutes, pause, restart, quarantine, the end after 28 days."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.errors import UsageError
from scim_sim.idp.entra.job import TRANSITIONS, diagram, quarantine_delay
from scim_sim.wire import Failure, Request, Response
from tests.idp.entra.conftest import EMPTY, Story, answer

Make = Callable[..., Story]
MINUTE, HOUR, DAY = 60, 3600, 86400


def states(story: Story) -> list[tuple[str, str]]:
    """The moves of the job so far."""
    return [(move.before, move.after) for move in story.engine.states]


def refusing(status: int) -> Callable[[Request], Response | None]:
    """A target that refuses every request with that status."""
    return lambda request: answer(status)


def test_nothing_is_sent_before_start(entra: Make) -> None:
    """Assigning sends nothing, and a job that was not started is never due."""
    story = entra()
    story.hire("ada")

    assert [] == story.do("assign", person="ada")
    assert story.engine.due() is None


def test_initial_cycle_is_due_at_once_and_the_next_after_forty_minutes(entra: Make) -> None:
    """A change at minute one is sent at minute 40, not before, and the next cycle begins at minute 80."""
    story = entra(groups=False)
    story.hire("ada")
    began = story.at
    story.started("ada")
    story.engine.clock.sleep(MINUTE)
    story.update("ada", title="Lead")

    assert began + 40 * MINUTE == story.engine.due()
    assert ["GET /Users/{id}", "PATCH /Users/{id} Add title=Lead"] == story.cycle()
    assert began + 80 * MINUTE == story.engine.due()
    assert [("NotConfigured", "NotRun"), ("NotRun", "Initial"), ("Initial", "Active")] == states(story)


def test_quiet_cycle_sends_the_probe_alone(entra: Make) -> None:
    """Nothing changed: one probe, no request per user."""
    story = entra(groups=False)
    story.hire("ada")
    story.started("ada")

    assert [] == story.cycle()
    assert 1 == len(story.sent)
    assert "nothing to do" == story.engine.cycles[-1].result


def test_paused_job_is_silent_and_catches_up_from_its_watermark(entra: Make) -> None:
    """What changed during the pause is sent after start, without a full cycle."""
    story = entra(groups=False)
    story.hire("ada")
    story.hire("bob")
    story.started("ada", "bob")
    story.do("pause")
    story.update("ada", title="Lead")
    story.engine.clock.sleep(DAY)

    assert story.engine.due() is None
    story.do("start")
    assert ["GET /Users/{id}", "PATCH /Users/{id} Add title=Lead"] == story.cycle()


def test_restart_keeps_links_and_looks_at_everybody(entra: Make) -> None:
    """The portal's restart runs a full cycle over linked users: reads, no lookups, no writes."""
    story = entra(groups=False)
    story.hire("ada")
    story.hire("bob")
    story.started("ada", "bob")
    story.do("restart")

    assert ["GET /Users/{id}", "GET /Users/{id}"] == story.cycle()
    assert "full" == story.engine.cycles[-1].kind


def test_restart_without_links_matches_again(entra: Make) -> None:
    """Clearing the connector's data store forgets the links, so that users are looked up again."""
    story = entra(groups=False)
    story.hire("ada")
    story.started("ada")
    story.do("restart", clear=["Full"])

    assert ["GET /Users?userName"] == story.cycle()


def test_restart_names_the_nearest_thing_to_clear(entra: Make) -> None:
    """A misspelt resetScope is refused with the right word."""
    story = entra().started()

    with pytest.raises(UsageError, match='nothing called "Escrow" can be cleared: did you mean "Escrows"'):
        story.do("restart", clear="Escrow")


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (answer(401), "InvalidCredentials"),
        (answer(403), "InvalidCredentials"),
        (answer(404), "SystemForCrossDomainIdentityManagementCredentialValidationFailure"),
        (answer(400), "SystemForCrossDomainIdentityManagementCredentialValidationFailure"),
        (answer(503), "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"),
        (Failure("tls", "certificate has expired"), "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"),
        (answer(200, b"<html>login</html>"), "SystemForCrossDomainIdentityManagementServiceIncompatible"),
        (answer(200, {"Resources": []}), "SystemForCrossDomainIdentityManagementServiceIncompatible"),
    ],
)
def test_failed_probe_fails_the_connection_test_and_quarantines_the_job(entra: Make, reply: Any, code: str) -> None:
    """Whatever the probe does not like fails Test Connection, and quarantines a running job at once."""
    story = entra(groups=False)
    story.play(story.engine.connect(), reply)
    shown = story.engine.troubles[-1]

    assert ("entra-connect", "Test Connection") == (shown.need, shown.where)
    assert code in shown.message

    story.started()
    story.engine.clock.sleep(40 * MINUTE)
    story.play(story.engine.wake(), reply)

    assert "Quarantine" == story.engine.job.state
    assert ("EncounteredQuarantineException", code) == (story.engine.job.quarantine.reason, story.engine.job.quarantine.code)
    assert "entra-7-healthy" == story.engine.troubles[-1].need


def test_quarantine_slows_down_ends_by_itself_and_sends_what_was_missed(entra: Make) -> None:
    """Tries after 30 minutes, 1, 2, 4, 8 hours, then daily; a passed probe brings the job back with its changes."""
    story = entra(groups=False)
    story.hire("ada")
    story.started("ada")
    story.update("ada", title="Lead")
    story.before = refusing(401)
    waits = []
    for _ in range(7):
        story.cycle()
        waits.append((story.engine.due() - story.at) / HOUR)
    story.before = lambda request: None

    assert [0.5, 1, 2, 4, 8, 24, 24] == waits
    assert ["GET /Users/{id}", "PATCH /Users/{id} Add title=Lead"] == story.cycle()
    assert ("Quarantine", "Active") == states(story)[-1]
    assert "leaves quarantine, 1 updated" == story.engine.cycles[-1].result
    assert 1 == len(story.engine.troubles)


def test_job_is_disabled_after_four_weeks_in_quarantine(entra: Make) -> None:
    """28 days in quarantine end the job; only a restart brings it back."""
    story = entra(groups=False).started()
    story.before = refusing(401)
    while story.engine.due() is not None:
        story.cycle()

    assert ("Quarantine", "Disabled") == states(story)[-1]
    assert 28 * DAY <= story.at - story.engine.states[-2].at < 29 * DAY

    story.before = lambda request: None
    story.do("restart")
    story.cycle()
    assert "Active" == story.engine.job.state


def test_job_that_was_paused_in_quarantine_runs_again_after_four_weeks(entra: Make) -> None:
    """A pause is no quarantine: started again, the job tries, and either way it asks for a later time."""
    story = entra(groups=False).started()
    story.before = refusing(401)
    story.cycle()
    story.do("pause")
    story.engine.clock.sleep(30 * DAY)
    story.do("start")
    due = story.engine.due()
    story.cycle()

    assert "Quarantine" == story.engine.job.state
    assert due is not None
    assert (story.engine.due() or 0.0) > due


def test_retry_in_quarantine_by_the_page(entra: Make) -> None:
    """The other documented schedule tries after 6, 12 and 24 hours, then daily."""
    assert [6 * HOUR, 12 * HOUR, DAY, DAY] == [quarantine_delay("doc_6_12_24h", tries) for tries in range(4)]


def test_status_reads_as_in_graph(entra: Make) -> None:
    """Schedule and status carry the names and values of Microsoft Graph."""
    story = entra(groups=False).started()
    story.before = refusing(401)
    story.cycle()

    graph = story.engine.job.graph()

    assert {"interval": "PT40M", "state": "Active"} == graph["schedule"]
    assert "Quarantine" == graph["status"]["code"]
    assert {
        "currentBegan": "2026-01-05T08:40:00.000Z",
        "nextAttempt": "2026-01-05T09:10:00.000Z",
        "reason": "EncounteredQuarantineException",
        "seriesBegan": "2026-01-05T08:40:00.000Z",
        "seriesCount": 1,
        "error": {"code": "InvalidCredentials", "message": "Target answered 401 on GET /Users", "tenantActionable": True},
    } == graph["status"]["quarantine"]


def test_quarantine_tells_its_series_from_its_last_evaluation(entra: Make) -> None:
    """As in Graph: seriesBegan is when the quarantine was imposed first, currentBegan when it was last."""
    story = entra(groups=False).started()
    story.before = refusing(401)
    story.cycle()
    story.cycle()
    held = story.engine.job.graph()["status"]["quarantine"]

    assert ("2026-01-05T08:40:00.000Z", "2026-01-05T09:10:00.000Z", 2) == (
        held["seriesBegan"], held["currentBegan"], held["seriesCount"]
    )  # fmt: skip


def test_wrong_token_is_shown_and_is_nobody_s_fault(entra: Make) -> None:
    """A token that the administrator typed wrong quarantines the job, without an unmet need; the right one cures it."""
    story = entra(groups=False).started()
    story.before = lambda request: answer(401) if "wrong" in (request.header("Authorization") or "") else None
    story.do("new credentials", token="wrong")
    story.cycle()

    assert "Quarantine" == story.engine.job.state
    assert {""} == {trouble.need for trouble in story.engine.troubles}

    story.do("new credentials")
    story.cycle()
    assert "Active" == story.engine.job.state


def test_flow_dropped_in_mid_cycle_is_taken_up_again(entra: Make) -> None:
    """The service restarts in the middle of the initial cycle: who was created is linked, who was not follows."""
    story = entra(groups=False)
    story.hire("ada")
    story.hire("bob")
    story.do("assign", person=["ada", "bob"])
    story.do("start")
    flow = story.engine.wake()
    request = next(flow)
    for _ in range(3):  # probe, lookup, creation of ada
        request = flow.send(story.provider.handle(request))
    flow.close()

    assert ["GET /Users/{id}", "GET /Users?userName", "POST /Users bob@contoso.example"] == story.cycle()


def test_diagram_shows_every_transition() -> None:
    """The diagram is drawn from the transition table, arrow by arrow."""
    drawn = diagram().splitlines()

    assert "stateDiagram-v2" == drawn[0]
    assert len(TRANSITIONS) == len(drawn) - 2
    assert "    Quarantine --> Disabled: 28 days" in drawn


def test_unknown_variant_and_trait_are_refused(entra: Make) -> None:
    """A misspelt variant, trait or value of a trait names the right one."""
    with pytest.raises(UsageError, match='no variant "optscm": did you mean "optscim"'):
        entra("optscm")
    with pytest.raises(UsageError, match='unknown trait "cycle_minute": did you mean "cycle_minutes"'):
        entra(cycle_minute=3)
    with pytest.raises(UsageError, match='the trait "retry_policy" has no value "doc_6h": did you mean "doc_6_12_24h"'):
        entra(retry_policy="doc_6h")


def test_empty_probe_answer_is_enough(entra: Make) -> None:
    """An empty ListResponse passes the connection test, and the credentials count as saved."""
    story = entra()
    story.play(story.engine.connect(), answer(200, EMPTY))

    assert "NotRun" == story.engine.job.state
    assert [] == story.engine.troubles
