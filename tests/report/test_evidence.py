"""What a finding shows is read from its pointer, its message and its exchanges."""

from __future__ import annotations

import pytest

from scim_sim.report.evidence import attribute, is_vague, template
from scim_sim.report.model import Judgement
from scim_sim.scenario.expect import evaluate
from scim_sim.wire import Exchange, Request, Response


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


@pytest.mark.parametrize("own", [{}, {"remark": "Nobody depends on it."}])
@pytest.mark.parametrize(
    ("status", "expectation"),
    [
        (500, {"status": 200}),
        (200, {"refused": 400}),
        (500, {"refused": 400}),
        (404, {"refused": 400}),
        (200, {"header": {"ETag": "1"}}),
        (200, {"body": {"/id": "1"}}),
    ],
)
def test_expectation_without_words_of_its_own_is_vague(status: int, expectation: dict[str, object], own: dict[str, str]) -> None:
    """What the scenario language says by itself is only that something is wrong; the title then says what was found."""
    exchange = Exchange("x", "harness", "s", "1", Request("GET", "/Users"), Response(status, (), b"{}"), None, 0.0, 0.0)

    for words, expected in ((own, True), ({**own, "why": "Somebody keeps access"}, False)):
        [verdict] = evaluate({**expectation, **words}, exchange)
        assert verdict.problem is not None
        assert expected == is_vague(Judgement("answer_is_as_expected", "r", "MUST", "violation", message=verdict.problem.message))
