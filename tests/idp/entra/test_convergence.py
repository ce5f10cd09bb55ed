"""What the target should hold, and what the unchanged second cycle shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.wire import Request, Response, json_body
from tests.idp.entra.conftest import Story

Make = Callable[..., Story]


def forgetting(*attributes: str) -> Callable[[Story], Callable[[Request], Response | None]]:
    """A target whose answers leave these attributes out."""

    def about(story: Story) -> Callable[[Request], Response | None]:
        def look(request: Request) -> Response | None:
            response = story.provider.handle(request)
            body = response.json_object()
            if body is None:
                return response
            for resource in body.get("Resources", [body]):
                for name in attributes:
                    resource.pop(name, None)
            return Response(response.status, response.headers, json_body(body))

        return look

    return about


@pytest.mark.parametrize("variant", ["", "optscim"])
def test_correct_target_is_left_alone(entra: Make, variant: str) -> None:
    """Against a correct provider the unchanged second cycle reads and writes nothing."""
    story = entra(variant)
    for key in ("ada", "bob"):
        story.hire(
            key, title="Lead", phone="1", email=f"{key}@contoso.example", manager="" if key == "ada" else "ada", office="B2"
        )
    story.team("readers", "BI Readers", "ada", "bob")
    story.started(groups=("readers",))

    sent = story.live(story.engine.settle())

    assert {"GET /Users/{id}", "GET /Groups/{id}"} == set(sent)
    assert () == story.engine.resends
    assert [] == story.engine.troubles


def test_dropped_attribute_is_named_with_its_price(entra: Make) -> None:
    """An attribute that the target drops is written again in every pass; the report says which, and what it costs a year."""
    story = entra(groups=False)
    for key in ("ada", "bob"):
        story.hire(key, phone="555", title="Lead")
    story.before = forgetting("phoneNumbers")(story)
    story.started("ada", "bob")

    sent = story.live(story.engine.settle())

    again = 'PATCH /Users/{id} Add phoneNumbers[type eq "work"].value=555'
    assert ["GET /Users/{id}", again] * 2 == sent
    [resend] = story.engine.resends
    assert ('phoneNumbers[type eq "work"].value', ("ada", "bob"), 52_560) == (
        *resend.attributes,
        resend.keys,
        resend.requests_per_year,
    )
    [trouble] = story.engine.troubles
    assert "entra-quiet-second-cycle" == trouble.need
    assert (
        'Entra will resend `phoneNumbers[type eq "work"].value` every 40 minutes, as often as a cycle looks at the object: '
        "up to 52,560 requests a year for 2 objects"
    ) == trouble.message


def test_what_one_patch_carries_is_told_together(entra: Make) -> None:
    """Two attributes of the same objects are one line; one of another object is its own."""
    story = entra(groups=False)
    story.hire("ada", phone="555", title="Lead")
    story.hire("bob", phone="556", title="Lead", department="Sales")
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    story.before = forgetting("phoneNumbers", "title", enterprise)(story)
    story.started("ada", "bob")
    story.live(story.engine.settle())

    assert [(2, ("ada", "bob")), (1, ("bob",))] == [(len(one.attributes), one.keys) for one in story.engine.resends]


def test_pending_changes_are_no_resends(entra: Make) -> None:
    """What changed since the last cycle is brought over first; only the cycle after that counts."""
    story = entra(groups=False)
    story.hire("ada")
    story.started("ada")
    story.update("ada", title="Lead")

    assert ["GET /Users/{id}", "PATCH /Users/{id} Add title=Lead", "GET /Users/{id}"] == story.live(story.engine.settle())
    assert () == story.engine.resends


@pytest.mark.parametrize("verb", ["pause", ""])
def test_job_that_does_not_run_is_not_settled(entra: Make, verb: str) -> None:
    """A paused job, or one never started, sends nothing."""
    story = entra(groups=False)
    if verb:
        story.started()
        story.do(verb)

    assert [] == story.live(story.engine.settle())
    assert [] == story.sent


def test_beliefs_follow_what_was_written_not_what_was_changed(entra: Make) -> None:
    """A change counts once a cycle has brought it over; the resource holds what was sent and nothing else."""
    story = entra(groups=False)
    story.hire("ada", title="Lead", family_name="King")
    story.started("ada")
    story.update("ada", title="Head")
    [before] = story.engine.expected().users
    story.cycle()
    [after] = story.engine.expected().users

    assert ("Lead", "Head") == (before.resource["title"], after.resource["title"])
    expected = {"userName": "ada@contoso.example", "active": True, "displayName": "Ada", "title": "Head"}
    assert expected | {"name": {"formatted": "King", "familyName": "King"}} == dict(after.resource.items())
    assert 5 == len(after.resource)
    assert "Head" == json.loads(json.dumps(dict(after.resource)))["title"]


def test_failed_update_leaves_the_belief_as_it_was(entra: Make) -> None:
    """What was refused is not expected of the target."""
    story = entra(groups=False)
    story.hire("ada", title="Lead")
    story.started("ada")
    story.update("ada", title="Head")
    story.before = lambda request: Response(400) if request.method == "PATCH" else None
    story.cycle()

    assert "Lead" == story.engine.expected().users[0].resource["title"]


def test_matched_user_who_could_not_be_updated_is_not_expected(entra: Make) -> None:
    """An account that was found and could not be written is linked, and nothing is claimed about it."""
    story = entra(groups=False)
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@contoso.example"}
    story.provider.handle(Request("POST", "/Users", body=json_body(body)))
    story.hire("ada")
    story.before = lambda request: Response(400) if request.method == "PATCH" else None
    story.started("ada")

    assert () == story.engine.expected().users


def test_same_seed_gives_the_same_bytes(entra: Make) -> None:
    """Two runs of one story with one seed send byte-identical requests and write identical logs."""

    def play() -> tuple[list[Any], list[Any]]:
        ids = iter(range(100))
        story = entra(seed=11)
        story.provider.new_id = lambda: f"id-{next(ids)}"
        story.hire("ada", manager="bob")
        story.hire("bob")
        story.team("readers", "BI Readers", "ada", "bob")
        sent: list[Any] = []
        story.before = sent.append
        story.started(groups=("readers",))
        story.cycle()
        return sent, list(story.engine.drain_log())

    assert play() == play()
