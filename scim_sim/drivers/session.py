"""Real requests over HTTP, sent as they were written: raw query, only the given headers, no redirect, no cookie.

The connection is kept and reused by each thread. What `requests` would add by itself (User-Agent, Accept, `.netrc`
credentials) is kept out, because what an identity provider does not send is part of how it behaves.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import time
import weakref
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util import SKIP_HEADER

from scim_sim.flow import NoResponse
from scim_sim.target.target import Target
from scim_sim.wire import Failure, Request, Response, with_secret

__all__ = ["MAX_BODY", "Session"]

MAX_BODY = 64 * 1024 * 1024
"""Bytes of one answer that are read at most."""

_CHUNK = 64 * 1024
_CONNECT_TIMEOUT = 10.0


class _Answer:
    """What came back, as urllib3 has it: no cookie is kept and nothing is guessed about it."""

    __slots__ = ("headers", "raw", "request", "status_code")

    def __init__(self, request: Any, raw: Any) -> None:
        self.request = request
        self.raw = raw
        self.status_code: int = raw.status
        self.headers = raw.headers


class _RawAdapter(HTTPAdapter):
    """Sends the request target as it was written and no header that was not given."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._pools: dict[tuple[str, str], Any] = {}

    def request_url(self, request: Any, proxies: Any) -> str:
        through_proxy = bool(proxies) and super().request_url(request, proxies).startswith("http")
        url: str = request.url
        return url if through_proxy else "/" + url.split("/", 3)[3]

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        origin = request.url.partition("://")[0], request.url.split("/", 3)[2]  # nothing else differs within a session
        found = self._pools.get(origin)
        if found is None:
            found = self._pools[origin] = super().get_connection_with_tls_context(request, verify, proxies, cert)
        return found

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()
        super().close()

    def build_response(self, req: Any, resp: Any) -> Any:
        return _Answer(req, resp)

    def add_headers(self, request: Any, **_kwargs: Any) -> None:
        given = {name.lower() for name in request.headers}
        for name in ("User-Agent", "Accept-Encoding"):
            if name.lower() not in given:
                request.headers[name] = SKIP_HEADER


_OPEN: Final[weakref.WeakSet[Session]] = weakref.WeakSet()


def _forget_connections() -> None:
    """A forked process makes connections of its own: two that speak over one would read each other's answers."""
    for session in _OPEN:
        session.forget_connections()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_connections)


class Session:
    """A `Transport` to one target; safe to use from several threads, to be closed at the end."""

    def __init__(self, target: Target, *, connections: int = 64) -> None:
        self.target = target
        self._connections = connections
        self.forget_connections()
        _OPEN.add(self)
        self._proxies = get_environ_proxies(target.base_url) or {}
        self._verify: bool | str = target.verify
        if target.verify is True and target.base_url.startswith("https"):
            merged = requests.Session().merge_environment_settings(target.base_url, {}, True, True, None)
            self._verify = merged["verify"] if merged["verify"] is not None else True
        self._credentials = target.auth.header

    @property
    def proxy(self) -> str | None:
        """The proxy through which the target is reached, as the environment says, or `None`."""
        found: str | None = select_proxy(self.target.base_url, self._proxies)
        return found

    @property
    def verify(self) -> bool | str:
        """Whether certificates are verified, or the file or folder of the authorities they are verified with."""
        return self._verify

    def send(self, request: Request) -> Response:
        """The answer to the request; raises `NoResponse` with a message that says what to look at.

        Nobody waits longer than the target's `timeout`; a sender who gives up earlier does so.
        """
        prepared = self._prepare(request)
        limit = min(self.target.timeout, request.patience or self.target.timeout)
        began = time.monotonic()
        try:
            answer: Any = self._adapter.send(
                prepared,
                stream=True,
                timeout=(min(_CONNECT_TIMEOUT, limit), limit),
                verify=self._verify,
                proxies=self._proxies,
            )
            return self._read(answer.raw, began, limit)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise NoResponse(_failure(error, self.target, limit)) from None
        except ValueError as error:
            raise NoResponse(Failure("protocol", f"the request cannot be sent: {error}")) from None

    def forget_connections(self) -> None:
        """Send over new connections from now on, and leave those that were opened alone."""
        self._adapter = _RawAdapter(pool_connections=4, pool_maxsize=self._connections)

    def close(self) -> None:
        """Close all connections."""
        self._adapter.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _prepare(self, request: Request) -> requests.PreparedRequest:
        request = with_secret(request, self._credentials)
        prepared = requests.PreparedRequest()
        prepared.method = request.method
        prepared.url = request.target if request.path.startswith("http") else self.target.base_url + request.target
        headers = dict(request.headers)
        body = request.body
        if (body is not None or request.method in ("POST", "PUT", "PATCH")) and request.header("content-length") is None:
            headers["Content-Length"] = str(len(body or b""))
        prepared.headers = headers  # type: ignore[assignment]  # urllib3 wants no more than a mapping
        prepared.body = body
        prepared.hooks = {"response": []}
        return prepared

    def _read(self, raw: urllib3.BaseHTTPResponse, began: float, limit: float) -> Response:
        chunks: list[bytes] = []
        size = 0
        try:
            for chunk in raw.stream(_CHUNK, decode_content=True):
                chunks.append(chunk)
                size += len(chunk)
                if size > MAX_BODY:
                    raise NoResponse(Failure("protocol", f"the answer is larger than {MAX_BODY // 1024 // 1024} MB"))
                if time.monotonic() - began > limit:
                    raise NoResponse(Failure("timeout", f"the answer was not complete after {limit:g} s"))
        except BaseException:
            raw.close()
            raise
        finally:
            raw.release_conn()
        return Response(raw.status, tuple(raw.headers.items()), b"".join(chunks), raw.reason or "")


def _failure(error: BaseException, target: Target, limit: float) -> Failure:
    """Tell apart what the person in front of it would do next."""
    host = urlsplit(target.base_url).hostname or ""
    chain = list(_causes(error))
    text = str(chain[-1]) or type(chain[-1]).__name__
    if any(isinstance(e, (NameResolutionError, socket.gaierror)) for e in chain):
        return Failure("dns", f"the host name {host} cannot be resolved: check the URL for a typing mistake")
    if any(isinstance(e, (requests.exceptions.SSLError, ssl.SSLError, urllib3.exceptions.SSLError)) for e in chain):
        return Failure("tls", f"TLS with {host} failed: {text}")
    if any(isinstance(e, (requests.exceptions.ProxyError, urllib3.exceptions.ProxyError)) for e in chain):
        return Failure("proxy", f"the proxy did not let the request through: {text}")
    if any(isinstance(e, (NewConnectionError, ConnectionRefusedError)) for e in chain):
        return Failure("refused", f"nothing accepts connections at {target.base_url}: {text}")
    if any(isinstance(e, (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)) for e in chain):
        return Failure("timeout", f"no answer from {host} within {limit:g} s")
    return Failure("closed", f"the connection to {host} broke off {_where(chain) or f'before an answer came: {text}'}")


def _where(chain: Iterable[BaseException]) -> str:
    """How far an answer had come when its connection broke off."""
    for error in chain:
        if isinstance(error, http.client.IncompleteRead):
            partial: Any = error.partial  # urllib3 counts the bytes, http.client keeps them
            came = partial if isinstance(partial, int) else len(partial)
            return f"in the middle of an answer ({came} of {came + (error.expected or 0)} bytes came)"
        if isinstance(error, http.client.RemoteDisconnected):
            return "without an answer"
    return ""


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    queue = [error]
    while queue:
        item = queue.pop(0)
        if any(item is other for other in found):
            continue
        found.append(item)
        related = [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
        queue += [other for other in related if isinstance(other, BaseException)]
    return found
