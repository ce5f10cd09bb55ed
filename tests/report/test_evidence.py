"""What a finding shows is read from its pointer, its message and its exchanges."""

from __future__ import annotations

import pytest

from scim_sim.report.evidence import attribute, template


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/members/0/value", "members"),
        ("/Resources/3/emails/0/type", "emails.type"),
        ("/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department", "department"),
        ("http", ""),
        ("header:Location", ""),
        ("/a~1b", "a/b"),
    ],
)
def test_attribute_of_a_pointer(pointer: str, expected: str) -> None:
    """Indexes and schema URNs say nothing about which attribute it is."""
    assert expected == attribute(pointer)


def test_template_forgets_who_and_how_many() -> None:
    """Names that bear the run mark, numbers and quoted text differ from case to case."""
    assert "@ is not kept" == template("simk7q2.ada@example.test: title is not kept", "/title", "simk7q2")
    assert "# members of * are missing" == template('3 members of "Crew" are missing')
