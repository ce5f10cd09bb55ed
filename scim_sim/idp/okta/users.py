"""What Okta sends for a person: look up, create or link, update, deactivate, reactivate, set a password.

Sequences: REF20 and recordings of both profiles. One job at a time per user; users of one assignment go side by side.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scim_sim.directory.model import Person
from scim_sim.flow import Flow
from scim_sim.idp.flows import Unusable, equals, in_step, query, read_page, resource_id
from scim_sim.idp.okta.client import Refused, body_of, patch_op
from scim_sim.idp.okta.mapping import build, lay_over, urns_in
from scim_sim.idp.okta.state import App, AppUser, Task
from scim_sim.scim.urns import USER

__all__ = ["UserJobs"]

PASSWORD_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"


class UserJobs:
    """The provisioning of single users."""

    def __init__(self, app: App) -> None:
        self.app = app

    # -- assign ---------------------------------------------------------------------------------------------------

    def provision(self, keys: Iterable[str]) -> Flow[None]:
        """Provision several users side by side: lookups first, then what follows from them."""
        traits = self.app.traits
        jobs = (self._provision(self.app.user(key)) for key in keys)
        yield from in_step(jobs, traits.workers, traits.rate_limit_pauses == "application")

    def _provision(self, user: AppUser) -> Flow[None]:
        app = self.app
        person = app.directory.person(user.key)
        if user.provisioned or not user.assigned or not person.active:
            return
        values = app.values(person)
        try:
            found = yield from self._look_up(user, values.get("userName", ""))
            app.log.event("application.provision.user.verify_exists", app.targets(user))
        except Refused as refused:
            app.log.event("application.provision.user.verify_exists", app.targets(user), refused.reason)
            self._not_provisioned(user, f"Error while verifying if user exists: {refused.reason}", "okta-match", refused)
            return
        if found is not None:
            yield from self._link(user, found, values)
        elif app.traits.create:
            yield from self._create(user, person, values)
        else:
            app.log.event("application.provision.user.push", app.targets(user), "Matching user not found.")
            self._not_provisioned(user, "Matching user not found.", "")

    def _look_up(self, user: AppUser, user_name: str) -> Flow[dict[str, Any] | None]:
        app = self.app
        value = user.okta_id if app.traits.unique_identifier == "externalId" else user_name
        asked = query(("filter", equals(app.traits.unique_identifier, value)), ("startIndex", 1), ("count", 100))
        try:
            response = yield from app.client.get("/Users", "look up user", asked)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise
        try:
            page = read_page(response)
        except Unusable:
            body_of(response)
            raise Refused("Errors reported by remote server: null", response.status) from None
        if page.total == 0 or not page.resources:
            return None
        if len(page.resources) > 1 or (page.total or 0) > 1:
            raise Refused(f"More than one user was found for ID {value}", response.status)
        self._guard(page.resources[0], value)
        return page.resources[0]

    def _guard(self, found: dict[str, Any], value: str) -> None:
        """Never take over an account that the lookup did not ask for: it belongs to somebody else."""
        name = str(found.get("userName", ""))
        ours = name.casefold() == value.casefold() or self.app.setting.mark.marks(name)
        if resource_id(found) is None:
            raise Refused("Errors reported by remote server: null (the resource found has no id)", 200)
        if not ours and self.app.traits.unique_identifier == "userName":
            raise Refused(f"the lookup of {value} returned another user, {name or 'without a userName'}", 200)

    def _create(self, user: AppUser, person: Person, values: dict[str, str]) -> Flow[None]:
        app = self.app
        mapped = build(app.rows, values)
        body = {
            "schemas": [USER, *urns_in(mapped)],
            **mapped,
            "externalId": user.okta_id,
            "groups": [],
            "password": person.password if app.traits.sync_password and person.password else self._placeholder(),
            "active": True,
        }
        try:
            response = yield from app.client.write("POST", "/Users", body, "create user")
            if not response.body.strip():
                raise Refused("Create new user returned empty user.", response.status)
            made = resource_id(body_of(response))
            if made is None or "bulkId" in made:
                raise Refused("Create new user returned empty user.", response.status)
        except Refused as refused:
            self._push_failed(user, refused)
            hidden = refused.status == 409 and user.deactivated
            need = "okta-13.10-inactive-found" if hidden else "okta-create"
            self._not_provisioned(user, f"Error while creating user {person.display_name}: {refused.reason}", need, refused)
            minutes = app.traits.conflict_repush_minutes
            if refused.status == 409 and minutes:
                app.later(minutes * 60, lambda: app.provision((user.key,)))
            return
        self._provisioned(user, made)
        app.remember(user, values)
        for event in (
            "application.provision.user.push",
            "application.provision.user.sync",
            "app.user_management.push_new_user_success",
        ):
            app.log.event(event, app.targets(user))

    def _placeholder(self) -> str:
        return "".join(self.app.rng.choices(PASSWORD_LETTERS, k=8))

    def _link(self, user: AppUser, found: dict[str, Any], values: dict[str, str]) -> Flow[None]:
        app = self.app
        missing = "active" not in found
        off = found.get("active") in (False, "false", "False") or (missing and user.deactivated)
        if app.traits.activates == "remembers":
            off = user.deactivated
        self._provisioned(user, str(resource_id(found)))
        app.remember(user, {"userName": str(found.get("userName", ""))})
        user.active = not off
        if off or app.traits.link_activates:
            done = yield from self._set_active(user, True)
            if not done:
                user.provisioned = False
                return
        if app.traits.update:
            yield from self._profile(user, values, linking=True)

    def _provisioned(self, user: AppUser, external_id: str) -> None:
        user.external_id = external_id
        user.provisioned = user.active = True
        user.missing = False
        self.app.done("provisioning", user.key)
        self.app.done("deprovisioning", user.key)
        self.app.log.event("application.user_membership.provision", self.app.targets(user))

    def _push_failed(self, user: AppUser, refused: Refused) -> None:
        app = self.app
        for event in ("application.provision.user.push", "application.provision.user.sync"):
            app.log.event(event, app.targets(user), refused.reason)
        self._integration_failed(refused)

    def _not_provisioned(self, user: AppUser, reason: str, need: str, refused: Refused | None = None) -> None:
        app = self.app
        name = app.directory.person(user.key).display_name
        message = f"Automatic provisioning of user {name} to app {app.label} failed: {reason}"
        app.task(Task("provisioning", user.key, message, lambda: app.provision((user.key,))), need, refused)

    def _integration_failed(self, refused: Refused) -> None:
        events = {401: "authentication_failure", 403: "authentication_failure", 429: "rate_limit_exceeded"}
        kind = events.get(refused.status or 0)
        if kind:
            self.app.log.event(f"application.integration.{kind}", (self.app.instance,), refused.reason)

    # -- update ---------------------------------------------------------------------------------------------------

    def update(self, user: AppUser, before: Person | None = None) -> Flow[None]:
        """Push the profile as it is now; with `before`, only when a mapped attribute changed, a new userName first."""
        app = self.app
        if not (user.provisioned and user.assigned and app.traits.update) or user.external_id is None:
            return
        values = self._updatable(user, app.values(app.directory.person(user.key)))
        if before is not None:
            old = self._updatable(user, app.values(before))
            changed = {name for name in values.keys() | old.keys() if values.get(name) != old.get(name)}
            if not changed:
                return
            if "userName" in changed and len(changed) > 1 and app.traits.username_change_alone:
                yield from self._profile(user, {**user.pushed, "userName": values["userName"]})
        yield from self._profile(user, values)

    def _updatable(self, user: AppUser, values: dict[str, str]) -> dict[str, str]:
        """The values with those that updates may not touch left as they were pushed."""
        kept = set(self.app.traits.create_only)
        if self.app.traits.exclude_username_updates:
            kept.add("userName")
        mine = {name: value for name, value in user.pushed.items() if name in kept}
        return mine | {name: value for name, value in values.items() if name not in kept}

    def _profile(self, user: AppUser, values: dict[str, str], linking: bool = False) -> Flow[None]:
        app = self.app
        try:
            if app.traits.profile_with == "patch" and not linking:
                yield from self._patch_profile(user, values)
            else:
                yield from self._put_profile(user, values, linking)
        except Refused as refused:
            app.log.event("application.provision.user.push_profile", app.targets(user), refused.reason)
            app.log.event("application.provision.user.sync", app.targets(user), refused.reason)
            self._integration_failed(refused)
            self._not_updated(user, refused)
            if refused.applied:
                app.remember(user, values)
            return
        app.remember(user, values)
        app.done("profile update", user.key)
        app.log.event("application.provision.user.push_profile", app.targets(user))
        app.log.event("application.provision.user.sync", app.targets(user))

    def _put_profile(self, user: AppUser, values: dict[str, str], linking: bool) -> Flow[None]:
        traits = self.app.traits
        resource = yield from self._read(user)
        before = urns_in(resource)
        lay_over(resource, self.app.rows, values, user.pushed, traits.emptied_as)
        if linking:
            resource |= {"externalId": user.okta_id, "groups": []}
            resource.setdefault("active", True)
        added = [urn for urn in urns_in(resource) if urn not in before]
        if added and traits.urn_on_put and isinstance(resource.get("schemas"), list):
            resource["schemas"] += [urn for urn in added if urn not in resource["schemas"]]
        yield from self.app.client.put(self.app.client.user(self._id(user)), resource, "replace user")

    def _patch_profile(self, user: AppUser, values: dict[str, str]) -> Flow[None]:
        app = self.app
        before, after = build(app.rows, user.pushed), build(app.rows, values)
        changed: dict[str, Any] = {name: value for name, value in after.items() if before.get(name) != value}
        blank = {"empty": "", "null": None, "omit": None}[app.traits.emptied_as]
        changed |= {name: blank for name in before if name not in after}
        body = patch_op({"op": "replace", "value": changed})
        yield from app.client.write("PATCH", app.client.user(self._id(user)), body, "update user")

    def _read(self, user: AppUser) -> Flow[dict[str, Any]]:
        try:
            response = yield from self.app.client.get(self.app.client.user(self._id(user)), "read user")
        except Refused as refused:
            if refused.status == 404:
                user.missing = True
                raise Refused(f"No user returned for user {user.external_id}", 404) from None
            raise
        return body_of(response)

    @staticmethod
    def _id(user: AppUser) -> str:
        if user.external_id is None:
            raise AssertionError(f"{user.key} has no account at the service provider")
        return user.external_id

    def _not_updated(self, user: AppUser, refused: Refused) -> None:
        app = self.app
        person = app.directory.person(user.key)
        message = (
            f"Automatic profile push of user {person.display_name} to app {app.label} failed: "
            f"Error while trying to push profile update for {person.email or person.user_name}: {refused.reason}"
        )
        app.task(Task("profile update", user.key, message, lambda: self.update(user)), "okta-update", refused)

    # -- active ---------------------------------------------------------------------------------------------------

    def deactivate(self, user: AppUser) -> Flow[None]:
        """The application was taken away: switch the account off, where that setting is on."""
        app = self.app
        for kind in ("provisioning", "profile update"):
            app.done(kind, user.key)
        if not user.provisioned or user.external_id is None:
            return
        user.provisioned = False
        if app.traits.granular_delete:
            yield from self._delete(user)
        elif app.traits.deactivate:
            yield from self._set_active(user, False)

    def _set_active(self, user: AppUser, active: bool) -> Flow[bool]:
        app = self.app
        event = "application.provision.user.reactivate" if active else "application.provision.user.deactivate"
        try:
            yield from self._send_active(user, active)
        except Refused as refused:
            app.log.event(event, app.targets(user), refused.reason)
            self._integration_failed(refused)
            if refused.status == 404 and not active:
                user.missing = True
                user.active = False
                return True
            self._status_failed(user, active, refused)
            if refused.applied:
                user.active = active
            return False
        user.active = active
        user.deactivated = not active
        app.log.event(event, app.targets(user))
        if not active:
            app.log.event("application.user_membership.deprovision", app.targets(user))
        return True

    def _send_active(self, user: AppUser, active: bool) -> Flow[None]:
        client, path = self.app.client, self.app.client.user(self._id(user))
        label = "activate user" if active else "deactivate user"
        if self.app.traits.status_with == "patch":
            yield from client.write("PATCH", path, patch_op({"op": "replace", "value": {"active": active}}), label)
            return
        resource = yield from self._read(user)
        resource["active"] = active
        yield from client.put(path, resource, label)

    def _delete(self, user: AppUser) -> Flow[None]:
        app = self.app
        try:
            yield from app.client.delete(app.client.user(self._id(user)), "delete user")
        except Refused as refused:
            app.log.event("application.provision.user.delete", app.targets(user), refused.reason)
            if refused.status != 404:
                self._status_failed(user, False, refused)
                return
        user.active, user.missing = False, True
        app.log.event("application.provision.user.delete", app.targets(user))

    def _status_failed(self, user: AppUser, active: bool, refused: Refused) -> None:
        app = self.app
        name = app.directory.person(user.key).display_name
        if active:
            self._not_provisioned(user, f"Error while reactivating user: {refused.reason}", "okta-reactivate", refused)
            return
        message = (
            f"Application accounts need deprovisioning: deprovisioning of user {name} from app {app.label} failed: "
            f"Error while deactivating user: {refused.reason}"
        )
        app.task(Task("deprovisioning", user.key, message), "okta-deactivate", refused)

    # -- password -------------------------------------------------------------------------------------------------

    def push_password(self, user: AppUser) -> Flow[None]:
        """Push the person's password, where Sync Password is on."""
        app = self.app
        if not (app.traits.sync_password and user.provisioned and user.assigned):
            return
        password = app.directory.person(user.key).password or self._placeholder()
        path = app.client.user(self._id(user))
        try:
            if app.traits.password_with == "patch":
                body = patch_op({"op": "replace", "value": {"password": password}})
                yield from app.client.write("PATCH", path, body, "set password")
            else:
                resource = yield from self._read(user)
                resource["password"] = password
                yield from app.client.write("PUT", path, resource, "set password")
        except Refused as refused:
            app.log.event("application.provision.user.push_password", app.targets(user), refused.reason)
            message = f"Error pushing password: {refused.reason}"
            app.task(Task("profile update", user.key, message, lambda: self.push_password(user)), "okta-6-password", refused)
            return
        app.log.event("application.provision.user.push_password", app.targets(user))
