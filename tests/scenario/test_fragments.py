"""Steps that several scenarios share, with values for what differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from scim_sim.errors import ScenarioError
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.model import Step

FRAGMENT = """
parameters: {who: null, active: false, place: "${mark}"}
steps:
- unassign: ${who}
- expect: {user: "${who}", active: "${active}", attributes: {id: "${who.id}", title: "${place}"}}
  title: ${who} is gone
"""


@pytest.fixture
def steps(tmp_path: Path) -> object:
    """The steps of a scenario that includes the fragment in this way."""
    folder = tmp_path / "fragments"
    folder.mkdir()
    (folder / "leaver.yaml").write_text(FRAGMENT, "utf-8")

    def load(*includes: str) -> tuple[Step, ...]:
        file = tmp_path / "story.yaml"
        head = "title: T\nidp: okta\ndirectory: {people: [ada, bob]}\nsteps:\n"
        file.write_text(head + "".join(f"- {text}\n" for text in includes), "utf-8")
        return load_scenarios(file)[0].steps

    return load


def test_values_take_the_place_of_parameters(steps: object) -> None:
    """A text that is one parameter keeps the type, `${who.id}` follows, other variables are left for later."""
    ada = steps("include: fragments/leaver.yaml\n  with: {who: ada}")  # type: ignore[operator]

    assert ada[0].params == {"person": "ada"}
    assert ada[1].params == {"user": "ada", "active": False, "attributes": {"id": "${ada.id}", "title": "${mark}"}}
    assert "ada is gone" == ada[1].title


def test_file_can_be_included_twice(steps: object) -> None:
    """Each time with its own values and step ids."""
    both = steps("include: fragments/leaver.yaml\n  with: {who: ada}", "include: fragments/leaver.yaml\n  with: {who: bob}")  # type: ignore[operator]

    assert [step.id for step in both] == [
        "01-leaver-01-unassign", "01-leaver-02-expect", "02-leaver-01-unassign", "02-leaver-02-expect",
    ]  # fmt: skip
    assert [step.params.get("person") for step in both[::2]] == ["ada", "bob"]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("include: fragments/leaver.yaml", 'needs "who"', "with: {who: ...}"),
        ("include: fragments/leaver.yaml\n  with: {whoo: ada}", 'has no parameter "whoo"', 'did you mean "who"?'),
        (
            "include: fragments/leaver.yaml\n  with: {who: adda}",
            'nobody in the directory is called "adda"',
            'did you mean "ada"?',
        ),
        ("include: fragments/gone.yaml", "there is no file fragments/gone.yaml", ""),
        ("include: story.yaml", "the file includes itself", ""),
        ("include: fragments/leaver.yaml\n  title: x", "beside it only `with`", ""),
    ],
)
def test_mistakes_show_their_place(text: str, message: str, hint: str, steps: object) -> None:
    """In the file that includes, or in the included one, wherever the mistake is."""
    with pytest.raises(ScenarioError) as raised:
        steps(text)  # type: ignore[operator]

    assert message in raised.value.message
    assert (raised.value.line > 0, raised.value.hint) == (True, hint)
