"""The PATCH oracle: every form of RFC 7644 section 3.5.2, and what identity providers send besides."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim_sim.scim.attributes import SchemaSet
from scim_sim.scim.equivalence import equivalent
from scim_sim.scim.patch import LENIENT, STRICT, PatchError, apply_patch
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP, USER

Json = dict[str, Any]

WORK = {"value": "ada@work.test", "type": "work", "primary": True}
HOME = {"value": "ada@home.test", "type": "home"}
ADA: Json = {
    "schemas": [USER],
    "id": "1",
    "userName": "ada",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "active": True,
    "title": "Analyst",
    "emails": [WORK, HOME],
    "groups": [{"value": "g1"}],
    "meta": {"resourceType": "User"},
}
READERS: Json = {
    "schemas": [GROUP],
    "id": "g",
    "displayName": "Readers",
    "members": [{"value": "a", "display": "Ada"}, {"value": "b"}],
}


def changed(base: Json = ADA, **attributes: Any) -> Json:
    """The resource with other values; `None` takes an attribute away."""
    merged = {**base, **attributes}
    return {name: value for name, value in merged.items() if value is not None}


def op(verb: str, path: str | None = None, value: Any = ...) -> Json:
    """One operation, with only the members that are given."""
    members = {"op": verb, "path": path, "value": value}
    return {name: v for name, v in members.items() if v is not None and v is not ...}


BOTH: list[tuple[str, Json, list[Json], Json]] = [
    ("add sets", ADA, [op("add", "nickName", "A")], changed(nickName="A")),
    ("add replaces a single value", ADA, [op("add", "title", "Countess")], changed(title="Countess")),
    (
        "add merges without path",
        ADA,
        [op("add", None, {"nickName": "A", "emails": [{"value": "x@y.test"}]})],
        changed(nickName="A", emails=[WORK, HOME, {"value": "x@y.test"}]),
    ),
    (
        "add keeps siblings",
        ADA,
        [op("add", "name.middleName", "K")],
        changed(name={"givenName": "Ada", "familyName": "Lovelace", "middleName": "K"}),
    ),
    (
        "add merges a complex value",
        ADA,
        [op("add", "name", {"middleName": "K"})],
        changed(name={"givenName": "Ada", "familyName": "Lovelace", "middleName": "K"}),
    ),
    ("add makes a complex value", changed(name=None), [op("add", "name.givenName", "A")], changed(name={"givenName": "A"})),
    (
        "add appends a list",
        ADA,
        [op("add", "emails", [{"value": "x@y.test"}])],
        changed(emails=[WORK, HOME, {"value": "x@y.test"}]),
    ),
    (
        "add appends one object",
        ADA,
        [op("add", "emails", {"value": "x@y.test"})],
        changed(emails=[WORK, HOME, {"value": "x@y.test"}]),
    ),
    ("add of what is there changes nothing", ADA, [op("add", "emails", [{"value": "ADA@home.test", "type": "home"}])], ADA),
    (
        "the same value of another type is another one",
        ADA,
        [op("add", "emails", [{"value": "ada@home.test", "type": "other"}])],
        changed(emails=[WORK, HOME, {"value": "ada@home.test", "type": "other"}]),
    ),
    (
        "add of a member",
        READERS,
        [op("add", "members", [{"value": "c"}])],
        changed(READERS, members=[*READERS["members"], {"value": "c"}]),
    ),
    ("add of a member who is there", READERS, [op("add", "members", [{"value": "a"}])], READERS),
    (
        "a new primary demotes the old",
        ADA,
        [op("add", "emails", [{"value": "x@y.test", "primary": True}])],
        changed(emails=[{**WORK, "primary": False}, HOME, {"value": "x@y.test", "primary": True}]),
    ),
    (
        "primary by value path demotes the others",
        ADA,
        [op("replace", 'emails[type eq "home"].primary', True)],
        changed(emails=[{**WORK, "primary": False}, {**HOME, "primary": True}]),
    ),
    ("replace sets", ADA, [op("replace", "title", "Countess")], changed(title="Countess")),
    ("replace of what is missing adds", ADA, [op("replace", "nickName", "A")], changed(nickName="A")),
    (
        "replace without path keeps the rest",
        ADA,
        [op("replace", None, {"active": False, "title": "X"})],
        changed(active=False, title="X"),
    ),
    (
        "replace merges a complex value",
        ADA,
        [op("replace", "name", {"givenName": "A"})],
        changed(name={"givenName": "A", "familyName": "Lovelace"}),
    ),
    (
        "replace keeps siblings",
        ADA,
        [op("replace", "name.familyName", "King")],
        changed(name={"givenName": "Ada", "familyName": "King"}),
    ),
    (
        "replace takes the whole list",
        ADA,
        [op("replace", "emails", [{"value": "x@y.test"}])],
        changed(emails=[{"value": "x@y.test"}]),
    ),
    ("replace with an empty list unassigns", READERS, [op("replace", "members", [])], changed(READERS, members=None)),
    ("replace with null unassigns", ADA, [op("replace", "title", None) | {"value": None}], changed(title=None)),
    (
        "replace of a value",
        ADA,
        [op("replace", 'emails[type eq "home"]', {"value": "x@y.test", "type": "other"})],
        changed(emails=[WORK, {"value": "x@y.test", "type": "other"}]),
    ),
    (
        "replace in a value",
        ADA,
        [op("replace", 'emails[type eq "work"].value', "x@y.test")],
        changed(emails=[{**WORK, "value": "x@y.test"}, HOME]),
    ),
    (
        "replace in every match",
        ADA,
        [op("replace", "emails[value pr].display", "D")],
        changed(emails=[{**WORK, "display": "D"}, {**HOME, "display": "D"}]),
    ),
    (
        "a sub-attribute without filter means all values",
        ADA,
        [op("replace", "emails.type", "other")],
        changed(emails=[{**WORK, "type": "other"}, {**HOME, "type": "other"}]),
    ),
    ("remove unassigns", ADA, [op("remove", "title")], changed(title=None)),
    ("remove of what is missing", ADA, [op("remove", "nickName")], ADA),
    ("remove of a sub-attribute", ADA, [op("remove", "name.givenName")], changed(name={"familyName": "Lovelace"})),
    ("remove of the last sub-attribute", changed(name={"givenName": "A"}), [op("remove", "name.givenName")], changed(name=None)),
    ("remove of all values", READERS, [op("remove", "members")], changed(READERS, members=None)),
    ("remove of one value", READERS, [op("remove", 'members[value eq "a"]')], changed(READERS, members=[{"value": "b"}])),
    (
        "remove of the last value",
        changed(READERS, members=[{"value": "a"}]),
        [op("remove", 'members[value eq "a"]')],
        changed(READERS, members=None),
    ),
    ("remove by combined filter", ADA, [op("remove", 'emails[type eq "home" and value ew "home.test"]')], changed(emails=[WORK])),
    (
        "remove in a value",
        ADA,
        [op("remove", 'emails[type eq "work"].primary')],
        changed(emails=[{"value": "ada@work.test", "type": "work"}, HOME]),
    ),
    (
        "extension by URN",
        ADA,
        [op("add", f"{ENTERPRISE_USER}:department", "Engines")],
        changed(schemas=[USER, ENTERPRISE_USER], **{ENTERPRISE_USER: {"department": "Engines"}}),
    ),
    (
        "sub-attribute of an extension",
        ADA,
        [op("add", f"{ENTERPRISE_USER}:manager.value", "7")],
        changed(schemas=[USER, ENTERPRISE_USER], **{ENTERPRISE_USER: {"manager": {"value": "7"}}}),
    ),
    (
        "extension as an object",
        ADA,
        [op("replace", None, {ENTERPRISE_USER: {"department": "Engines"}})],
        changed(schemas=[USER, ENTERPRISE_USER], **{ENTERPRISE_USER: {"department": "Engines"}}),
    ),
    ("extension as a path", ADA, [op("add", ENTERPRISE_USER, {"department": "Engines"}), op("remove", ENTERPRISE_USER)], ADA),
    ("core URN in a path", ADA, [op("replace", f"{USER}:title", "X")], changed(title="X")),
    (
        "names have no case",
        ADA,
        [op("replace", "NAME.FamilyName", "King")],
        changed(name={"givenName": "Ada", "familyName": "King"}),
    ),
    (
        "in order",
        READERS,
        [op("remove", "members"), op("add", "members", [{"value": "a"}])],
        changed(READERS, members=[{"value": "a"}]),
    ),
    ("password is written", ADA, [op("replace", "password", "s3cret!")], changed(password="s3cret!")),
    ("readOnly as it is", ADA, [op("replace", None, {"id": "1", "title": "X"})], changed(title="X")),
]


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize(("base", "operations", "expected"), [c[1:] for c in BOTH], ids=[c[0] for c in BOTH])
def test_operation_of_the_rfc(base: Json, operations: list[Json], expected: Json, strict: bool) -> None:
    """What the RFC describes works in either mode, and the given resource stays as it was."""
    before = copy.deepcopy(base)

    assert expected == apply_patch(base, operations, lenient=not strict)
    assert before == base


LENIENT_ONLY: list[tuple[str, Json, list[Json], Json]] = [
    ("capitals and text for a boolean", ADA, [op("Replace", "active", "False")], changed(active=False)),
    ("lower-case text for a boolean", ADA, [op("replace", "active", "false")], changed(active=False)),
    ("active by Add", ADA, [op("Add", "active", "False")], changed(active=False)),
    (
        "dotted keys",
        ADA,
        [op("add", None, {"name.givenName": "A", f"{ENTERPRISE_USER}:department": "Engines"})],
        changed(
            schemas=[USER, ENTERPRISE_USER],
            name={"givenName": "A", "familyName": "Lovelace"},
            **{ENTERPRISE_USER: {"department": "Engines"}},
        ),
    ),
    (
        "value path as a key",
        ADA,
        [op("replace", None, {'emails[type eq "work"].value': "x@y.test"})],
        changed(emails=[{**WORK, "value": "x@y.test"}, HOME]),
    ),
    (
        "id in the value is passed over",
        READERS,
        [op("replace", None, {"id": "other", "displayName": "Writers"})],
        changed(READERS, displayName="Writers"),
    ),
    (
        "remove with a value list",
        READERS,
        [op("Remove", "members", [{"value": "a"}])],
        changed(READERS, members=[{"value": "b"}]),
    ),
    (
        "remove with a value object",
        READERS,
        [op("remove", "members", {"value": "a"})],
        changed(READERS, members=[{"value": "b"}]),
    ),
    ("remove with a bare value", READERS, [op("remove", "members", "a")], changed(READERS, members=[{"value": "b"}])),
    (
        "remove with all values",
        READERS,
        [op("remove", "members", [{"value": "b"}, {"value": "a", "$ref": None}])],
        changed(READERS, members=None),
    ),
    ("remove of nobody", READERS, [op("remove", 'members[value eq "z"]')], READERS),
    (
        "manager as bare text",
        ADA,
        [op("Add", f"{ENTERPRISE_USER}:manager", "90")],
        changed(schemas=[USER, ENTERPRISE_USER], **{ENTERPRISE_USER: {"manager": {"value": "90"}}}),
    ),
    (
        "manager as a list of one",
        ADA,
        [op("Add", f"{ENTERPRISE_USER}:manager", [{"$ref": "x", "value": "90"}])],
        changed(schemas=[USER, ENTERPRISE_USER], **{ENTERPRISE_USER: {"manager": {"$ref": "x", "value": "90"}}}),
    ),
    (
        "manager cleared",
        ADA,
        [op("Add", f"{ENTERPRISE_USER}:manager", "90"), op("Replace", f"{ENTERPRISE_USER}:manager", "")],
        ADA,
    ),
    (
        "manager.value cleared",
        ADA,
        [op("Add", f"{ENTERPRISE_USER}:manager", "90"), op("Replace", f"{ENTERPRISE_USER}:manager.value", "")],
        ADA,
    ),
    (
        "element created by add",
        ADA,
        [op("Add", 'phoneNumbers[type eq "mobile"].value', "1")],
        changed(phoneNumbers=[{"type": "mobile", "value": "1"}]),
    ),
    (
        "element created by replace",
        ADA,
        [op("Replace", 'phoneNumbers[type eq "work"].value', "1")],
        changed(phoneNumbers=[{"type": "work", "value": "1"}]),
    ),
    (
        "several adds fill one element",
        ADA,
        [op("Add", 'addresses[type eq "work"].locality', "Leith"), op("Add", 'addresses[type eq "work"].country', "GB")],
        changed(addresses=[{"type": "work", "locality": "Leith", "country": "GB"}]),
    ),
    (
        "two kinds of one text",
        ADA,
        [op("Add", 'phoneNumbers[type eq "work"].value', "1"), op("Add", 'phoneNumbers[type eq "fax"].value', "1")],
        changed(phoneNumbers=[{"type": "work", "value": "1"}, {"type": "fax", "value": "1"}]),
    ),
    (
        "text for a boolean in a filter",
        ADA,
        [op("Add", 'roles[primary eq "True"].value', "X"), op("Add", 'roles[primary eq "True"].display', "Y")],
        changed(roles=[{"primary": True, "value": "X", "display": "Y"}]),
    ),
    (
        "role as JSON text",
        ADA,
        [op("Add", "roles", [{"value": json.dumps({"id": "5a", "value": "Editor", "displayName": "Ed"})}])],
        changed(roles=[{"value": "Editor", "display": "Ed"}]),
    ),
    (
        "members as bare texts",
        READERS,
        [op("add", "members", ["c"])],
        changed(READERS, members=[*READERS["members"], {"value": "c"}]),
    ),
    ("unknown attributes are kept", ADA, [op("add", "shoeSize", 39)], changed(shoeSize=39)),
]


@pytest.mark.parametrize(("base", "operations", "expected"), [c[1:] for c in LENIENT_ONLY], ids=[c[0] for c in LENIENT_ONLY])
def test_what_identity_providers_send_is_understood(base: Json, operations: list[Json], expected: Json) -> None:
    """Lenient reading does what was meant, and leaves the given resource as it was."""
    before = copy.deepcopy(base)

    assert expected == apply_patch(base, operations)
    assert before == base


REFUSED: list[tuple[str, str, bool, Json, Json]] = [
    ("noTarget", "remove without path", False, ADA, op("remove")),
    ("noTarget", "replace where nothing matches", True, ADA, op("replace", 'emails[type eq "none"].value', "x")),
    (
        "noTarget",
        "replace with a filter that makes no value",
        False,
        ADA,
        op("replace", 'emails[type ne "work" and value pr and type eq "x"]', {"value": "x"}),
    ),
    ("noTarget", "add where nothing matches", True, ADA, op("add", 'emails[type eq "none"].value', "x")),
    ("noTarget", "remove where nothing matches", True, READERS, op("remove", 'members[value eq "z"]')),
    ("invalidPath", "malformed path", False, ADA, op("add", "emails[type eq", "x")),
    ("invalidPath", "path of another type", False, ADA, {"op": "add", "path": 7, "value": 1}),
    ("invalidPath", "unknown attribute", True, ADA, op("add", "shoeSize", 39)),
    ("invalidPath", "unknown sub-attribute", True, ADA, op("add", "name.shoeSize", 39)),
    ("invalidPath", "filter on a single value", False, ADA, op("replace", 'name[givenName eq "Ada"].familyName', "x")),
    ("invalidPath", "dotted key", True, ADA, op("add", None, {"name.givenName": "A"})),
    ("invalidFilter", "order of a boolean", False, ADA, op("remove", "emails[primary gt true]")),
    ("invalidSyntax", "unknown op", False, ADA, op("move", "title", "x")),
    ("invalidSyntax", "op in capitals", True, ADA, op("Replace", "title", "x")),
    ("invalidSyntax", "no op", False, ADA, {"path": "title", "value": "x"}),
    ("invalidSyntax", "no object", False, ADA, ["replace"]),  # type: ignore[list-item]
    ("invalidValue", "add without value", False, ADA, op("add", "title")),
    ("invalidValue", "value without path is no object", False, ADA, op("replace", None, "x")),
    ("invalidValue", "text for a boolean", True, ADA, op("replace", "active", "False")),
    ("invalidValue", "number for a boolean", False, ADA, op("replace", "active", 0)),
    ("invalidValue", "other text for a boolean", False, ADA, op("replace", "active", "maybe")),
    ("invalidValue", "number for text", False, ADA, op("replace", "title", 5)),
    ("invalidValue", "boolean for text", False, ADA, op("replace", "title", True)),
    ("invalidValue", "text for a complex value", True, ADA, op("add", f"{ENTERPRISE_USER}:manager", "90")),
    ("invalidValue", "text for name", False, ADA, op("replace", "name", "Ada")),
    ("invalidValue", "required set to null", False, ADA, op("replace", "userName", None) | {"value": None}),
    ("invalidValue", "extension with a text", False, ADA, op("replace", ENTERPRISE_USER, "x")),
    ("mutability", "required removed", False, ADA, op("remove", "userName")),
    ("mutability", "readOnly changed", False, ADA, op("replace", "id", "2")),
    ("mutability", "readOnly part changed", False, ADA, op("replace", "meta.version", "2")),
    ("mutability", "readOnly list changed", False, ADA, op("add", "groups", [{"value": "g2"}])),
    ("mutability", "readOnly removed", False, ADA, op("remove", "id")),
    ("mutability", "readOnly in a value", True, ADA, op("replace", None, {"id": "2"})),
    ("mutability", "readOnly part of an extension", False, ADA, op("add", f"{ENTERPRISE_USER}:manager.displayName", "x")),
    ("mutability", "immutable part of a member", False, READERS, op("replace", 'members[value eq "a"].value', "x")),
    ("mutability", "the main schema", False, ADA, op("remove", USER)),
]


@pytest.mark.parametrize(
    ("scim_type", "strict", "base", "operation"), [(c[0], *c[2:]) for c in REFUSED], ids=[f"{c[0]}-{c[1]}" for c in REFUSED]
)
def test_refusal_names_keyword_and_operation(scim_type: str, strict: bool, base: Json, operation: Json) -> None:
    """Each fault has its keyword of RFC 7644 table 9, and the error says which operation it was."""
    with pytest.raises(PatchError) as caught:
        apply_patch(base, [op("add", "displayName", "x"), operation], lenient=not strict)

    assert (scim_type, 1) == (caught.value.scim_type, caught.value.operation_index)
    assert caught.value.detail


def test_immutable_attribute_takes_a_first_value_only() -> None:
    """An immutable attribute may be added, repeated, and not be changed or removed (RFC 7644 section 3.5.2.1)."""
    urn = "urn:example:badge:2.0:User"
    attributes = [{"name": "badge", "type": "string", "mutability": "immutable"}]
    schemas = SchemaSet.from_json([{"id": urn, "attributes": attributes}])
    first = apply_patch({"schemas": [USER]}, [op("add", f"{urn}:badge", "1")], schemas)

    assert {"badge": "1"} == first[urn]
    assert first == apply_patch(first, [op("replace", f"{urn}:badge", "1")], schemas)
    for operation in (op("replace", f"{urn}:badge", "2"), op("remove", f"{urn}:badge")):
        with pytest.raises(PatchError, match="mutability"):
            apply_patch(first, [operation], schemas)


def test_patch_works_without_declarations() -> None:
    """Where no schema is known, the values themselves tell what is a list and what an object."""
    nothing = SchemaSet()
    thing = {"a": {"b": 1}, "c": [{"value": "x"}]}
    operations = [
        op("add", "a", {"d": 2}),
        op("add", "c", {"value": "y"}),
        op("remove", 'c[value eq "x"]'),
        op("replace", "active", "False"),
    ]

    assert {"a": {"b": 1, "d": 2}, "c": [{"value": "y"}], "active": False} == apply_patch(thing, operations, nothing)


def test_extension_that_nobody_declared_is_kept_whole() -> None:
    """An object under an unknown URN is an extension, and not an attribute called like its last word."""
    urn = "urn:example:params:scim:schemas:badge:2.0:User"

    for lenient in (True, replace(STRICT, undeclared=True)):
        result = apply_patch(ADA, [op("add", None, {urn: {"badge": "7"}})], lenient=lenient)

        assert changed(schemas=[USER, urn], **{urn: {"badge": "7"}}) == result


def test_required_sub_attribute_is_not_removed() -> None:
    """What is required within a complex attribute stays (RFC 7644 section 3.5.2.2)."""
    urn = "urn:example:params:scim:schemas:badge:2.0:User"
    parts = [{"name": "value", "type": "string", "required": True}]
    attributes = [{"name": "badges", "type": "complex", "multiValued": True, "subAttributes": parts}]
    schemas = SchemaSet.from_json([{"id": urn, "attributes": attributes}])
    resource = {"schemas": [USER, urn], urn: {"badges": [{"value": "7"}]}}

    with pytest.raises(PatchError, match="mutability"):
        apply_patch(resource, [op("remove", f'{urn}:badges[value eq "7"].value')], schemas)


def test_repetitions_in_a_replacement_count_once() -> None:
    """The same member twice is one member."""
    result = apply_patch(READERS, [op("replace", "members", [{"value": "c"}, {"value": "d"}, {"value": "c"}])])

    assert [{"value": "c"}, {"value": "d"}] == result["members"]


def test_leniency_is_a_choice_of_single_things() -> None:
    """One thing can be forgiven alone, as a service provider may."""
    only_case = replace(STRICT, any_case_op=True)

    assert changed(title="x") == apply_patch(ADA, [op("Replace", "title", "x")], lenient=only_case)
    with pytest.raises(PatchError, match="invalidValue"):
        apply_patch(ADA, [op("Replace", "active", "False")], lenient=only_case)
    refusing = replace(LENIENT, undeclared=False)
    with pytest.raises(PatchError, match="invalidPath"):
        apply_patch(ADA, [op("Add", "shoeSize", 39)], lenient=refusing)


IDEMPOTENT = st.sampled_from(
    [
        op("add", "emails", [{"value": "x@y.test", "type": "work", "primary": True}]),
        op("add", "emails", {"value": "ada@home.test"}),
        op("add", "name", {"middleName": "K"}),
        op("add", f"{ENTERPRISE_USER}:department", "Engines"),
        op("Add", 'emails[type eq "other"].value', "z@y.test"),
        op("replace", None, {"active": False, "title": "x"}),
        op("replace", "emails", [HOME]),
        op("replace", 'emails[type eq "work"].primary', True),
        op("remove", "emails"),
        op("remove", 'emails[type eq "home"]'),
        op("remove", "name.givenName"),
        op("Remove", "emails", [{"value": "ada@work.test"}]),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(IDEMPOTENT, max_size=4), IDEMPOTENT)
def test_repeating_an_operation_changes_nothing(before: list[Json], last: Json) -> None:
    """Each operation of the RFC sets a state, so that a second time has no effect."""
    once = apply_patch(ADA, [*before, last])

    assert equivalent(once, apply_patch(once, [last]))


@settings(max_examples=200, deadline=None)
@given(st.lists(IDEMPOTENT, max_size=6))
def test_at_most_one_value_is_primary(operations: list[Json]) -> None:
    """Whatever comes, only one e-mail address is primary."""
    result = apply_patch(ADA, operations)

    assert sum(e.get("primary") is True for e in result.get("emails", [])) <= 1


def test_large_group_is_patched_in_one_pass() -> None:
    """Thousands of members are added and removed without comparing each with each."""
    many = [{"value": f"u{n}"} for n in range(5000)]
    group = apply_patch(READERS, [op("add", "members", many), op("add", "members", many), op("Remove", "members", many[:4999])])

    assert [*READERS["members"], {"value": "u4999"}] == group["members"]
