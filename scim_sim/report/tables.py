"""Title and first sentence of the tables that a run may add to the page, by the kind of what was observed."""

from __future__ import annotations

from typing import Final

__all__ = ["TABLES"]

TABLES: Final = {
    "prediction": ("Expected, and seen", "What was to be expected of each IdP at this product, and what its stories have shown."),
    "deviation": (
        "Known of this product",
        "How the product is known to differ, and who says so; each is a finding all the same.",
    ),
    "token": ("The token", "How old it is; every 90 days it should be replaced."),
    "checklist": ("Not seen over SCIM", "What an administrator must look at by hand, because no request can show it."),
    "mapping": ("Attribute mapping", "What each IdP should map to this target, and what it should leave out."),
    "import": ("Imports", "What an IdP finds when it reads everything."),
    "on demand": ("Provision on demand", "The steps of single provisioning, as the administrator reads them."),
    "leavers": ("Leavers", "How soon access ended: what the IdP takes by itself, and what the target took after being told."),
    "wait": ("Waits", "How long an IdP let a request rest before it was sent again, on the run's own clock."),
    "rate limit": ("Rate limit", "Requests that were sent again when Retry-After said so; each attempt is among the exchanges."),
    "connections": ("Connections", "How many the target serves at once, where that is one."),
    "preflight": ("Before the first story", "What was looked at before anything was written."),
}
