"""The mapping page: rows, their values, and how they are laid over what a service provider returned."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.directory.model import Person
from scim_sim.errors import UsageError
from scim_sim.idp.okta.mapping import build, lay_over, row_values, rows_of

ROWS = rows_of({})


def values(**attributes: Any) -> dict[str, str]:
    """The mapped values of a person with these attributes."""
    person = Person("ada", "ada@x.test", **attributes)
    return row_values(ROWS, person, {"app username": person.user_name})


def laid_over(resource: dict[str, Any], new: dict[str, str], before: dict[str, str] | None = None) -> dict[str, Any]:
    """The resource after an update."""
    lay_over(resource, ROWS, new, before or {}, "empty")
    return resource


def test_address_is_written_only_with_something_in_it() -> None:
    """Parts of an address come in one element of type work; without any there is no addresses."""
    assert "addresses" not in build(ROWS, values())
    assert [{"primary": True, "type": "work", "locality": "Windport"}] == build(ROWS, values(city="Windport"))["addresses"]


def test_optional_rows_come_with_their_type() -> None:
    """A second e-mail address is an element that is not primary."""
    rows = rows_of({}, ["secondEmail"])
    person = Person("ada", "ada@x.test", email="ada@x.test", second_email="home@x.test")
    emails = build(rows, row_values(rows, person, {}))["emails"]

    assert {"primary": False, "value": "home@x.test", "type": "other"} == emails[1]


@pytest.mark.parametrize(
    "kept",
    [
        [{"value": "old@x.test", "type": "work", "primary": True}],
        [{"value": "old@x.test", "type": "work"}],
        [{"value": "OLD@X.TEST"}],
    ],
)
def test_primary_address_is_overwritten_where_it_stands(kept: list[dict[str, Any]]) -> None:
    """With the flag, without it, and in another spelling: the one address is replaced, and none is added."""
    new = {"email": "new@x.test", "emailType": "work"}

    emails = laid_over({"emails": kept}, new, {"email": "old@x.test", "emailType": "work"})["emails"]

    assert [("new@x.test", "work", True)] == [(item["value"], item["type"], item["primary"]) for item in emails]


def test_address_of_another_kind_stays() -> None:
    """An element that Okta did not write is left alone."""
    home = {"value": "home@x.test", "type": "home", "primary": False}

    assert home in laid_over({"emails": [dict(home)]}, {"email": "new@x.test"})["emails"]


def test_unknown_parts_are_echoed() -> None:
    """What is not mapped comes back as it was, in its place."""
    resource = {"x": 1, "title": "Old", "meta": {"version": 'W/"1"'}, "urn:example:other": {"a": []}}

    assert list(laid_over(dict(resource), {"title": "New"})) == list(resource)
    assert laid_over(dict(resource), {"title": "New"}) == {**resource, "title": "New"}


def test_lost_phone_number_takes_its_element_along() -> None:
    """A multi-valued attribute loses the element, not only its value."""
    phones = [{"value": "1", "type": "work", "primary": True}, {"value": "2", "type": "fax"}]

    left = laid_over({"phoneNumbers": phones}, {}, {"primaryPhone": "1", "primaryPhoneType": "work"})["phoneNumbers"]

    assert [{"value": "2", "type": "fax"}] == left


def test_unknown_row_names_the_nearest() -> None:
    """A misspelt app variable is explained."""
    with pytest.raises(UsageError, match='"titel": did you mean "title"'):
        rows_of({"titel": "department"})
