"""Call a WSGI application (Flask, Django, …) without a socket, for a vendor's own tests.

Follows PEP 3333; what a server would add to a request (`Host`, the remote address) is made up.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from scim_sim.target.target import Target
from scim_sim.wire import Headers, Request, Response, with_secret

__all__ = ["Wsgi"]

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Wsgi:
    """A `Transport` to an application that is mounted where the target's base URL says."""

    def __init__(self, application: Application, target: Target) -> None:
        self._application = application
        self._base = urlsplit(target.base_url)
        self._credentials = target.auth.header

    def send(self, request: Request) -> Response:
        """The application's answer; an exception in it is passed on, because it is a mistake of its author."""
        started: list[tuple[str, Headers]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
            started.append((status, tuple(headers)))
            return written.append

        written: list[bytes] = []
        answer = self._application(self._environ(request), start_response)
        try:
            written += list(answer)
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()
        status, headers = started[-1]
        code, _, reason = status.partition(" ")
        return Response(int(code), headers, b"".join(written), reason)

    def _environ(self, request: Request) -> dict[str, Any]:
        request = with_secret(request, self._credentials)
        path = unquote_to_bytes(self._base.path + request.path).decode("latin-1")
        body = request.body or b""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": request.query or "",
            "SERVER_NAME": self._base.hostname or "localhost",
            "SERVER_PORT": str(self._base.port or (443 if self._base.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": self._base.netloc,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": self._base.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if request.body is not None:
            environ["CONTENT_LENGTH"] = str(len(body))
        for name, value in request.headers:
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        return environ
