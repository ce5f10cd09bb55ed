"""Mistakes in scenario files are shown with file, line, caret and the nearest valid word."""

from __future__ import annotations

from pathlib import Path

import pytest

from scim_sim.errors import ScenarioError
from scim_sim.scenario.load import load_scenarios


def _mistake(tmp_path: Path, text: str) -> str:
    file = tmp_path / "story.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as raised:
        load_scenarios(file)
    return raised.value.render().replace(str(tmp_path) + "/", "")


def test_good_file_is_read(tmp_path: Path) -> None:
    """Bare values stand for the first parameter."""
    file = tmp_path / "story.yaml"
    file.write_text("title: T\nidp: okta\nsteps:\n  - connect\n  - hire: ada\n  - update: {person: ada, title: Lead}\n")

    [scenario] = load_scenarios(file)

    assert [(s.id, s.kind, dict(s.params)) for s in scenario.steps] == [
        ("01-connect", "connect", {}),
        ("02-hire", "hire", {"person": "ada"}),
        ("03-update", "update", {"person": "ada", "title": "Lead"}),
    ]
    assert 5 == scenario.steps[1].place.line


def test_misspelt_step(tmp_path: Path) -> None:
    """A step of a wrong name is underlined and the nearest is offered."""
    said = _mistake(tmp_path, "title: T\nsteps:\n  - conect\n")

    assert said == ('error: unknown step "conect"\n  --> story.yaml:3:5\n3 |   - conect\n  |     ^^^^^^ did you mean "connect"?')


def test_misspelt_parameter(tmp_path: Path) -> None:
    """A parameter of a wrong name is underlined where it stands."""
    said = _mistake(tmp_path, "title: T\nsteps:\n  - suspend: {persn: ada}\n")

    assert '"suspend" has no parameter "persn"' in said
    assert 'did you mean "person"?' in said
    assert "story.yaml:3:15" in said


def test_missing_parameter(tmp_path: Path) -> None:
    """A parameter that must be there is named."""
    assert 'needs "name"' in _mistake(tmp_path, "title: T\nsteps:\n  - rename group: {group: a}\n")


def test_unknown_top_key(tmp_path: Path) -> None:
    """A key of the file itself is checked too."""
    said = _mistake(tmp_path, "title: T\nstepps: []\n")

    assert 'did you mean "steps"?' in said


def test_unknown_requirement(tmp_path: Path) -> None:
    """A requirement that is not in the catalogue would never be counted."""
    said = _mistake(
        tmp_path,
        "title: T\nsteps:\n  - request: {method: GET, path: /Users}\n    requirement: rfc7644-3.3-create-202\n",
    )

    assert "did you mean" in said
    assert "story.yaml:4:5" in said


def test_unknown_requirement_of_the_second_expectation(tmp_path: Path) -> None:
    """The caret is below the id itself, whichever expectation names it."""
    said = _mistake(
        tmp_path,
        "title: T\nsteps:\n  - request: {method: GET, path: /Users}\n    expect:\n"
        "      - status: 200\n      - status: 200\n        requirement: rfc7644-3.3-create-202\n",
    )

    assert "story.yaml:7:9" in said


def test_broken_yaml(tmp_path: Path) -> None:
    """YAML's own mistakes have a place as well."""
    said = _mistake(tmp_path, "title: T\nsteps: [\n")

    assert "not valid YAML" in said
    assert "story.yaml:3:1" in said


def test_a_quote_that_never_ends_is_shown_where_it_began(tmp_path: Path) -> None:
    """The end of the file would help nobody."""
    said = _mistake(tmp_path, 'title: "T\nidp: okta\nsteps: [connect]\n')

    assert "story.yaml:1:8" in said


def test_a_variable_in_braces_wants_quotes(tmp_path: Path) -> None:
    """YAML takes its brace for one of its own."""
    said = _mistake(tmp_path, "title: T\nsteps:\n  - expect: {user: ${who}, active: true}\n")

    assert 'inside braces write "${...}" with quotes' in said


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("title: T\nsteps:\n\t- connect\n", "3:1", "a tab cannot indent a line", "use blanks"),
        (
            "title: T\nsteps:\n  - connect\n   - assign: ada\n",
            "4:12",
            "more than the one before",
            "below its neighbours",
        ),
        ("title: T: U\nsteps: [connect]\n", "1:9", "a second colon", "needs quotes"),
        ("title:T\nsteps: [connect]\n", "2:6", "the line before this one has no key", "a blank after its colon"),
        ("title: T\nidp: [okta, entra\nsteps: [connect]\n", "2:6", 'the "[" that opens here', 'close it with "]"'),
        ("title: T\nsteps:\n  - connect\n - start\n", "4:2", "none of its neighbours", "the blanks before it"),
        ("title: 'it's'\nsteps: [connect]\n", "1:12", "does not belong here", "needs quotes"),
        ("title: @me\nsteps: [connect]\n", "1:8", 'cannot begin with "@"', "put quotes around it"),
        ('title: "T\nsteps: [connect]\n', "1:8", "the quotation mark that opens here", ""),
    ],
)
def test_broken_yaml_is_explained_in_plain_words(text: str, place: str, message: str, hint: str, tmp_path: Path) -> None:
    """The words of YAML's grammar help whoever has written the grammar."""
    said = _mistake(tmp_path, text)

    assert f"story.yaml:{place}\n" in said
    assert message in said
    assert hint in said


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    """With the line, and what to do."""
    file = tmp_path / "story.yaml"
    file.write_bytes("title: T\nsummary: Bäder\n".encode("latin-1"))
    with pytest.raises(ScenarioError, match="not in UTF-8: line 2") as raised:
        load_scenarios(file)

    assert "save it as UTF-8" == raised.value.hint


def test_a_file_that_contains_itself(tmp_path: Path) -> None:
    """An alias inside its own anchor is no endless story."""
    assert "contains itself" in _mistake(tmp_path, "title: T\nsteps: &all [{connect: *all}]\n")


def test_key_that_stands_twice(tmp_path: Path) -> None:
    """YAML would silently take the second."""
    assert 'the key "title" stands twice' in _mistake(tmp_path, "title: T\ntitle: U\nsteps: []\n")


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is one sentence."""
    with pytest.raises(ScenarioError, match="there is no scenario file"):
        load_scenarios(tmp_path / "none.yaml")


def test_words_that_yaml_1_1_takes_for_booleans(tmp_path: Path) -> None:
    """`on`, `no` and dates are texts."""
    file = tmp_path / "story.yaml"
    file.write_text("title: T\nvariables: {a: on, b: no, c: 2026-01-01, d: true}\nsteps: []\n")

    [scenario] = load_scenarios(file)

    assert scenario.variables == {"a": "on", "b": "no", "c": "2026-01-01", "d": True}
