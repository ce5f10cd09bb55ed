"""The steps of the scenario language; importing this package registers them."""

from __future__ import annotations

from scim_sim.scenario.steps import (
    application,
    declared,
    derive,
    directory,
    expect,
    limits,
    patch,
    request,
    seed,
    survey,
    time,
    token,
    walk,
)
from scim_sim.scenario.steps.registry import STEPS, StepKind, kinds

__all__ = [
    "STEPS",
    "StepKind",
    "application",
    "declared",
    "derive",
    "directory",
    "expect",
    "kinds",
    "limits",
    "patch",
    "request",
    "seed",
    "survey",
    "time",
    "token",
    "walk",
]
