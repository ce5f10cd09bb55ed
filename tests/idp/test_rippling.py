"""Rippling: what the administrator ticks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def test_connection_test_reads_the_configuration(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """ServiceProviderConfig must be readable."""
    game = play("rippling")

    assert game.run(game.engine.connect())
    game.script = [says(404)]
    assert not game.run(game.engine.connect())
    assert game.took() == ["GET /ServiceProviderConfig"] * 2
    assert game.troubles() == [("rippling-connect", "")]


def test_employee_number_is_sent_in_the_extension(play: Callable[..., Any]) -> None:
    """The HR number and an externalId come along."""
    game = play("rippling")
    game.hire(employee_number="4711")

    game.do("assign", person="tove")

    body = game.requests[-1].json()
    assert body[URN] == {"employeeNumber": "4711"}
    assert body["schemas"] == ["urn:ietf:params:scim:schemas:core:2.0:User", URN]
    assert 36 == len(body["externalId"])


@pytest.mark.parametrize(("trait", "path"), [("update_with", "/Users/"), ("group_with", "/Groups/")])
@pytest.mark.parametrize("verb", ["put", "patch"])
def test_patch_is_a_tick(play: Callable[..., Any], trait: str, path: str, verb: str) -> None:
    """Users and groups are changed by PUT, or by PATCH where that is ticked."""
    game = play("rippling", traits={trait: verb})
    game.hire()
    game.team("crew", "Crew", ("tove",))
    game.do("assign", person="tove")
    game.do("push group", group="crew")

    game.change("update", "tove", {"family_name": "Berg"})
    game.change("rename_team", "crew", "Crew 2")

    assert [request.method for request in game.requests if request.path.startswith(path)] == [verb.upper()]


def test_failed_call_is_repeated(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """A create that failed with 502 is sent again, so a service provider must not create twice."""
    game = play("rippling")
    game.hire()
    game.script = [says(200, {"totalResults": 0, "Resources": []}), says(502), says(201, {"id": "u-1"})]

    game.do("assign", person="tove")

    assert [request.method for request in game.requests] == ["GET", "POST", "POST"]
    assert [] == game.troubles()
