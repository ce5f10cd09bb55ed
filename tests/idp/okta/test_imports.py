"""Import from the application into Okta: paging, matching, what is left out, and the safeguard."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scim_sim.errors import UsageError
from scim_sim.wire import Request


def seeded(story: Any, *names: str, **more: Any) -> None:
    """Put accounts onto the embedded provider that Okta knows nothing of."""
    for name in names:
        body = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": f"{name}@kestrelworks.test",
            "name": {"givenName": name.title(), "familyName": "Test"},
            "emails": [{"value": f"{name}@kestrelworks.test", "primary": True}],
            "active": True,
            **more,
        }
        assert 201 == story.provider.handle(Request("POST", "/Users", body=json.dumps(body).encode())).status


def kinds(story: Any) -> dict[str, str]:
    """What the import made of each account, by user name without domain."""
    return {proposal.user_name.split("@")[0]: proposal.kind for proposal in story.engine.imports.last.proposals}


def linked(okta: Any, *keys: str, **traits: Any) -> Any:
    """An integration with these people provisioned."""
    story = okta("aiw", **traits)
    for key in keys:
        story.hire(key)
    story.act("assign", person=list(keys))
    return story


def test_pages_follow_until_the_total_is_covered(okta: Any) -> None:
    """250 users are three pages of 100, then the groups where Import Groups is on."""
    story = okta("oin")
    seeded(story, *(f"u{number}" for number in range(250)))

    assert story.act("import users") == [
        "GET /Users?startIndex=1&count=100",
        "GET /Users?startIndex=101&count=100",
        "GET /Users?startIndex=201&count=100",
        "GET /Groups?startIndex=1&count=100",
    ]
    assert story.engine.imports.last.summary().startswith("250 users scanned, 250 new")


def test_pages_shorter_than_asked_for_lose_accounts_unless_followed(okta: Any, reply: Any) -> None:
    """Okta goes on by the count it asked for; the switch lets it go on by what it received."""
    users = [{"id": str(number), "userName": f"u{number}@kestrelworks.test"} for number in range(1, 121)]

    def page(start: int) -> Any:
        part = users[start - 1 : start + 49]
        return reply(200, {"totalResults": 120, "startIndex": start, "itemsPerPage": len(part), "Resources": part})

    for steps_by, starts in (("count", [1, 101]), ("items", [1, 51, 101])):
        story = okta(import_steps_by=steps_by)
        story.play(story.engine.act("import users"), *map(page, starts))

        assert [str(start) for start in starts] == [r.query.split("&")[0].removeprefix("startIndex=") for r in story.sent]


def test_every_account_gets_a_proposal(okta: Any) -> None:
    """Known accounts are EXISTING, equal userNames EXACT, equal names PARTIAL where asked for, the rest NEW."""
    story = linked(okta, "ada", import_partial_match=True)
    story.hire("ben")
    story.hire("cho", "Cho", "Test", user_name="c.test@kestrelworks.test")
    seeded(story, "ben", "cho", "dia")
    seeded(story, "off", active=False)

    story.act("import users")

    assert {"ada": "EXISTING", "ben": "EXACT", "cho": "PARTIAL", "dia": "NEW", "off": "IGNORE"} == kinds(story)


def test_confirmed_match_links_without_a_request(okta: Any) -> None:
    """A confirmed match has the application, and its account is the one found; nothing is sent for it."""
    story = okta(import_confirms=True)
    story.hire("ben")
    seeded(story, "ben")

    assert story.act("import users") == ["GET /Users?startIndex=1&count=100"]
    user = story.engine.app.users["ben"]
    assert (True, story.account("ben")["id"]) == (user.assigned, user.external_id)


def test_missing_account_takes_the_assignment_with_it(okta: Any) -> None:
    """One of ten accounts is gone: its assignment goes, and no request follows."""
    story = linked(okta, *(f"u{number}" for number in range(10)))
    story.provider.handle(Request("DELETE", f"/Users/{story.engine.app.users['u3'].external_id}"))

    assert story.act("import users") == ["GET /Users?startIndex=1&count=100"]
    assert ("u3",) == story.engine.imports.last.removed
    assert not story.engine.app.users["u3"].assigned


def test_safeguard_stops_an_import_that_takes_too_much(okta: Any) -> None:
    """Above twenty per cent nothing is unassigned, and the administrator is told."""
    story = linked(okta, "ada", "ben", "cho", "dia")
    story.provider.handle(Request("DELETE", f"/Users/{story.engine.app.users['ada'].external_id}"))

    story.act("import users")

    assert "Import Safeguard: 1 of 4 users would lose the app (25 %, the limit is 20 %)" in story.messages()[0]
    assert story.engine.app.users["ada"].assigned


def test_import_names_what_differs_from_what_was_pushed(okta: Any) -> None:
    """An account that was changed at the target shows the attributes that are not as Okta pushed them."""
    story = linked(okta, "ada")
    path = f"/Users/{story.engine.app.users['ada'].external_id}"
    change = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}
    change["Operations"] = [{"op": "replace", "path": "name.familyName", "value": "Other"}]
    story.provider.handle(Request("PATCH", path, body=json.dumps(change).encode()))

    story.act("import users")

    assert ("name.familyName",) == story.engine.imports.last.proposals[0].differs


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"totalResults": "1", "startIndex": 1, "itemsPerPage": 1, "Resources": [{"id": "1"}]}, "must be integers"),
        ({"totalResults": 300, "startIndex": 1, "itemsPerPage": 1, "Resources": [{"id": "1"}]}, "the page before again"),
        ({"totalResults": 300, "startIndex": 1, "itemsPerPage": 0, "Resources": []}, "is empty"),
        (b"<html>", "Error while downloading all users"),
    ],
)
def test_import_that_cannot_be_read_ends(okta: Any, reply: Any, body: Any, said: str) -> None:
    """Counters that are no integers, the same page twice, a page too short and HTML each stop the import with one message."""
    story = okta()
    again = [reply(200, body)] * (2 if "again" in said else 1)

    story.play(story.engine.act("import users", groups=False), *again)

    [message] = story.messages()
    assert said in message
    assert ("system.import.roadblock", "FAILURE") in story.events()


def test_scheduled_import_comes_back_every_time(okta: Any) -> None:
    """With `import_every_minutes` the import runs by itself, again and again."""
    story = okta(import_every_minutes=60)

    for _ in range(2):
        story.engine.clock.sleep(story.engine.due() - story.at)
        assert story.live(story.engine.wake()) == ["GET /Users?startIndex=1&count=100"]


def test_schema_is_imported_by_catalogue_apps_alone(okta: Any) -> None:
    """Import User Schema reads /ResourceTypes and /Schemas; a wizard app has no such button."""
    assert ["GET /ResourceTypes", "GET /Schemas"] == okta("oin").act("import user schema")
    with pytest.raises(UsageError, match="catalogue apps only"):
        okta("aiw").act("import user schema")


def test_scheduled_import_survives_a_disabled_integration(okta: Any) -> None:
    """While the integration is disabled nothing is read, and afterwards the schedule goes on."""
    story = okta(import_every_minutes=60)
    story.act("disable integration")
    story.engine.clock.sleep(3600)

    assert [] == story.live(story.engine.wake())
    story.act("enable integration")
    story.engine.clock.sleep(story.engine.due() - story.at)
    assert story.live(story.engine.wake()) == ["GET /Users?startIndex=1&count=100"]


def test_imported_groups_are_known_to_push_groups(okta: Any) -> None:
    """A group that came about in the application is linked after the next import, and not made a second time."""
    story = okta("oin")
    story.live(story.engine.connect())
    body = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Pilots"}
    story.provider.handle(Request("POST", "/Groups", body=json.dumps(body).encode()))
    story.team("pilots", "Pilots")
    story.act("import users")

    assert "POST" not in " ".join(story.act("push group", group="pilots"))
