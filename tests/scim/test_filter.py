"""Which resources match a filter."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.scim.attributes import SchemaSet
from scim_sim.scim.filter import FilterError, InvalidFilter, instant, matches
from scim_sim.scim.path import lookup
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP, USER

ADA: dict[str, Any] = {
    "schemas": [USER, ENTERPRISE_USER],
    "id": "Ada-1",
    "externalId": "X1",
    "userName": "Ada@example.test",
    "name": {"familyName": "Lovelace", "givenName": 'A "B" \\ C'},
    "active": True,
    "title": "",
    "nickName": None,
    "emails": [
        {"value": "ada@work.test", "type": "work", "primary": True},
        {"value": "ada@home.test", "type": "home"},
    ],
    "photos": [],
    "meta": {"created": "2026-01-05T08:00:00Z", "lastModified": "2026-01-05T09:00:00.5+01:00", "resourceType": "User"},
    ENTERPRISE_USER: {"department": "Engines", "manager": {"value": "Boss-1"}},
    "badge": 7,
}


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "ada@EXAMPLE.test"',
        'USERNAME Eq "Ada@example.test"',
        'id eq "Ada-1"',
        'name.familyName sw "love"',
        'name.familyName ew "LACE"',
        'name.familyName co "ovelac"',
        'name.familyName co ""',
        'name.givenName eq "A \\"B\\" \\\\ C"',
        'name.givenName co "\\u0042"',
        "active eq true",
        "active ne false",
        'userName ne "someone"',
        'title ne "x"',
        "nickName eq null",
        "photos eq null",
        "userName ne null",
        "userName pr",
        "name pr",
        "active pr",
        "not (photos pr)",
        'emails eq "ada@home.test"',
        'emails.value eq "ada@home.test"',
        'emails.type eq "home" and emails.value ew "work.test"',
        'emails[type eq "work" and value co "@work"]',
        'emails[not (type eq "work")]',
        'emails[type eq "work"].value eq "ADA@work.test"',
        'emails[type eq "work"].value pr',
        "emails[primary eq true]",
        'meta.created eq "2026-01-05T09:00:00+01:00"',
        'meta.created gt "2026-01-05T08:59:59+01:00"',
        'meta.lastModified le "2026-01-05T08:00:00.500Z"',
        'meta.resourceType eq "User"',
        f'schemas eq "{USER}"',
        f'{USER}:userName sw "ada"',
        f'{ENTERPRISE_USER}:department eq "engines"',
        f'{ENTERPRISE_USER.upper()}:manager.value eq "Boss-1"',
        f'{ENTERPRISE_USER}:manager eq "Boss-1"',
        f"{ENTERPRISE_USER} pr",
        "badge eq 7",
        "badge eq 7.0",
        "badge ge 7",
        "badge lt 8",
        'userName gt "abc"',
        'userName eq "nobody" or active eq true and not (title pr)',
    ],
)
def test_filter_matches(text: str) -> None:
    """Each of these filters finds the resource."""
    assert matches(text, ADA)


@pytest.mark.parametrize(
    "text",
    [
        'id eq "ada-1"',
        'externalId eq "x1"',
        'meta.resourceType eq "user"',
        f'{ENTERPRISE_USER}:manager.value eq "boss-1"',
        'userName eq "Ada"',
        "active eq false",
        'active eq "true"',
        "title pr",
        "nickName pr",
        "photos pr",
        'department eq "Engines"',
        'unknown eq "x"',
        'unknown.thing co "x"',
        'userName.thing eq "x"',
        'urn:example:other:User:department eq "Engines"',
        'emails[type eq "work" and value co "@home"]',
        'emails[type eq "work"].value eq "ada@home.test"',
        'meta.created gt "2026-01-05T08:00:00Z"',
        'badge eq "7"',
        "badge eq true",
        'badge gt "6"',
        "userName gt 6",
        'userName eq "nobody" or active eq true and title pr',
    ],
)
def test_filter_does_not_match(text: str) -> None:
    """None of these filters finds the resource."""
    assert not matches(text, ADA)


@pytest.mark.parametrize(
    "text",
    [
        "active gt true",
        'active gt "x"',
        "userName co 1",
        "userName sw null",
        "badge gt true",
        'name gt "x"',
        'x509Certificates gt "x"',
    ],
)
def test_operator_that_does_not_fit_is_an_invalid_filter(text: str) -> None:
    """Booleans, binaries and complex attributes have no order, and only text has parts (RFC 7644 table 3)."""
    with pytest.raises(InvalidFilter):
        matches(text, ADA)


def test_order_of_an_undeclared_boolean_is_an_invalid_filter() -> None:
    """What a value is counts where nothing is declared."""
    with pytest.raises(InvalidFilter):
        matches("flag gt 1", {"flag": True})


def test_malformed_filter_is_a_filter_error() -> None:
    """The two errors are told apart."""
    with pytest.raises(FilterError):
        matches("active eq", ADA)


def test_matching_works_without_declarations() -> None:
    """Without schemas names keep their usual meaning: ids have case, other text has none."""
    nothing = SchemaSet()

    assert matches('userName eq "ADA@example.test" and emails eq "ada@work.test"', ADA, nothing)
    assert not matches('id eq "ada-1"', ADA, nothing)
    assert matches('since gt "2026-01-05T08:00:00+02:00"', {"since": "2026-01-05T07:00:00Z"}, nothing)


def test_declared_case_exact_counts() -> None:
    """An extension's own declaration decides on letter case."""
    urn = "urn:example:extension:2.0:User"
    schemas = SchemaSet.from_json([{"id": urn, "attributes": [{"name": "code", "type": "string", "caseExact": True}]}])
    resource = {"schemas": [USER, urn], urn: {"code": "aB"}}

    assert matches(f'{urn}:code eq "aB"', resource, schemas)
    assert not matches(f'{urn}:code eq "ab"', resource, schemas)


def test_simple_multi_valued_attribute_is_matched_by_any_value() -> None:
    """A list of text matches by each text, in value paths under the name `value`."""
    resource = {"tags": ["red", "blue"]}

    assert matches('tags eq "BLUE"', resource)
    assert matches('tags[value sw "re"]', resource)
    assert not matches('tags eq "green"', resource)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("userName", ["Ada@example.test"]),
        ("nickName", []),
        ("name.familyName", ["Lovelace"]),
        ("emails.value", ["ada@work.test", "ada@home.test"]),
        ('emails[type eq "home"].value', ["ada@home.test"]),
        ('emails[type eq "none"].value', []),
        (f"{ENTERPRISE_USER}:manager.value", ["Boss-1"]),
        (ENTERPRISE_USER, [ADA[ENTERPRISE_USER]]),
        ("urn:example:none:1.0:User", []),
        (f"{USER}:active", [True]),
    ],
)
def test_lookup_gives_all_values_at_the_path(path: str, found: list[Any]) -> None:
    """Lists are spread out, and what is unassigned gives nothing."""
    assert found == lookup(ADA, path)


def test_group_attributes_are_those_of_groups() -> None:
    """A group's displayName is found with the declarations of Group."""
    group = {"schemas": [GROUP], "displayName": "Readers", "members": [{"value": "u1"}, {"value": "u2"}]}

    assert matches('displayName eq "READERS" and members.value eq "u2"', group)
    assert matches('members[value eq "u1"]', group)


@pytest.mark.parametrize("text", ["2026", "2026-13-01T00:00:00Z", "tomorrow", "12345678901"])
def test_text_that_is_no_date_time_names_no_instant(text: str) -> None:
    """Only date and time in the form of xsd:dateTime name an instant."""
    assert instant(text) is None
