"""Discovery, and resource types and extensions that are given as data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scim_sim.provider import standard, users_only
from scim_sim.scim import urns

Make = Callable[..., Any]
BADGE = {
    "schemas": [urns.SCHEMA],
    "id": "urn:example:params:scim:schemas:extension:badge:1.0:User",
    "name": "Badge",
    "attributes": [
        {"name": "number", "type": "integer", "multiValued": False, "required": True, "mutability": "immutable"},
        {"name": "pin", "type": "string", "multiValued": False, "returned": "request"},
        {"name": "code", "type": "string", "multiValued": False, "returned": "never", "mutability": "writeOnly"},
    ],
}


def test_every_schema_and_resource_type_is_found_at_its_own_address(make: Make) -> None:
    """The list and the single entries agree, and every URI of a type resolves."""
    client = make()
    for endpoint in ("/Schemas", "/ResourceTypes"):
        listed = client.get(endpoint).json()

        assert listed["totalResults"] == len(listed["Resources"])
        assert listed["Resources"] == [client.get(f"{endpoint}/{item['id']}").json() for item in listed["Resources"]]


def test_an_unknown_entry_is_not_found(make: Make) -> None:
    """404 with an Error body."""
    assert [404, 404] == [make().get(target).status for target in ("/Schemas/urn:x", "/ResourceTypes/Robot")]


def test_an_extension_as_data_is_published_and_obeyed(make: Make) -> None:
    """Required, immutable, returned on request, and never returned."""
    client = make(catalogue=standard().with_extension("User", BADGE, required=True))
    urn = BADGE["id"]
    without = client.send("POST", "/Users", {"schemas": [urns.USER], "userName": "bob"})
    made = client.user("ada", **{urn: {"number": 5, "pin": "p", "code": "c"}})
    asked = client.get(f"/Users/{made['id']}?attributes={urn}:pin,{urn}:code").json()
    changed = client.send("PUT", f"/Users/{made['id']}", {"schemas": [urns.USER], "userName": "ada", urn: {"number": 6}})

    assert (400, {"number": 5}, {"pin": "p"}) == (without.status, made[urn], asked[urn])
    assert (400, "mutability") == (changed.status, changed.json()["scimType"])
    assert 200 == client.get(f"/Schemas/{urn}").status


def test_a_resource_type_as_data_is_served(make: Make) -> None:
    """It has an endpoint, a filter and its own meta.resourceType."""
    schema = {
        **BADGE,
        "id": "urn:example:params:scim:schemas:core:1.0:Device",
        "attributes": [{"name": "serial", "type": "string"}],
    }
    device = {"schemas": [urns.RESOURCE_TYPE], "id": "Device", "name": "Device", "endpoint": "/Devices", "schema": schema["id"]}
    client = make(catalogue=standard().with_type(device, schema))
    made = client.send("POST", "/Devices", {"schemas": [schema["id"]], "serial": "s1"}).json()

    assert "Device" == made["meta"]["resourceType"]
    assert [made] == client.get("/Devices?filter=serial+eq+%22S1%22").json()["Resources"]


def test_a_provider_of_users_alone_has_no_groups(make: Make) -> None:
    """/Groups is no endpoint and no resource type."""
    client = make(catalogue=users_only())

    assert (404, ["User"]) == (
        client.get("/Groups").status,
        [item["name"] for item in client.get("/ResourceTypes").json()["Resources"]],
    )
