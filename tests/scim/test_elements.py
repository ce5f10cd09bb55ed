"""The values of a multi-valued attribute."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.scim.attributes import Attribute, core_schemas
from scim_sim.scim.elements import created_from, demoted, same_element, unique, with_added, without
from scim_sim.scim.grammar import parse_filter

TAGS = Attribute("tags", multi_valued=True)
EMAILS = core_schemas().find("emails")
ADDRESSES = core_schemas().find("addresses")
assert EMAILS is not None
assert ADDRESSES is not None


def test_texts_are_told_apart_without_case() -> None:
    """Simple values are the same when their text is."""
    assert ["red", "blue"] == with_added(["red"], ["RED", "blue"], TAGS)
    assert ["blue"] == without(["red", "blue"], ["Red"], TAGS)
    assert None is without(["red"], ["red"], TAGS)
    assert [1, True] == unique([1, True, 1], TAGS)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ({"value": "A", "type": "work"}, {"value": "a", "type": "WORK"}, True),
        ({"value": "a", "type": "work"}, {"value": "a"}, True),
        ({"value": "a", "type": "work"}, {"value": "a", "type": "home"}, False),
        ({"value": "a"}, {"value": "b"}, False),
        ({"display": "a"}, {"display": "a"}, True),
        ({"value": "a"}, "a", True),
    ],
)
def test_value_and_type_make_a_value_what_it_is(left: Any, right: Any, same: bool) -> None:
    """RFC 7643 section 2.4: the pair of type and value occurs once."""
    assert same == same_element(left, right, EMAILS)


def test_value_that_is_there_takes_over_what_is_new() -> None:
    """Adding a known value with another sub-attribute changes that one instead of doubling it."""
    added = with_added([{"value": "a"}, {"value": "b"}], [{"value": "a", "type": "work", "display": "A"}], EMAILS)

    assert [{"value": "a", "type": "work", "display": "A"}, {"value": "b"}] == added


def test_value_without_value_is_there_when_all_of_it_is() -> None:
    """An address is known by its parts."""
    known = [{"type": "work", "locality": "Leith", "country": "GB"}]

    assert known == with_added(known, [{"locality": "LEITH", "type": "work"}], ADDRESSES)
    assert 2 == len(with_added(known, [{"locality": "Porto", "type": "work"}], ADDRESSES) or ())


def test_last_primary_wins() -> None:
    """Of two primary values the one touched last stays; without a touch nothing is decided."""
    both = [{"value": "a", "primary": True}, {"value": "b", "primary": True}]

    assert [False, True] == [e["primary"] for e in demoted(both)]
    assert [True, False] == [e["primary"] for e in demoted(both, [0])]
    assert both == demoted(both, [])


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('type eq "work"', {"type": "work"}),
        ('type eq "work" and primary eq true', {"type": "work", "primary": True}),
        ('type ne "work"', None),
        ('type eq "work" or type eq "home"', None),
        ('type eq "work" and value pr', None),
        ("type eq null", None),
        ('type.x eq "work"', None),
    ],
)
def test_filter_of_equalities_describes_a_value(text: str, made: Any) -> None:
    """Only what is said with eq and and can be made."""
    assert made == created_from(parse_filter(text))
