"""Names of voices as people say them: an engine's own title, its variant, or the harness."""

from __future__ import annotations

from typing import Final

from scim_sim.idp import ENGINES

__all__ = ["SUITES", "idp_of", "idp_title", "variant_title"]

SUITES: Final = frozenset({"harness", "rfc"})
"""Voices that are no identity provider."""

_SHORT: Final = {"entra": "Entra", "google": "Google"}
_OWN: Final = {"rfc": "RFC 7643 and 7644", "harness": "RFC suite"}


def idp_of(voice: str) -> str:
    """The IdP behind a voice: `okta:aiw` is `okta`."""
    return voice.partition(":")[0]


def idp_title(voice: str, short: bool = False) -> str:
    """The name of the IdP as its administrator writes it, with its variant: `Okta (aiw)`."""
    idp, _, variant = voice.partition(":")
    if idp in _OWN:
        return _OWN[idp]
    title = ENGINES.get(idp).title if idp in ENGINES else idp
    title = _SHORT.get(idp, title) if short else title
    return f"{title} ({variant})" if variant else title


def variant_title(voice: str) -> str:
    """What the variant of the IdP is, in a few words, or the empty string."""
    idp, _, variant = voice.partition(":")
    return dict(ENGINES.get(idp).variants).get(variant, variant) if idp in ENGINES else variant
