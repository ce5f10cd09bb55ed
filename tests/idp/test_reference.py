"""The tables of an engine's page, made from its code."""

from __future__ import annotations

from scim_sim.idp.reference import actions_table, traits_table


def test_every_switch_has_a_row_with_source_and_confidence() -> None:
    """A trait's row holds its default as scenarios write it, its sentence, its source and its confidence."""
    rows = [line.split(" | ") for line in traits_table("okta").splitlines()[2:]]

    assert all(len(row) == 5 and all(cell.strip("| ") for cell in row[2:]) for row in rows)
    assert ["| `rename_groups`", "`true`"] == next(row[:2] for row in rows if "rename_groups" in row[0])


def test_every_action_has_a_row_with_its_parameters() -> None:
    """An action's row names its parameters in the order in which they may be given."""
    assert "| `push group` | `group`, `memberships_now` | Push a group by name" in actions_table("okta")
    assert "| `set switches` | any switch |" in actions_table("okta")
