"""Which places of its resources a target has."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.checks.offers import Offers
from scim_sim.scim.attributes import core_schemas
from scim_sim.scim.declared import Declared
from scim_sim.scim.urns import ENTERPRISE_USER, USER

Json = dict[str, Any]
PUBLISHED = Declared(schemas=core_schemas(), known=frozenset({"Schemas"}))
DEPARTMENT = f"{ENTERPRISE_USER}:department".lower()


def test_what_identity_providers_need_is_never_excused() -> None:
    """A target that publishes nothing and shows nothing still has the names and `active`, and Groups their members."""
    offers = Offers(Declared())

    assert [True, False] == list(map(offers.at("/Users"), ("active", "title")))
    assert [True, True] == list(map(offers.at("/Groups"), ("displayname", "members")))
    assert not offers.at("/Users")("displayname")


@pytest.mark.parametrize("place", ["title", "name.familyname", DEPARTMENT])
def test_what_the_target_publishes_is_there(place: str) -> None:
    """The attributes of the type's own schemas and extensions, and their parts, are places of the target."""
    assert Offers(PUBLISHED).at("/Users")(place)
    assert not Offers(Declared()).at("/Users")(place)


def test_what_was_seen_with_a_value_is_there_from_then_on() -> None:
    """A test that was made before learns with the others; what is empty shows nothing."""
    offers = Offers(Declared())
    there = offers.at("/Users")
    resource: Json = {"schemas": [USER], "name": {"givenName": "Ada"}, "title": "", ENTERPRISE_USER: {"department": "Tours"}}
    offers.learn("/Users", resource)

    assert [True, True, False] == list(map(there, ("name.givenname", DEPARTMENT, "title")))
    assert [True, False] == [offers.shows("/Users", place) for place in ("name", "active")]
    assert not offers.shows("/Groups", "name")
