"""What people ask for by name and scim_sim does not play, each with the reason: a guess would look like knowledge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["NOT_SIMULATED", "NotSimulated"]


@dataclass(frozen=True, slots=True)
class NotSimulated:
    """An identity provider, or a part of one, by the name people use, and why it is not played."""

    name: str
    why: str


NOT_SIMULATED: Final = (
    NotSimulated("Any OIDC provider", "Signing in with OpenID Connect does not imply SCIM; there is no traffic to play."),
    NotSimulated("AWS IAM Identity Center", "It is a service provider, not a client: a target to exercise."),
    NotSimulated("Google Cloud Identity, inbound SCIM", "It is a service provider too. What Google Workspace sends is `google`."),
    NotSimulated(
        "Google Workspace, organisational units",
        "One application gets the path of the unit in an extension; no source shows the attribute for others.",
    ),
    NotSimulated("JumpCloud, groups of groups", "No source says whether members of inner groups are sent; direct members are."),
    NotSimulated("Keycloak itself", "It is getting a SCIM server and has no client; the client add-on sh.libre is `keycloak`."),
    NotSimulated("Keycloak add-ons of Metatavu and Captain-P-Goldfish", "They are service providers."),
    NotSimulated(
        "Keycloak add-on, import", "It may delete accounts that have no counterpart; a run never touches what it did not create."
    ),
    NotSimulated(
        "Keycloak add-on, roles", "Roles marked for SCIM go into roles; a directory of scim_sim has no roles of that kind."
    ),
    NotSimulated("OneLogin, reads of one user or of all", "Its list of calls names them; no source says when they are sent."),
    NotSimulated(
        "OneLogin, SCIM 1.1 connectors",
        "Another protocol. A target that gets `urn:scim:schemas:core:1.0` has the wrong connector.",
    ),
    NotSimulated(
        "PingFederate", "The connectors are relatives of `pingone`; how it follows a source group is not documented as requests."
    ),
    NotSimulated(
        "PingOne, SCIM 1.1 and another users path", "Settings of the connection whose effect is the whole of another protocol."
    ),
    NotSimulated("PingOne, client credentials", "A token is given to scim_sim ready-made; how an IdP gets it is no SCIM."),
    NotSimulated(
        "Rippling, mutually exclusive groups and times of termination", "They decide when something happens, not what is sent."
    ),
)
"""By vendor, in the order of the alphabet."""
