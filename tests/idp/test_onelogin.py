"""OneLogin: requests as recorded and documented, the template, approval, and what happens when somebody leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.errors import UsageError
from scim_sim.wire import CREDENTIALS

TOVE = "b7c1a0de-5f0e-4b0e-8f3c-1f3a2a9be001"
ANALYSTS = "080c9f30-91e2-44e4-ab91-0d467b154db1"
EMPTY = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "startIndex": 1, "Resources": []}
GET_HEADERS = (("Authorization", CREDENTIALS), ("User-Agent", ""))
BODY_HEADERS = (*GET_HEADERS, ("Content-Type", "application/scim+json"))


def with_tove(play: Callable[..., Any], says: Callable[..., Any], **setting: Any) -> Any:
    """OneLogin after Tove got the application."""
    game = play("onelogin", **setting)
    game.hire()
    game.script = [says(200, EMPTY), says(201, {"id": TOVE})]
    game.do("assign", person="tove")
    return game


def test_connection_test_looks_for_nobody(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """The test is a lookup that ends in a dangling ampersand, with an empty User-Agent, and passes on an empty list."""
    game = play("onelogin")
    game.script = [says(200, EMPTY)]

    passed = game.run(game.engine.connect())

    [request] = game.requests
    assert passed
    assert (request.method, request.target) == ("GET", "/Users?filter=userName+eq+%22probe.7d2a91%22&")
    assert request.headers == GET_HEADERS


@pytest.mark.parametrize(("status", "passed"), [(404, True), (401, False), (500, False)])
def test_connection_test_takes_404_for_nobody(
    play: Callable[..., Any], says: Callable[..., Any], status: int, passed: bool
) -> None:
    """404 counts as success, every other error as failure."""
    game = play("onelogin")
    game.script = [says(status, {"detail": "no"})]

    assert game.run(game.engine.connect()) is passed
    assert game.troubles() == ([] if passed else [("onelogin-connect", "")])


def test_connection_test_is_not_fooled_by_an_ignored_filter(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """A list of somebody else for a user whom nobody has is no success."""
    game = play("onelogin")
    game.script = [says(200, {**EMPTY, "totalResults": 1, "Resources": [{"id": "1", "userName": "someone"}]})]

    assert not game.run(game.engine.connect())


def test_joiner_is_looked_up_and_created_without_active(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """The create is the template filled in: no active, no externalId, and a bare question mark in the URL."""
    game = with_tove(play, says)

    lookup, create = game.requests
    assert "/Users?filter=userName+eq+%22tove.lind%40example.test%22&" == lookup.target
    assert (create.method, create.target, create.headers) == ("POST", "/Users?", BODY_HEADERS)
    assert create.body == (
        b'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"tove.lind@example.test",'
        b'"name":{"givenName":"Tove","familyName":"Lind"},"emails":[{"value":"tove.lind@example.test","primary":true}]}'
    )


def test_update_is_the_recorded_put(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """The enterprise connector puts the whole body with the pre-standard schemas, and active behind it."""
    game = with_tove(play, says, variant="enterprise")
    game.script = [says(200)]

    game.change("update", "tove", {"family_name": "Lind-Berg"})

    put = game.requests[-1]
    assert (put.method, put.target, put.headers) == ("PUT", f"/Users/{TOVE}?", BODY_HEADERS)
    assert put.body == (
        b'{"schemas":["urn:scim:schemas:core:2.0","urn:scim:schemas:extension:enterprise:2.0"],'
        b'"userName":"tove.lind@example.test","name":{"familyName":"Lind-Berg","givenName":"Tove"},'
        b'"emails":[{"value":"tove.lind@example.test","type":"work","primary":true}],"active":true}'
    )


def test_role_becomes_a_group_one_member_a_request(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """Groups are listed, created with their name alone, and filled with the recorded PATCH of 165 bytes."""
    game = with_tove(play, says)
    game.took()
    game.team("analysts", "Analyst", ("tove",))
    game.script = [says(200, EMPTY), says(201, {"id": ANALYSTS}), says(204)]

    game.do("push group", group="analysts")

    listed, create, patch = game.requests
    assert (listed.method, listed.target, listed.headers) == ("GET", "/Groups?", GET_HEADERS)
    assert (create.method, create.target) == ("POST", "/Groups?")
    assert create.body == b'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Analyst"}'
    assert (patch.method, patch.target, patch.headers) == ("PATCH", f"/Groups/{ANALYSTS}?", BODY_HEADERS)
    assert 165 == len(patch.body)
    assert patch.json()["Operations"] == [{"op": "add", "path": "members", "value": [{"value": TOVE}]}]


@pytest.mark.parametrize(
    ("remove_by", "operation"),
    [
        ("filter", {"op": "remove", "path": f'members[value eq "{TOVE}"]'}),
        ("value", {"op": "remove", "path": "members", "value": [{"value": TOVE}]}),
    ],
)
def test_member_leaves_in_either_form(
    play: Callable[..., Any], says: Callable[..., Any], remove_by: str, operation: dict[str, Any]
) -> None:
    """The form of a removal was never seen; both can be had."""
    game = with_tove(play, says, traits={"remove_by": remove_by})
    game.team("analysts", "Analyst", ("tove",))
    game.script = [says(200, EMPTY), says(201, {"id": ANALYSTS}), says(204), says(204)]
    game.do("push group", group="analysts")

    game.change("remove_members", "analysts", ["tove"])

    assert game.requests[-1].json()["Operations"] == [operation]


def test_role_is_neither_renamed_nor_deleted(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """Renaming and deleting a role sends nothing."""
    game = with_tove(play, says)
    game.team("analysts", "Analyst", ("tove",))
    game.script = [says(200, EMPTY), says(201, {"id": ANALYSTS}), says(204)]
    game.do("push group", group="analysts")
    game.took()

    game.change("rename_team", "analysts", "Analysts")
    game.change("delete_team", "analysts")

    assert [] == game.took()


@pytest.mark.parametrize(
    ("choice", "sent"),
    [("deactivate", [f"PUT /Users/{TOVE}?"]), ("delete", [f"DELETE /Users/{TOVE}?"]), ("nothing", [])],
)
@pytest.mark.parametrize(("trait", "kind"), [("on_suspend", "suspend"), ("on_delete", "delete"), ("on_unassign", "")])
def test_leaver_three_ways(
    play: Callable[..., Any], says: Callable[..., Any], choice: str, sent: list[str], trait: str, kind: str
) -> None:
    """Somebody who leaves is suspended, deleted or left alone, as the administrator has chosen."""
    game = with_tove(play, says, traits={trait: choice})
    game.took()
    game.script = [says(200)]

    if kind:
        game.change(kind, "tove")
    else:
        game.do("unassign", person="tove")

    requests = list(game.requests)
    assert game.took() == sent
    assert choice != "deactivate" or requests[0].json()["active"] is False


def test_task_waits_for_approval(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """With approval on, a task is pending until the administrator approves it."""
    game = play("onelogin", traits={"approve_create": True})
    game.hire()
    game.do("assign", person="tove")
    before = game.took()
    states = [(entry["task"], entry["state"]) for entry in game.engine.drain_log()]

    game.do("approve", person="tove")

    assert (before, states) == ([], [("create", "Pending")])
    assert [line.split("?")[0] for line in game.took()] == ["GET /Users", "POST /Users"]
    assert [(entry["task"], entry["state"]) for entry in game.engine.drain_log()] == [("create", "Provisioned")]


def test_rejected_task_is_not_sent(play: Callable[..., Any]) -> None:
    """A rejected task sends nothing, and is not proposed again until the person changes."""
    game = play("onelogin", traits={"approve_create": True})
    game.hire()
    game.do("assign", person="tove")

    game.do("reject")
    game.do("approve")
    game.do("retry tasks")
    nothing = game.took()
    game.change("update", "tove", {"family_name": "Berg"})
    game.do("approve")

    assert [] == nothing
    assert [line.split("?")[0] for line in game.took()] == ["GET /Users", "POST /Users"]


def test_failed_task_carries_the_words_of_the_application(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """A refused create is a failed task with the application's reason; only a retry by hand does it again."""
    game = play("onelogin")
    game.hire()
    game.script = [says(200, EMPTY), says(409, {"detail": "name already exists"})]
    game.do("assign", person="tove")
    game.team("crew", "Crew", ("tove",))
    attempts = len(game.took())

    game.do("retry tasks")

    [trouble] = game.engine.troubles
    assert 2 == attempts
    assert (trouble.need, trouble.message) == ("onelogin-create", "409: name already exists")
    assert next(e for e in game.engine.drain_log() if e["task"] == "create")["state"] == "Failed"
    assert [line.split("?")[0] for line in game.took()] == ["GET /Users", "POST /Users"]


def test_template_is_text_and_everything_in_it_becomes_text(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """A template of one's own decides the whole body; a macro gives a string, a missing value an empty one."""
    template = '{"schemas":["s"],"userName":"{$parameters.scimusername}","active":"{$user.active}","x":7,"title":"{$user.title}"}'
    game = with_tove(play, says, mapping={"template": template, "parameters": {"scimusername": "email"}})

    assert game.requests[-1].json() == {
        "schemas": ["s"], "userName": "tove.lind@example.test", "active": "true", "x": 7, "title": "",
    }  # fmt: skip


def test_quotes_in_a_name_do_not_break_the_template(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """A name with quotes and a backslash is escaped."""
    game = play("onelogin")
    game.hire("jo", given_name='Jo "Ace"', family_name="Back\\slash")
    game.script = [says(200, EMPTY), says(201, {"id": "1"})]

    game.do("assign", person="jo")

    assert json.loads(game.requests[-1].body)["name"] == {"givenName": 'Jo "Ace"', "familyName": "Back\\slash"}


def test_emails_may_be_an_object(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """The seen oddity: emails is one object."""
    game = with_tove(play, says, traits={"emails": "object"})

    assert game.requests[-1].json()["emails"] == {"value": "tove.lind@example.test", "primary": True}


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"template": "{"}, "no JSON"),
        ({"template": "[1]"}, "no JSON object"),
        ({"rows": {}}, "takes template and parameters"),
        ({"parameters": {"scimusername": "e-mail"}}, 'names "e-mail"'),
    ],
)
def test_mistake_in_the_mapping_is_explained(play: Callable[..., Any], mapping: dict[str, Any], said: str) -> None:
    """A template that is none, and an attribute that nobody has, are told before anything is sent."""
    with pytest.raises(UsageError, match=said):
        play("onelogin", mapping=mapping)


def test_unknown_macro_is_explained(play: Callable[..., Any]) -> None:
    """A macro that OneLogin does not know is named with the nearest one."""
    game = play("onelogin", mapping={"template": {"userName": "{$user.mail}"}})
    game.hire()

    with pytest.raises(UsageError, match=r"user\.mail"):
        game.do("assign", person="tove")


def test_answers_in_another_media_type_can_be_refused(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """With the switch `reads`, an answer that is not application/json stops the task."""
    game = play("onelogin", traits={"reads": ["application/json"]})
    game.script = [says(200, EMPTY, content_type="application/scim+json")]

    assert not game.run(game.engine.connect())
    assert game.troubles() == [("onelogin-readable-answers", "")]


def test_found_account_is_linked_and_put(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """An account of the same name is taken over and updated, never created twice."""
    game = play("onelogin")
    game.hire()
    found = {"id": TOVE, "userName": "Tove.Lind@example.test"}
    game.script = [says(200, {**EMPTY, "totalResults": 1, "Resources": [found]}), says(200)]

    game.do("assign", person="tove")

    assert [line.split("?")[0] for line in game.took()] == ["GET /Users", f"PUT /Users/{TOVE}"]
    assert game.id("tove") == TOVE


def test_custom_headers_replace_and_add(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """Custom Headers change usual headers in their place and add further ones behind; without a body no type is sent."""
    headers = {"user-agent": "acme", "Content-Type": "application/json", "X-Tenant": "7"}
    game = with_tove(play, says, traits={"custom_headers": headers})

    lookup, create = game.requests
    assert lookup.headers == (("Authorization", CREDENTIALS), ("user-agent", "acme"), ("X-Tenant", "7"))
    assert create.headers == (
        ("Authorization", CREDENTIALS), ("user-agent", "acme"), ("Content-Type", "application/json"), ("X-Tenant", "7"),
    )  # fmt: skip


def test_refresh_entitlements_reads_groups_once(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """Refreshing reads one page of groups, and a failure is told."""
    game = play("onelogin")
    game.script = [says(200, {**EMPTY, "totalResults": 9, "Resources": [{"id": "1", "displayName": "A"}]}), says(500)]

    game.do("refresh entitlements")
    game.do("refresh entitlements")

    assert game.took() == ["GET /Groups?", "GET /Groups?"]
    assert game.troubles() == [("onelogin-group-push", "")]


def test_macros_reach_the_manager_and_custom_fields(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """The manager is the id of the manager's account, empty without one; custom fields are those of the person."""
    template = {
        "userName": "{$user.username}",
        "boss": "{$parameters.external_manager_id}",
        "badge": "{$user.custom_fields.badge}",
    }
    game = play("onelogin", mapping={"template": template})
    game.hire("boss")
    game.hire("tove", manager="boss", custom={"badge": "7"})
    game.script = [says(200, EMPTY), says(201, {"id": "b-1"}), says(200, EMPTY), says(201, {"id": TOVE})]

    game.do("assign", person=["boss", "tove"])

    created = [request.json() for request in game.requests if request.method == "POST"]
    assert created == [
        {"userName": "boss@example.test", "boss": "", "badge": ""},
        {"userName": "tove.lind@example.test", "boss": "b-1", "badge": "7"},
    ]
