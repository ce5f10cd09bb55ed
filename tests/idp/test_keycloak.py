"""Keycloak's add-on: no lookups, full lists, a text for active, and ten attempts when no answer comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TOVE = "u-1"
CREW = "g-1"


def begun(play: Callable[..., Any], says: Callable[..., Any], variant: str = "") -> Any:
    """Keycloak after Tove was created."""
    game = play("keycloak", variant=variant)
    game.hire()
    game.script = [says(201, {"id": TOVE})]
    game.do("assign", person="tove")
    return game


def test_user_is_created_at_once(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """Nothing is looked up; the body has no name, and an address without a type."""
    game = begun(play, says)

    [create] = game.requests
    body = create.json()
    assert (create.method, create.target) == ("POST", "/Users")
    assert 36 == len(body.pop("externalId"))
    assert body == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "tove.lind@example.test",
        "displayName": "Tove Lind", "emails": [{"value": "tove.lind@example.test", "primary": True}], "active": True,
    }  # fmt: skip


def test_conflict_is_not_resolved(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """An account that is in the way stays there; the add-on knows only its own map."""
    game = play("keycloak")
    game.hire()
    game.script = [says(409)]

    game.do("assign", person="tove")

    assert game.took() == ["POST /Users"]
    assert game.troubles() == [("keycloak-create", "tove")]


def test_put_says_where_the_resource_is(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """A PUT has the id and a relative location."""
    game = begun(play, says)
    game.script = [says(200)]

    game.change("deactivate", "tove")

    put = game.requests[-1]
    assert (put.method, put.target) == ("PUT", f"/Users/{TOVE}")
    assert (put.json()["id"], put.json()["active"], put.json()["meta"]) == (TOVE, False, {"location": f"Users/{TOVE}"})


def test_patch_writes_three_attributes_and_a_text_for_active(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """With patchOp, active is the text "false", and a new address is not sent."""
    game = begun(play, says, variant="patch")
    game.script = [says(204), says(204)]

    game.change("update", "tove", {"email": "new@example.test"})
    game.change("deactivate", "tove")

    assert game.requests[-1].json()["Operations"] == [
        {"op": "replace", "path": "active", "value": "false"},
        {"op": "replace", "path": "userName", "value": "tove.lind@example.test"},
        {"op": "replace", "path": "displayName", "value": "Tove Lind"},
    ]
    [user] = game.engine.expected().users
    assert user.resource["emails"] == [{"value": "tove.lind@example.test", "primary": True}]


def test_group_patch_is_one_request(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """Members, name and externalId are replaced together; an emptied group is a remove without value."""
    game = begun(play, says, variant="patch")
    game.team("crew", "Crew")
    game.script = [says(201, {"id": CREW}), says(204), says(204)]
    game.do("push group", group="crew")
    game.change("add_members", "crew", ["tove"])
    filled = game.requests[-1].json()["Operations"]
    game.change("remove_members", "crew", ["tove"])

    assert [(op["op"], op["path"]) for op in filled] == [
        ("replace", "members"),
        ("replace", "displayName"),
        ("replace", "externalId"),
    ]
    assert filled[0]["value"] == [{"value": TOVE}]
    assert game.requests[-1].json()["Operations"][0] == {"op": "remove", "path": "members"}
    assert game.engine.expected().groups[0].members == frozenset()


def test_group_put_has_relative_references(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """Members carry a relative $ref, and an empty group has no members at all."""
    game = begun(play, says)
    game.team("crew", "Crew")
    game.script = [says(201, {"id": CREW}), says(200)]
    game.do("push group", group="crew")
    game.change("add_members", "crew", ["tove"])

    create, put = game.requests[-2:]
    assert "members" not in create.json()
    assert put.json()["members"] == [{"value": TOVE, "$ref": f"Users/{TOVE}"}]


def test_ten_attempts_when_no_answer_comes(play: Callable[..., Any]) -> None:
    """Only a missing answer is tried again, ten times in all, after five seconds each."""
    game = play("keycloak")
    game.hire()
    game.script = [None] * 10

    game.do("assign", person="tove")

    assert [(5.0, number) for number in range(1, 11)] == [(one.patience, one.attempt) for one in game.requests]
    assert game.took() == ["POST /Users"] * 10
    assert game.troubles() == [("keycloak-create", "tove")]


def test_refusal_is_not_tried_again(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """503 is final."""
    game = play("keycloak")
    game.hire()
    game.script = [says(503)]

    game.do("assign", person="tove")

    assert game.took() == ["POST /Users"]


def test_refresh_repairs_no_deactivation(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """The periodic refresh covers whoever is switched on; a deactivation that was missed stays missed."""
    game = begun(play, says)
    game.hire("bo")
    game.script = [says(201, {"id": "u-2"}), says(500), says(200)]
    game.do("assign", person="bo")
    game.change("deactivate", "tove")
    game.took()

    game.do("retry tasks")

    assert game.took() == ["PUT /Users/u-2"]
    assert next(user for user in game.engine.expected().users if user.key == "tove").active
