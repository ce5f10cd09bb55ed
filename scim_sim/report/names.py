"""Names of voices as people say them: an engine's own title, its variant, or the harness."""

from __future__ import annotations

from typing import Final

from scim_sim.idp import ENGINES

__all__ = ["STANDARD", "SUITES", "answer_name", "idp_of", "idp_title", "variant_title"]

SUITES: Final = frozenset({"harness", "rfc"})
"""Voices that are no identity provider."""

STANDARD: Final = "standard"
"""What the variant without a name is called where others stand beside it."""

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


def answer_name(voice: str) -> str:
    """The name of one variant among several: that of an IdP without a variant is `entra:standard`."""
    return voice if ":" in voice else f"{voice}:{STANDARD}"


def variant_title(voice: str) -> str:
    """What the variant of the IdP is, in a few words, or the empty string."""
    idp, _, variant = voice.partition(":")
    variants = ENGINES.get(idp).variants if idp in ENGINES else {}
    return variants.get("" if variant == STANDARD else variant, variant)
