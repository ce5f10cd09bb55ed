"""Declared characteristics and how they are found."""

from __future__ import annotations

import pytest

from scim_sim.scim.attributes import Attribute, SchemaSet, core_schemas, undeclared
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP, RESOURCE_TYPE, SCHEMA, SERVICE_PROVIDER_CONFIG, USER


def test_core_schemas_are_those_of_the_rfc() -> None:
    """RFC 7643 section 8.7 lists six schemas."""
    known = core_schemas()

    assert {USER, GROUP, ENTERPRISE_USER, SERVICE_PROVIDER_CONFIG, RESOURCE_TYPE, SCHEMA} == {s.id for s in known.schemas}
    assert [("User", "/Users"), ("Group", "/Groups")] == [(t.name, t.endpoint) for t in known.resource_types]
    assert ((ENTERPRISE_USER, False),) == known.resource_types[0].extensions


@pytest.mark.parametrize(
    ("name", "sub", "urn", "expected"),
    [
        ("userName", None, None, ("string", False, True, False, "readWrite", "default", "server")),
        ("USERNAME", None, USER, ("string", False, True, False, "readWrite", "default", "server")),
        ("password", None, None, ("string", False, False, True, "writeOnly", "never", "none")),
        ("id", None, None, ("string", False, False, True, "readOnly", "always", "server")),
        ("externalId", None, USER, ("string", False, False, True, "readWrite", "default", "none")),
        ("emails", None, None, ("complex", True, False, False, "readWrite", "default", "none")),
        ("emails", "PRIMARY", None, ("boolean", False, False, False, "readWrite", "default", "none")),
        ("groups", "value", None, ("string", False, False, False, "readOnly", "default", "none")),
        ("manager", "value", ENTERPRISE_USER, ("string", False, False, True, "readWrite", "default", "none")),
        ("manager", "displayName", ENTERPRISE_USER.upper(), ("string", False, False, False, "readOnly", "default", "none")),
        ("meta", "created", None, ("dateTime", False, False, False, "readOnly", "default", "none")),
        ("x509Certificates", "value", None, ("binary", False, False, True, "readWrite", "default", "none")),
    ],
)
def test_characteristics(name: str, sub: str | None, urn: str | None, expected: tuple[object, ...]) -> None:
    """Type, multi-valued, required, caseExact, mutability, returned and uniqueness are as RFC 7643 says."""
    found = core_schemas().find(name, sub, urn)

    assert found is not None
    assert expected == (
        found.type,
        found.multi_valued,
        found.required,
        found.case_exact,
        found.mutability,
        found.returned,
        found.uniqueness,
    )


@pytest.mark.parametrize(
    ("name", "sub", "urn"),
    [
        ("department", None, None),
        ("shoeSize", None, None),
        ("name", "shoeSize", None),
        ("userName", None, ENTERPRISE_USER),
        ("userName", None, "urn:example:unknown"),
        ("id", None, ENTERPRISE_USER),
    ],
)
def test_what_is_not_declared_is_not_found(name: str, sub: str | None, urn: str | None) -> None:
    """Attributes of an extension are found under its URN only."""
    assert core_schemas().find(name, sub, urn) is None


def test_schemas_of_the_resource_decide_between_equal_names() -> None:
    """displayName is required of a group and not of a user."""
    known = core_schemas()
    of_user, of_group = known.find("displayName", within=(USER,)), known.find("displayName", within=(GROUP,))

    assert of_user is not None
    assert of_group is not None
    assert (False, True) == (of_user.required, of_group.required)


def test_odd_schema_resources_are_read_as_far_as_they_go() -> None:
    """Characteristics that are missing or of a wrong type take the defaults of RFC 7643 section 2.2."""
    odd = {"id": "urn:example:x", "attributes": [{"name": "a", "multiValued": "yes", "caseExact": 1, "subAttributes": "none"}, 7]}
    known = SchemaSet.from_json(
        [odd, {"id": None, "attributes": None}], [{"name": "X", "endpoint": "/X", "schema": "urn:example:x"}]
    )

    assert Attribute("a") == known.find("a")
    assert known.is_main("URN:example:x")


def test_undeclared_names_keep_their_usual_meaning() -> None:
    """Ids have case, active and primary are booleans, everything else is text without case."""
    assert undeclared("externalID").case_exact
    assert "boolean" == undeclared("Active").type
    assert ("string", False, False) == (undeclared("x").type, undeclared("x").case_exact, undeclared("x").declared)
