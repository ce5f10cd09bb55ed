"""Everything that has a name is listed and can be shown."""

from __future__ import annotations

import json

import pytest

from scim_sim.commands.listing import LISTS, list_command, show_command
from scim_sim.errors import UsageError


@pytest.mark.parametrize("what", LISTS)
def test_every_list_has_rows_with_name_and_sentence(what: str) -> None:
    """No list is empty, and no row without a word about it."""
    rows = list(LISTS[what]())

    assert rows
    assert [] == [row["name"] for row in rows if not row["doc"]]


@pytest.mark.parametrize("name", ["okta-deactivate", "push group", "okta", "rfc7644-3.3-create-201", "entra.cycle_minutes"])
def test_one_thing_is_shown_in_full(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A requirement, a step, an identity provider, a trait."""
    show_command(name)

    assert name in capsys.readouterr().out


def test_unknown_name_offers_the_nearest() -> None:
    """A misspelt name is a usage error with a hint."""
    with pytest.raises(UsageError, match='did you mean "okta-deactivate"'):
        show_command("okta-deactivat")
    with pytest.raises(UsageError, match='did you mean "requirements"'):
        list_command("requirement")


def test_one_name_of_several_things_shows_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    """Metabase is a suite, a target and a persona; okta:oin is told with Okta."""
    show_command("metabase")
    show_command("okta:oin")

    shown = capsys.readouterr().out.splitlines()
    assert {"suites", "targets", "personas", "idps"} <= set(shown)


def test_a_name_like_none_says_where_names_stand() -> None:
    """Two thousand names are no help; the lists are named."""
    with pytest.raises(UsageError) as caught:
        show_command("nonsense")

    assert "list idps" in caught.value.hint
    assert len(str(caught.value)) < 100


def test_lists_are_json_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    """Machines read the same rows."""
    list_command("formats", as_json=True)

    assert {"html", "json", "junit"} <= {row["name"] for row in json.loads(capsys.readouterr().out)}


def test_without_a_name_the_lists_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with a sentence, so that a newcomer knows where to look."""
    list_command("")
    lines = capsys.readouterr().out.splitlines()

    assert [line.split()[0] for line in lines] == list(LISTS)
    assert all(len(line.split()) > 3 for line in lines)


def test_a_step_is_shown_with_what_it_needs_and_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Parameters with their defaults; a trait with its default."""
    show_command("request")
    show_command("okta.member_batch")
    out = capsys.readouterr().out

    assert "method (needed), path (needed), query" in out
    assert "times (1)" in out
    assert 1 == out.count("Send one request")
    assert "default      0\n" in out
