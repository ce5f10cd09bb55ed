"""The provider as a client sees it: life cycle, credentials, errors and what is never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.provider import Options
from scim_sim.scim import urns
from scim_sim.wire import Request

Make = Callable[..., Any]


def test_a_created_user_is_read_back_as_it_was_answered(make: Make) -> None:
    """201 with Location and ETag; the read equals the creation answer."""
    client = make()
    response = client.send("POST", "/Users", {"schemas": [urns.USER], "userName": "ada", "name": {"givenName": "Ada"}})
    read = client.get(f"/Users/{response.json()['id']}")

    assert (201, response.json()["meta"]["location"]) == (response.status, response.header("location"))
    assert (response.json(), 'W/"1"') == (read.json(), read.header("etag"))


def test_two_providers_with_one_seed_answer_alike(make: Make) -> None:
    """Ids and times come from outside, so runs can be repeated to the byte."""
    left, right = make().user("ada"), make().user("ada")

    assert left == right


def test_a_password_is_taken_and_never_shown(make: Make) -> None:
    """Neither the creation nor a read nor a projection returns it, in clear or hashed."""
    client = make()
    made = client.user("ada", password="Invented-1")
    bodies = [client.get(f"/Users/{made['id']}{query}").text for query in ("", "?attributes=password", "?attributes=userName")]

    assert [] == [body for body in [str(made), *bodies] if "Invented-1" in body or "sha256" in body or "password" in body]


def test_read_only_attributes_of_a_body_are_ignored(make: Make) -> None:
    """id, meta and groups are the provider's own (RFC 7644 section 3.3)."""
    made = make().user("ada", id="mine", meta={"version": "9", "created": "1999-01-01T00:00:00Z"}, groups=[{"value": "g"}])

    assert ("2026-01-05T08:00:00.000Z", False, False) == (made["meta"]["created"], made["id"] == "mine", "groups" in made)


@pytest.mark.parametrize("name", ["ada@x.test", "ADA@X.TEST", "ａda@x.test"])
def test_a_user_name_is_taken_in_every_spelling(make: Make, name: str) -> None:
    """409 with uniqueness; one user exists afterwards."""
    client = make()
    client.user("ada@x.test")
    response = client.send("POST", "/Users", {"schemas": [urns.USER], "userName": name})

    assert (409, "uniqueness") == (response.status, response.json()["scimType"])
    assert 1 == client.get("/Users").json()["totalResults"]


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        ({"schemas": [urns.USER]}, "invalidValue"),
        ({"schemas": [urns.USER], "userName": " "}, "invalidValue"),
        ({"schemas": [urns.USER], "userName": 5}, "invalidValue"),
        ({"schemas": [urns.USER], "userName": "a", "active": "perhaps"}, "invalidValue"),
        ({"schemas": [urns.USER], "userName": "a", "name": "Ada"}, "invalidValue"),
        ({"schemas": [urns.USER], "userName": "a", "emails": "a@x.test"}, "invalidValue"),
        ({"schemas": [urns.USER], "userName": "a", "addresses": [{"country": "USA"}]}, "invalidValue"),
        (
            {"schemas": [urns.USER], "userName": "a", "emails": [{"value": "b", "primary": True}, {"primary": True}]},
            "invalidValue",
        ),
        ({"schemas": [urns.USER], "userName": "\ud800"}, "invalidValue"),
        ({"schemas": [], "userName": "a"}, "invalidSyntax"),
        ({"userName": "a"}, "invalidSyntax"),
        ({"schemas": [urns.GROUP], "userName": "a"}, "invalidValue"),
        ([], "invalidSyntax"),
        (b"{", "invalidSyntax"),
        (b"", "invalidSyntax"),
        (b'{"userName": NaN}', "invalidSyntax"),
        (b"[" * 100_000, "invalidSyntax"),
    ],
)
def test_a_bad_body_is_refused_and_leaves_nothing(make: Make, body: Any, scim_type: str) -> None:
    """400 with the keyword that fits; no user exists afterwards."""
    client = make()
    response = client.send("POST", "/Users", body)

    assert (400, scim_type, 0) == (response.status, response.json()["scimType"], len(client.provider.store_of()))


def test_names_in_a_body_are_matched_without_case_and_null_is_absence(make: Make) -> None:
    """RFC 7643 sections 2.1 and 2.5; unknown attributes are ignored."""
    body = {"SCHEMAS": [urns.USER], "USERNAME": "ada", "Emails": [{"VALUE": "a@x.test"}], "title": None, "roles": [], "x": 1}
    made = make().send("POST", "/Users", body).json()

    assert {"userName", "emails", "active", "schemas", "id", "meta"} == set(made)
    assert [{"value": "a@x.test"}] == made["emails"]


def test_put_replaces_what_is_writable_and_keeps_what_is_not(make: Make) -> None:
    """Left out is cleared, the account stays as active as it was, the id stays (RFC 7644 section 3.5.1)."""
    client = make()
    made = client.user("ada", title="x", active=False)
    response = client.send(
        "PUT", f"/Users/{made['id']}", {"schemas": [urns.USER], "id": "other", "userName": "ada", "nickName": "a"}
    )
    shown = response.json()

    assert (200, made["id"], False, "a") == (response.status, shown["id"], shown["active"], shown["nickName"])
    assert "title" not in shown


def test_a_put_that_keeps_what_is_left_out_still_needs_what_is_required(make: Make) -> None:
    """title stays, and a body without userName is refused."""
    client = make(options=Options(put_keeps_omitted=True))
    place = f"/Users/{client.user('ada', title='x')['id']}"

    assert "x" == client.send("PUT", place, {"schemas": [urns.USER], "userName": "ada"}).json()["title"]
    assert 400 == client.send("PUT", place, {"schemas": [urns.USER], "title": "y"}).status


def test_the_same_put_twice_changes_nothing_the_second_time(make: Make) -> None:
    """Version and lastModified stand still when the state does."""
    client = make()
    made = client.user("ada")
    body = {"schemas": [urns.USER], "userName": "ada", "title": "x"}
    first, second = (client.send("PUT", f"/Users/{made['id']}", body).json() for _ in range(2))

    assert first == second


def test_a_deleted_resource_is_gone_everywhere(make: Make) -> None:
    """204, then 404 on every method, out of lists and groups, and its name is free."""
    client = make()
    made = client.user("ada")
    group = client.group("g", made["id"])
    statuses = [client.send(method, f"/Users/{made['id']}", {}).status for method in ("DELETE", "GET", "PUT", "PATCH", "DELETE")]

    assert ([204, 404, 404, 404, 404], []) == (statuses, client.members(group["id"]))
    assert made["id"] != client.user("ada")["id"]


def test_a_group_shows_members_and_a_user_its_groups(make: Make) -> None:
    """Both sides carry id, address and name; renaming the group shows on the user and changes its tag."""
    client = make()
    user = client.user("ada", displayName="Ada")
    group = client.group("g", user["id"])
    before = client.get(f"/Users/{user['id']}").header("etag")
    client.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": "h"})
    after = client.get(f"/Users/{user['id']}")
    member = {"value": user["id"], "$ref": user["meta"]["location"], "display": "Ada", "type": "User"}

    assert [member] == group["members"]
    assert [{"value": group["id"], "$ref": group["meta"]["location"], "display": "h", "type": "direct"}] == after.json()["groups"]
    assert before != after.header("etag")


def test_the_manager_shows_the_name_it_has_now(make: Make) -> None:
    """manager.displayName is the provider's; it follows the manager and goes with it."""
    client = make()
    boss = client.user("boss", displayName="Bo")
    made = client.user("ada", **{urns.ENTERPRISE_USER: {"manager": {"value": boss["id"], "displayName": "forged"}}})
    client.patch(f"/Users/{boss['id']}", {"op": "replace", "path": "displayName", "value": "Bob"})
    shown = client.get(f"/Users/{made['id']}").json()[urns.ENTERPRISE_USER]["manager"]
    client.send("DELETE", f"/Users/{boss['id']}")

    assert {"value": boss["id"], "$ref": boss["meta"]["location"], "displayName": "Bob"} == shown
    assert urns.ENTERPRISE_USER not in client.get(f"/Users/{made['id']}").json()


@pytest.mark.parametrize(
    ("header", "status", "challenge"),
    [
        (None, 401, 'Bearer realm="scim-sim"'),
        ("Basic abc", 401, 'Bearer realm="scim-sim"'),
        ("Bearer scim-token", 401, 'error="invalid_token"'),
        ("Bearer scim-token-12", 401, 'error="invalid_token"'),
        ("bearer scim-token-1", 200, ""),
    ],
)
def test_only_the_token_in_the_header_opens(make: Make, header: str | None, status: int, challenge: str) -> None:
    """401 with a challenge otherwise (RFC 6750 section 3)."""
    response = make().send("GET", "/Users?access_token=scim-token-1", None, (("Authorization", header),) if header else ())

    assert (status, True) == (response.status, challenge in (response.header("www-authenticate") or ""))


def test_credentials_come_before_everything_else(make: Make) -> None:
    """Without a token even unknown ids, endpoints and broken bodies answer 401; the configuration alone is public."""
    targets = ["/Users/x", "/Nowhere", "/Bulk", "/Me", "/.search", "/Schemas"]
    client = make()

    assert {401} == {client.send("POST", target, b"{", ()).status for target in targets}
    assert 200 == client.send("GET", "/ServiceProviderConfig", None, ()).status


def test_a_read_token_reads_only_and_a_tenant_sees_its_own(make: Make) -> None:
    """403 for writing with too few rights; another tenant's token finds nothing."""
    client = make(read_token="read-1", tenants={"other-1": "other"})
    made = client.user("ada")
    reads, other = ((("Authorization", f"Bearer {token}"),) for token in ("read-1", "other-1"))

    assert (200, 403) == (client.send("GET", "/Users", None, reads).status, client.send("DELETE", "/Users/x", None, reads).status)
    assert 404 == client.send("GET", f"/Users/{made['id']}", None, other).status
    assert 0 == client.send("GET", "/Users", None, other).json()["totalResults"]


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("DELETE", "/Users", 405),
        ("PUT", "/Users", 405),
        ("POST", "/Users/x", 405),
        ("POST", "/Schemas", 405),
        ("DELETE", "/ServiceProviderConfig", 405),
        ("GET", "/Nowhere", 404),
        ("GET", "/Users/x/y", 404),
        ("GET", "/Me", 501),
        ("GET", "/Users/%00%27%22..%2F", 404),
        ("GET", "/Schemas?filter=id+pr", 403),
        ("GET", "/Users?count=x", 400),
        ("GET", "/Users?filter=", 400),
        ("GET", "/Users?filter=password+sw+%22a%22", 400),
        ("GET", "/Users?filter=active+gt+true", 400),
        ("GET", "/Users?attributes=id&excludedAttributes=name", 400),
    ],
)
def test_what_cannot_be_done_has_its_status_and_an_error_body(make: Make, method: str, target: str, status: int) -> None:
    """Status in the body is the status of the answer, as a string; a 405 says what is allowed."""
    client = make()
    client.user("ada")
    response = client.send(method, target, {})

    assert (status, str(status), [urns.ERROR]) == (response.status, response.json()["status"], response.json()["schemas"])
    assert (status == 405) == (response.header("allow") is not None)


@pytest.mark.parametrize(
    ("media_type", "status"),
    [("application/json", 201), ("application/scim+json; charset=utf-8", 201), ("text/plain", 415)],
)
def test_both_json_media_types_are_understood(make: Make, media_type: str, status: int) -> None:
    """Anything else answers 415 (RFC 7644 section 3.8)."""
    headers = (("Authorization", "Bearer scim-token-1"), ("Content-Type", media_type))

    assert status == make().send("POST", "/Users", {"schemas": [urns.USER], "userName": "ada"}, headers).status


def test_a_mistake_of_ours_is_a_500_that_tells_nothing(make: Make) -> None:
    """The crash is kept for whoever tests the provider, and is not in the answer."""
    client = make()
    client.provider.seams.arrive.append(lambda call: 1 / 0)
    response = client.provider.handle(Request("GET", "/Users"))

    assert (500, False, 1) == (response.status, "division" in response.text, len(client.provider.crashes))


def test_switched_off_features_answer_501(make: Make) -> None:
    """What the configuration denies is refused, and the configuration says so."""
    client = make(options=Options(patch=False, bulk=False, filter=False, search=False))
    configuration = client.get("/ServiceProviderConfig").json()
    statuses = [
        client.send(*request, {}).status for request in (("PATCH", "/Users/x"), ("POST", "/Bulk"), ("POST", "/Users/.search"))
    ]

    assert [501, 501, 501] == statuses
    assert 501 == client.get("/Users?filter=userName+pr").status
    assert [False] * 3 == [configuration[name]["supported"] for name in ("patch", "bulk", "filter")]


def test_me_can_be_served_or_pointed_to(make: Make) -> None:
    """A served /Me names the permanent address; a redirect is a 308 (RFC 7644 section 3.11)."""
    served, pointed = (make(options=Options(me=way, me_user="ada")) for way in ("serve", "redirect"))
    made, other = served.user("ada"), pointed.user("ada")

    assert (200, made["meta"]["location"]) == (served.get("/Me").status, served.get("/Me").header("location"))
    assert (308, other["meta"]["location"]) == (pointed.get("/Me").status, pointed.get("/Me").header("location"))
