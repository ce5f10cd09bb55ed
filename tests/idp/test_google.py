"""Google Workspace: nothing at all without provisioning; recorded headers, cycles and respites with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.errors import UsageError
from scim_sim.wire import CREDENTIALS

HOUR = 3600


def test_connection_test_is_the_documented_request(play: Callable[..., Any]) -> None:
    """One user is asked for, as application/json even without a body."""
    game = play("google")

    passed = game.run(game.engine.connect())

    [request] = game.requests
    assert passed
    assert (request.method, request.target, request.body) == ("GET", "/Users?count=1", None)
    assert request.headers == (
        ("Authorization", CREDENTIALS), ("User-Agent", "Google-Auto-Provisioning"), ("Content-Type", "application/json"),
    )  # fmt: skip


def test_changes_wait_for_the_cycle(play: Callable[..., Any]) -> None:
    """Nothing is sent when a person gets the application; the next cycle creates the account."""
    game = play("google")
    game.hire()
    game.do("assign", person="tove")
    before = game.took()

    game.until(3 * HOUR)

    assert [] == before
    assert [line.split("?")[0] for line in game.took()] == ["GET /Users", "POST /Users"]
    assert game.engine.due() is None


def test_leaver_has_a_respite(play: Callable[..., Any]) -> None:
    """A leaver is suspended when the respite is over, not before."""
    game = play("google")
    game.hire()
    game.do("assign", person="tove")
    game.until(3 * HOUR)
    game.change("suspend", "tove")

    game.until(23 * HOUR)
    early = game.held("Users", "tove")["active"]
    game.until(6 * HOUR)

    assert (early, game.held("Users", "tove")["active"]) == (True, False)


def test_return_within_the_respite_sends_nothing(play: Callable[..., Any]) -> None:
    """Whoever comes back before the respite is over is not touched."""
    game = play("google")
    game.hire()
    game.do("assign", person="tove")
    game.until(3 * HOUR)
    game.took()

    game.change("suspend", "tove")
    game.until(6 * HOUR)
    game.change("unsuspend", "tove")
    game.until(48 * HOUR)

    assert [] == game.took()


def test_groups_are_not_pushed(play: Callable[..., Any]) -> None:
    """Pushing a group sends nothing and is written down."""
    game = play("google")
    game.hire()
    game.team("crew", "Crew", ("tove",))
    game.do("assign", group="crew")
    game.do("push group", group="crew")
    game.until(3 * HOUR)

    assert not any("/Groups" in line for line in game.took())


def test_unchanged_cycle_sends_nothing(play: Callable[..., Any]) -> None:
    """A second cycle over unchanged people is silent."""
    game = play("google")
    game.hire()
    game.do("assign", person="tove")
    game.until(3 * HOUR)
    game.took()

    game.run(game.engine.settle())

    assert [] == game.took()


def jit(play: Callable[..., Any], **traits: Any) -> Any:
    """Google without provisioning, Tove assigned."""
    game = play("google-jit", traits=traits)
    game.hire()
    game.do("assign", person="tove")
    return game


def test_jit_sends_nothing_whatever_happens(play: Callable[..., Any]) -> None:
    """Joining, moving, a team, suspension and deletion cause not one request."""
    game = jit(play)
    game.run(game.engine.connect())
    game.team("crew", "Crew", ("tove",))
    game.do("push group", group="crew")
    for kind, *args in (("update", {"family_name": "Berg"}), ("suspend",), ("unsuspend",), ("delete",), ("purge",)):
        game.change(kind, "tove", *args)
    game.run(game.engine.settle())

    assert [] == game.took()
    assert not game.engine.connection_test


@pytest.mark.parametrize("way", ["suspend", "deactivate", "delete", "unassign"])
def test_jit_leaver_who_has_signed_in_keeps_the_account(play: Callable[..., Any], way: str) -> None:
    """The offboarding gap: the account that a sign-in made stays active, and that is told once."""
    game = jit(play)
    game.do("sign in", person="tove")

    if way == "unassign":
        game.do("unassign", person="tove")
    else:
        game.change(way, "tove")
        game.do("unassign", person="tove")

    assert game.troubles() == [("google-jit-offboarding-gap", "tove")]
    assert "tove.lind@example.test" in game.engine.troubles[0].message


def test_jit_leaver_who_never_signed_in_has_no_account(play: Callable[..., Any]) -> None:
    """Without a sign-in there is no account, and so no gap."""
    game = jit(play)

    game.change("delete", "tove")

    assert [] == game.troubles()


def test_jit_leaver_through_a_team(play: Callable[..., Any]) -> None:
    """Leaving the team that gave access is a way to leave."""
    game = play("google-jit")
    game.hire()
    game.team("crew", "Crew", ("tove",))
    game.do("assign", group="crew")
    game.do("sign in", person="tove")

    game.change("remove_members", "crew", ["tove"])

    assert game.troubles() == [("google-jit-offboarding-gap", "tove")]


def test_jit_and_scim_exclude_each_other(play: Callable[..., Any]) -> None:
    """Where switching SCIM on ends just-in-time creation, nobody new gets in."""
    game = jit(play, scim_on=True)

    game.do("sign in", person="tove")

    assert game.troubles() == [("google-jit-scim-off", "tove")]


def test_jit_sign_in_needs_access(play: Callable[..., Any]) -> None:
    """Somebody without the application cannot sign in: a mistake of the story."""
    game = play("google-jit")
    game.hire()

    with pytest.raises(UsageError, match="has no access"):
        game.do("sign in", person="tove")


@pytest.mark.parametrize("status", [406, 415])
def test_target_that_takes_only_scim_json_is_named(play: Callable[..., Any], says: Callable[..., Any], status: int) -> None:
    """A refusal of the media type is told as that, not as a failed test of the connection."""
    game = play("google")
    game.script = [says(status)]

    assert not game.run(game.engine.connect())
    assert game.troubles() == [("google-2-json-media-type", "")]
