"""Okta: the engine, its switches, and one module per kind of thing it sends."""

from __future__ import annotations

from scim_sim.idp.okta.engine import Okta
from scim_sim.idp.okta.traits import OktaTraits

__all__ = ["Okta", "OktaTraits"]
