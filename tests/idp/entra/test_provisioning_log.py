"""The provisioning log: one entry per object and cycle, with the steps taken and the words of the portal."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from scim_sim.wire import Response
from tests.idp.entra.conftest import Story

Make = Callable[..., Story]


def steps(entry: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and status of each step."""
    return [(step["name"], step["status"]) for step in entry["provisioningSteps"]]


def test_life_of_a_user_in_the_log(entra: Make) -> None:
    """Create, update, nothing to do, disable, delete: action, status and export step of each."""
    story = entra(groups=False)
    story.hire("ada")
    story.started("ada")
    story.update("ada", title="Lead")
    story.cycle()
    story.do("restart")
    story.cycle()
    story.directory.deactivate("ada", story.at)
    story.cycle()
    story.directory.purge("ada", story.at)
    story.cycle()

    told = [(e["provisioningAction"], e["provisioningStatusInfo"]["status"], steps(e)[-1][0]) for e in story.engine.drain_log()]

    assert [
        ("create", "success", "EntryExportAdd"),
        ("update", "success", "EntryExportUpdate"),
        ("other", "skipped", "EntrySynchronizationSkip"),
        ("disable", "success", "EntryExportUpdateSoftDelete"),
        ("delete", "success", "EntryExportDelete"),
    ] == told


def test_update_shows_old_and_new_values(entra: Make) -> None:
    """modifiedProperties holds what the target had and what it was given, as text."""
    story = entra(groups=False)
    story.hire("ada", title="Lead")
    story.started("ada")
    story.update("ada", title="Head", department="Sales")
    story.directory.deactivate("ada", story.at)
    story.directory.reactivate("ada", story.at)
    story.cycle()
    *_, entry = story.engine.drain_log()

    assert [
        {"displayName": "title", "oldValue": "Lead", "newValue": "Head"},
        {
            "displayName": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            "oldValue": None,
            "newValue": "Sales",
        },
    ] == entry["modifiedProperties"]


def test_scope_is_told_in_the_words_of_graph(entra: Make) -> None:
    """A skipped user carries the reason, and the scoping step says what was not met."""
    story = entra(groups=False)
    story.hire("ada")
    story.started()
    story.hire("bob")
    story.cycle()
    *_, entry = story.engine.drain_log()
    scoping, skip = entry["provisioningSteps"][1:]

    assert ("True", "False", "False") == tuple(
        scoping["details"][name] for name in ("IsActive", "Assigned", "IsEffectivelyEntitledForProvisioning")
    )
    assert {"SkipReason": "NotEffectivelyEntitled"} == skip["details"]
    assert "skipped" == skip["status"]


def test_ids_join_what_belongs_together(entra: Make) -> None:
    """Entries of one cycle share cycleId, every change has its own changeId, and the link's id is the target identity."""
    story = entra(groups=False)
    for key in ("ada", "bob"):
        story.hire(key)
    story.started("ada", "bob")
    one, two = story.engine.drain_log()

    assert one["cycleId"] == two["cycleId"]
    assert one["changeId"] != two["changeId"]
    assert one["jobId"].startswith(f"scim.{one['tenantId']}.")
    assert ["", ""] != [e["targetIdentity"]["id"] for e in (one, two)]
    assert {user.resource_id for user in story.engine.expected().users} == {e["targetIdentity"]["id"] for e in (one, two)}


def test_log_is_json_and_empty_after_it_was_read(entra: Make) -> None:
    """Every entry is plain JSON, and is handed out once."""
    story = entra()
    story.hire("ada")
    story.team("readers", "BI Readers", "ada")
    story.started(groups=("readers",))

    entries = list(story.engine.drain_log())

    assert entries == json.loads(json.dumps(entries))
    assert ["User", "Group", "Group"] == [entry["sourceIdentity"]["identityType"] for entry in entries]
    assert [] == list(story.engine.drain_log())


def test_reason_names_the_request_and_the_next_try(entra: Make) -> None:
    """The reason of a failure ends with the retries so far and the next try in UTC with seven decimals."""
    story = entra(groups=False)
    story.hire("ada")
    story.before = lambda request: Response(500) if request.method == "POST" else None
    story.started("ada")
    story.cycle()
    first, second = (entry["provisioningStatusInfo"]["errorInformation"]["reason"] for entry in story.engine.drain_log())

    assert "Target answered 500 on POST /Users. Retried 0 times; next retry after 2026-01-05T08:40:00.0000000Z UTC" == first
    assert second.endswith("Retried 1 times; next retry after 2026-01-05T10:00:00.0000000Z UTC")
