"""Who should be where and who is: differences, orphans, leavers, and the worst case of each identity provider."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.checks.convergence import Wanted
from scim_sim.clock import SimulatedClock
from scim_sim.directory.generate import RunMark
from scim_sim.directory.model import Directory
from scim_sim.idp.engine import ENGINES, Setting
from scim_sim.scenario.reconcile import difference, equal_row, leaver_row, worst_case
from scim_sim.wire import Exchange, Request, Response

ADA = Wanted("user", "ada", "okta:oin", "ada@example.test", "u1")
GONE = Wanted("user", "bob", "okta:oin", "bob@example.test", "u2", active=False)
DELETED = Wanted("user", "cleo", "okta:oin", "cleo@example.test", "u3", active=False, absent=True)
CREW = Wanted("group", "crew", "okta:oin", "Crew", "g1", members=frozenset({"u1", "u2"}), tolerated=frozenset({"u9"}))


def members(*ids: str) -> dict[str, Any]:
    """A group with these members."""
    return {"id": "g1", "members": [{"value": id} for id in ids]}


@pytest.mark.parametrize(
    ("thing", "resource"),
    [
        (ADA, {"active": True}),
        (GONE, {"active": False}),
        (DELETED, None),
        (CREW, members("u1", "u2")),
        (CREW, members("u1", "u2", "u9")),
    ],
)
def test_what_is_as_it_should_be_makes_no_row(thing: Wanted, resource: dict[str, Any] | None) -> None:
    """Active people, inactive leavers, deleted accounts that are gone, groups with their members and tolerated ones."""
    assert [] == list(difference(thing, resource, True))


@pytest.mark.parametrize(
    ("thing", "resource", "known", "results"),
    [
        (ADA, None, True, ["missing"]),
        (ADA, {"active": False}, True, ["differs"]),
        (ADA, None, False, ["unreadable"]),
        (GONE, {"active": True}, True, ["differs", "orphan"]),
        (DELETED, {"active": True}, True, ["stale", "orphan"]),
        (DELETED, {"active": False}, True, ["stale"]),
        (CREW, members("u1"), True, ["members missing"]),
        (CREW, members("u1", "u2", "u3"), True, ["stale members"]),
        (CREW, None, True, ["missing"]),
    ],
)
def test_difference_is_named(thing: Wanted, resource: dict[str, Any] | None, known: bool, results: list[str]) -> None:
    """Missing, stale, unreadable, other members; whoever has left and is active is an orphan besides."""
    assert [row["result"] for row in difference(thing, resource, known)] == results


def test_equal_things_are_counted() -> None:
    """One row for all that is as it should be."""
    assert 7 == equal_row(7)["count"]


def wrote(status: int, path: str = "/Users/u2") -> Exchange:
    """A request that switches somebody off."""
    return Exchange("E1", "okta:oin", "s", "t", Request("PATCH", path), Response(status), None, 0.0, 0.25)


def test_leaver_is_timed_apart_from_the_idp() -> None:
    """How long the target took to answer, and whether the first read showed it."""
    quick = leaver_row(GONE, {"active": False}, [wrote(200)], "at once")
    silent = leaver_row(GONE, {"active": True}, [wrote(200)], "at once")

    assert quick is not None
    assert silent is not None
    assert (quick["target answered"], quick["target let go"]) == ("250 ms", "on the first read")
    assert "still active on the first read" == silent["target let go"]


@pytest.mark.parametrize(
    ("thing", "spoken"), [(ADA, [wrote(200)]), (GONE, []), (GONE, [wrote(500)]), (GONE, [wrote(200, "/Users/u1")])]
)
def test_nobody_left_or_nothing_was_written(thing: Wanted, spoken: list[Exchange]) -> None:
    """Without a leaver, or without a write that succeeded, there is nothing to time."""
    assert leaver_row(thing, {"active": False}, spoken, "at once") is None


@pytest.mark.parametrize(("idp", "said"), [("okta", "at once"), ("entra", "up to 40 min"), ("google", "up to 24 h of respite")])
def test_worst_case_follows_from_the_traits(idp: str, said: str) -> None:
    """Okta acts at once, Entra in its next cycle, Google after a respite and a cycle."""
    kind = ENGINES.get(idp)
    variant = next(iter(kind.variants), "")
    engine = kind(Setting(Directory(), SimulatedClock(), RunMark("scimsim-000000"), variant=variant))

    assert worst_case(engine).startswith(said)
