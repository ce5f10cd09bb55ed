"""Embedded providers that behave like a product: `like("metabase")`, `like("collate:lowercase-op")`."""

from __future__ import annotations

from scim_sim.provider.personas.aws_identity_center import AWS_IDENTITY_CENTER, AwsSwitches
from scim_sim.provider.personas.collate import COLLATE, OPENMETADATA, CollateSwitches
from scim_sim.provider.personas.metabase import METABASE, MetabaseSwitches
from scim_sim.provider.personas.persona import PERSONAS, Persona, Product, like

__all__ = [
    "AWS_IDENTITY_CENTER",
    "COLLATE",
    "METABASE",
    "OPENMETADATA",
    "PERSONAS",
    "AwsSwitches",
    "CollateSwitches",
    "MetabaseSwitches",
    "Persona",
    "Product",
    "like",
]
