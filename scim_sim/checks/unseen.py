"""Requirements that a run cannot show, each with the reason: it would need more than one credential, or would do harm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["UNSEEN"]

_SECOND: Final = "this needs the credentials of a second client, and a run has one"

UNSEEN: Final[Mapping[str, str]] = {
    "rfc6750-3.1-insufficient-scope": "this needs a token without the right to write, and a run has one that may do everything",
    "rfc7643-3.1-externalid-client-scope": _SECOND,
    "rfc7643-6-rt-extension-required-enforced": "no resource type of the target requires an extension",
    "rfc7644-3.11-me-location": "/Me is not served directly, or stands for nobody under this token",
    "rfc7644-3.11-me-redirect": "/Me is not redirected",
    "rfc7644-3.2-delete-collection-refused": "DELETE on a collection would delete everybody where it is not refused",
    "rfc7644-3.5.1-put-immutable-mismatch": "the target declares no immutable attribute outside members",
    "rfc7644-6-tenant-isolation": "this needs the credentials of a second tenant, and a run has one",
    "rfc7644-7.2-tls-required": "the target is on the loopback interface",
    "rfc7643-7-request-only-when-asked": "the target declares no attribute returned on request only",
    "rfc9865-4-spc-pagination-advertised": "the target gives no cursors",
    "rfc9865-4-spc-pagination-shape": "ServiceProviderConfig has no pagination block",
    "rfc9865-5.2-cursor-no-privilege": _SECOND,
}
"""Why a requirement stays untested when nothing in a run has shown it."""
