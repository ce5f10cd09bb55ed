"""Projection, sorting and pages."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.scim.attributes import SchemaSet, core_schemas
from scim_sim.scim.filter import FilterError
from scim_sim.scim.query import page, project, sorted_resources
from scim_sim.scim.urns import ENTERPRISE_USER, GROUP, USER

Json = dict[str, Any]

ADA: Json = {
    "schemas": [USER, ENTERPRISE_USER],
    "id": "1",
    "userName": "ada",
    "password": "s3cret!",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"value": "a@x.test", "type": "work"}, {"value": "b@x.test"}],
    ENTERPRISE_USER: {"department": "Engines", "manager": {"value": "7", "displayName": "Boss"}},
}


def kept(*names: str, **attributes: Any) -> Json:
    """The always returned attributes, the named ones, and others as given."""
    return {**{name: ADA[name] for name in ("schemas", "id", *names)}, **attributes}


@pytest.mark.parametrize(
    ("attributes", "excluded", "expected"),
    [
        ([], [], kept("userName", "name", "emails", ENTERPRISE_USER)),
        (["userName"], [], kept("userName")),
        (["USERNAME", "name.GivenName"], [], kept("userName", name={"givenName": "Ada"})),
        ([f"{USER}:userName"], [], kept("userName")),
        (["password"], [], kept()),
        (["nickName"], [], kept()),
        (["emails.type"], [], kept(emails=[{"type": "work"}])),
        ([f"{ENTERPRISE_USER}:department"], [], kept(**{ENTERPRISE_USER: {"department": "Engines"}})),
        ([f"{ENTERPRISE_USER}:manager.value"], [], kept(**{ENTERPRISE_USER: {"manager": {"value": "7"}}})),
        ([ENTERPRISE_USER], [], kept(ENTERPRISE_USER)),
        ([USER], [], kept("userName", "name", "emails", ENTERPRISE_USER)),
        ([], ["emails", "id", "schemas", "name.familyName"], kept("userName", ENTERPRISE_USER, name={"givenName": "Ada"})),
        ([], [ENTERPRISE_USER], kept("userName", "name", "emails")),
        (
            [],
            [f"{ENTERPRISE_USER}:manager.displayName"],
            kept("userName", "name", "emails", **{ENTERPRISE_USER: {"department": "Engines", "manager": {"value": "7"}}}),
        ),
        (["name"], ["name.familyName"], kept(name={"givenName": "Ada"})),
    ],
)
def test_projection(attributes: list[str], excluded: list[str], expected: Json) -> None:
    """Only what is asked for comes back, besides what is always returned, and never what is never returned."""
    assert expected == project(ADA, attributes, excluded)


def test_members_can_be_left_out() -> None:
    """A group without its members keeps everything else."""
    group = {"schemas": [GROUP], "id": "g", "displayName": "Readers", "members": [{"value": "1"}]}

    assert {"schemas": [GROUP], "id": "g", "displayName": "Readers"} == project(group, [], ["members"])


def test_declared_returned_decides() -> None:
    """`request` comes only when named, `never` not even then, and `always` cannot be excluded."""
    urn = "urn:example:thing:2.0"
    names = ("always", "request", "never")
    attributes = [{"name": n, "type": "string", "returned": n} for n in names]
    schemas = SchemaSet.from_json([{"id": urn, "attributes": attributes}], [{"name": "T", "endpoint": "/T", "schema": urn}])
    thing = {"schemas": [urn], "id": "1", "always": "a", "request": "b", "never": "c"}

    assert {"always": "a"} == {k: v for k, v in project(thing, schemas=schemas).items() if k in names}
    asked = project(thing, names, ["always"], schemas)
    assert {"always": "a", "request": "b"} == {k: v for k, v in asked.items() if k in names}


def test_malformed_name_is_refused() -> None:
    """A name that is none is a FilterError."""
    with pytest.raises(FilterError):
        project(ADA, ["a b"])


USERS: list[Json] = [
    {
        "schemas": [USER],
        "id": "1",
        "userName": "beta",
        "title": "X",
        "emails": [{"value": "z@x.test"}, {"value": "a@x.test", "primary": True}],
        "name": {"familyName": "Zuse"},
        "meta": {"created": "2026-01-05T08:00:00+02:00"},
    },
    {
        "schemas": [USER],
        "id": "2",
        "userName": "Alpha",
        "emails": [{"value": "B@x.test"}, {"value": "0@x.test"}],
        "name": {"familyName": "ada"},
        "meta": {"created": "2026-01-05T07:00:00Z"},
    },
    {"schemas": [USER], "id": "3", "userName": "gamma", "title": "a", "meta": {"created": "2026-01-05T06:30:00Z"}},
]


@pytest.mark.parametrize(
    ("sort_by", "ascending"),
    [
        ("userName", "213"),
        ("title", "312"),
        ("emails", "123"),
        ("emails.value", "123"),
        ("name.familyName", "213"),
        ("meta.created", "132"),
        (f"{USER}:id", "123"),
        ("nothing", "123"),
    ],
)
def test_sorting(sort_by: str, ascending: str) -> None:
    """Case, instants and the primary value count as declared; who has no value comes last, or first when descending."""
    up = sorted_resources(USERS, sort_by)
    down = sorted_resources(USERS, sort_by, "descending", core_schemas())

    assert ascending == "".join(user["id"] for user in up)
    if sort_by != "nothing":
        assert ascending[::-1] == "".join(user["id"] for user in down)


@pytest.mark.parametrize(
    ("start_index", "count", "ids"),
    [(1, None, "123"), (2, 1, "2"), (0, 2, "12"), (-5, 2, "12"), (1, 0, ""), (1, -1, ""), (4, 5, ""), (3, 9, "3")],
)
def test_page(start_index: int, count: int | None, ids: str) -> None:
    """startIndex counts from 1, and out-of-range values mean the nearest sensible one."""
    assert ids == "".join(user["id"] for user in page(USERS, start_index, count))
