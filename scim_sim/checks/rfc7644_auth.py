"""RFC 7644 section 2 and RFC 6750: credentials, challenges, and what must not travel in URIs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from scim_sim.checks.check import check, trail_check
from scim_sim.checks.compare import shown
from scim_sim.checks.reading import Sighting
from scim_sim.checks.view import View
from scim_sim.checks.when import answered, on, sightings
from scim_sim.problem import Problem
from scim_sim.scim.declared import Declared
from scim_sim.scim.navigate import OBJECT, get, spread
from scim_sim.wire import Exchange

__all__: list[str] = []

_OPEN: Final = "rfc7644-2-unauthenticated-401"
_EVERYWHERE: Final = "rfc7644-2-every-endpoint-protected"
_FIRST: Final = "rfc7644-2-credentials-first"
_OPTIONAL: Final = frozenset({"search", "me", "bulk"})
_MISSING: Final = frozenset({404, 405, 501})
_TOKEN_PARAMETERS: Final = ("access_token", "token", "api_key", "apikey")


def _without_credentials(exchange: Exchange, view: View) -> tuple[str, ...]:
    """Requests without credentials count only where others of this run carry some, and never on discovery."""
    reading = view.look(exchange)
    if reading.authorised or not view.saw_credentials:
        return ()
    if reading.operation in ("discovery", "other") or any(p in reading.query for p in _TOKEN_PARAMETERS):
        return ()
    if reading.operation in _OPTIONAL and exchange.answer.status in _MISSING:
        return ()  # what is not there needs no credentials
    if not reading.endpoint and not reading.sightings:
        return ()  # the base address may show a page to everybody
    if _stumbled(exchange, view):
        return (_FIRST,)
    return (_OPEN,) if reading.operation in ("list", "read") and reading.endpoint else (_EVERYWHERE,)


def _stumbled(exchange: Exchange, view: View) -> bool:
    """Whether the request was refused for its broken body or its unknown id, before anybody asked for credentials."""
    reading, status = view.look(exchange), exchange.answer.status
    if status == 400:
        return bool(exchange.request.body) and reading.sent is None
    return status == 404 and bool(reading.id) and not view.notes.get("hides")


@check(_OPEN, _EVERYWHERE, _FIRST, when=answered, applies=_without_credentials)
def request_without_credentials_is_refused(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A request without credentials is refused with 401."""
    status = exchange.answer.status
    if exchange.answer.ok:
        said = f"{exchange.request.method} {exchange.request.path} works without credentials"
        yield Problem(said, "401", f"{status}", "http")
    elif _stumbled(exchange, view):
        said = "a broken body is read" if status == 400 else "an unknown id is looked up"
        yield Problem(f"{said} before credentials are asked for", "401", f"{status}", "http")
    elif status != 401 and not 300 <= status < 400:
        yield Problem("a request without credentials is refused with another status", "401", f"{status}", "http")


challenged: Final = on(status=(401,))
"""The request was refused for want of credentials."""


def _challenge(exchange: Exchange) -> str:
    return ", ".join(value for name, value in exchange.answer.headers if name.lower() == "www-authenticate")


@check("rfc7644-2-www-authenticate", when=challenged)
def unauthorised_names_the_schemes(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A 401 names the accepted schemes in WWW-Authenticate."""
    if not _challenge(exchange).strip():
        yield Problem(
            "the 401 answer has no challenge", 'WWW-Authenticate: Bearer realm="…"', "absent", "header:WWW-Authenticate"
        )


def _bearer(exchange: Exchange, view: View) -> bool:
    return bool(re.search(r"\bbearer\b", _challenge(exchange), re.IGNORECASE))


@check("rfc6750-3-bearer-challenge", when=challenged, applies=_bearer)
def bearer_challenge_has_a_parameter(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A Bearer challenge has the scheme name and at least one parameter."""
    challenge = _challenge(exchange)
    if not re.search(r"\bbearer\s+[\w-]+\s*=", challenge, re.IGNORECASE):
        yield Problem("the Bearer challenge has no parameter", 'Bearer realm="…"', challenge, "header:WWW-Authenticate")


@check("rfc6750-3.1-invalid-token", when=challenged, applies=lambda e, v: _bearer(e, v) and v.look(e).authorised)
def wrong_token_is_named_in_the_challenge(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The challenge to a wrong or expired token has error="invalid_token"."""
    challenge = _challenge(exchange)
    scheme = (exchange.request.header("authorization") or "").partition(" ")[0].lower()
    if scheme == "bearer" and not re.search(r"error\s*=\s*\"?invalid_token", challenge):
        yield Problem("the challenge does not name the error", 'error="invalid_token"', challenge, "header:WWW-Authenticate")


def _token_in_query(exchange: Exchange, view: View) -> bool:
    reading = view.look(exchange)
    return not reading.authorised and view.saw_credentials and any(p in reading.query for p in _TOKEN_PARAMETERS)


@check("rfc6750-2.3-no-query-token", when=answered, applies=_token_in_query)
def token_in_the_query_opens_nothing(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A token in the URL is not accepted."""
    if exchange.answer.ok:
        yield Problem("a token in the URL is accepted", "401", f"{exchange.answer.status}", "http")


def _remote(view: View) -> bool:
    host = urlsplit(view.surroundings.base_url).hostname or ""
    here = host in ("localhost", "::1") or host.startswith("127.") or host.endswith((".test", ".invalid", ".example"))
    return not here and view.saw_credentials


@trail_check("rfc7644-7.2-tls-required", applies=_remote)
def service_is_reached_over_tls(view: View) -> Iterator[Problem]:
    """The service is reached over TLS; a run speaks TLS 1.2 or newer only."""
    if urlsplit(view.surroundings.base_url).scheme != "https":
        yield Problem("the target is used without TLS", "https", view.surroundings.base_url)


def _hands_out_uris(exchange: Exchange, view: View) -> bool:
    return bool(view.look(exchange).sightings) or exchange.answer.header("location") is not None


@check("rfc7644-7.5.2-no-secrets-in-uris", when=answered, applies=_hands_out_uris)
def handed_out_uris_hold_no_secrets(exchange: Exchange, view: View) -> Iterator[Problem]:
    """URIs the provider hands out contain no credentials and no personal values."""
    location = exchange.answer.header("location")
    resource: Mapping[str, Any] = view.look(exchange).resource or {}
    if location is not None and (said := _secret(location, resource)):
        yield Problem(f"Location holds {said}", "an opaque identifier", location, "header:Location")
    for sighting in sightings(exchange, view):
        for said, place in sighting.once(_telling_place, view.declared):
            where = f"{sighting.pointer}/meta/location"
            yield Problem(f"meta.location holds {said}", "an opaque identifier", shown(place), where)


def _telling_place(sighting: Sighting, declared: Declared) -> Iterator[tuple[str, str]]:
    """What stands in meta.location that should not, with all of it."""
    meta = get(sighting.resource, "meta")
    place = get(meta, "location") if isinstance(meta, OBJECT) else None
    if isinstance(place, str) and (said := _secret(place, sighting.resource)):
        yield said, place


def _secret(uri: str, resource: Mapping[str, Any]) -> str:
    """What stands in the URI that should not, or the empty string."""
    parts = urlsplit(uri)
    if "***" in uri or re.search(r"(?:access_token|token|password|api_key)=", parts.query):
        return "credentials"
    if parts.username or parts.password:
        return "credentials"
    personal = [("the userName", get(resource, "userName"))]
    personal += [("an e-mail address", get(e, "value")) for e in spread(get(resource, "emails")) if isinstance(e, OBJECT)]
    text = unquote(f"{parts.path.rstrip('/').rpartition('/')[2]}?{parts.query}#{parts.fragment}").casefold()
    found = (what for what, value in personal if isinstance(value, str) and len(value) > 4 and value.casefold() in text)
    return next(found, "")
