"""Names in a scenario that nothing bears are found before anything is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from scim_sim.errors import ScenarioError

HEAD = "title: T\nidp: okta\ndirectory: {people: [ada, bob], groups: {pilots: [ada]}}\n"


@pytest.mark.parametrize(
    ("text", "message", "line", "hint"),
    [
        ("title: T\nidp: oktaa\nsteps: [connect]\n", 'no identity provider is called "oktaa"', 2, 'did you mean "okta"?'),
        ("title: T\nidp: [okta, azure]\nsteps: [connect]\n", 'is called "azure"', 2, 'did you mean "entra"?'),
        ("title: T\nidp: raw\nsteps: [connect]\n", 'is called "raw"', 2, 'did you mean "rfc"?'),
        ("title: T\nidp: [okta, okta:oni]\nsteps: [connect]\n", 'okta has no variant "oni"', 2, 'did you mean "oin"?'),
        ("title: T\nidp: {old: okta, new: entrra}\nsteps: [connect]\n", '"entrra"', 2, 'did you mean "entra"?'),
        ("title: T\nrequires: [pach]\nsteps: [connect]\n", 'unknown condition "pach"', 2, 'did you mean "patch"?'),
        (HEAD + "steps:\n- assign: ade\n", 'nobody in the directory is called "ade"', 5, 'did you mean "ada"?'),
        (HEAD + "steps:\n- assign: [ada, bbo]\n", '"bbo"', 5, 'did you mean "bob"?'),
        (HEAD + "steps:\n- push group: pilot\n", 'no group of the directory is called "pilot"', 5, 'did you mean "pilots"?'),
        (HEAD + "steps:\n- add members: {group: pilots, members: [bobb]}\n", '"bobb"', 5, 'did you mean "bob"?'),
        (HEAD + "steps:\n- expect: {user: adda, active: true}\n", '"adda"', 5, 'did you mean "ada"?'),
        (HEAD + "steps:\n- connect\n- assign: ada\n  when: [pathc]\n", 'unknown condition "pathc"', 7, 'did you mean "patch"?'),
        (HEAD + "steps:\n- assign: ada\n  expect: {group: pilto, members: []}\n", '"pilto"', 6, 'did you mean "pilots"?'),
        (HEAD + "steps:\n", 'the scenario has no "steps"', 4, ""),
    ],
)
def test_name_of_nothing_is_shown_with_its_place(
    text: str, message: str, line: int, hint: str, load: Callable[[str], object]
) -> None:
    """Line and nearest word, as for misspelt steps."""
    with pytest.raises(ScenarioError) as raised:
        load(text)

    assert message in raised.value.message
    assert (line, hint) == (raised.value.line, raised.value.hint)


@pytest.mark.parametrize(
    "top",
    [
        "idp: {old: null}", "idp: [null]", "directory: {people: 5}", "directory: {groups: true}",
        "directory: {groups: {pilots: true}}", "directory: {groups: {pilots: {members: true}}}",
    ],
)  # fmt: skip
def test_wrong_shape_is_a_message_and_no_traceback(top: str, load: Callable[[str], object]) -> None:
    """A list where a mapping should be, nothing where a name should be."""
    with pytest.raises(ScenarioError) as raised:
        load(f"title: T\n{top}\nsteps: [connect]\n")

    assert 2 == raised.value.line


@pytest.mark.parametrize(
    "steps",
    [
        "- hire: cleo\n- assign: cleo\n",
        "- create group: {group: crew, members: [ada]}\n- push group: crew\n",
        "- assign: ${who}\n",
        "- seed: {groups: [{key: old, displayName: Old}]}\n- expect: {group: old, members: []}\n",
        "- import\n- wait: 40m\n",
        "- expect:\n  - {user: ada, absent: true}\n  - {account: bob, absent: true, within: 1 cycle}\n",
    ],
)
def test_names_that_come_later_are_names(steps: str, load: Callable[[str], object]) -> None:
    """Hired people, groups that form, seeded ones, variables and other words for a step."""
    load(HEAD + f"variables: {{who: ada}}\nsteps:\n{steps}")


def test_crowd_has_names(load: Callable[[str], object]) -> None:
    """`p0001` and the whole crowd."""
    load("title: T\nidp: okta\ndirectory: {crowd: 5, groups: {all: [crowd]}}\nsteps:\n- assign: [p0001, p0005]\n")
