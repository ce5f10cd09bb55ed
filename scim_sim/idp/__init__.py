"""The simulated identity providers; importing this package registers them."""

from __future__ import annotations

import scim_sim.idp.authentik
import scim_sim.idp.entra
import scim_sim.idp.google
import scim_sim.idp.jumpcloud
import scim_sim.idp.keycloak
import scim_sim.idp.okta
import scim_sim.idp.onelogin
import scim_sim.idp.pingone
import scim_sim.idp.plain
import scim_sim.idp.rippling  # noqa: F401 - each of them registers itself
from scim_sim.idp.engine import ENGINES, Engine, Expected, ExpectedGroup, ExpectedUser, Setting, StateChange, Trouble

__all__ = ["ENGINES", "Engine", "Expected", "ExpectedGroup", "ExpectedUser", "Setting", "StateChange", "Trouble"]
