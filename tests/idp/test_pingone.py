"""PingOne: the filter expression of the connection, the removal, and the question for nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.errors import UsageError


def test_filter_expression_is_a_setting(play: Callable[..., Any]) -> None:
    """The expression of the connection is sent with the user name in place of %s, quotes in it escaped."""
    game = play("pingone", traits={"filter_expression": 'userName Eq "%s" and active eq true'})
    game.hire("jo", user_name='jo"q"')

    game.do("assign", person="jo")

    assert game.requests[0].target == ("/Users?filter=userName%20Eq%20%22jo%5C%22q%5C%22%22%20and%20active%20eq%20true")


def test_filter_expression_needs_its_place(play: Callable[..., Any]) -> None:
    """An expression without %s would find the same account for everybody."""
    with pytest.raises(UsageError, match="needs %s"):
        play("pingone", traits={"filter_expression": "active eq true"})


def test_existing_account_is_linked(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """An account of the same userName is linked and brought up to date."""
    game = play("pingone")
    game.hire()
    found = {"totalResults": 1, "Resources": [{"id": "u-1", "userName": "tove.lind@example.test"}]}
    game.script = [says(200, found), says(200)]

    game.do("assign", person="tove")

    assert "/Users/u-1" == game.requests[-1].target


@pytest.mark.parametrize(("choice", "method"), [("deactivate", "PUT"), ("delete", "DELETE")])
def test_remove_action(play: Callable[..., Any], choice: str, method: str) -> None:
    """The remove action disables or deletes."""
    game = play("pingone", traits={"on_unassign": choice})
    game.hire()
    game.do("assign", person="tove")

    game.do("unassign", person="tove")

    assert game.requests[-1].method == method


def test_nobody_must_be_a_clean_404(play: Callable[..., Any], says: Callable[..., Any]) -> None:
    """With the switch on, GET /Users/0 goes before every task and must be 404."""
    game = play("pingone", traits={"asks_for_nobody": True})
    game.hire()
    game.do("assign", person="tove")
    fine = game.took()
    game.script = [says(400, {"detail": "not a UUID"})]

    game.change("update", "tove", {"family_name": "Berg"})

    assert "GET /Users/0" == fine[0]
    assert game.took() == ["GET /Users/0"]
    assert game.troubles() == [("pingone-2-silly-id", "tove")]


@pytest.mark.parametrize(("provisioned", "requests"), [(False, 0), (True, 2)])
def test_disabled_users_are_a_setting(play: Callable[..., Any], provisioned: bool, requests: int) -> None:
    """With Provision disabled users, somebody who is disabled gets an account that is off, and it is switched on later."""
    game = play("pingone", traits={"provision_disabled": provisioned})
    game.hire(status="suspended")
    game.do("assign", person="tove")
    sent = len(game.took())

    game.change("unsuspend", "tove")

    assert sent == requests
    assert game.held("Users", "tove")["active"] is True
    assert [] == game.troubles()
