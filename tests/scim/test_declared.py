"""What a service provider says of itself, read tolerantly."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.scim.declared import Declared, Feature
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP, SCHEMA, USER

CONFIG: dict[str, Any] = {
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": True, "maxResults": 50},
    "changePassword": {"supported": "true"},
    "sort": {"supported": "perhaps"},
    "authenticationSchemes": [{"type": "OAuthBearerToken"}, 7],
    "pagination": {"cursor": True, "index": "false"},
}
TYPES: dict[str, Any] = {
    "totalResults": 1,
    "Resources": [
        {
            "name": "User",
            "endpoint": "https://sp.example.test/v2/Users/",
            "schema": USER,
            "schemaExtensions": [{"schema": ENTERPRISE_USER}],
        }
    ],
}
SCHEMAS: list[Any] = [{"id": USER, "attributes": [{"name": "userName", "caseExact": True}]}, {"name": "nameless"}]


def test_what_is_said_is_read() -> None:
    """Features, limits, resource types and schemas are those of the service provider."""
    said = Declared.read(CONFIG, TYPES, SCHEMAS)

    assert (True, False, True, True, None, None) == tuple(
        said.supports(name) for name in ("patch", "bulk", "filter", "changePassword", "sort", "etag")
    )
    assert (50, None) == (said.limit("filter", "maxResults"), said.limit("bulk", "maxOperations"))
    assert (True, False) == (said.cursor, said.index)
    assert "oauthbearertoken" in said.authentication
    assert ["/Users"] == [t.endpoint for t in said.resource_types]
    assert (False, True) == (said.has_groups(), said.has_enterprise())
    found = said.schemas.find("userName")
    assert found is not None
    assert found.case_exact


def test_own_schemas_are_not_mixed_with_ours() -> None:
    """A group schema that was not published is not declared; the schemas of discovery itself are known anyhow."""
    said = Declared.read(CONFIG, TYPES, SCHEMAS)

    assert (True, False) == (said.declares(USER), said.declares(GROUP))
    assert said.schemas.schema(GROUP) is None
    assert said.schemas.schema(SCHEMA) is not None


@pytest.mark.parametrize("nothing", [None, [], {}, "<html>", 7, {"Resources": "none"}, {"totalResults": 0}])
def test_nothing_readable_means_the_rfc_is_assumed(nothing: Any) -> None:
    """Without discovery the core schemas and both resource types are assumed, and each assumption is told."""
    said = Declared.read(nothing, nothing, nothing, reasons={"Schemas": "answered 404"})

    assert ["/Users", "/Groups"] == [t.endpoint for t in said.resource_types]
    assert said.schemas.find("emails", "value") is not None
    assert said.supports("filter") is None
    assert any("/Schemas answered 404" in text for text in said.assumptions)


def test_profile_wins_over_discovery() -> None:
    """What is known of the target better than it knows itself counts."""
    said = Declared.read(CONFIG, TYPES, SCHEMAS, overrides={"patch": False, "filter": {"maxResults": 9}, "etag": True})

    assert (False, True, True, 9) == (
        said.supports("patch"),
        said.supports("filter"),
        said.supports("etag"),
        said.limit("filter", "maxResults"),
    )
    assert Feature() == Feature(None, {})


def test_declaration_goes_into_the_report() -> None:
    """The report holds features, types and schemas in JSON."""
    said = Declared.read(CONFIG, TYPES, SCHEMAS).to_json()

    assert {"supported": True, "maxResults": 50} == said["features"]["filter"]
    assert [{"name": "User", "endpoint": "/Users", "schema": USER}] == said["resourceTypes"]
    assert USER in said["schemas"]


def test_attribute_that_no_schema_has_is_lacking() -> None:
    """Only a target that publishes its schemas can lack an attribute; what belongs to every resource it never lacks."""
    said = Declared.read(CONFIG, TYPES, SCHEMAS)
    paths = ("nickName", f"{USER}:nickName", 'roles[primary eq "True"].value', f"{ENTERPRISE_USER}:department", ENTERPRISE_USER)

    assert [True] * len(paths) == [said.lacks("/Users", path) for path in paths]
    assert [False] * 5 == [said.lacks("/Users", p) for p in ("USERNAME", f"{USER}:userName", "externalId", "meta.created", "a[")]
    assert not Declared.read(CONFIG, TYPES, None).lacks("/Users", "nickName")
    assert not said.lacks("/Groups", "nickName")


def test_what_is_hidden_or_computed_is_known_from_the_published_schemas_alone() -> None:
    """Shown on request only, or readOnly against the RFC's own schema; what nobody declares is neither."""
    attributes = [
        {"name": "userName"},
        {"name": "displayName", "mutability": "readOnly"},
        {"name": "groups", "type": "complex", "multiValued": True, "mutability": "readOnly"},
        {"name": "title", "returned": "request"},
    ]
    said = Declared.read(CONFIG, TYPES, [{"id": USER, "attributes": attributes}])

    assert [False, True, False, False] == [said.computes("/Users", name) for name in ("userName", "displayName", "groups", "x")]
    assert [True, False, False] == [said.hides("/Users", name) for name in ("title", "userName", "x")]
    assert (False, False) == (Declared().computes("/Users", "displayName"), Declared().hides("/Users", "title"))
