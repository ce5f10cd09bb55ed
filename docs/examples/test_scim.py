"""A vendor's own tests: identity providers as fixtures, the application called in process. Copy and change `scim_app`."""

from __future__ import annotations

from typing import Any

import pytest
from my_application import make_app


@pytest.fixture
def scim_token() -> str:
    """The token that the application of this example takes."""
    return "test-token"


@pytest.fixture
def scim_app(scim_token: str) -> Any:
    """The WSGI application under test: Flask's `app`, or Django's `get_wsgi_application()`."""
    return make_app(token=scim_token)


def test_leaver_loses_access(okta: Any) -> None:
    """Okta takes the application away, and the account is switched off."""
    okta.hire("ada", title="Analyst")
    okta.assign("ada")
    assert okta.account("ada")["active"] is True
    okta.unassign("ada")
    okta.expect(user="ada", access=False)
    okta.check()


def test_member_is_removed(okta_oin: Any) -> None:
    """Okta pushes a group and takes somebody out."""
    okta_oin.hire("ada")
    okta_oin.hire("bob")
    okta_oin.assign(["ada", "bob"])
    okta_oin.create_group("pilots", members=["ada", "bob"])
    okta_oin.push_group("pilots")
    okta_oin.remove_members("pilots", ["bob"])
    assert okta_oin.members("pilots") == {"ada"}


def test_entra_follows_in_the_next_cycle(entra: Any) -> None:
    """Entra ID works in cycles of forty minutes; the clock is simulated and costs no time."""
    entra.hire("nora")
    entra.assign("nora")
    entra.start()
    entra.run_cycle()
    assert entra.account("nora")["active"] is True
    entra.unassign("nora")
    entra.advance("40m")
    entra.expect(user="nora", access=False)
    entra.check()
