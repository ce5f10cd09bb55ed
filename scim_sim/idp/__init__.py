"""The simulated identity providers; importing this package registers them."""

from __future__ import annotations

import scim_sim.idp.entra  # noqa: F401 - registers itself
import scim_sim.idp.okta  # noqa: F401
from scim_sim.idp.engine import ENGINES, Engine, Expected, ExpectedGroup, ExpectedUser, Setting, StateChange, Trouble

__all__ = ["ENGINES", "Engine", "Expected", "ExpectedGroup", "ExpectedUser", "Setting", "StateChange", "Trouble"]
