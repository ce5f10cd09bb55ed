"""The Metabase persona against what is known of Metabase, statement by statement."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from scim_sim.provider.personas import Product, like
from scim_sim.wire import Request, Response, json_body

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MIRA = {
    "schemas": [USER],
    "userName": "Mira.Kohl@example.test",
    "name": {"givenName": "Mira", "familyName": "Kohl"},
    "emails": [{"primary": True, "value": "mira.kohl@example.test", "type": "work"}],
    "displayName": "Mira Kohl",
    "locale": "en-US",
    "externalId": "00u7mira",
    "groups": [],
    "active": True,
}


@pytest.fixture
def metabase() -> Product:
    """The newest Metabase."""
    return like("metabase", seed=1)


def ask(product: Product, method: str, path: str, body: Any = None, query: str | None = None, token: str = "") -> Response:
    """One request to the SCIM endpoint with the current token."""
    headers = (("Authorization", f"Bearer {token or product.token}"), ("Content-Type", "application/scim+json"))
    raw = None if body is None else json_body(body)
    return product.handle(Request(method, product.base_path + path, query, headers, raw))


def find(product: Product, where: str, filter: str) -> Response:
    """A list with that filter."""
    return ask(product, "GET", where, query="filter=" + quote(filter))


def created(product: Product, **values: Any) -> str:
    """The id of a new account."""
    answer = ask(product, "POST", "/Users", {**MIRA, **values})
    assert 201 == answer.status
    return str(answer.json()["id"])


def grouped(product: Product, name: str = "Analysts", *members: str) -> str:
    """The id of a new group."""
    body = {"schemas": [GROUP], "displayName": name, "members": [{"value": member} for member in members]}
    return str(ask(product, "POST", "/Groups", body).json()["id"])


def members(product: Product, group: str) -> list[str]:
    """Who is in the group."""
    return [member["value"] for member in ask(product, "GET", f"/Groups/{group}").json()["members"]]


def patch(product: Product, user: str, *operations: Any) -> Response:
    """A PATCH of an account."""
    return ask(product, "PATCH", f"/Users/{user}", {"schemas": [PATCH], "Operations": list(operations)})


# -- who may speak ---------------------------------------------------------------------------------------------------


def test_token_is_shaped_as_the_products(metabase: Product) -> None:
    """The token is mb_ and base64 of 32 bytes."""
    assert metabase.token.startswith("mb_")
    assert 47 == len(metabase.token)


@pytest.mark.parametrize("scheme", ["Bearer wrong", "bearer {token}", "Basic {token}", "{token}", ""])
def test_other_credentials_are_refused_in_one_way(metabase: Product, scheme: str) -> None:
    """A wrong token, another scheme, another case and nothing at all give the same 401, without a challenge."""
    headers = (("Authorization", scheme.format(token=metabase.token)), ("x-api-key", metabase.token))
    answer = metabase.handle(Request("GET", metabase.base_path + "/Users", None, headers))

    assert 401 == answer.status
    assert answer.json() == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": 401,
        "detail": "Unauthenticated",
    }
    assert answer.header("www-authenticate") is None
    assert "application/json" == answer.media_type


def test_scim_switched_off_looks_like_a_wrong_token() -> None:
    """Off and refused cannot be told apart."""
    off = like("metabase", values={"enabled": False})

    assert ask(off, "GET", "/Users") == ask(like("metabase"), "GET", "/Users", token="wrong")


def test_without_licence_everything_is_402() -> None:
    """The licence is asked before the token."""
    unlicensed = like("metabase", values={"licensed": False})

    assert [ask(unlicensed, "GET", path, token="wrong").status for path in ("/Users", "/Schemas")] == [402, 402]


def test_open_source_build_has_no_scim() -> None:
    """The path does not exist there, and another status without a licence is a switch."""
    unlicensed = like("metabase", values={"licensed": False, "unlicensed_status": 401})

    assert ask(like("metabase", values={"enterprise": False}), "GET", "/Users").status == 404
    assert 401 == ask(unlicensed, "GET", "/Users").status


def test_rotation_kills_the_old_token_at_once(metabase: Product) -> None:
    """An administrator makes a new key and sees it once; the old one is dead."""
    old = metabase.token
    session = (("X-Metabase-Session", metabase.admin),)
    answer = metabase.handle(Request("POST", "/api/ee/scim/api_key", None, session))
    new = answer.json()["unmasked_key"]
    shown = metabase.handle(Request("GET", "/api/ee/scim/api_key", None, session)).json()

    assert ask(metabase, "GET", "/Users", token=old).status == 401
    assert ask(metabase, "GET", "/Users", token=new).status == 200
    assert new not in str(shown)
    assert shown["masked_key"].startswith(new[:7])


def test_administration_needs_a_session_and_not_the_token(metabase: Product) -> None:
    """The SCIM token opens nothing else."""
    headers = (("Authorization", f"Bearer {metabase.token}"),)

    assert 401 == metabase.handle(Request("POST", "/api/ee/scim/api_key", None, headers)).status


def test_scim_can_be_switched_off_and_on(metabase: Product) -> None:
    """An administrator's setting closes and opens the endpoint."""
    session = (("X-Metabase-Session", metabase.admin),)
    statuses = []
    for value in (False, True):
        metabase.handle(Request("PUT", "/api/setting/scim-enabled", None, session, json_body({"value": value})))
        statuses.append(ask(metabase, "GET", "/Users").status)

    assert statuses == [401, 200]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/ServiceProviderConfig"),
        ("GET", "/ResourceTypes"),
        ("GET", "/Schemas"),
        ("DELETE", "/Users/x"),
        ("PATCH", "/Groups/x"),
        ("POST", "/Bulk"),
        ("GET", "/Me"),
        ("POST", "/Users/.search"),
        ("GET", ""),
    ],
)
def test_what_has_no_route_is_401_with_the_right_token(metabase: Product, method: str, path: str) -> None:
    """Requests without a route fall through to the session-protected API."""
    assert 401 == ask(metabase, method, path, {}).status


def test_what_is_no_api_is_a_page(metabase: Product) -> None:
    """A URL that is cut short leads to the web application."""
    answer = metabase.handle(Request("GET", "/scim/v2/Users"))

    assert (answer.status, answer.media_type) == (200, "text/html")


# -- accounts --------------------------------------------------------------------------------------------------------


def test_created_account_is_shown_with_what_was_kept(metabase: Product) -> None:
    """The address is lowered, unknown attributes are gone, locale is null where it is not installed, meta is bare."""
    answer = ask(metabase, "POST", "/Users", MIRA)
    body = answer.json()

    assert (answer.status, answer.media_type, answer.header("location")) == (201, "application/scim+json", None)
    assert 21 == len(body["id"])
    assert {name: value for name, value in body.items() if name != "id"} == {
        "schemas": [USER],
        "userName": "mira.kohl@example.test",
        "name": {"givenName": "Mira", "familyName": "Kohl"},
        "emails": [{"value": "mira.kohl@example.test", "type": "work", "primary": True}],
        "groups": [],
        "locale": None,
        "active": True,
        "meta": {"resourceType": "User"},
    }


@pytest.mark.parametrize(
    "change",
    [
        {"userName": None},
        {"userName": " "},
        {"userName": "mira"},
        {"name": None},
        {"name": {"givenName": "Mira"}},
        {"emails": None},
        {"emails": [{"type": "work"}]},
        {"schemas": None},
        {"schemas": [""]},
        {"active": 1},
    ],
)
def test_body_that_does_not_fit_gets_the_products_own_error(metabase: Product, change: dict[str, Any]) -> None:
    """What is missing or of the wrong kind is 400 with a validation object that is no SCIM Error."""
    body = {name: value for name, value in {**MIRA, **change}.items() if value is not None}
    answer = ask(metabase, "POST", "/Users", body)

    assert 400 == answer.status
    assert set(answer.json()) == {"errors", "specific-errors"}


def test_create_without_active_fails(metabase: Product) -> None:
    """Null meets a column that takes none; a switch says how that shows."""
    body = {name: value for name, value in MIRA.items() if name != "active"}
    lenient = like("metabase", values={"create_without_active": 201})

    assert 500 == ask(metabase, "POST", "/Users", body).status
    assert ask(lenient, "POST", "/Users", body).json()["active"] is True


def test_second_account_with_the_address_is_409(metabase: Product) -> None:
    """In any case, and also when the first one is inactive."""
    patch(metabase, created(metabase), {"op": "replace", "path": "active", "value": False})
    answer = ask(metabase, "POST", "/Users", {**MIRA, "userName": "MIRA.KOHL@example.test"})

    assert 409 == answer.status
    assert 409 == answer.json()["status"]
    assert "scimType" not in answer.json()


def test_put_keeps_the_address(metabase: Product) -> None:
    """Names change, another address is refused."""
    user = created(metabase)
    renamed = ask(metabase, "PUT", f"/Users/{user}", {**MIRA, "name": {"givenName": "Mira", "familyName": "Ott"}})
    moved = ask(metabase, "PUT", f"/Users/{user}", {**MIRA, "emails": [{"value": "mira.ott@example.test"}]})
    shouted = ask(metabase, "PUT", f"/Users/{user}", {**MIRA, "emails": [{"value": "Mira.Kohl@example.test"}]})

    assert "Ott" == renamed.json()["name"]["familyName"]
    assert [moved.status, shouted.status] == [400, 400]


def test_what_put_makes_of_addresses_is_a_switch() -> None:
    """Letter case of the first e-mail, and another userName beside the known e-mail."""
    loose = like("metabase", values={"exact_mail": False, "put_moves_user_name": False})
    strict = like("metabase")
    shouted = {**MIRA, "userName": "Mira.Ott@example.test", "emails": [{"value": "MIRA.KOHL@example.test"}]}
    moved = {**MIRA, "userName": "Mira.Ott@example.test"}

    assert "mira.kohl@example.test" == ask(loose, "PUT", f"/Users/{created(loose)}", shouted).json()["userName"]
    assert "mira.ott@example.test" == ask(strict, "PUT", f"/Users/{created(strict)}", moved).json()["userName"]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "replace", "path": "active", "value": False},
        {"op": "replace", "value": {"active": False}},
        {"op": "replace", "value": {"active": "False"}},
    ],
)
def test_deactivation_in_every_shape(metabase: Product, operation: dict[str, Any]) -> None:
    """Okta's and Entra's ways to deactivate work; the account stays, with its id, and is found."""
    user = created(metabase)
    patch(metabase, user, operation)
    read = ask(metabase, "GET", f"/Users/{user}").json()
    found = find(metabase, "/Users", 'userName eq "mira.kohl@example.test"').json()

    assert read["active"] is False
    assert [item["id"] for item in found["Resources"]] == [user]


def test_add_and_remove_are_ignored_with_200(metabase: Product) -> None:
    """Success is reported and nothing has changed."""
    user = created(metabase)
    before = ask(metabase, "GET", f"/Users/{user}").json()
    answers = [patch(metabase, user, {"op": op, "path": "name.givenName", "value": "Zoe"}).status for op in ("Add", "remove")]

    assert answers == [200, 200]
    assert ask(metabase, "GET", f"/Users/{user}").json() == before


@pytest.mark.parametrize("path", ["displayName", "title", 'emails[type eq "work"].value', "locale"])
def test_one_other_attribute_fails_the_whole_patch(metabase: Product, path: str) -> None:
    """The path is named, and the operation before it has no effect either."""
    user = created(metabase)
    first = {"op": "replace", "path": "name.givenName", "value": "Zoe"}
    answer = patch(metabase, user, first, {"op": "replace", "path": path, "value": "x"})

    assert 400 == answer.status
    assert path in answer.json()["detail"]
    assert "Mira" == ask(metabase, "GET", f"/Users/{user}").json()["name"]["givenName"]


def test_nested_name_without_a_path_is_refused(metabase: Product) -> None:
    """Without a path the keys are the four paths; an object called name is none of them, dotted keys are."""
    user = created(metabase)

    assert 400 == patch(metabase, user, {"op": "replace", "value": {"name": {"givenName": "Zoe"}}}).status
    assert "Zoe" == patch(metabase, user, {"op": "replace", "value": {"name.givenName": "Zoe"}}).json()["name"]["givenName"]


def test_user_name_changes_by_patch_and_clashes_in_the_database(metabase: Product) -> None:
    """PATCH changes the address; a clash is an exception."""
    user = created(metabase)
    created(metabase, userName="zoe@example.test")
    answer = patch(metabase, user, {"op": "replace", "path": "userName", "value": "Ott@example.test"})
    clash = patch(metabase, user, {"op": "replace", "path": "userName", "value": "zoe@example.test"})

    assert "ott@example.test" == answer.json()["emails"][0]["value"]
    assert 500 == clash.status
    assert "cause" in clash.json()


def test_last_administrator_stays(metabase: Product) -> None:
    """The first administrator cannot be deactivated."""
    first = ask(metabase, "GET", "/Users").json()["Resources"][0]["id"]

    assert 400 == patch(metabase, first, {"op": "replace", "path": "active", "value": False}).status


def test_nothing_is_created_before_setup_is_done() -> None:
    """The first administrator has to exist."""
    assert ask(like("metabase", values={"setup_done": False}), "POST", "/Users", MIRA).status == 400


# -- queries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "filter", "status"),
    [
        ("/Users", 'userName eq "nobody@example.test"', 200),
        ("/Users", 'userName Eq "x"', 400),
        ("/Users", 'username eq "x"', 400),
        ("/Users", 'userName  eq "x"', 400),
        ("/Users", 'externalId eq "x"', 400),
        ("/Users", 'emails.value eq "x"', 400),
        ("/Users", 'userName eq "x" and active eq true', 200),
        ("/Groups", 'displayName eq "nothing"', 200),
        ("/Groups", 'id eq "x"', 400),
    ],
)
def test_two_filters_are_understood(metabase: Product, where: str, filter: str, status: int) -> None:
    """userName eq for users, displayName eq for groups; what only ends in a quote is taken for a value."""
    wanted = status if " and " not in filter else 400

    assert find(metabase, where, filter).status == wanted


def test_refused_filters_look_different(metabase: Product) -> None:
    """For users a SCIM Error without scimType, for groups the filter in an object."""
    users, groups = find(metabase, "/Users", "x pr"), find(metabase, "/Groups", "x pr")

    assert 400 == users.json()["status"]
    assert groups.json() == {"filter": "x pr"}


def test_plus_and_percent_in_a_filter(metabase: Product) -> None:
    """An address with a plus is found; one with a percent sequence changes its meaning on the way."""
    plus = created(metabase, userName="mira+test@example.test")
    created(metabase, userName="mira%41@example.test")
    found = find(metabase, "/Users", 'userName eq "mira+test@example.test"').json()

    assert [item["id"] for item in found["Resources"]] == [plus]
    assert 0 == find(metabase, "/Users", 'userName eq "mira%41@example.test"').json()["totalResults"]


@pytest.mark.parametrize("query", ["count=0", "startIndex=0", "count=-1", "startIndex=x"])
def test_counters_are_positive(metabase: Product, query: str) -> None:
    """Zero and less are refused."""
    assert ask(metabase, "GET", "/Users", query=query).status == 400


def test_list_counts_and_ignores_the_rest(metabase: Product) -> None:
    """itemsPerPage is what came; projection and order are ignored; inactive people are listed."""
    created(metabase, active=False)
    body = ask(metabase, "GET", "/Users", query="count=1&startIndex=2&attributes=id&sortBy=userName").json()

    assert (body["totalResults"], body["startIndex"], body["itemsPerPage"]) == (2, 2, 1)
    assert "mira.kohl@example.test" == body["Resources"][0]["userName"]


@pytest.mark.parametrize(("path", "media_type"), [("/Users", "application/scim+json"), ("/Users/{id}", "application/json")])
def test_reads_by_id_are_plain_json(metabase: Product, path: str, media_type: str) -> None:
    """Lists are SCIM, single resources are not labelled so."""
    user = created(metabase)

    assert ask(metabase, "GET", path.format(id=user)).media_type == media_type


# -- groups ----------------------------------------------------------------------------------------------------------


def test_group_is_listed_empty_and_read_full(metabase: Product) -> None:
    """The list shows no members, the group itself does, with the address as display."""
    user = created(metabase)
    group = grouped(metabase, "Analysts", user)
    listed = {item["id"]: item for item in ask(metabase, "GET", "/Groups").json()["Resources"]}
    [member] = ask(metabase, "GET", f"/Groups/{group}").json()["members"]

    assert [] == listed[group]["members"]
    assert member == {
        "value": user,
        "$ref": f"https://bi.example.test/api/ee/scim/v2/Users/{user}",
        "display": "mira.kohl@example.test",
    }


@pytest.mark.parametrize("given", [{"members": []}, {}])
def test_last_member_cannot_be_removed(metabase: Product, given: dict[str, Any]) -> None:
    """A PUT with an empty list, or none, leaves the members."""
    user = created(metabase)
    group = grouped(metabase, "Analysts", user)
    answer = ask(metabase, "PUT", f"/Groups/{group}", {"schemas": [GROUP], "displayName": "Analysts", **given})

    assert 200 == answer.status
    assert members(metabase, group) == [user]


def test_one_of_two_members_can_be_removed(metabase: Product) -> None:
    """A list that is not empty is taken for the whole."""
    first, second = created(metabase), created(metabase, userName="zoe@example.test")
    group = grouped(metabase, "Analysts", first, second)
    ask(metabase, "PUT", f"/Groups/{group}", {"schemas": [GROUP], "displayName": "Readers", "members": [{"value": second}]})

    assert members(metabase, group) == [second]
    assert "Readers" == ask(metabase, "GET", f"/Groups/{group}").json()["displayName"]


@pytest.mark.parametrize(("variant", "left"), [("v2", 1), ("v3", 0)])
def test_members_nobody_knows(variant: str, left: int) -> None:
    """Unknown ids are dropped; whether a list of nothing else empties the group differs by version."""
    product = like(f"metabase:{variant}")
    group = grouped(product, "Analysts", created(product))
    ask(product, "PUT", f"/Groups/{group}", {"schemas": [GROUP], "displayName": "Analysts", "members": [{"value": "nobody"}]})

    assert len(members(product, group)) == left


def test_group_names_clash_without_case_and_are_found_with(metabase: Product) -> None:
    """The look-up finds nothing and the create says that the group is there."""
    grouped(metabase, "Analysts")

    assert 0 == find(metabase, "/Groups", 'displayName eq "analysts"').json()["totalResults"]
    assert 409 == ask(metabase, "POST", "/Groups", {"schemas": [GROUP], "displayName": "analysts"}).status


def test_special_groups_are_listed_and_out_of_reach(metabase: Product) -> None:
    """All Users and Administrators are 404 by id, whatever is asked."""
    listed = {item["displayName"]: item["id"] for item in ask(metabase, "GET", "/Groups").json()["Resources"]}
    body = {"schemas": [GROUP], "displayName": "x", "members": []}
    statuses = {ask(metabase, m, f"/Groups/{id}", body).status for id in listed.values() for m in ("GET", "PUT", "DELETE")}

    assert set(listed) == {"All Users", "Administrators"}
    assert statuses == {404}


def test_pushing_a_group_named_administrators_is_409(metabase: Product) -> None:
    """Nobody becomes an administrator through SCIM."""
    assert 409 == ask(metabase, "POST", "/Groups", {"schemas": [GROUP], "displayName": "administrators"}).status


def test_deleting_a_group_leaves_its_people(metabase: Product) -> None:
    """204 without a body; the account stays."""
    user = created(metabase)
    group = grouped(metabase, "Analysts", user)
    answer = ask(metabase, "DELETE", f"/Groups/{group}")

    assert (answer.status, answer.body) == (204, b"")
    assert [] == ask(metabase, "GET", f"/Users/{user}").json()["groups"]


@pytest.mark.parametrize("path", ["/Users/nobody", "/Groups/nothing"])
def test_unknown_id_is_a_scim_error_with_a_number(metabase: Product, path: str) -> None:
    """404 with numeric status, as plain JSON."""
    answer = ask(metabase, "GET", path)

    assert 404 == answer.json()["status"]
    assert "application/json" == answer.media_type


# -- versions --------------------------------------------------------------------------------------------------------


def test_first_version_wants_a_path() -> None:
    """A PATCH without path is refused, and the missing path is named."""
    product = like("metabase:v1")
    answer = patch(product, created(product), {"op": "replace", "value": {"active": False}})

    assert 400 == answer.status
    assert "null" in answer.json()["detail"]


@pytest.mark.parametrize(("variant", "status"), [("v2", 200), ("v3", 400)])
def test_active_as_another_word(variant: str, status: int) -> None:
    """Newer versions refuse what is neither true nor false."""
    product = like(f"metabase:{variant}")

    assert patch(product, created(product), {"op": "replace", "path": "active", "value": "no"}).status == status


def test_closed_maps_refuse_what_clients_send() -> None:
    """Some builds may have refused unknown attributes; a switch shows it."""
    assert ask(like("metabase", values={"closed_maps": True}), "POST", "/Users", MIRA).status == 400


def test_persona_never_fails_by_accident(metabase: Product) -> None:
    """Nonsense of all kinds is refused and never crashes the persona."""
    user = created(metabase)
    for body in (
        None,
        [],
        "x",
        {},
        {"schemas": "x"},
        {"schemas": ["x"], "Operations": "x"},
        {"schemas": ["x"], "Operations": [1]},
    ):
        for method, path in (("POST", "/Users"), ("PUT", f"/Users/{user}"), ("PATCH", f"/Users/{user}"), ("POST", "/Groups")):
            assert ask(metabase, method, path, body).status >= 400

    assert [] == metabase.provider.crashes
