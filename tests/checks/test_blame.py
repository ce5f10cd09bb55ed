"""Which requirement speaks of a PATCH operation."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.checks.blame import touches
from scim_sim.scim.attributes import core_schemas
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP, USER

ADA = {
    "schemas": [USER],
    "id": "1",
    "userName": "ada",
    "title": "Chief",
    "name": {"givenName": "Ada", "familyName": "Keller"},
    "emails": [{"value": "ada@example.test", "type": "work"}],
}
CREW = {"schemas": [GROUP], "id": "9", "displayName": "Crew", "members": [{"value": "1"}]}


@pytest.mark.parametrize(
    ("operation", "before", "place", "requirement"),
    [
        ({"op": "replace", "path": "title", "value": "x"}, ADA, "title", "rfc7644-3.5.2.3-replace-singular"),
        ({"op": "replace", "path": "nickName", "value": "x"}, ADA, "nickname", "rfc7644-3.5.2.3-replace-missing-is-add"),
        ({"op": "Replace", "path": "title", "value": "x"}, ADA, "title", "rfc7644-3.5.2-op-case-tolerance"),
        ({"op": "replace", "path": "TITLE", "value": "x"}, ADA, "title", "rfc7644-3.10-patch-path-case"),
        ({"op": "replace", "path": f"{USER}:title", "value": "x"}, ADA, "title", "rfc7644-3.10-patch-path-core-urn"),
        ({"op": "replace", "path": "active", "value": "False"}, ADA, "active", "rfc7643-2.3.2-string-boolean-inbound"),
        (
            {"op": "replace", "path": "name.familyName", "value": "x"},
            ADA,
            "name.familyname",
            "rfc7644-3.5.2.3-replace-subattribute",
        ),
        (
            {"op": "replace", "path": "name", "value": {"givenName": "x"}},
            ADA,
            "name",
            "rfc7644-3.5.2.3-replace-complex-keeps-rest",
        ),
        ({"op": "replace", "path": "emails", "value": []}, ADA, "emails", "rfc7644-3.5.2.3-replace-multivalued-all"),
        (
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": "x"},
            ADA,
            "emails.value",
            "rfc7644-3.5.2.3-replace-value-path-subattribute",
        ),
        (
            {"op": "replace", "path": 'emails[type eq "home"].value', "value": "x"},
            ADA,
            "emails.value",
            "rfc7644-3.5.2.3-replace-no-match-notarget",
        ),
        ({"op": "replace", "value": {"title": "x"}}, ADA, "title", "rfc7644-3.5.2.3-replace-no-path"),
        (
            {"op": "replace", "value": {"id": "9", "displayName": "x"}},
            CREW,
            "displayname",
            "rfc7644-3.5.2.3-replace-no-path-own-id",
        ),
        (
            {"op": "replace", "value": {"name.givenName": "x"}},
            ADA,
            "name.givenname",
            "rfc7644-3.5.2.3-replace-no-path-dotted-keys",
        ),
        ({"op": "add", "value": {"title": "x"}}, ADA, "title", "rfc7644-3.5.2.1-add-no-path"),
        ({"op": "add", "path": "title", "value": "x"}, ADA, "title", "rfc7644-3.5.2.1-add-singular-replaces"),
        ({"op": "add", "path": "name.middleName", "value": "x"}, ADA, "name.middlename", "rfc7644-3.5.2.1-add-subattribute"),
        ({"op": "add", "path": "emails", "value": [{"value": "x"}]}, ADA, "emails", "rfc7644-3.5.2.1-add-multivalued-appends"),
        ({"op": "add", "path": "members", "value": [{"value": "2"}]}, CREW, "members", "rfc7644-3.5.2.1-add-member"),
        ({"op": "add", "path": "members", "value": [{"value": "1"}]}, CREW, "members", "rfc7644-3.5.2.1-add-existing-no-change"),
        ({"op": "remove", "path": "title"}, ADA, "title", "rfc7644-3.5.2.2-remove-singular"),
        ({"op": "remove", "path": "members"}, CREW, "members", "rfc7644-3.5.2.2-remove-all-values"),
        ({"op": "remove", "path": 'members[value eq "1"]'}, CREW, "members", "rfc7644-3.5.2.2-remove-member-by-filter"),
        ({"op": "remove", "path": 'members[value eq "2"]'}, CREW, "members", "rfc7644-3.5.2.2-remove-absent-member"),
        (
            {"op": "remove", "path": "members", "value": [{"value": "1"}]},
            CREW,
            "members",
            "rfc7644-3.5.2.2-remove-members-with-value-list",
        ),
        (
            {"op": "add", "path": f"{ENTERPRISE_USER}:manager", "value": "2"},
            ADA,
            f"{ENTERPRISE_USER}:manager".lower(),
            "rfc7644-3.5.2-manager-bare-string",
        ),
        (
            {"op": "add", "path": f"{ENTERPRISE_USER}:department", "value": "x"},
            ADA,
            f"{ENTERPRISE_USER}:department".lower(),
            "rfc7644-3.5.2-path-extension-urn",
        ),
    ],
)
def test_operation_belongs_to_one_requirement(operation: dict[str, Any], before: Any, place: str, requirement: str) -> None:
    """Each form of an operation writes one place, and one requirement speaks of it."""
    [touch] = touches(operation, before, core_schemas())

    assert (place, requirement) == (touch.place, touch.requirement)


@pytest.mark.parametrize("operation", [{}, {"op": 5}, {"op": "replace", "path": "a[b"}, {"op": "replace", "value": "x"}])
def test_operation_that_cannot_be_read_touches_nothing(operation: dict[str, Any]) -> None:
    """What is no operation is nobody's business here."""
    assert [] == touches(operation, ADA, core_schemas())
