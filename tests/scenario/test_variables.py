"""Variables that nothing gives a value to are found before anything is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scim_sim.errors import ScenarioError

HEAD = "title: T\nidp: okta\nvariables: {colour: red}\ndirectory: {people: [ada, bob], groups: {pilots: [ada]}}\nsteps:\n"


@pytest.mark.parametrize(
    ("step", "message", "word", "hint"),
    [
        ('request: {method: GET, path: "/Users/${adda.id}"}', 'nothing is called "${adda.id}"', "${adda.id}", '"ada.id"'),
        ('request: {method: GET, path: "/Users/${ada.idd}"}', '"ada" has no "idd"', "${ada.idd}", '"id"'),
        ('request: {method: GET, path: "/Users/${ada.id"}', "does not end", "${ada.id", "write ${name}"),
        ('request: {method: GET, path: "/Users/${ada}"}', "is somebody", "${ada}", "${ada.id}"),
        ('update: {person: ada, title: "${color}"}', 'nothing is called "${color}"', "${color}", '"colour"'),
        ('expect: {user: ada, attributes: {title: "${colur}"}}', 'nothing is called "${colur}"', "${colur}", '"colour"'),
    ],
)
def test_an_unknown_variable_is_shown_where_it_stands(
    step: str, message: str, word: str, hint: str, load: Callable[[str], object]
) -> None:
    """The caret is below the variable, not below the step."""
    with pytest.raises(ScenarioError) as raised:
        load(f"{HEAD}- {step}\n")

    error = raised.value
    assert message in error.message
    assert error.source[error.column - 1 :].startswith(word)
    assert hint in error.hint


def test_what_an_earlier_step_has_given_is_known(load: Callable[[str], object]) -> None:
    """Captures, seeds, derived values, hired people, the matrix, and the run's mark."""
    load(
        HEAD.replace("variables:", "matrix: {size: [1, 2]}\nvariables:")
        + """
- seed: {users: [{key: eva, nickName: "${colour} ${size} ${mark}"}], groups: [{key: crew, members: [eva]}], count: 2}
- request: {method: GET, path: "/Users/${eva.id}?a=${u02.name}&b=${crew.id}", times: 2}
  capture: {etag: meta/version}
- derive: {name: loud, value: "${etag}", how: upper}
- request: {method: GET, path: "/Users/${turn}/${loud}/${pilots.display_name}"}
- hire: {person: cleo, title: "${ada.title}"}
- request: {method: GET, path: "/Users/${cleo.id}"}
""",
    )


def test_a_value_is_not_known_before_its_step(load: Callable[[str], object]) -> None:
    """A capture that comes later is no value yet."""
    text = (
        HEAD + '- request: {method: GET, path: "/Users/${etag}"}\n- request: {method: GET, path: /Users}\n  capture: {etag: id}\n'
    )
    with pytest.raises(ScenarioError, match="by now"):
        load(text)
