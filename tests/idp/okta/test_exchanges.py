"""Every request shape of Okta's client, byte for byte against recorded exchanges (`tests/golden/okta`)."""

from __future__ import annotations

from typing import Any

import pytest

LINKED = "9d2b7c1e-44a0-4a6c-8f61-0c7b5e2f1a01"
GROUP = "5ad8e0b2-7c1f-4c35-9b0e-8a1d2c3e4f05"


def mirela(story: Any, linked: bool = True, **values: Any) -> Any:
    """Hire the person of the examples; with `linked`, as somebody provisioned long ago."""
    person = story.hire("mirela", "Mirela", "Okonjo", user_name="mirela.okonjo@kestrelworks.test", title="Test Pilot", **values)
    user = story.engine.app.user("mirela")
    user.okta_id = "00u7kq2hxmT4bVnLp5d7"
    if linked:
        provisioned(story, user, LINKED)
    return person


def provisioned(story: Any, user: Any, external_id: str) -> None:
    """Make the person look like one with an account."""
    user.individually = user.provisioned = user.active = True
    user.external_id = external_id
    story.engine.app.remember(user, story.engine.app.values(story.directory.person(user.key)))


def pilots(story: Any, *members: str, name: str = "KW Pilots") -> Any:
    """The pushed group of the examples, as it stands after its first push."""
    story.team("pilots", name, *members)
    group = story.engine.group_push._mapping(story.directory.team("pilots"))
    group.external_id = GROUP
    return group


def named(monkeypatch: pytest.MonkeyPatch, story: Any, password: str) -> None:
    """Let the random password be the recorded one."""
    monkeypatch.setattr(story.engine.users, "_placeholder", lambda: password)


@pytest.mark.parametrize("variant", ["aiw", "oin"])
def test_connection_test_asks_for_two_users(okta: Any, golden: Any, variant: str) -> None:
    """The connection test is X1, and its refusal X2 ends it after one request."""
    story = okta(variant)
    request, _ = golden("x01")
    _, refusal = golden("x02")

    assert [request] == story.play(story.engine.connect(), refusal)
    assert ["Error authenticating: Unauthorized. Errors reported by remote server: Bad token"] == story.messages()


def test_assignment_looks_up_and_creates(okta: Any, golden: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Assigning somebody unknown to the application is X3 and X4."""
    story = okta()
    mirela(story, linked=False, department="Flight")
    named(monkeypatch, story, "q8Zt3LmW")
    (lookup, nobody), (create, created) = golden("x03"), golden("x04")

    assert [lookup, create] == story.play(story.engine.act("assign", person="mirela"), nobody, created)
    assert story.engine.app.users["mirela"].external_id == LINKED


def test_conflict_ends_the_job(okta: Any, golden: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A create refused with 409 is X5: nothing follows but a task in Okta's words."""
    story = okta()
    story.hire("taken", "Ta", "Ken")
    story.engine.app.user("taken").okta_id = "00u7kq2hxmT4bVnLp5e2"
    named(monkeypatch, story, "v2Bn8QdX")
    (_, nobody), (create, conflict) = golden("x03"), golden("x05")

    sent = story.play(story.engine.act("assign", person="taken"), nobody, conflict)

    assert create == sent[1]
    assert (
        "Automatic provisioning of user Ta Ken to app Kestrel SCIM failed: Error while creating user Ta Ken: "
        "Conflict. Errors reported by remote server: userName already in use"
    ) == "\n".join(story.messages())
    assert story.engine.due() is None


def test_profile_update_echoes_what_was_read(okta: Any, golden: Any) -> None:
    """A new title and family name are X6 and X7: mapped attributes overwritten, the rest as the server returned it."""
    story = okta("oin")
    mirela(story)
    (read, body), (put, done) = golden("x06"), golden("x07")
    change = story.directory.update(
        "mirela",
        {"family_name": "Okonjo-Vale", "display_name": "Mirela Okonjo-Vale", "title": "Lead Test Pilot"},
        story.at,
    )

    assert [read, put] == story.play(story.engine.notice(change), body, done)


def test_catalogue_app_deactivates_with_one_patch(okta: Any, golden: Any) -> None:
    """Unassigning in a catalogue app is X8: one pathless PATCH, nothing read before."""
    story = okta("oin")
    mirela(story)
    patch, done = golden("x08")

    assert [patch] == story.play(story.engine.act("unassign", person="mirela"), done)


def test_wizard_app_deactivates_with_get_and_put(okta: Any, golden: Any) -> None:
    """Unassigning in a wizard app is a GET and X9: the body that was read, with nothing changed but active."""
    story = okta("aiw")
    mirela(story)
    (read, _), (put, done) = golden("x06"), golden("x09")
    before = type(done)(200, done.headers, put.body.replace(b'"active":false', b'"active":true'))

    assert [read, put] == story.play(story.engine.act("unassign", person="mirela"), before, done)


def test_password_is_pushed_where_the_setting_is_on(okta: Any, golden: Any) -> None:
    """A password set in Okta is X10 in a catalogue app with Sync Password."""
    story = okta("oin", sync_password=True)
    mirela(story)
    patch, done = golden("x10")
    change = story.directory.update("mirela", {"password": "Invented-Passw0rd!"}, story.at)

    assert [patch] == story.play(story.engine.notice(change), done)


def test_group_is_created_with_its_members(okta: Any, golden: Any) -> None:
    """A group's first push without a cache is X3's like for groups, X12, and an addition of the same members."""
    story = okta("oin", import_groups=False)
    mirela(story)
    story.team("pilots", "KW Pilots", "mirela")
    (like, nobody), (create, created), (_, done) = golden("x03"), golden("x12"), golden("x15")

    lookup, post, patch = story.play(story.engine.act("push group", group="pilots"), nobody, created, done)

    assert (lookup.path, lookup.query, lookup.headers) == (
        "/Groups",
        "filter=displayName%20eq%20%22KW%20Pilots%22&startIndex=1&count=100",
        like.headers,
    )
    assert create == post
    assert patch.json()["Operations"] == [{"op": "add", "path": "members", "value": create.json()["members"]}]


def test_several_member_changes_go_in_one_patch(okta: Any, golden: Any) -> None:
    """Removals, one each, and one addition are X13."""
    story = okta("oin")
    request, done = golden("x13")
    leaver = {"value": LINKED, "display": "mirela.okonjo@kestrelworks.test"}
    joiners = request.json()["Operations"][1]["value"]
    group = pilots(story)

    assert [request] == story.play(story.engine.group_push.remote.patch_members(group, [leaver], joiners), done)


def test_push_now_replaces_all_members(okta: Any, golden: Any) -> None:
    """Push now in a catalogue app ends with X14, after a GET and a PATCH of the unchanged name."""
    story = okta("oin")
    joao = story.hire("joao", user_name="joao.brandt@kestrelworks.test")
    provisioned(story, story.engine.app.user(joao.key), "1e6f3a90-5b2c-4d7e-8f10-2b3c4d5e6f02")
    pilots(story, "joao")
    (patch, done), (_, read) = golden("x14"), golden("x12")

    sent = story.play(story.engine.act("push now", group="pilots"), read, done, done)

    assert patch == sent[2]


def test_rename_carries_id_and_name(okta: Any, golden: Any) -> None:
    """A renamed group in a catalogue app is a GET and X15."""
    story = okta("oin")
    pilots(story)
    (patch, done), (_, read) = golden("x15"), golden("x12")
    change = story.directory.rename_team("pilots", "KW Senior Pilots", story.at)

    assert patch == story.play(story.engine.notice(change), read, done)[1]


def test_wizard_app_writes_the_whole_group(okta: Any, golden: Any) -> None:
    """A membership change in a wizard app ends with X16: schemas, id, displayName and members, and no meta."""
    story = okta("aiw")
    mirela(story)
    joao = story.hire("joao", user_name="joao.brandt@kestrelworks.test")
    provisioned(story, story.engine.app.user(joao.key), "1e6f3a90-5b2c-4d7e-8f10-2b3c4d5e6f02")
    pilots(story, "mirela", name="KW Senior Pilots")
    (put, done), (_, read) = golden("x16"), golden("x12")
    change = story.directory.add_members("pilots", ["joao"], story.at)

    sent = story.play(story.engine.notice(change), read, read, done, done, done)

    assert ["GET", "GET", "PUT", "GET", "PUT"] == [request.method for request in sent]
    assert [put, put] == [sent[2], sent[4]]


def test_unlink_and_delete_reads_first(okta: Any, golden: Any) -> None:
    """Unlinking with deletion is a GET and X17."""
    story = okta()
    pilots(story)
    (delete, done), (_, read) = golden("x17"), golden("x12")

    assert delete == story.play(story.engine.act("unlink group", group="pilots", delete=True), read, done)[1]


def test_import_reads_page_after_page(okta: Any, golden: Any, reply: Any) -> None:
    """The second page of an import of 101 users is X18."""
    story = okta()
    request, second = golden("x18")
    users = [{"id": f"u{number}", "userName": f"u{number}@kestrelworks.test"} for number in range(100)]
    first = reply(200, {"totalResults": 101, "startIndex": 1, "itemsPerPage": 100, "Resources": users})

    assert request == story.play(story.engine.act("import users", groups=False), first, second)[1]


def test_rate_limit_doubles_from_what_was_asked(okta: Any, golden: Any) -> None:
    """After X19 the same request follows after 120, 240, 480 … seconds, ten times in all, and then never again."""
    story = okta()
    story.hire("joao", user_name="joao.brandt@kestrelworks.test")
    request, slow = golden("x19")

    sent = story.play(story.engine.act("assign", person="joao"), *[slow] * 10)

    assert [request] * 10 == sent
    assert [*range(1, 11)] == [one.attempt for one in sent]
    assert [120.0 * 2**turn for turn in range(9)] == story.pauses
    assert "API rate limit exceeded. Too Many Requests. Errors reported by remote server: Slow down" in story.messages()[0]


def test_system_log_has_the_documented_shape(okta: Any, golden: Any) -> None:
    """A refused create writes an event with the members of X20, in its order."""
    story = okta()
    story.hire("taken", "Ta", "Ken")
    (_, nobody), (_, conflict), (_, log) = golden("x03"), golden("x05"), golden("x20")
    [example] = log.json()

    story.play(story.engine.act("assign", person="taken"), nobody, conflict)
    [event] = [entry for entry in story.engine.drain_log() if entry["eventType"] == "application.provision.user.push"]

    assert list(example) == list(event)
    for name in ("version", "severity", "legacyEventType", "displayMessage", "actor", "client", "outcome", "securityContext"):
        assert example[name] == event[name]
    assert [target["type"] for target in example["target"]] == [target["type"] for target in event["target"]]
