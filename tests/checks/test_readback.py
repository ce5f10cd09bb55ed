"""What was written and what is there: told once for each thing that is wrong."""

from __future__ import annotations

from collections.abc import Callable

from scim_sim.provider.defects import DEFECTS
from scim_sim.scim.urns import GROUP
from tests.checks.conftest import Conversation
from tests.checks.story import patch, user


def test_many_members_that_stand_twice_are_one_finding(speak: Callable[..., Conversation]) -> None:
    """Thirty members that were added again are told in one sentence, not in thirty."""
    talk = speak(DEFECTS.get("member-existing-doubled").apply)
    members = [{"value": talk("POST", "/Users", user(n)).json()["id"]} for n in range(30)]
    group = talk("POST", "/Groups", {"schemas": [GROUP], "displayName": "Crew", "members": members}).json()["id"]

    talk("PATCH", f"/Groups/{group}", patch({"op": "add", "path": "members", "value": members}))
    talk("GET", f"/Groups/{group}")

    said = [f.problem.message for f in talk.findings if f.check == "what_was_written_is_there" and f.problem is not None]
    assert {"members holds 30 values twice"} == set(said)


def test_many_members_that_are_lost_are_one_finding(speak: Callable[..., Conversation]) -> None:
    """A group of which only the first three members are kept is told of once."""
    talk = speak(lambda provider: provider.seams.represent.append(_three))
    members = [{"value": talk("POST", "/Users", user(n)).json()["id"]} for n in range(12)]

    talk("POST", "/Groups", {"schemas": [GROUP], "displayName": "Crew", "members": members})

    said = [f.problem.message for f in talk.findings if f.check == "what_was_written_is_there" and f.problem is not None]
    assert ["members was written, and is not there (9 values)"] == said


def _three(call: object, view: dict[str, object]) -> dict[str, object]:
    members = view.get("members")
    return {**view, "members": members[:3]} if isinstance(members, list) else view
