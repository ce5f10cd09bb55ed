"""authentik: create first, one operation for each member, and what its code does on 404, 409 and a missing configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.wire import CREDENTIALS

TOVE = "u-17"
CREW = "41f0"
CONFIG = {"patch": {"supported": True}, "filter": {"supported": True}, "bulk": {"supported": False, "maxOperations": 0}}


def begun(play: Callable[..., Any], says: Callable[..., Any], *answers: Any, config: Any = CONFIG) -> Any:
    """authentik after Tove got the application; the answers follow that of ServiceProviderConfig."""
    game = play("authentik")
    game.hire()
    game.script = [says(200, config) if config else says(404), *(answers or (says(201, {"id": TOVE}),))]
    game.do("assign", person="tove")
    return game


def test_user_is_created_without_a_lookup(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """ServiceProviderConfig, then the create, with both media types on every request."""
    game = begun(play, says)

    config, create = game.requests
    headers = (("Authorization", CREDENTIALS), ("Accept", "application/scim+json"), ("Content-Type", "application/scim+json"))
    assert (config.method, config.target, config.headers) == ("GET", "/ServiceProviderConfig", headers)
    assert (create.method, create.target, create.headers) == ("POST", "/Users", headers)
    body = create.json()
    assert 36 == len(body.pop("externalId"))
    assert body == {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "tove.lind@example.test",
        "displayName": "Tove Lind",
        "name": {"formatted": "Tove Lind", "givenName": "Tove", "familyName": "Lind"},
        "emails": [{"value": "tove.lind@example.test", "type": "other", "primary": True}],
        "active": True,
    }


def test_conflict_is_looked_up_without_quotes_and_linked(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """409 is followed by a lookup whose value stands without quotes."""
    listed = says(200, {"totalResults": 1, "Resources": [{"id": TOVE, "userName": "tove.lind@example.test"}]})
    game = begun(play, says, says(409), listed, says(200))

    assert game.took()[2:] == ["GET /Users?filter=userName%20eq%20tove.lind%40example.test", f"PUT /Users/{TOVE}"]
    assert game.id("tove") == TOVE


def test_conflict_without_filters_is_final(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """When filters are not supported, the account that is in the way cannot be found."""
    game = begun(play, says, says(409), config={"patch": {"supported": True}})

    assert 2 == len(game.took())
    assert game.troubles() == [("authentik-link", "tove")]


def test_update_is_a_put_with_the_id(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """Users are never patched."""
    game = begun(play, says)
    game.script = [says(200)]

    game.change("suspend", "tove")

    put = game.requests[-1]
    assert (put.method, put.target) == ("PUT", f"/Users/{TOVE}")
    assert (put.json()["id"], put.json()["active"]) == (TOVE, False)


def test_missing_account_is_created_again(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """404 on an update drops the link and makes a new account."""
    game = begun(play, says)
    game.took()
    game.script = [says(404), says(201, {"id": "u-18"})]

    game.change("update", "tove", {"display_name": "Tove Berg"})

    assert game.took() == [f"PUT /Users/{TOVE}", "POST /Users"]
    assert "u-18" == game.id("tove")


def test_members_come_one_an_operation(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """A group is created without members; they follow as one add each in one PATCH."""
    game = begun(play, says)
    game.hire("bo")
    game.script = [says(201, {"id": "u-09"}), says(201, {"id": CREW}), says(204)]
    game.do("assign", person="bo")
    game.team("crew", "Crew", ("tove", "bo"))
    game.do("push group", group="crew")

    create, patch = game.requests[-2:]
    assert (create.target, "members" in create.json()) == ("/Groups", False)
    assert patch.body == (
        b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":['
        b'{"op":"add","path":"members","value":[{"value":"u-17"}]},{"op":"add","path":"members","value":[{"value":"u-09"}]}]}'
    )


def test_comparison_sends_the_recorded_patch(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """A sync reads the group and sends one add and one remove by value list for what differs."""
    game = begun(play, says)
    game.team("crew", "Crew", ("tove",))
    game.script = [says(201, {"id": CREW}), says(204)]
    game.do("push group", group="crew")
    game.script = [says(200, {"id": CREW, "members": [{"value": "u-09"}]}), says(204)]

    game.run(game.engine.settle())

    read, patch = game.requests[-2:]
    assert (read.method, read.target) == ("GET", f"/Groups/{CREW}")
    assert patch.body == (
        b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":['
        b'{"op":"add","path":"members","value":[{"value":"u-17"}]},{"op":"remove","path":"members","value":[{"value":"u-09"}]}]}'
    )


def test_operations_are_cut_at_the_bulk_limit(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """bulk.maxOperations is taken for a limit of PATCH."""
    game = begun(play, says, config={**CONFIG, "bulk": {"maxOperations": 1}})
    game.hire("bo")
    game.script = [says(201, {"id": "u-09"}), says(201, {"id": CREW}), says(204), says(204)]
    game.do("assign", person="bo")
    game.team("crew", "Crew", ("tove", "bo"))

    game.do("push group", group="crew")

    assert [len(request.json()["Operations"]) for request in game.requests if request.method == "PATCH"] == [1, 1]


def test_without_patch_a_group_is_put_with_its_members(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """Without a configuration nothing counts as supported: groups are written whole, and read to compare."""
    game = begun(play, says, config=None)
    game.team("crew", "Crew", ("tove",))
    game.script = [says(201, {"id": CREW}), says(200), says(200, {"id": CREW, "members": [{"value": TOVE}]})]
    game.do("push group", group="crew")
    game.change("rename_team", "crew", "Crew 2")

    create, put, read = game.requests[-3:]
    assert create.json()["members"] == [{"value": TOVE}]
    assert (put.method, put.json()["displayName"], put.json()["members"]) == ("PUT", "Crew 2", [{"value": TOVE}])
    assert (read.method, read.target) == ("GET", f"/Groups/{CREW}")


def test_put_that_fails_is_followed_by_a_patch(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """In AWS mode the PATCH has an operation for displayName and one for externalId."""
    game = play("authentik", variant="aws")
    game.team("crew", "Crew")
    game.script = [says(200, CONFIG), says(201, {"id": CREW}), says(501), says(204), says(200, {"id": CREW})]
    game.do("push group", group="crew")
    game.change("rename_team", "crew", "Crew 2")

    assert game.requests[-2].json()["Operations"] == [
        {"op": "replace", "path": "displayName", "value": "Crew 2"},
        {"op": "replace", "path": "externalId", "value": game.engine.new_id("crew")},
    ]
    assert [] == game.troubles()


@pytest.mark.parametrize("with_id", [False, True])
def test_new_name_is_the_whole_group_without_a_path(play: Callable[..., Any], says: Callable[..., Any], with_id: bool) -> None:
    """A rename is one replace without path, with the id in older versions; then members are compared."""
    game = play("authentik", traits={"rename_with_id": with_id})
    game.team("crew", "Crew")
    game.script = [says(200, CONFIG), says(201, {"id": CREW}), says(204), says(200, {"id": CREW, "members": []})]
    game.do("push group", group="crew")

    game.change("rename_team", "crew", "Crew 2")

    patch, read = game.requests[-2:]
    [operation] = patch.json()["Operations"]
    assert (operation["op"], "path" in operation) == ("replace", False)
    assert (operation["value"]["displayName"], "id" in operation["value"]) == ("Crew 2", with_id)
    assert "members" not in operation["value"]
    assert (read.method, read.target) == ("GET", f"/Groups/{CREW}")


def test_group_read_without_members_gets_nobody(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """A group that is read without members is taken as it is: the comparison adds nobody."""
    game = begun(play, says)
    game.team("crew", "Crew", ("tove",))
    game.script = [says(201, {"id": CREW}), says(204), says(200, {"id": CREW})]
    game.do("push group", group="crew")
    game.took()

    game.run(game.engine.settle())

    assert game.took() == [f"GET /Groups/{CREW}"]


@pytest.mark.parametrize("status", [429, 503])
def test_passing_faults_are_tried_again(play: Callable[..., Any], says: Callable[..., Any], status: int) -> None:
    """429 and 503 count as passing."""
    game = begun(play, says, says(status, retry_after="5"), says(201, {"id": TOVE}))

    assert [line for line in game.took() if line.startswith("POST")] == ["POST /Users", "POST /Users"]
    assert [] == game.troubles()


def test_create_without_an_id_stops(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """An answer with an empty id is no success."""
    game = begun(play, says, says(201, {"id": ""}))

    assert game.troubles() == [("authentik-create", "tove")]


def test_membership_that_was_acknowledged_and_lost_is_told(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """A member whom the application acknowledged and does not hold is sent again, and told; a stranger in the group is not."""
    game = begun(play, says)
    game.team("crew", "Crew", ("tove",))
    game.script = [says(201, {"id": CREW}), says(204)]
    game.do("push group", group="crew")

    game.script = [says(200, {"id": CREW, "members": [{"value": TOVE}, {"value": "stranger"}]}), says(204)]
    game.run(game.engine.settle())
    before = game.troubles()
    game.script = [says(200, {"id": CREW, "members": []}), says(204)]
    game.run(game.engine.settle())

    assert [] == before
    assert game.troubles() == [("authentik-quiet-second-cycle", "crew")]


@pytest.mark.parametrize(
    ("variant", "path", "supports"),
    [
        ("", "/ServiceProviderConfig", (True, True)),
        ("aws", "/ServiceProviderConfig", (False, True)),
        ("slack", "/ServiceProviderConfig", (True, True)),
        ("salesforce", "/ServiceProviderConfigs", (True, True)),
    ],
)
def test_compatibility_modes(
    play: Callable[..., Any], says: Callable[..., Any], variant: str, path: str, supports: tuple[bool, bool]
) -> None:
    """A mode knows some of the configuration better than the application."""
    game = play("authentik", variant=variant)
    game.script = [says(200, CONFIG)]

    game.run(game.engine.connect())

    assert game.took() == [f"GET {path}"]
    assert (game.engine.caller.supports.patch, game.engine.caller.supports.filter) == supports


def test_slack_mode_looks_up_without_a_configuration(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """In Slack mode a conflict is looked up although no configuration says that filters work."""
    game = play("authentik", variant="slack")
    game.hire()
    listed = says(200, {"totalResults": 1, "Resources": [{"id": TOVE, "userName": "tove.lind@example.test"}]})
    game.script = [says(404), says(409), listed, says(200)]

    game.do("assign", person="tove")

    assert game.id("tove") == TOVE


def test_full_sync_links_groups_page_by_page(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """A full sync reads /Groups up to totalResults and links a group of the same name instead of making one."""
    game = begun(play, says)
    game.team("crew", "Crew", ("tove",))
    game.script = [says(500)]
    game.do("push group", group="crew")
    game.took()
    pages = [
        {"totalResults": 2, "Resources": [{"id": "g-0", "displayName": "Other"}]},
        {"totalResults": 2, "Resources": [{"id": CREW, "displayName": "Crew"}]},
    ]
    game.script = [*(says(200, page) for page in pages), says(204), says(200, {"id": CREW, "members": [{"value": TOVE}]})]

    game.do("full sync")

    assert game.took() == ["GET /Groups", "GET /Groups?startIndex=2", f"PATCH /Groups/{CREW}", f"GET /Groups/{CREW}"]
    assert game.id("crew") == CREW


def test_group_that_vanishes_after_its_creation_is_told(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """404 to the first members of a new group is a trouble: making it again would not end."""
    game = begun(play, says)
    game.team("crew", "Crew", ("tove",))
    game.script = [says(201, {"id": CREW}), says(404)]

    game.do("push group", group="crew")

    assert game.troubles() == [("authentik-members-added", "crew")]


def test_group_that_is_gone_is_made_again(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """404 to a change of a group drops the link and creates the group again, with its members."""
    game = begun(play, says)
    game.team("crew", "Crew")
    game.script = [says(201, {"id": CREW}), says(404), says(201, {"id": "g-2"}), says(204)]
    game.do("push group", group="crew")
    game.took()

    game.change("add_members", "crew", ["tove"])

    assert game.took() == [f"PATCH /Groups/{CREW}", "POST /Groups", "PATCH /Groups/g-2"]
    assert "g-2" == game.id("crew")


def test_group_in_the_way_is_looked_up_and_linked(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """409 to the create of a group is followed by a lookup by displayName, in quotes."""
    game = begun(play, says)
    game.team("crew", "Crew", ("tove",))
    found = {"totalResults": 1, "Resources": [{"id": CREW, "displayName": "Crew"}]}
    game.script = [says(409), says(200, found), says(204)]
    game.took()

    game.do("push group", group="crew")

    assert game.took() == ["POST /Groups", "GET /Groups?filter=displayName%20eq%20%22Crew%22", f"PATCH /Groups/{CREW}"]
    assert game.id("crew") == CREW


@pytest.mark.parametrize("answers", [[None], [404]])
def test_sync_goes_on_without_a_list_of_groups(play: Callable[..., Any], says: Callable[..., Any], answers: list[Any]) -> None:
    """A full sync whose discovery fails says so, and still writes and compares."""
    game = begun(play, says)
    game.script = [says(answer) if answer else None for answer in answers]

    game.do("full sync")

    assert game.troubles() == [("authentik-import", "")]
