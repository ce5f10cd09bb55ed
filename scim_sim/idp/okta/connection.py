"""The Integration page: testing the credentials, saving them, saving the To App page.

Recorded: two users are read each time; catalogue apps with Import Groups on read the groups on both saves, others on the last.
"""

from __future__ import annotations

from scim_sim.flow import Flow
from scim_sim.idp.flows import Unusable, query, read_page
from scim_sim.idp.okta.app_groups import AppGroups
from scim_sim.idp.okta.client import Refused, body_of
from scim_sim.idp.okta.state import App

__all__ = ["SAVED_WITH_A_PROBE", "save", "test_and_save"]

SAVED_WITH_A_PROBE = frozenset({"create", "update", "deactivate", "sync_password", "exclude_username_updates", "import_groups"})
"""Settings of the Integration and To App pages: saving them reads two users, and the groups with Import Groups on."""


def test_and_save(app: App, groups: AppGroups) -> Flow[bool]:
    """Test, save, save To App; the first refusal ends it, and the administrator reads why."""
    flows = [_probe(app), _probe(app)]
    if app.traits.import_groups and app.setting.variant == "oin":
        flows.append(groups.refresh())
    return (yield from _guarded(app, [*flows, *_page(app, groups)]))


def save(app: App, groups: AppGroups) -> Flow[None]:
    """Save a page of settings."""
    yield from _guarded(app, _page(app, groups))


def _page(app: App, groups: AppGroups) -> list[Flow[None]]:
    return [_probe(app), groups.refresh()] if app.traits.import_groups else [_probe(app)]


def _guarded(app: App, flows: list[Flow[None]]) -> Flow[bool]:
    try:
        for flow in flows:
            yield from flow
    except Refused as refused:
        if refused.status in (401, 403):
            app.log.event("application.integration.authentication_failure", (app.instance,), refused.reason)
        app.report("okta-connect", "", f"Error authenticating: {refused.reason}", "Provisioning > Integration", refused)
        return False
    app.log.event("application.lifecycle.update", (app.instance,), by="admin")
    return True


def _probe(app: App) -> Flow[None]:
    response = yield from app.client.get("/Users", "test connection", query(("startIndex", 1), ("count", 2)))
    try:
        read_page(response)
    except Unusable as error:
        body_of(response)
        raise Refused(f"Errors reported by remote server: {error}", response.status) from None
