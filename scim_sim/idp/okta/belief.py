"""What Okta believes the service provider to hold: the base of every comparison of a run.

Only what was answered with success counts; what failed is on the list of tasks instead.
"""

from __future__ import annotations

from scim_sim.idp.engine import Expected, ExpectedGroup, ExpectedUser
from scim_sim.idp.okta.state import App, AppUser

__all__ = ["expected"]


def expected(app: App) -> Expected:
    """The accounts Okta made or linked, and the groups it pushed, as they should be by now."""
    users = tuple(_user(user) for user in app.users.values() if user.external_id is not None and not _lost(user))
    vanished = {user.external_id for user in app.users.values() if user.missing}
    groups = [
        ExpectedGroup(
            group.key,
            group.name,
            group.external_id,
            frozenset(group.members.keys() - vanished),
            frozenset(group.tolerated | (group.members.keys() & vanished)),
        )
        for group in app.groups.values()
        if group.external_id is not None and not group.gone
    ]
    deleted = [ExpectedGroup(group.key, group.name, group.external_id, absent=True) for group in app.gone_groups]
    return Expected(users, (*groups, *deleted))


def _lost(user: AppUser) -> bool:
    """Whether Okta was told that the account is gone while the person should have one: the task says so already."""
    return user.missing and user.assigned


def _user(user: AppUser) -> ExpectedUser:
    """What the account should be; made anew only when something changed, as a run asks after every step."""
    last = user.believed
    if (
        last is None
        or last.resource is not user.resource
        or (last.resource_id, last.active, last.absent) != (user.external_id, user.active, user.missing)
    ):
        name = user.pushed.get("userName", "")
        last = user.believed = ExpectedUser(user.key, name, user.external_id, user.active, user.resource, user.missing)
    return last
