"""What a scenario begins with is checked where it stands, before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from scim_sim.errors import ScenarioError
from scim_sim.scenario.load import load_scenarios

STORY = """\
title: T
idp: [okta, entra]
directory:
  people: {ada: {given_name: Ada, custom: {badge: 7}}, bob: {}}
  groups: {pilots: {name: Pilots, members: [ada, bob]}, crew: [pilots]}
traits: {okta: {member_batch: 3}}
steps:
  - update: {person: ada, badge: 8}
  - advance: 2h30m
  - expect: {user: ada, access: false, within: 1 cycle}
"""


def _story(tmp_path: Path, old: str = "", new: str = "") -> Path:
    file = tmp_path / "story.yaml"
    file.write_text(STORY.replace(old, new))
    return file


def test_a_sound_opening_is_taken(tmp_path: Path) -> None:
    """Attributes, custom ones, groups in groups, traits, durations and cycles."""
    [scenario] = load_scenarios(_story(tmp_path))

    assert 3 == len(scenario.steps)


@pytest.mark.parametrize(
    ("old", "new", "word", "said"),
    [
        ("people:", "peeple:", "peeple", 'did you mean "people"?'),
        ("given_name", "given_nam", "given_nam", 'did you mean "given_name"?'),
        ("members: [ada, bob]", "member: [ada, bob]", "member:", 'did you mean "members"?'),
        ("[ada, bob]", "[ada, bop]", "bop", 'did you mean "bob"?'),
        ("crew: [pilots]", "crew: [pilot]", "pilot]", 'did you mean "pilots"?'),
        ("member_batch", "member_bach", "member_bach", 'did you mean "member_batch"?'),
        ("{okta: {member_batch: 3}}", "{member_batch: 3}", "member_batch", "write traits: {okta: {member_batch: 3}}"),
        ("{okta: {member_batch: 3}}", "{okta.member_batch: 3}", "okta.member_batch", "write traits: {okta: {member_batch: 3}}"),
        ("{okta: {member_batch: 3}}", "{okta: {zzzz: 3}}", "zzzz", "the closest of"),
        ("batch: 3", "batch: three", "member_batch", "not 'three'"),
        ("badge: 8", "bagde: 8", "bagde", 'did you mean "badge"?'),
        ("2h30m", "2 eons", "advance", '"2 eons" is no duration'),
        ("1 cycle", "1 circle", "within", '"1 circle" is no duration'),
    ],
)
def test_a_mistake_has_its_place(tmp_path: Path, old: str, new: str, word: str, said: str) -> None:
    """A word that is no attribute, member, trait or time is shown where it stands."""
    with pytest.raises(ScenarioError) as caught:
        load_scenarios(_story(tmp_path, old, new))

    error = caught.value
    assert said in error.render()
    assert error.source[error.column - 1 :].startswith(word)
