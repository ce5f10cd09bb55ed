"""A provider on a real socket: threaded HTTP/1.1, kept alive, each answer written in one piece.

The server knows nothing of SCIM beyond the shape of an Error: it cuts the base path off, hands the request to
`handle` and writes what comes back. Whatever has a `handle` and a `base_url` can be served.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from socketserver import StreamRequestHandler, ThreadingTCPServer
from types import TracebackType
from typing import Any, Protocol

from scim_sim.provider.connection import CONTINUE, Head, NotHttp, read_body, read_head, written
from scim_sim.wire import Request, Response, json_body

__all__ = ["Handler", "RequestLog", "Serving", "serve"]

RequestLog = Callable[[Request, Response, float], None]
"""Called after each answer with the request, the response and the seconds it took; the User-Agent says who spoke."""


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


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
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


class _Connection(StreamRequestHandler):
    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        """Answer one request after another until either side has had enough."""
        try:
            while (head := read_head(self.rfile)) is not None and self._answered(head):
                pass
        except NotHttp as fault:
            self.wfile.write(written(_error(fault.status, fault.detail), ends=True))

    def _answered(self, head: Head) -> bool:
        """Ask the handler and write its response; whether another request may follow."""
        if head.waits:
            self.wfile.write(CONTINUE)
        body = read_body(self.rfile, head)
        began = time.perf_counter()
        request = self._request(head, body)
        response = self.server.handler.handle(request) if request else self._nothing()
        self.wfile.write(written(response, ends=not head.stays, head_only=head.method == "HEAD"))
        if request and self.server.log is not None:
            self.server.log(request, response, time.perf_counter() - began)
        return head.stays

    def _request(self, head: Head, body: bytes) -> Request | None:
        """The request as the handler sees it, or `None` when it is for another place."""
        path, mark, query = head.target.partition("?")
        base = self.server.base_path
        path = "/" + path.lstrip("/") if path.startswith("//") else path
        if path != base and not path.startswith(base + "/"):
            return None
        method = "GET" if head.method == "HEAD" else head.method
        return Request(method, path[len(base) :], query if mark else None, head.headers, body or None)

    def _nothing(self) -> Response:
        return _error(404, "There is nothing here; the SCIM endpoints are under " + (self.server.base_path or "/"))


def _error(status: int, detail: str) -> Response:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "detail": detail}
    return Response(status, (("Content-Type", "application/scim+json"),), json_body(body))
