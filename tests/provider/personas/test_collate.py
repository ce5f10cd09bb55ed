"""The Collate and OpenMetadata personas against what is public about them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from scim_sim.errors import UsageError
from scim_sim.provider.personas import PERSONAS, Product, like
from scim_sim.provider.personas.persona import configured
from scim_sim.target import load_profile
from scim_sim.wire import Request, Response, json_body

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def collate() -> Product:
    """The newest Collate."""
    return like("collate", seed=1)


def ask(product: Product, method: str, path: str, body: Any = None, query: str | None = None, token: str = "") -> Response:
    """One request to the SCIM endpoint with the bot's token."""
    headers = (("Authorization", f"Bearer {token or product.token}"), ("Content-Type", "application/scim+json"))
    raw = None if body is None else json_body(body)
    return product.handle(Request(method, product.base_path + path, query, headers, raw))


def teams(product: Product) -> dict[str, dict[str, Any]]:
    """The teams as the product's own interface shows them, by name."""
    answer = product.handle(Request("GET", "/api/v1/teams", None, (("Authorization", f"Bearer {product.admin}"),)))
    return {team["name"]: team for team in answer.json()["data"]}


def person(product: Product, name: str = "ada@example.test", **values: Any) -> str:
    """The id of a new account."""
    body = {"schemas": [USER], "userName": name, "active": True, **values}
    return str(ask(product, "POST", "/Users", body).json()["id"])


def group(name: str, *members: str) -> dict[str, Any]:
    """The body of a group."""
    return {"schemas": [GROUP], "displayName": name, "members": [{"value": member} for member in members]}


def change(op: str, path: str, value: Any) -> dict[str, Any]:
    """The body of a PATCH."""
    return {"schemas": [PATCH], "Operations": [{"op": op, "path": path, "value": value}]}


def test_switched_off_is_403_and_says_so() -> None:
    """While SCIM is off the bot gets the product's own object, and strangers 401."""
    off = like("collate:disabled")
    answer = ask(off, "GET", "/Users")

    assert (answer.status, answer.json()["errorType"]) == (403, "SCIM_DISABLED")
    assert ask(off, "GET", "/Users", token="wrong").status == 401


def test_other_bot_is_not_the_scim_bot(collate: Product) -> None:
    """Another bot's token is known and not permitted."""
    answer = ask(collate, "POST", "/Users", {}, token=collate.other_tokens["other-bot"])

    assert 403 == answer.status
    assert "CREATE_SCIM" in answer.json()["message"]
    assert "application/json" == answer.media_type


def test_revoked_token_is_dead(collate: Product) -> None:
    """A new token for the bot ends the old one."""
    old = collate.token
    headers = (("Authorization", f"Bearer {collate.admin}"),)
    new = collate.handle(Request("PUT", "/api/v1/bots/scim-bot/token", None, headers)).json()["JWTToken"]

    assert [ask(collate, "GET", "/Users", token=token).status for token in (old, new)] == [401, 200]


def test_base_url_is_the_configuration(collate: Product) -> None:
    """The base URL and ServiceProviderConfig are the same document, behind the token."""
    assert ask(collate, "GET", "/").json() == ask(collate, "GET", "/ServiceProviderConfig").json()
    assert ask(collate, "GET", "/ServiceProviderConfig", token="wrong").status == 401


@pytest.mark.parametrize("path", ["/ResourceTypes", f"/Schemas/{USER}", "/Bulk", "/Me"])
def test_what_is_not_there_is_404(collate: Product, path: str) -> None:
    """Four endpoints of the RFC do not exist."""
    assert 404 == ask(collate, "GET", path).status


def test_new_group_becomes_a_team_at_the_root(collate: Product) -> None:
    """A name nobody has makes a team of type Group under the Organization."""
    ada = person(collate)
    answer = ask(collate, "POST", "/Groups", group("OM_Stewards", ada))
    team = teams(collate)["OM_Stewards"]

    assert 201 == answer.status
    assert (team["parent"], team["teamType"], team["id"]) == ("Organization", "Group", answer.json()["id"])


def test_existing_team_keeps_its_place_and_gets_the_members(collate: Product) -> None:
    """A team somewhere in the tree is not made again: its members change and nothing else."""
    before = teams(collate)["OM_Existing"]
    ada = person(collate)
    answer = ask(collate, "POST", "/Groups", group("OM_Existing", ada))

    assert 200 == answer.status
    assert teams(collate)["OM_Existing"] == before
    assert "Data" == before["parent"]
    assert [member["value"] for member in answer.json()["members"]] == [ada]


def test_team_made_by_hand_is_not_renamed(collate: Product) -> None:
    """SCIM adjusts members of such a team; its name stays."""
    team = teams(collate)["OM_Existing"]["id"]
    ada = person(collate)
    answer = ask(collate, "PUT", f"/Groups/{team}", group("Other", ada))

    assert "OM_Existing" == answer.json()["displayName"]
    assert [member["value"] for member in answer.json()["members"]] == [ada]


@pytest.mark.parametrize(("variant", "patched", "deleted"), [("collate", 204, 204), ("collate:early", 200, 200)])
def test_statuses_differ_by_version(variant: str, patched: int, deleted: int) -> None:
    """PATCH of a group and DELETE answer 200 in the first version and 204 since."""
    product = like(variant)
    made = ask(product, "POST", "/Groups", group("OM_A")).json()["id"]

    assert ask(product, "PATCH", f"/Groups/{made}", change("add", "members", [{"value": person(product)}])).status == patched
    assert ask(product, "DELETE", f"/Groups/{made}").status == deleted


@pytest.mark.parametrize(("variant", "status"), [("collate", 200), ("collate:lowercase-op", 400)])
def test_capital_letters_of_entra(variant: str, status: int) -> None:
    """Whether Replace is taken for replace depends on the version."""
    product = like(variant)

    assert ask(product, "PATCH", f"/Users/{person(product)}", change("Replace", "active", "False")).status == status


def test_first_user_schema_refuses_schemas() -> None:
    """Eight attributes, and schemas is none of them."""
    product = like("collate:strict-shape")
    plain = {"userName": "ada@example.test", "active": True}

    assert 201 == ask(product, "POST", "/Users", plain).status
    assert 400 == ask(product, "POST", "/Users", {**plain, "schemas": [USER]}).status


def test_employee_number_is_called_otherwise(collate: Product) -> None:
    """The extension keeps employeeId; employeeNumber is dropped unless a switch says otherwise."""
    both = {ENTERPRISE: {"employeeId": "7", "employeeNumber": "8", "department": "Data"}}
    user = person(collate, **both)
    keeping = like("collate", values={"keeps_employee_number": True})

    assert ask(collate, "GET", f"/Users/{user}").json()[ENTERPRISE] == {"employeeId": "7", "department": "Data"}
    assert "8" == ask(keeping, "GET", f"/Users/{person(keeping, **both)}").json()[ENTERPRISE]["employeeNumber"]


def test_soft_delete_is_a_switch() -> None:
    """Where the product deletes softly, a deleted account is inactive."""
    product = like("collate", values={"deletes_softly": True})
    user = person(product)
    ask(product, "DELETE", f"/Users/{user}")

    assert ask(product, "GET", f"/Users/{user}").json()["active"] is False


def test_group_is_found_by_its_name(collate: Product) -> None:
    """The look-up before a push finds a team in the tree."""
    found = ask(collate, "GET", "/Groups", query="filter=" + quote('displayName eq "OM_Existing"')).json()

    assert 1 == found["totalResults"]


@pytest.mark.parametrize("path", ["/Users", "/Groups", "/ServiceProviderConfig", "/Schemas"])
def test_open_source_build_answers_501_to_everything(path: str) -> None:
    """One sentence as plain text."""
    answer = ask(like("openmetadata"), "GET", path)

    assert (answer.status, answer.media_type) == (501, "text/plain")


def test_open_source_build_that_looks_at_the_setting_first() -> None:
    """In builds with the check, 501 comes only once SCIM is switched on."""
    product = like("openmetadata:switched-off")
    first = ask(product, "GET", "/Users").status
    product.enabled = True

    assert [first, ask(product, "GET", "/Users").status] == [403, 501]


@pytest.mark.parametrize("name", PERSONAS.names())
def test_every_persona_has_its_profile(name: str) -> None:
    """A persona has a target profile with the same base path, and the profile's variants exist as personas."""
    profile = load_profile(name)
    persona = PERSONAS.get(name)

    assert profile.persona == name
    assert profile.base_path == persona.base_path
    assert set(profile.variants) <= set(persona.variants)


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("metabse", {}, 'unknown persona "metabse": did you mean "metabase"?'),
        ("metabase:v9", {}, 'the persona metabase has no variant "v9"'),
        ("metabase", {"licenced": True}, 'unknown switch "licenced": did you mean "licensed"?'),
        ("metabase", {"licensed": "yes"}, 'the switch "licensed" takes a bool'),
    ],
)
def test_mistake_is_named(name: str, values: dict[str, Any], said: str) -> None:
    """A misspelt persona, variant or switch gives one message."""
    with pytest.raises(UsageError) as caught:
        like(name, values=values)

    assert said in caught.value.message


@pytest.mark.parametrize("name", PERSONAS.names())
def test_every_switch_has_a_source(name: str) -> None:
    """Each switch says what it does, who says so and how sure that is."""
    switches = PERSONAS.get(name).switches
    metas = [field.metadata for field in type(switches).__dataclass_fields__.values()]

    assert all(meta["doc"] and meta["source"] and meta["confidence"] for meta in metas)
    assert configured(switches, {}) == switches
