"""The plain client: discovery believed, pages followed, versions sent, and only the RFC's statuses taken for a success."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.provider import Options, Provider, users_only

CONFIG = {"patch": {"supported": True}, "filter": {"supported": False}, "etag": {"supported": False}}
TYPES = {"totalResults": 1, "Resources": [{"endpoint": "/Users"}]}
NONE = {"totalResults": 0, "Resources": []}


def test_connection_test_reads_discovery(play: Callable[..., Any]) -> None:
    """All three documents are read, then one user."""
    game = play("plain")

    assert game.run(game.engine.connect())
    assert game.took() == ["GET /ServiceProviderConfig", "GET /ResourceTypes", "GET /Schemas", "GET /Users?count=1"]


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_discovery_is_required(play: Callable[..., Any], says: Callable[..., Any], broken: int) -> None:
    """A document that is missing ends the connection test."""
    game = play("plain")
    game.script = [says(200, CONFIG), says(200, TYPES), says(200, NONE), says(200, NONE)]
    game.script[broken] = says(404, {"detail": "no"})

    assert not game.run(game.engine.connect())
    assert game.troubles() == [("plain-connect", "")]


def test_users_must_be_a_resource_type(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """ResourceTypes without /Users is of no use."""
    game = play("plain")
    game.script = [says(200, CONFIG), says(200, NONE)]

    assert not game.run(game.engine.connect())


def test_without_filters_all_pages_are_read(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """Where filters are not supported, the person is sought page by page."""
    game = play("plain")
    game.hire()
    first = {"totalResults": 2, "startIndex": 1, "Resources": [{"id": "u-1", "userName": "somebody"}]}
    second = {"totalResults": 2, "startIndex": 2, "Resources": [{"id": "u-2", "userName": "TOVE.LIND@example.test"}]}
    game.script = [says(200, CONFIG), says(200, TYPES), says(200, NONE), says(200, first), says(200, second), says(204)]

    game.do("assign", person="tove")

    assert game.took()[3:] == ["GET /Users", "GET /Users?startIndex=2", "PATCH /Users/u-2"]
    assert "u-2" == game.id("tove")


def test_change_is_one_operation_for_each_path(play: Callable[..., Any]) -> None:
    """A PATCH names exactly what changed; what lost its value is removed."""
    game = play("plain", mapping={"title": "title"})
    game.hire(title="Analyst")
    game.do("assign", person="tove")

    game.change("update", "tove", {"family_name": "Berg", "title": ""})

    assert game.requests[-1].json()["Operations"] == [
        {"op": "replace", "path": "name.familyName", "value": "Berg"}, {"op": "remove", "path": "title"},
    ]  # fmt: skip
    assert "Berg" == game.held("Users", "tove")["name"]["familyName"]
    assert "title" not in game.held("Users", "tove")


def test_version_is_sent_and_refreshed_after_412(play: Callable[..., Any]) -> None:
    """If-Match carries the version last seen; when somebody else changed the account, it is read and written once more."""
    game = play("plain")
    game.hire()
    game.do("assign", person="tove")
    other = game.requests[-1]
    game.provider.handle(
        type(other)("PATCH", f"/Users/{game.id('tove')}", None, (("Content-Type", "application/scim+json"),),
                    b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],'
                    b'"Operations":[{"op":"replace","path":"nickName","value":"T"}]}')
    )  # fmt: skip
    game.took()

    game.change("update", "tove", {"family_name": "Berg"})

    assert [line.split()[0] for line in game.took()] == ["PATCH", "GET", "PATCH"]
    assert [] == game.troubles()


def test_without_patch_changes_are_put(play: Callable[..., Any]) -> None:
    """Where PATCH is not supported, the whole resource is put."""
    game = play("plain", provider=Provider(None, options=Options(patch=False)))
    game.hire()
    game.do("assign", person="tove")

    game.change("suspend", "tove")

    assert "PUT" == game.requests[-1].method
    assert game.held("Users", "tove")["active"] is False


@pytest.mark.parametrize(("status", "need"), [(200, "plain-create"), (204, "plain-create"), (201, None)])
def test_only_201_is_a_create(play: Callable[..., Any], says: Callable[..., Any], status: int, need: str | None) -> None:
    """A create answered with another 2xx is no success for the reference."""
    game = play("plain")
    game.hire()
    filters = {**CONFIG, "filter": {"supported": True}}
    answers = [says(200, filters), says(200, TYPES), says(200, NONE), says(200, NONE), says(status, {"id": "u-1"})]
    game.script = answers

    game.do("assign", person="tove")

    assert [trouble.need for trouble in game.engine.troubles] == ([need] if need else [])


def test_second_look_repairs_what_was_lost(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """Settling reads every account; one that does not hold what was written is written again, an equal one is not."""
    game = play("plain")
    game.hire()
    game.do("assign", person="tove")
    game.took()

    game.run(game.engine.settle())
    quiet = game.took()
    lost = {**game.held("Users", "tove"), "displayName": "Somebody Else"}
    game.script = [says(200, lost)]
    game.run(game.engine.settle())

    assert [line.split()[0] for line in quiet] == ["GET"]
    assert [line.split()[0] for line in game.took()] == ["GET", "PATCH"]


def test_users_only_target_works_for_people(play: Callable[..., Any]) -> None:
    """Without Groups, people come and go; a pushed group is a trouble of its own."""
    game = play("plain", provider=Provider(None, catalogue=users_only()))
    game.hire()
    game.team("crew", "Crew", ("tove",))
    game.do("assign", person="tove")
    game.do("push group", group="crew")

    assert game.held("Users", "tove")["active"] is True
    assert game.troubles() == [("plain-group-push", "crew")]


def test_nothing_of_it_is_inferred(play: Callable[..., Any]) -> None:
    """The reference names only what a scenario overrides."""
    assert play("plain").engine.switches == {}
    assert play("plain", traits={"count": 5}).engine.switches == {"count": 5}


def test_second_look_without_an_answer_is_told(play: Callable[..., Any]) -> None:
    """No answer to the last read is a trouble, not a crash."""
    game = play("plain")
    game.hire()
    game.do("assign", person="tove")
    game.script = [None]

    game.run(game.engine.settle())

    assert game.troubles() == [("plain-converges", "tove")]
