"""Judging exchanges: one file per RFC family, and what an identity provider needs beyond the RFC. Nothing here sends."""

from __future__ import annotations

from scim_sim.checks.check import CHECKS, Check, check, trail_check
from scim_sim.checks.convergence import Wanted
from scim_sim.checks.finding import Finding, Outcome
from scim_sim.checks.judge import Judge
from scim_sim.checks.view import Surroundings, View

__all__ = ["CHECKS", "Check", "Finding", "Judge", "Outcome", "Surroundings", "View", "Wanted", "check", "trail_check"]
