"""Look at a target before anything is sent to it that matters: where does the way from here to SCIM end, and why?

The stages are tried in order (see `diagnose.STAGES`) and the first failure ends the tour. Nothing is written; the token
goes to the given URL alone, and when other paths of that host are tried, it stays at home.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from scim_sim.clock import iso
from scim_sim.drivers.session import Session
from scim_sim.errors import TargetUnreachable
from scim_sim.flow import NoResponse
from scim_sim.redact import Redactor
from scim_sim.scenario.harness import encode_query, harness_headers, quoted
from scim_sim.target.certificate import expiry, tls_row
from scim_sim.target.diagnose import (
    STAGES,
    TOO_SLOW,
    Row,
    auth_row,
    connection_row,
    discovery_row,
    http_row,
    is_html,
    licence_row,
    media_row,
    path_row,
    read_row,
    token_row,
)
from scim_sim.target.target import Auth, Target
from scim_sim.wire import Failure, Request, Response

__all__ = ["STAGES", "Row", "preflight", "require"]

CONNECT_SECONDS: Final = 10.0
NOBODY: Final = "scim-sim-doctor-nobody-3f2a91"
"""A userName that cannot exist, for the look-up that must find nobody."""

USUAL_PATHS: Final = ("/scim/v2", "/scim", "/api/scim/v2", "/v2", "/api/ee/scim/v2", "/api/v1/scim")
"""Where SCIM usually is; tried without credentials when the given path leads nowhere."""

_EXPIRY_DAYS: Final = 21


def preflight(target: Target, ask: Callable[[Request], Response] | None = None, *, now: float | None = None) -> list[Row]:
    """One row per stage, in order, up to the first failure; the requests go through `ask`, or straight to the target."""
    rows: list[Row] = []
    secrets = Redactor(target.auth.secrets)
    for row in _tour(target, time.time() if now is None else now, ask):
        rows.append(replace(row, message=secrets.text(row.message), next_step=secrets.text(row.next_step)))
        if row.outcome == "fail":
            break
    reached = {row.stage for row in rows}
    if rows and rows[-1].outcome == "fail":
        last = STAGES.index(rows[-1].stage)
        rows += [Row(s, "skip", "skip", "not tried") for s in STAGES[last + 1 :] if s not in reached]
    return rows


def require(rows: Sequence[Row]) -> None:
    """Raise `TargetUnreachable` with the failing row's message and next step, if there is one."""
    failed = next((row for row in rows if row.outcome == "fail"), None)
    if failed is not None:
        raise TargetUnreachable(f"{failed.stage}: {failed.message}", failed.next_step)


def _tour(target: Target, now: float, ask: Callable[[Request], Response] | None) -> Any:
    with Session(target) as session:
        yield from _connect(target, session)
        probe = _Probe(ask or session.send)
        look = token_row(target.auth.secret, now) if target.auth.scheme == "Bearer" and target.auth.secret else None
        if look is not None and look.cause != "expired-token":  # it cannot even be sent as it is
            yield look
        users = probe.get("/Users", {"startIndex": 1, "count": 1})
        if users.answer is not None and users.elapsed > TOO_SLOW:  # what has to wake up first is slow once
            users = probe.get("/Users", {"startIndex": 1, "count": 1})
        first = http_row(users.answer, users.failure, users.elapsed, target)
        yield _tls_after_all(target, users.failure, first)
        if users.answer is None:
            return
        answer = users.answer
        elsewhere = _elsewhere(target) if answer.status in (404, 405) or is_html(answer) else ""
        yield path_row(answer, target, elsewhere)
        if answer.status in (402, 501):
            yield licence_row(answer)
        if look is not None and not answer.ok:
            yield look
        slow = first.cause == "slow"
        wary = answer.ok and bool(target.auth.secret) and not slow
        open_to_all = wary and probe.get("/Users", {"count": 1}, credentials=False).ok
        yield auth_row(answer, target, open_to_all)
        yield licence_row(answer)
        yield media_row(answer)
        yield discovery_row(probe.get("/ServiceProviderConfig").answer)
        look_up = answer.ok and not slow
        nobody = probe.get("/Users", {"filter": f"userName eq {quoted(NOBODY)}"}).answer if look_up else None
        yield read_row(answer, nobody)


@dataclass(frozen=True, slots=True)
class _Seen:
    answer: Response | None
    failure: Failure | None
    elapsed: float

    @property
    def ok(self) -> bool:
        return self.answer is not None and self.answer.ok


class _Probe:
    """Sends single reads in the harness's voice."""

    def __init__(self, send: Callable[[Request], Response]) -> None:
        self._send = send

    def get(self, path: str, query: dict[str, Any] | None = None, *, credentials: bool = True) -> _Seen:
        headers = tuple(pair for pair in harness_headers() if credentials or pair[0] != "Authorization")
        request = Request("GET", path, encode_query(query) if query else None, headers, label="doctor")
        began = time.perf_counter()
        try:
            answer = self._send(request)
        except NoResponse as missing:
            return _Seen(None, missing.failure, time.perf_counter() - began)
        return _Seen(answer, None, time.perf_counter() - began)


def _connect(target: Target, session: Session) -> Any:
    """DNS, TCP and TLS by hand, because each fails for another reason; through a proxy only the proxy is looked at."""
    parts = urlsplit(target.base_url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    proxy = session.proxy
    if proxy:
        there = urlsplit(proxy if "://" in proxy else f"//{proxy}")
        where = f"{there.hostname}:{there.port or 8080}"
        yield Row("proxy", "ok", "proxy", f"requests go through the proxy {where}, which resolves and connects by itself")
        return
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        yield connection_row("dns", "dns", host, target)
        return
    addresses = list(dict.fromkeys(str(place[4][0]) for place in places))
    yield Row("dns", "ok", "dns", f"{host} is {', '.join(addresses[:4])}")
    try:
        connection = socket.create_connection((host, port), timeout=min(CONNECT_SECONDS, target.timeout))
    except OSError as error:
        yield connection_row("tcp", _kind(error), f"{host}:{port}", target)
        return
    yield Row("tcp", "ok", "tcp", f"port {port} accepts connections")
    with connection:
        if parts.scheme == "https":
            yield _handshake(connection, host, port, session)
        else:
            loopback = host == "localhost" or host.startswith("127.") or host == "::1"
            yield (
                Row("tls", "ok", "no-tls", "plain HTTP on this machine")
                if loopback
                else Row(
                    "tls", "warn", "no-tls", "plain HTTP: the token travels in clear text", "use https:// (RFC 7644 section 7.2)"
                )
            )
    yield Row("proxy", "ok", "proxy", "no proxy in between")


def _handshake(connection: socket.socket, host: str, port: int, session: Session) -> Row:
    try:
        with _context(session.verify).wrap_socket(connection, server_hostname=host) as wrapped:
            certificate = wrapped.getpeercert()
            version = wrapped.version() or "TLS"
    except ssl.SSLError as error:
        code = getattr(error, "verify_code", 0)
        return tls_row(code, error.reason or str(error), host, port, expired=_ended(host, port) if code else "")
    except TimeoutError:
        return Row(
            "tls",
            "fail",
            "slow",
            f"no TLS handshake with {host}:{port} within the time allowed",
            "check that the port speaks TLS",
        )
    except OSError as error:
        return Row(
            "tls", "fail", "cut", f"{host}:{port} cut the connection during the TLS handshake: {error}", "check port and firewall"
        )
    ends = certificate.get("notAfter") if certificate else None
    days = (ssl.cert_time_to_seconds(ends) - time.time()) / 86400 if isinstance(ends, str) else None
    if days is not None and days < _EXPIRY_DAYS:
        return Row("tls", "warn", "expires", f"the certificate expires in {days:.0f} days", "have it renewed now")
    return Row("tls", "ok", "tls", f"{version}, certificate {'valid' if certificate else 'not looked at (verification is off)'}")


def _ended(host: str, port: int) -> str:
    """The day on which the certificate there ended, or the empty string; nothing but the handshake is sent."""
    try:
        with (
            socket.create_connection((host, port), timeout=3) as raw,
            _context(False).wrap_socket(raw, server_hostname=host) as wrapped,
        ):
            end = expiry(wrapped.getpeercert(binary_form=True) or b"")
    except OSError:
        return ""
    return iso(end)[:10] if end is not None and end < time.time() else ""


def _context(verify: bool | str) -> ssl.SSLContext:
    if verify is False:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    place = DEFAULT_CA_BUNDLE_PATH if verify is True else verify
    return ssl.create_default_context(
        cafile=None if Path(place).is_dir() else place, capath=place if Path(place).is_dir() else None
    )


def _tls_after_all(target: Target, failure: Failure | None, row: Row) -> Row:
    """A server that hangs up on plain HTTP and greets TLS is a wrong scheme, not a broken connection."""
    parts = urlsplit(target.base_url)
    if failure is None or parts.scheme != "http" or row.cause not in ("cut", "slow"):
        return row
    try:
        with (
            socket.create_connection((parts.hostname or "", parts.port or 80), timeout=3) as raw,
            _context(False).wrap_socket(raw, server_hostname=parts.hostname),
        ):
            return Row("http", "fail", "tls-port", "the port speaks TLS, and the URL says http", "write https:// in the URL")
    except OSError:
        return row


def _elsewhere(target: Target) -> str:
    """Another path on the host where something speaks SCIM, asked without credentials."""
    parts = urlsplit(target.base_url)
    root = f"{parts.scheme}://{parts.netloc}"
    tidy = re.sub(r"/(Users|Groups)$", "", re.sub(r"/{2,}", "/", parts.path), flags=re.IGNORECASE)
    paths = dict.fromkeys((target.profile.base_path, tidy, *USUAL_PATHS))
    bare = replace(target, auth=Auth("none"), timeout=min(target.timeout, 5.0))

    def speaks(path: str) -> bool:
        with Session(replace(bare, base_url=root + path)) as session:
            seen = _Probe(session.send).get("/Users", {"count": 1}).answer
        guarded = seen is not None and (seen.ok or seen.status in (401, 402, 403))
        return seen is not None and guarded and not is_html(seen) and "json" in seen.media_type

    usual = [path for path in paths if path and path.rstrip("/") != parts.path.rstrip("/")]
    found = next((path for path in usual if speaks(path)), "")
    return "" if found and speaks("/no-such-path") else found  # who asks for credentials everywhere tells nothing


def _kind(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    return "refused" if isinstance(error, ConnectionRefusedError) else "unreachable"
