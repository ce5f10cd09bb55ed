"""What the first contact with a service provider tells: one row per stage, each cause with its message and next step.

Nothing here sends anything. `doctor` probes and asks these functions what the outcome means; they see answers, failures
and the token, and return a `Row`. A row that fails is where one has to look; what comes after it was not tried.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

from scim_sim.clock import iso
from scim_sim.target.target import Target
from scim_sim.wire import Failure, NotJson, Response

__all__ = [
    "STAGES",
    "TOO_SLOW",
    "Row",
    "auth_row",
    "blocking",
    "connection_row",
    "discovery_row",
    "http_row",
    "is_html",
    "licence_row",
    "media_row",
    "path_row",
    "read_row",
    "token_row",
]

STAGES: Final = ("dns", "tcp", "tls", "proxy", "http", "path", "auth", "licence", "media type", "discovery", "read")
"""The stages in the order in which they are tried."""

SLOW: Final = 5.0
"""Seconds after which an answer is called slow; Okta gives up after 60."""

TOO_SLOW: Final = 15.0
"""Seconds for one answer, again and again, with which a run of hundreds of requests would take hours."""

_LOGIN = re.compile(r"log[-_ ]?in|sign[-_ ]?in|sso|oauth|saml|authorize|adfs|auth\b", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]*>([^<]{1,120})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """One stage: `cause` is a short fixed word for machines, `message` and `next_step` are for people."""

    stage: str
    outcome: Literal["ok", "warn", "fail", "skip"]
    cause: str
    message: str
    next_step: str = ""


def blocking(rows: Sequence[Row]) -> Row | None:
    """The row that leaves nothing to try: no connection, or none that answers. What is refused over HTTP may be a finding."""
    row = next((row for row in rows if row.outcome == "fail"), None)
    if row is None:
        return None
    return row if row.stage in ("dns", "tcp", "tls", "proxy") or row.cause in ("slow", "cut", "tls-port") else None


def connection_row(stage: str, kind: str, where: str, target: Target) -> Row:
    """Why no connection came about: `kind` is the failure's, `where` the host and port that was tried."""
    host = urlsplit(target.base_url).hostname or ""
    match kind:
        case "dns":
            return Row(
                "dns", "fail", "wrong-host", f"the host name {host} cannot be resolved",
                "check the URL for a typing mistake; if the name is internal, connect to that network first",
            )  # fmt: skip
        case "refused":
            return Row(
                "tcp", "fail", "closed-port", f"nothing accepts connections at {where}",
                "check the port in the URL, and that the application runs",
            )  # fmt: skip
        case "timeout":
            return Row(
                "tcp", "fail", "blackhole", f"no connection to {where} within the time allowed",
                "a firewall probably drops the packets: ask for a rule that lets this machine through",
            )  # fmt: skip
        case _:
            return Row(
                stage, "fail", kind, f"{where} cannot be reached ({kind})", "check the route, VPN and firewall to that host"
            )


def http_row(answer: Response | None, failure: Failure | None, elapsed: float, target: Target) -> Row:
    """Whether there is HTTP at all behind the connection."""
    if failure is not None:
        return _no_http(failure, target)
    assert answer is not None
    if answer.status == 407:
        return Row(
            "proxy", "fail", "proxy-auth", "the proxy wants credentials (407)", "put them into HTTPS_PROXY, or set NO_PROXY"
        )
    if answer.status == 400 and b"https" in answer.body.lower() and target.base_url.startswith("http:"):
        return Row("http", "fail", "tls-port", "the port speaks TLS, and the URL says http", "write https:// in the URL")
    if answer.status in (502, 503, 504):
        return Row(
            "http", "fail", "gateway", f"the application does not run, or is being maintained ({answer.status}{_detail(answer)})",
            "start the application, or wait until its maintenance is over",
        )  # fmt: skip
    if answer.status >= 500 and answer.status != 501:
        return Row(
            "http", "fail", "server-error", f"the application fails with {answer.status}{_detail(answer)}",
            "look into its log at this minute",
        )  # fmt: skip
    if answer.status == 429:
        wait = answer.header("retry-after")
        return Row(
            "http", "fail", "rate-limit", "the target is asked too often (429)",
            f"wait {wait} s and try again" if wait else "wait a few minutes and try again",
        )  # fmt: skip
    if elapsed > TOO_SLOW:
        return Row(
            "http", "fail", "slow", f"an answer takes {elapsed:.1f} s, and the one before took as long",
            "a run would take hours, and identity providers give up (Okta after 60 s): find out what makes it slow",
        )  # fmt: skip
    if elapsed > SLOW:
        return Row(
            "http", "warn", "slow", f"the first answer took {elapsed:.1f} s",
            "identity providers give up (Okta after 60 s): find out what makes it slow",
        )  # fmt: skip
    return Row("http", "ok", "http", f"answers HTTP ({answer.status})")


def _no_http(failure: Failure, target: Target) -> Row:
    match failure.kind:
        case "timeout":
            return Row(
                "http", "fail", "slow", f"connected, and no answer within {target.timeout:g} s",
                "the application hangs or is overloaded; identity providers give up as well",
            )  # fmt: skip
        case "proxy":
            return Row("proxy", "fail", "proxy", failure.message, "check HTTPS_PROXY, or put the host into NO_PROXY")
        case "tls":
            return Row("tls", "fail", "tls", failure.message, "check certificate and TLS version of the server")
        case _:
            return Row(
                "http", "fail", "cut", " ".join(failure.message.split()),
                "look for a proxy or firewall in between that cuts connections, and into the server's log",
            )  # fmt: skip


def path_row(answer: Response, target: Target, elsewhere: str = "") -> Row:
    """Whether the URL leads to a SCIM endpoint; `elsewhere` is another path on that host that does."""
    asked = f"{target.base_url}/Users"
    if 300 <= answer.status < 400:
        return _redirect(answer, asked)
    if is_html(answer):
        title = _TITLE.search(answer.body)
        named = f' titled "{title[1].decode("utf-8", "replace").strip()}"' if title else ""
        login = _LOGIN.search(answer.text[:20_000]) is not None
        what = "a log-in page" if login and answer.status != 404 else "an HTML page"
        if answer.status in (200, 404):
            step = _elsewhere(elsewhere, target) or (
                "the request never reached SCIM: check the path, and that no single sign-on gateway stands before it"
            )
            return Row("path", "fail", "html", f"{asked} is {what}{named} ({answer.status}), not SCIM", step)
    if answer.status in (404, 405):
        step = _elsewhere(elsewhere, target) or _path_hints(target)
        return Row("path", "fail", "not-found", f"there is nothing at {asked} ({answer.status}{_detail(answer)})", step)
    return Row("path", "ok", "path", f"{asked} is there")


def _redirect(answer: Response, asked: str) -> Row:
    place = urljoin(asked, answer.header("location") or "")
    there, here = urlsplit(place), urlsplit(asked)
    if there.scheme == "https" and here.scheme == "http" and there.path == here.path:
        return Row(
            "path", "fail", "redirect", f"redirects to {place}", f"write https:// in the URL: {place.rpartition('/Users')[0]}"
        )
    if _LOGIN.search(place):
        return Row(
            "path", "fail", "login", f"redirects to a log-in page ({there.scheme}://{there.netloc}{there.path})",
            "let requests with a bearer token to this path pass the single sign-on gateway, or correct the path",
        )  # fmt: skip
    if there.path.rstrip("/").endswith("/Users"):
        step = f"use the URL it points to: {place.partition('?')[0].rpartition('/Users')[0]}"
    else:
        step = "use the final URL; identity providers follow no redirect"
    return Row("path", "fail", "redirect", f"redirects to {place.partition('?')[0]} ({answer.status})", step)


def _elsewhere(elsewhere: str, target: Target) -> str:
    parts = urlsplit(target.base_url)
    return f"did you mean {parts.scheme}://{parts.netloc}{elsewhere}? SCIM seems to be there" if elsewhere else ""


def _path_hints(target: Target) -> str:
    hints = ["check the path letter by letter"]
    path = urlsplit(target.base_url).path
    if "//" in path:
        hints.append("it has a doubled slash")
    if re.search(r"/(users|groups)$", path, re.IGNORECASE):
        hints.append("leave /Users away: the base URL ends before it")
    if target.profile.base_path and not path.endswith(target.profile.base_path):
        hints.append(f"{target.profile.title} has SCIM under {target.profile.base_path}")
    return "; ".join(hints)


def token_row(token: str, now: float) -> Row | None:
    """What is wrong with the token by the look of it, or `None`; the token itself is never shown."""
    if not token.strip():
        return Row(
            "auth", "fail", "no-token", "no token was given", "pass the name of the variable that holds it: --token-env NAME"
        )
    if token.lower().startswith("bearer "):
        return Row("auth", "fail", "scheme-in-token", "the token begins with the word Bearer", "give the token alone")
    if any(ord(letter) < 33 for letter in token):
        return Row(
            "auth", "fail", "blank-in-token", "the token holds a blank or a line break", "copy it again without white space"
        )
    expiry = _expiry(token)
    if expiry is not None and expiry < now:
        return Row("auth", "fail", "expired-token", f"the token expired at {iso(expiry)}", "issue a new one in the application")
    return None


def _expiry(token: str) -> float | None:
    """The `exp` of a JWT in seconds since 1970 (RFC 7519 section 4.1.4); `None` for other tokens."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return None
    value = claims.get("exp") if isinstance(claims, dict) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def auth_row(answer: Response, target: Target, open_to_all: bool | None = None) -> Row:
    """Whether the token is accepted; `open_to_all` tells whether the same request without a token was answered too."""
    name = target.profile.title if target.profile.name != "generic" else "the application"
    if answer.status == 401:
        detail = _detail(answer)
        if not target.auth.secret:
            return Row("auth", "fail", "no-token", f"credentials are wanted (401{detail})", "pass a token with --token-env NAME")
        step = "copy the current token again; a token that was regenerated since is dead"
        if target.profile.token and target.profile.name != "generic":
            step += f" ({target.profile.token})"
        if target.profile.persona == "metabase":
            step += "; Metabase answers the same while SCIM is switched off, and for a path it does not know"
        return Row("auth", "fail", "token-refused", f"the token is refused (401{detail})", step)
    if answer.status == 403:
        if _says(answer, "disabled", "not enabled", "switched off"):
            return Row(
                "licence", "fail", "switched-off", f"SCIM is switched off in {name} (403{_detail(answer)})",
                "switch it on in the application's administration",
            )  # fmt: skip
        return Row(
            "auth", "fail", "not-permitted", f"the token is known and may not do this (403{_detail(answer)})",
            "use the token made for SCIM, or give its account the permission to read and write users and groups",
        )  # fmt: skip
    if open_to_all:
        return Row(
            "auth", "warn", "open", "the endpoint answers without any token as well",
            "close it: anybody who can reach it can read and change every account",
        )  # fmt: skip
    return Row("auth", "ok", "auth", "the token is accepted" if target.auth.secret else "no credentials are needed")


def licence_row(answer: Response) -> Row:
    """Whether SCIM is there to be used: licence, switch, implementation."""
    if answer.status == 402:
        return Row(
            "licence", "fail", "licence", f"the licence does not cover SCIM (402{_detail(answer)})",
            "buy or activate the plan that holds SCIM; the token is not the problem",
        )  # fmt: skip
    if answer.status == 501:
        return Row(
            "licence", "fail", "not-implemented", f"SCIM is not implemented in this build (501{_detail(answer)})",
            "use the edition that implements it; nothing else is worth testing here",
        )  # fmt: skip
    return Row("licence", "ok", "licence", "nothing speaks of a missing licence or switch")


def media_row(answer: Response) -> Row:
    """Whether the answer is JSON that says so (RFC 7644 section 3.1)."""
    if answer.status in (406, 415):
        return Row(
            "media type", "fail", "media-type", f"application/scim+json is refused ({answer.status})",
            "accept application/scim+json and application/json",
        )  # fmt: skip
    kind = answer.media_type or "no Content-Type"
    if kind not in ("application/scim+json", "application/json"):
        return Row("media type", "warn", "media-type", f"the answer is {kind}", "answer application/scim+json")
    return Row("media type", "ok", "media-type", f"answers {kind}")


def read_row(answer: Response, filtered: Response | None = None) -> Row:
    """Whether a list is a ListResponse, and whether the look-up of somebody who cannot exist finds nobody."""
    if not answer.ok:
        return Row(
            "read", "fail", "read", f"reading users is refused ({answer.status}{_detail(answer)})", "look into the target's log"
        )
    body = answer.json_object()
    if body is None:
        what = _no_object(answer)
        return Row("read", "fail", "not-scim", f"GET /Users is answered with {what}", "check that the URL is the SCIM base URL")
    if "totalResults" not in body and "Resources" not in body:
        members = ", ".join(list(body)[:6]) or "none"
        return Row(
            "read", "fail", "not-scim", f"GET /Users is JSON and no ListResponse (members: {members})",
            "check that the URL is the SCIM base URL and not another API of the product",
        )  # fmt: skip
    if filtered is not None and filtered.ok:
        found = (filtered.json_object() or {}).get("totalResults")
        if isinstance(found, int) and found > 0:
            return Row(
                "read", "warn", "filter-ignored", f"the look-up of a user who cannot exist finds {found}",
                "every identity provider looks users up by filter: it would link strangers",
            )  # fmt: skip
    elif filtered is not None:
        return Row(
            "read", "warn", "filter-refused", f"the look-up by userName is refused ({filtered.status}{_detail(filtered)})",
            "every identity provider looks users up by filter before it creates them",
        )  # fmt: skip
    return Row("read", "ok", "read", f"users can be read (totalResults {body.get('totalResults')})")


def _no_object(answer: Response) -> str:
    try:
        answer.json()
    except NotJson as error:
        return "an empty body" if not answer.body.strip() else f"no JSON: {error}"
    return "no JSON object"


def discovery_row(answer: Response | None) -> Row:
    """Whether the target describes itself (RFC 7644 section 4)."""
    body = answer.json_object() if answer is not None and answer.ok else None
    if body is None or not any(name.lower() == "patch" for name in body):
        status = f"answered {answer.status}" if answer is not None else "not answered"
        status += ", without a word about PATCH" if answer is not None and answer.ok else ""
        return Row(
            "discovery", "warn", "no-discovery", f"ServiceProviderConfig is {status}",
            "a run goes on with assumptions, which the report names",
        )  # fmt: skip
    return Row("discovery", "ok", "discovery", "ServiceProviderConfig is there")


def is_html(answer: Response) -> bool:
    """Whether the answer is a web page, whatever it calls itself."""
    start = answer.body[:300].lstrip().lower()
    return "html" in answer.media_type or start.startswith((b"<!doctype html", b"<html"))


def _says(answer: Response, *words: str) -> bool:
    text = answer.text[:2000].lower().replace("_", " ")
    return any(word in text for word in words)


def _detail(answer: Response) -> str:
    """What the target says itself, as `: text`, short and on one line."""
    body = answer.json_object() or {}
    names = ("detail", "message", "error_description", "error")
    texts = [body[name] for name in names if isinstance(body.get(name), str)]
    if answer.media_type == "text/plain":
        texts.append(answer.text)
    said = " ".join((texts or [""])[0].split())[:160]
    return f": {said}" if said else ""
