"""The life of a user in Okta: what each event sends, and what the administrator sees when it goes wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scim_sim.errors import UsageError
from scim_sim.wire import Request

LOOK_UP = "GET /Users?filter=userName"
READ = "GET /Users/{id}"
CREATE = "POST /Users active=True groups=[]"


def put(active: bool = True, groups: Any = None) -> str:
    """A PUT of a user in short."""
    return f"PUT /Users/{{id}} active={active} groups={groups}"


def ada_in(okta: Any, variant: str = "aiw", **traits: Any) -> Any:
    """An integration with ada assigned and provisioned."""
    story = okta(variant, **traits)
    story.hire("ada", "Ada", "Quill", title="Analyst")
    story.act("assign", person="ada")
    story.events()
    return story


@pytest.mark.parametrize(
    ("variant", "requests"),
    [
        ("aiw", ["GET /Users?startIndex=1&count=2"] * 3),
        (
            "oin",
            [
                "GET /Users?startIndex=1&count=2",
                "GET /Users?startIndex=1&count=2",
                "GET /Groups?startIndex=1&count=100",
                "GET /Users?startIndex=1&count=2",
                "GET /Groups?startIndex=1&count=100",
            ],
        ),
    ],
)
def test_connecting_reads_two_users_three_times(okta: Any, variant: str, requests: list[str]) -> None:
    """Test, save and save of To App each read two users; with Import Groups on, saving reads the groups."""
    story = okta(variant)

    assert requests == story.live(story.engine.connect())


def test_answer_is_awaited_for_a_minute(okta: Any) -> None:
    """Okta closes the socket after 60 seconds, whatever it asked for; another number is a switch."""
    story = ada_in(okta, "oin")
    story.act("unassign", person="ada")
    hasty = ada_in(okta, "aiw", answer_seconds=5)
    hasty.act("unassign", person="ada")

    assert {60.0} == {request.patience for request in story.sent}
    assert {5.0} == {request.patience for request in hasty.sent}


def test_saving_to_app_reads_two_users(okta: Any) -> None:
    """A setting of the To App page is saved with the same probe; other settings send nothing."""
    story = okta("oin")

    assert ["GET /Users?startIndex=1&count=2", "GET /Groups?startIndex=1&count=100"] == story.act("set switches", update=False)
    assert story.act("set switches", rename_groups=False) == []


def test_several_people_are_looked_up_before_any_is_created(okta: Any) -> None:
    """The users of one assignment go side by side: three lookups, then three creates."""
    story = okta()
    for key in ("ada", "ben", "cho"):
        story.hire(key)
    story.team("all", "All", "ada", "ben", "cho")

    assert [LOOK_UP] * 3 + [CREATE] * 3 == story.act("assign", group="all")


def test_account_that_is_there_is_linked(okta: Any) -> None:
    """A lookup with one active hit links: GET, PUT with groups emptied and externalId set, no POST."""
    story = okta()
    story.hire("ada", "Ada", "Quill")
    made = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ADA@kestrelworks.test", "nickName": "Addie"}
    story.provider.handle(Request("POST", "/Users", body=json.dumps(made | {"active": True}).encode()))

    assert [LOOK_UP, READ, put(True, [])] == story.act("assign", person="ada")
    account = story.account("ada")
    assert ("ada@kestrelworks.test", "Addie", story.engine.app.users["ada"].okta_id) == (
        account["userName"],
        account["nickName"],
        account["externalId"],
    )


@pytest.mark.parametrize(
    ("variant", "requests"),
    [
        ("aiw", [LOOK_UP, READ, put(), READ, put(True, [])]),
        ("oin", [LOOK_UP, "PATCH /Users/{id} replace active=True", READ, put(True, [])]),
    ],
)
def test_reassigned_account_is_activated_first(okta: Any, variant: str, requests: list[str]) -> None:
    """A re-assignment finds the inactive account, activates it, then pushes the profile: the same account as before."""
    story = ada_in(okta, variant)
    before = story.engine.app.users["ada"].external_id
    story.act("unassign", person="ada")
    assert story.account("ada")["active"] is False

    assert requests == story.act("assign", person="ada")
    assert (before, True) == (story.engine.app.users["ada"].external_id, story.account("ada")["active"])


def test_hidden_inactive_account_is_named_as_the_cause(okta: Any, reply: Any) -> None:
    """A 409 to the creation of somebody whom Okta deactivated says that the inactive account was not found."""
    story = ada_in(okta)
    story.act("unassign", person="ada")

    story.play(story.engine.act("assign", person="ada"), reply(200, {"totalResults": 0}), reply(409, {"detail": "taken"}))

    assert ["okta-13.10-inactive-found"] == [trouble.need for trouble in story.engine.troubles]


def test_several_hits_are_an_error(okta: Any, reply: Any) -> None:
    """A lookup with two hits is no match and no create."""
    story = okta()
    story.hire("ada")
    hits = {"totalResults": 2, "Resources": [{"id": "1", "userName": "a"}, {"id": "2", "userName": "b"}]}

    story.play(story.engine.act("assign", person="ada"), reply(200, hits))

    assert "More than one user was found for ID ada@kestrelworks.test" in story.messages()[0]


def test_foreign_account_is_never_taken_over(okta: Any, reply: Any) -> None:
    """A service provider that ignores the filter and returns somebody else does not make Okta overwrite them."""
    story = okta()
    story.hire("ada")
    wrong = {"totalResults": 1, "Resources": [{"id": "1", "userName": "ceo@kestrelworks.test"}]}

    story.play(story.engine.act("assign", person="ada"), reply(200, wrong))

    assert "returned another user, ceo@kestrelworks.test" in story.messages()[0]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, {"detail": "Bad token"}, "Unauthorized. Errors reported by remote server: Bad token"),
        (502, b"<html>", "Bad Gateway. Errors reported by remote server: Invalid JSON: Unexpected character ('<' (code 60))"),
        (200, b"<html>", "Errors reported by remote server: Invalid JSON: Unexpected character ('<' (code 60))"),
        (500, b"", "Internal Server Error. Errors reported by remote server: Invalid JSON: No content to map"),
    ],
)
def test_failed_lookup_creates_nothing(okta: Any, reply: Any, status: int, body: Any, said: str) -> None:
    """When the lookup fails, the create is not sent, and the task says so in Okta's words."""
    story = okta()
    story.hire("ada", "Ada", "Quill")

    story.play(story.engine.act("assign", person="ada"), reply(status, body))

    assert (
        f"Automatic provisioning of user Ada Quill to app Kestrel SCIM failed: Error while verifying if user exists: {said}"
        in (story.messages()[0])
    )
    assert ("application.provision.user.verify_exists", "FAILURE") in story.events()


def test_lookup_answered_404_is_no_match(okta: Any, reply: Any) -> None:
    """404 with a SCIM error counts as nobody found."""
    story = okta()
    story.hire("ada")

    sent = story.play(story.engine.act("assign", person="ada"), reply(404, {"detail": "none"}), reply(201, {"id": "1"}))

    assert [request.method for request in sent] == ["GET", "POST"]


@pytest.mark.parametrize("body", [None, {"userName": "ada"}, {"id": ""}, {"id": "bulkId:7"}])
def test_create_without_a_usable_id_is_an_error(okta: Any, reply: Any, body: Any) -> None:
    """A created user without body or id is an empty user to Okta."""
    story = okta()
    story.hire("ada")

    story.play(story.engine.act("assign", person="ada"), reply(200, {"totalResults": 0}), reply(201, body))

    assert "Create new user returned empty user." in story.messages()[0]
    assert story.engine.expected().users == ()


def test_refused_create_is_sent_again_where_that_switch_is_on(okta: Any, reply: Any) -> None:
    """With `conflict_repush_minutes` the whole job runs again after that time."""
    story = okta(conflict_repush_minutes=30)
    story.hire("ada")
    none = reply(200, {"totalResults": 0})
    story.play(story.engine.act("assign", person="ada"), none, reply(409, {"detail": "taken"}))

    assert story.engine.due() == story.at + 1800
    story.engine.clock.sleep(1800)
    assert [LOOK_UP, CREATE] == story.live(story.engine.wake())
    assert [] == story.engine.app.tasks


@pytest.mark.parametrize(
    ("switch", "requests"),
    [
        ("create", [LOOK_UP]),
        ("update", [LOOK_UP, CREATE, READ, put(False, [])]),
        ("deactivate", [LOOK_UP, CREATE, READ, put(True, [])]),
    ],
)
def test_each_verb_has_its_switch(okta: Any, switch: str, requests: list[str]) -> None:
    """Without Create, Update or Deactivate the verb never appears."""
    story = okta(**{switch: False})
    story.hire("ada")

    sent = story.act("assign", person="ada")
    sent += story.tell(story.directory.update("ada", {"title": "Lead"}, story.at))
    sent += story.act("unassign", person="ada")

    assert requests == [request.replace("groups=None", "groups=[]") for request in sent]


def test_no_create_right_is_a_notice_and_no_fault_of_the_target(okta: Any) -> None:
    """Without Create Users the task says that no matching user was found, and no need of the target is named."""
    story = okta(create=False)
    story.hire("ada", "Ada", "Quill")
    story.act("assign", person="ada")

    [trouble] = story.engine.troubles
    assert ("", "Automatic provisioning of user Ada Quill to app Kestrel SCIM failed: Matching user not found.") == (
        trouble.need,
        trouble.message,
    )


def test_unmapped_change_sends_nothing(okta: Any) -> None:
    """Only mapped attributes are pushed."""
    story = ada_in(okta)

    assert [] == story.tell(story.directory.update("ada", {"office": "12b"}, story.at))


def test_user_name_is_pushed_before_the_mail_address(okta: Any) -> None:
    """A changed userName goes in a PUT that still has the old address; the address follows in its own GET and PUT."""
    story = ada_in(okta)
    new = "ada.vale@kestrelworks.test"

    requests = story.tell(story.directory.update("ada", {"user_name": new, "email": new}, story.at))

    assert [READ, "PUT", READ, "PUT"] == [request if request == READ else "PUT" for request in requests]
    first, second = (json.loads(request.body) for request in story.sent[1::2])
    assert (new, "ada@kestrelworks.test") == (first["userName"], first["emails"][0]["value"])
    assert new == second["emails"][0]["value"]


@pytest.mark.parametrize(("form", "value"), [("empty", ""), ("null", None), ("omit", "absent")])
def test_emptied_attribute_takes_the_chosen_form(okta: Any, form: str, value: Any) -> None:
    """An attribute that lost its value is written as empty text, as null, or left out."""
    story = ada_in(okta, emptied_as=form)
    story.tell(story.directory.update("ada", {"title": ""}, story.at))

    assert value == json.loads(story.sent[-1].body).get("title", "absent")
    assert "title" not in story.engine.expected().users[0].resource


def test_leaked_password_is_written_back(okta: Any, reply: Any) -> None:
    """Whatever the service provider returns is echoed, a password too."""
    story = ada_in(okta)
    read = reply(200, {"id": "1", "userName": "ada@kestrelworks.test", "password": "leaked", "active": True})
    change = story.directory.update("ada", {"title": "Lead"}, story.at)

    assert "leaked" == story.play(story.engine.notice(change), read, read)[1].json()["password"]


def test_put_answered_204_is_reported_although_it_worked(okta: Any, reply: Any) -> None:
    """Okta wants the resource back from a PUT; without it a task stands although the change was accepted."""
    story = ada_in(okta)
    read = reply(200, {"id": "1", "userName": "ada@kestrelworks.test", "active": True})
    change = story.directory.update("ada", {"title": "Lead"}, story.at)

    story.play(story.engine.notice(change), read, reply(204))

    assert "Error while trying to push profile update for ada@kestrelworks.test: " in story.messages()[0]
    assert "Lead" == story.engine.expected().users[0].resource["title"]


def test_vanished_account_stops_the_update_and_can_be_made_again(okta: Any) -> None:
    """GET 404 ends an update; unassigning sends no PUT, and assigning again creates another account."""
    story = ada_in(okta)
    before = story.engine.app.users["ada"].external_id
    story.provider.handle(Request("DELETE", f"/Users/{before}"))

    assert [READ] == story.tell(story.directory.update("ada", {"title": "Lead"}, story.at))
    assert f"No user returned for user {before}" in story.messages()[0]
    assert [READ] == story.act("retry tasks")
    assert [READ] == story.act("unassign", person="ada")
    assert [LOOK_UP, CREATE] == story.act("assign", person="ada")
    assert before != story.engine.app.users["ada"].external_id


def test_failed_deactivation_is_a_task_without_retry(okta: Any, reply: Any) -> None:
    """One attempt, then a manual task; Okta goes on believing that the account is active."""
    story = ada_in(okta, "oin")

    story.play(story.engine.act("unassign", person="ada"), reply(502, b"<html>bad gateway</html>"))

    assert "Application accounts need deprovisioning" in story.messages()[0]
    assert "Error while deactivating user: Bad Gateway. Errors reported by remote server: Invalid JSON: " in story.messages()[0]
    assert [] == story.act("retry tasks")
    assert story.engine.expected().users[0].active is True


@pytest.mark.parametrize(
    ("variant", "requests"), [("aiw", [READ, put(False)]), ("oin", ["PATCH /Users/{id} replace active=False"])]
)
def test_only_the_lost_application_sends_something(okta: Any, variant: str, requests: list[str]) -> None:
    """Suspending, unsuspending and deleting send nothing; deactivating in Okta deactivates the account."""
    story = ada_in(okta, variant)
    directory = story.directory

    assert [] == story.tell(directory.suspend("ada", story.at))
    assert [] == story.tell(directory.unsuspend("ada", story.at))
    sent = [request.replace("groups=[]", "groups=None") for request in story.tell(directory.deactivate("ada", story.at))]
    assert requests == sent
    assert [] == story.tell(directory.delete("ada", story.at))


def test_only_group_assignments_come_back(okta: Any) -> None:
    """Reactivated in Okta, somebody with a direct assignment has nothing; somebody with it through a group has it again."""
    story = ada_in(okta)
    story.hire("ben")
    story.team("all", "All", "ben")
    story.act("assign", group="all")
    for key in ("ada", "ben"):
        story.tell(story.directory.deactivate(key, story.at))

    assert [] == story.tell(story.directory.reactivate("ada", story.at))
    assert [LOOK_UP, READ] == story.tell(story.directory.reactivate("ben", story.at))[:2]
    assert story.account("ben")["active"] is True


def test_staged_people_wait_until_they_are_active(okta: Any) -> None:
    """Somebody who is not active in Okta gets no account before they are."""
    story = okta()
    story.hire("ada", status="staged")

    assert story.act("assign", person="ada") == []
    assert [LOOK_UP, CREATE] == story.tell(story.directory.reactivate("ada", story.at))


def test_disabled_integration_is_silent_and_catches_nothing_up(okta: Any) -> None:
    """A disabled integration sends nothing, and nothing by itself afterwards; Provision User does it by hand."""
    story = ada_in(okta)
    story.hire("ben")
    story.act("disable integration")

    assert story.act("assign", person="ben") == []
    assert [] == story.tell(story.directory.update("ada", {"title": "Lead"}, story.at))
    assert [] == story.act("enable integration")
    assert [LOOK_UP, CREATE] == story.act("provision user", person="ben")
    assert [READ, put()] == story.act("force sync", person="ada")


def test_scheduled_integration_waits_for_its_tick(okta: Any) -> None:
    """With a schedule nothing is sent until the tick, and then everything in order."""
    story = okta(schedule_minutes=60)
    story.hire("ada")

    assert story.act("assign", person="ada") == []
    story.engine.clock.sleep(story.engine.due() - story.at)
    assert [LOOK_UP, CREATE] == story.live(story.engine.wake())


def test_passwords_stay_in_okta_without_the_setting(okta: Any) -> None:
    """Without Sync Password a new password sends nothing; with it a wizard app reads and writes the account."""
    story = ada_in(okta)

    assert [] == story.tell(story.directory.update("ada", {"password": "Invented-1"}, story.at))
    story.act("set switches", sync_password=True)
    story.tell(story.directory.update("ada", {"password": "Invented-2"}, story.at))
    assert ["GET", "PUT"] == [request.method for request in story.sent]
    assert "Invented-2" == json.loads(story.sent[1].body)["password"]


def test_enterprise_attributes_travel_in_their_object(okta: Any) -> None:
    """The enterprise URN stands in schemas when its object is there; a manager is named by the id of their account."""
    story = okta()
    story.hire("boss")
    story.hire("ada", department="Flight", manager="boss")
    story.act("assign", person=["boss"])
    story.act("assign", person="ada")

    body = json.loads(story.sent[1].body)
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    manager = {"value": story.engine.app.users["boss"].external_id, "displayName": "Boss Test"}
    assert {"department": "Flight", "manager": manager} == body[urn]
    assert urn == body["schemas"][1]


def test_custom_attribute_needs_a_namespace(okta: Any) -> None:
    """A custom attribute is sent under its namespace, and not at all without one."""
    row = {"source": "custom.grade", "external_name": "grade"}
    urn = "urn:kestrelworks:params:scim:schemas:extension:1.0:User"
    story = okta(mapping={"grade": row | {"namespace": urn}, "level": row, "emailType": None})
    story.hire("ada", custom={"grade": "7"})
    story.act("assign", person="ada")

    body = json.loads(story.sent[1].body)
    assert ({"grade": "7"}, False) == (body[urn], "level" in body)
    assert [{"primary": True, "value": "ada@kestrelworks.test"}] == body["emails"]


def test_same_seed_sends_the_same_bytes(okta: Any) -> None:
    """Ids and passwords depend on the seed alone."""
    bodies = []
    for seed in (1, 1, 2):
        story = okta(seed=seed)
        story.hire("ada")
        story.act("assign", person="ada")
        bodies.append(story.sent[1].body)

    assert (True, False) == (bodies[0] == bodies[1], bodies[0] == bodies[2])


def test_unknown_switch_is_explained(okta: Any) -> None:
    """A misspelt switch names the nearest one."""
    story = okta()

    with pytest.raises(UsageError, match='unknown trait "creat": did you mean "create"'):
        story.act("set switches", creat=False)


def test_log_of_a_deactivation(okta: Any) -> None:
    """The System Log tells a leaver's story: membership removed, deactivation pushed, deprovisioned."""
    story = ada_in(okta, "oin")
    story.act("unassign", person="ada")

    assert story.events() == [
        ("application.user_membership.remove", "SUCCESS"),
        ("application.provision.user.deactivate", "SUCCESS"),
        ("application.user_membership.deprovision", "SUCCESS"),
    ]
