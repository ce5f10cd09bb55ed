"""The provider on a real socket."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from scim_sim.provider import Provider, serve
from scim_sim.scim import urns
from scim_sim.wire import Request, Response

pytestmark = pytest.mark.socket
HEADERS = {"Authorization": "Bearer scim-token-1", "Content-Type": "application/scim+json", "User-Agent": "scim-sim/test"}


def exchange(connection: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> tuple[int, bytes, Any]:
    """One request on an open connection."""
    connection.request(method, path, None if body is None else json.dumps(body), HEADERS)
    response = connection.getresponse()
    return response.status, response.read(), response.headers


def test_one_connection_serves_many_requests_of_every_kind() -> None:
    """Bodies have their length, a 204 and a HEAD have none, and the connection stays usable."""
    seen: list[tuple[str, str | None, int]] = []

    def log(request: Request, response: Response, elapsed: float) -> None:
        seen.append((request.method, request.header("user-agent"), response.status))

    with serve(Provider("scim-token-1", seed=1), log=log) as server:
        where = urlsplit(server.url)
        connection = http.client.HTTPConnection(where.netloc, timeout=5)
        status, body, headers = exchange(connection, "POST", f"{where.path}/Users", {"schemas": [urns.USER], "userName": "ada"})
        place = urlsplit(headers["Location"]).path
        results = [exchange(connection, method, place) for method in ("HEAD", "GET", "OPTIONS", "DELETE", "GET")]
        outside = exchange(connection, "GET", "/scim/v9/Users")
        connection.close()

    assert (201, headers["Location"]) == (status, json.loads(body)["meta"]["location"])
    assert [200, 200, 204, 204, 404] == [result[0] for result in results]
    assert [(b"", True), (True, True)] == [(results[0][1], results[0][2]["Content-Length"] > "0"), (results[1][1] == body, True)]
    assert (404, [urns.ERROR]) == (outside[0], json.loads(outside[1])["schemas"])
    assert ("POST", "scim-sim/test", 201) == seen[0]


def test_what_is_no_http_gets_a_scim_error() -> None:
    """An unknown method answers 501 with an Error body."""
    with serve(Provider("scim-token-1", seed=1)) as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
        status, body, _ = exchange(connection, "BREW", "/scim/v2/Users")
        connection.close()

    assert (501, "501") == (status, json.loads(body)["status"])


def test_the_address_is_free_again_after_closing() -> None:
    """A second server takes the same port at once."""
    with serve(Provider(seed=1)) as first:
        port = first.port
    with serve(Provider(seed=1), port=port) as second:
        assert port == second.port


def test_a_client_that_waits_is_told_to_go_on_before_it_sends_its_body() -> None:
    """At once, and the answer follows the body."""
    with serve(Provider("scim-token-1", seed=1)) as server, socket.create_connection((server.host, server.port), 5) as client:
        client.sendall(b"POST /scim/v2/Users HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
        told = client.recv(100)
        client.sendall(b"{}")
        answer = b"".join(iter(lambda: client.recv(65536), b""))

    assert (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 401 Unauthorized") == (told, answer.partition(b"\r\n")[0])
