"""The Integration page: testing the credentials, saving them, saving the To App page.

Recorded: two users are read each time; catalogue apps with Import Groups on read the groups on both saves, others on the last.
"""

from __future__ import annotations

from scim_sim.flow import Flow
from scim_sim.idp.flows import Unusable, query, read_page
from scim_sim.idp.okta.app_groups import AppGroups
from scim_sim.idp.okta.client import Refused, body_of
from scim_sim.idp.okta.state import App

__all__ = ["test_and_save"]


def test_and_save(app: App, groups: AppGroups) -> Flow[bool]:
    """Test, save, save To App; the first refusal ends it, and the administrator reads why."""
    try:
        yield from _probe(app)
        yield from _probe(app)
        if app.traits.import_groups and app.setting.variant == "oin":
            yield from groups.refresh()
        yield from _probe(app)
        if app.traits.import_groups:
            yield from groups.refresh()
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
