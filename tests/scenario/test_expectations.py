"""Expectations that cannot fail, or cannot come true, are found before anything is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scim_sim.errors import ScenarioError
from scim_sim.scenario.expect import compare_pointer, evaluate
from scim_sim.wire import Exchange, Request, Response

HEAD = "title: T\nidp: okta\ndirectory: {people: [ada, bob], groups: {pilots: [ada]}}\nsteps:\n"
GET = "- request: {method: GET, path: /Users}\n  expect: "


@pytest.mark.parametrize(
    ("step", "message", "hint"),
    [
        (GET + "{status: 2000}", '"status" is a status such as 201', ""),
        (GET + "{status: ok}", 'not "ok"', ""),
        (GET + "{status: [200, 2x]}", '"status" is a status such as 201', ""),
        (GET + "{refused: 44}", '"refused" is a status such as 400', ""),
        (GET + "{body: id}", '"body" is a mapping', ""),
        (GET + "{status: 200, level: must}", '"level" is MUST, SHOULD or MAY', ""),
        ("- expect: {status: 404}", "this step asks for none", "under the step that sends the request"),
        ("- expect: {user: ada, access: yess}", '"access" is true or false, not "yess"', ""),
        ("- expect: {user: ada, active: 1}", '"active" is true or false', ""),
        ("- expect: {group: pilots, members: ada}", '"members" is a list of names', ""),
        ("- expect: {group: pilots, active: true}", '"active" does not say of whom', "add user: …"),
        ("- expect: {user: ada, members: [ada]}", '"members" does not say of which group', "add group: …"),
        ("- expect: {absent: true}", '"absent" does not say of whom', "add user or group: …"),
        ("- expect: {traffic: {methd: POST, count: 0}}", '"traffic" has no "methd"', 'did you mean "method"?'),
        ("- expect: {traffic: [{method: POST}]}", '"traffic" counts nothing', "add count, at_most or at_least"),
        ("- expect: {traffic: nothing}", '"traffic" is `none`', ""),
        ("- expect: {findings: {requirement: okta-deactivate}}", '"findings" counts nothing', ""),
        ("- expect: {troubles: true}", '"troubles" is a number', ""),
    ],
)
def test_an_expectation_without_sense_is_shown(step: str, message: str, hint: str, load: Callable[[str], object]) -> None:
    """With what the key takes, or what is missing."""
    with pytest.raises(ScenarioError) as raised:
        load(f"{HEAD}{step}\n")

    assert message in raised.value.message
    assert hint in raised.value.hint
    assert raised.value.line >= 5


@pytest.mark.parametrize(
    "step",
    [
        GET + '{status: "${colour}", body: {/id: {present: true}}}',
        GET + "{status: [2xx, 404], empty: false}",
        "- expect: {traffic: none}",
        "- expect: {troubles: Error while}",
        "- expect: {user: ada, absent: true, within: 2 cycles}",
        "- expect: {group: pilots, members: []}",
    ],
)
def test_an_expectation_with_sense_is_taken(step: str, load: Callable[[str], object]) -> None:
    """Variables, classes of statuses, and every kind of value."""
    load(f"title: T\nvariables: {{colour: 200}}\n{HEAD.partition(chr(10))[2]}{step}\n")


@pytest.mark.parametrize(
    ("pointer", "matcher", "expected"),
    [
        ("/none", {"present": True}, "a value"),
        ("/title", {"absent": True}, "no value"),
        ("/title", {"one_of": ["a", 2]}, 'one of "a", 2'),
        ("/title", {"length": 2}, "2 values"),
        ("/none", {"length": 1}, "1 value"),
        ("/title", {"at_least": 3}, "at least 3"),
        ("/title", {"contains": {"value": "x"}}, '{"value": "x"} in it'),
        ("/title", {"type": "integer"}, "an integer"),
        ("/title", {"not": "x"}, 'another value than "x"'),
        ("/none", "Lead", '"Lead"'),
    ],
)
def test_what_is_expected_is_told_in_words_and_json(pointer: str, matcher: object, expected: str) -> None:
    """Nobody who reads a report has to know our matchers, or Python."""
    problem = compare_pointer({"title": "x"}, pointer, matcher)

    assert problem is not None
    assert expected == problem.expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, "401"), ([400, "404"], "400 or 404"), (["3xx", "4xx", "5xx"], "anything but a success")],
)
def test_status_that_is_expected_is_told_in_words(status: object, expected: str) -> None:
    """Whoever reads a finding need not know how statuses are grouped."""
    request, answer = Request("GET", "/Users"), Response(200)
    exchange = Exchange("E1", "harness", "s", "01", request, answer, None, 0.0, 0.0)

    [verdict] = evaluate({"status": status}, exchange)

    assert verdict.problem is not None
    assert expected == verdict.problem.expected
