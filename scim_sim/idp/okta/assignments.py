"""Who has the application: directly, or through groups it was given to. Only bookkeeping; nothing is sent here."""

from __future__ import annotations

from collections.abc import Iterable

from scim_sim.errors import UsageError
from scim_sim.idp.okta.state import App, AppUser

__all__ = ["Assignments"]


class Assignments:
    """The Assignments page of one application. Every method returns the keys of those for whom something changed."""

    def __init__(self, app: App) -> None:
        self.app = app

    def give(self, keys: Iterable[str]) -> list[str]:
        """Assign persons directly."""
        given = []
        for key in keys:
            user = self.app.user(key)
            self._added(user)
            user.individually = True
            given.append(key)
        return given

    def take(self, keys: Iterable[str]) -> list[str]:
        """Take direct assignments away; returns those who have the application no more."""
        taken = []
        for key in keys:
            user = self.app.user(key)
            user.individually = False
            if not user.assigned:
                self._removed(user)
                taken.append(key)
        return taken

    def give_to_group(self, team: str) -> list[str]:
        """Assign a group: its members have the application through it."""
        self.app.assigned_groups[self.app.directory.team(team).key] = None
        return self.joined(team, self.app.directory.team(team).members)

    def take_from_group(self, team: str) -> list[str]:
        """Take the application from a group; returns those who have it no more."""
        if team not in self.app.assigned_groups:
            raise UsageError(f'the group "{team}" does not have the application')
        del self.app.assigned_groups[team]
        return self._without(team, [user.key for user in self.app.users.values() if team in user.via])

    def joined(self, team: str, members: Iterable[str]) -> list[str]:
        """Persons joined a group: returns those who got the application by it."""
        if team not in self.app.assigned_groups:
            return []
        people = self.app.directory.people
        gained = []
        for key in members:
            if key not in people or people[key].status in ("deactivated", "deleted", "purged"):
                continue
            user = self.app.user(key)
            self._added(user)
            user.via[team] = None
            gained.append(key)
        return gained

    def left(self, team: str, members: Iterable[str]) -> list[str]:
        """Persons left a group: returns those who have the application no more."""
        return self._without(team, members) if team in self.app.assigned_groups else []

    def _without(self, team: str, members: Iterable[str]) -> list[str]:
        lost = []
        for key in members:
            user = self.app.users.get(key)
            if user is None or team not in user.via:
                continue
            del user.via[team]
            if not user.assigned:
                self._removed(user)
                lost.append(key)
        return lost

    def person_gone(self, key: str) -> list[str]:
        """The person's Okta account was switched off: every assignment goes with it."""
        user = self.app.users.get(key)
        if user is None or not user.assigned:
            return []
        user.individually = False
        user.via.clear()
        self._removed(user)
        return [key]

    def person_back(self, key: str) -> list[str]:
        """The person is active again: what they have through groups comes back, direct assignments do not."""
        for team in self.app.directory.teams_of(key):
            self.joined(team.key, [key])
        user = self.app.users.get(key)
        return [key] if user is not None and user.assigned else []

    def _added(self, user: AppUser) -> None:
        if not user.assigned:
            self.app.log.event("application.user_membership.add", self.app.targets(user), by="admin")

    def _removed(self, user: AppUser) -> None:
        self.app.log.event("application.user_membership.remove", self.app.targets(user), by="admin")
