"""A provider on a real socket: threaded HTTP/1.1, kept alive, each answer written in one piece.

The server knows nothing of SCIM beyond the shape of an Error: it cuts the base path off, hands the request to
`handle` and writes what comes back. Whatever has a `handle` and a `base_url` can be served.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Protocol

from scim_sim.wire import Request, Response, json_body

__all__ = ["Handler", "RequestLog", "Serving", "serve"]

RequestLog = Callable[[Request, Response, float], None]
"""Called after each answer with the request, the response and the seconds it took; the User-Agent says who spoke."""

_LARGEST_BODY = 64 * 1024 * 1024


class Handler(Protocol):
    """What can be served: `base_url` is set to the address that clients see before the first request arrives."""

    base_url: str

    def handle(self, request: Request) -> Response:
        """Answer one request whose path is relative to the base URL."""
        ...


class Serving:
    """A running server; leave the `with` block, or call `close`, to stop it."""

    def __init__(self, handler: Handler, host: str, port: int, base_path: str, log: RequestLog | None) -> None:
        self._server = _Server((host, port), handler, base_path.rstrip("/"), log)
        self.host = host
        self.port = int(self._server.server_address[1])
        seen = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)
        name = f"[{seen}]" if ":" in seen else seen
        self.url = f"http://{name}:{self.port}{base_path.rstrip('/')}"
        handler.base_url = self.url
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop accepting, close what is open, return when the port is free."""
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Serving:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def serve(
    provider: Handler, host: str = "127.0.0.1", port: int = 0, *, base_path: str = "/scim/v2", log: RequestLog | None = None
) -> Serving:
    """Serve the provider on this address, port 0 for a free one; raises `OSError` when the port is taken."""
    return Serving(provider, host, port, base_path, log)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], handler: Handler, base_path: str, log: RequestLog | None) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.handler = handler
        self.base_path = base_path
        self.log = log
        self._open: set[socket.socket] = set()
        super().__init__(address, _Connection)

    def server_bind(self) -> None:
        """Bind without asking a name server who we are."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer on a thread of its own and remember the socket."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the socket and close it."""
        self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Close kept-alive connections under their threads."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is nobody's error."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    server: _Server
    close_connection: bool

    def answer(self) -> None:
        """Read one request, ask the handler, write one response."""
        body = self._body()
        if body is None:
            return
        path, query = self._place()
        if path is None:
            self._write(_error(404, "There is nothing here; the SCIM endpoints are under " + (self.server.base_path or "/")))
            return
        method = "GET" if self.command == "HEAD" else self.command
        request = Request(method, path, query, tuple(self.headers.items()), body if body else None)
        began = time.perf_counter()
        response = self.server.handler.handle(request)
        self._write(response)
        if self.server.log is not None:
            self.server.log(request, response, time.perf_counter() - began)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = answer

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """A request that is no HTTP, or a method nobody knows, gets a SCIM Error too."""
        self.close_connection = True
        self._write(_error(code, message or "The request cannot be read"))

    def version_string(self) -> str:
        """The product without the versions of what it stands on."""
        return "scim-sim"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed; the request log says who spoke."""

    def _place(self) -> tuple[str | None, str | None]:
        path, mark, query = self.path.partition("?")
        base = self.server.base_path
        if path != base and not path.startswith(base + "/"):
            return None, None
        return path[len(base) :], query if mark else None

    def _body(self) -> bytes | None:
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            return self._chunks()
        length = self.headers.get("Content-Length") or "0"
        if not length.isdigit():
            self.send_error(400, f"Content-Length is {length!r}, which is no number")
            return None
        if int(length) > _LARGEST_BODY:
            self.send_error(413, f"The body is larger than {_LARGEST_BODY} bytes")
            return None
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        while True:
            head = self.rfile.readline(1000).split(b";")[0].strip()
            try:
                length = int(head, 16)
            except ValueError:
                self.send_error(400, "A chunk of the body has no size")
                return None
            size += length
            if size > _LARGEST_BODY:
                self.send_error(413, f"The body is larger than {_LARGEST_BODY} bytes")
                return None
            parts.append(self.rfile.read(length))
            self.rfile.readline(1000)
            if length == 0:
                return b"".join(parts)

    def _write(self, response: Response) -> None:
        explicit = response.header("content-length") is not None
        bodiless = (response.status in (204, 304) or response.status < 200) and not explicit
        self.send_response(response.status, response.reason or None)
        for name, value in response.headers:
            self.send_header(name, value)
        if not bodiless and not explicit:
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if response.body and not bodiless and self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()


def _error(status: int, detail: str) -> Response:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    return Response(status, (("Content-Type", "application/scim+json"),), json_body(body))
