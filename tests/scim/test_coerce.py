"""Values brought into the shape their attribute declares."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from scim_sim.scim.attributes import Attribute, core_schemas
from scim_sim.scim.coerce import LENIENT, STRICT, BadValue, coerced, coerced_filter
from scim_sim.scim.grammar import parse_filter
from scim_sim.scim.urns import ENTERPRISE_USER

TEXT = Attribute("text")
TAGS = Attribute("tags", multi_valued=True)
COUNT = Attribute("count", "integer")
SHARE = Attribute("share", "decimal")
SWITCH = Attribute("switch", "boolean")
UNKNOWN = Attribute("unknown", declared=False)
NEW_TYPE = Attribute("new", "duration")


def core(name: str, urn: str | None = None) -> Attribute:
    """A core attribute."""
    found = core_schemas().find(name, urn=urn)
    assert found is not None
    return found


ROLES = core("roles")
MANAGER = core("manager", ENTERPRISE_USER)
NAME = core("name")


@pytest.mark.parametrize(
    ("attribute", "value", "expected"),
    [
        (TEXT, "x", "x"),
        (TEXT, None, None),
        (TAGS, "x", ["x"]),
        (TAGS, ["x", None], ["x"]),
        (TAGS, [], None),
        (COUNT, 5, 5),
        (SHARE, 5, 5),
        (SHARE, 0.5, 0.5),
        (SWITCH, False, False),
        (UNKNOWN, {"any": [1]}, {"any": [1]}),
        (NEW_TYPE, 7, 7),
        (NAME, {"GIVENNAME": "Ada", "familyName": None}, {"givenName": "Ada"}),
        (NAME, {}, None),
        (ROLES, {"value": "x"}, [{"value": "x"}]),
    ],
)
def test_fitting_values_pass_in_either_mode(attribute: Attribute, value: Any, expected: Any) -> None:
    """What the schema declares needs no forgiveness."""
    assert expected == coerced(value, attribute, STRICT)
    assert expected == coerced(value, attribute, LENIENT)


@pytest.mark.parametrize(
    ("attribute", "value", "expected"),
    [
        (SWITCH, "TRUE", True),
        (SWITCH, "false", False),
        (COUNT, "5", 5),
        (SHARE, "0.5", 0.5),
        (TEXT, ["x"], "x"),
        (TEXT, [], None),
        (MANAGER, "7", {"value": "7"}),
        (MANAGER, "", None),
        (MANAGER, {"value": ""}, None),
        (MANAGER, [{"value": "7"}], {"value": "7"}),
        (MANAGER, '{"value":"7"}', {"value": "7"}),
        (MANAGER, "{7", {"value": "{7"}),
        (ROLES, "editor", [{"value": "editor"}]),
        (ROLES, '[{"value":"a"},{"value":"b","primary":"True"}]', [{"value": "a"}, {"value": "b", "primary": True}]),
        (ROLES, [{"value": '{"value":"a","displayName":"A"}', "type": "t"}], [{"value": "a", "display": "A", "type": "t"}]),
        (ROLES, [{"value": '{"no":"role"}'}], [{"value": '{"no":"role"}'}]),
        (ROLES, [{"value": "a", "weight": 5}], [{"value": "a", "weight": 5}]),
    ],
)
def test_what_identity_providers_send_is_read_as_it_is_meant(attribute: Attribute, value: Any, expected: Any) -> None:
    """Each of these has one sensible meaning."""
    assert expected == coerced(value, attribute, LENIENT)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [(SWITCH, "TRUE"), (COUNT, "5"), (TEXT, ["x"]), (MANAGER, "7"), (MANAGER, ""), (MANAGER, '{"value":"7"}'), (ROLES, "editor")],
)
def test_nothing_is_forgiven_in_strict_mode(attribute: Attribute, value: Any) -> None:
    """The letter of the RFC knows no other forms."""
    with pytest.raises(BadValue):
        coerced(value, attribute, STRICT)


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (TEXT, 5),
        (TEXT, True),
        (TEXT, ["x", "y"]),
        (TEXT, {"value": "x"}),
        (COUNT, True),
        (COUNT, 1.5),
        (COUNT, "five"),
        (SWITCH, "yes"),
        (SWITCH, 1),
        (NAME, "Ada"),
        (NAME, 5),
        (ROLES, [5]),
        (MANAGER, ["1", "2"]),
    ],
)
def test_values_that_fit_in_no_way_are_refused(attribute: Attribute, value: Any) -> None:
    """Forgiveness ends where the meaning does; the message names the attribute."""
    for allow in (LENIENT, STRICT):
        with pytest.raises(BadValue, match=attribute.name):
            coerced(value, attribute, allow)


def test_long_values_are_cut_in_the_message() -> None:
    """A message stays readable whatever was sent."""
    with pytest.raises(BadValue) as caught:
        coerced({"x": "y" * 500}, TEXT, STRICT)

    assert len(str(caught.value)) < 120


def test_text_for_a_boolean_in_a_filter_is_read_throughout() -> None:
    """`primary eq "True"` is a boolean wherever it stands, and text of a text attribute stays text."""
    tree = parse_filter('type eq "true" and not (primary eq "False") or primary eq "TRUE"')

    assert 'type eq "true" and not (primary eq false) or primary eq true' == str(coerced_filter(tree, ROLES, LENIENT))
    assert tree == coerced_filter(tree, ROLES, replace(LENIENT, boolean_strings=False))
