"""Judging exchanges: one file per RFC family, and what an identity provider needs beyond the RFC. Nothing here sends."""

from __future__ import annotations

from scim_sim.checks import (
    readback,
    rfc7643_attributes,
    rfc7643_core,
    rfc7643_discovery,
    rfc7643_meta,
    rfc7643_schemas,
    rfc7644_auth,
    rfc7644_bulk,
    rfc7644_create,
    rfc7644_delete,
    rfc7644_error,
    rfc7644_etag,
    rfc7644_filter,
    rfc7644_http,
    rfc7644_list,
    rfc7644_me,
    rfc7644_page,
    rfc7644_patch,
    rfc7644_projection,
    rfc7644_read,
    rfc7644_replace,
    rfc7644_sort,
)
from scim_sim.checks.check import CHECKS, Check, check, trail_check
from scim_sim.checks.convergence import Wanted
from scim_sim.checks.finding import Finding, Kept, Outcome
from scim_sim.checks.judge import Judge
from scim_sim.checks.view import Surroundings, View

FAMILIES = (
    rfc7643_attributes,
    rfc7643_core,
    rfc7643_meta,
    rfc7643_discovery,
    rfc7643_schemas,
    rfc7644_auth,
    rfc7644_create,
    rfc7644_read,
    rfc7644_list,
    rfc7644_filter,
    rfc7644_sort,
    rfc7644_page,
    rfc7644_projection,
    rfc7644_replace,
    rfc7644_patch,
    readback,
    rfc7644_delete,
    rfc7644_bulk,
    rfc7644_me,
    rfc7644_http,
    rfc7644_error,
    rfc7644_etag,
)
"""The families of checks, in the order of the RFCs; importing them registers their checks."""

__all__ = [
    "CHECKS",
    "FAMILIES",
    "Check",
    "Finding",
    "Judge",
    "Kept",
    "Outcome",
    "Surroundings",
    "View",
    "Wanted",
    "check",
    "trail_check",
]
