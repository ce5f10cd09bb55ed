"""The session sends what it is given and nothing else, and says what is wrong when no answer comes."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest
import requests
import responses
import urllib3

from scim_sim.drivers.session import Session
from scim_sim.flow import NoResponse
from scim_sim.target import Auth, Target
from scim_sim.wire import CREDENTIALS, Request

BASE = "https://app.example.test/scim/v2"


def test_credentials_take_the_place_of_their_mark() -> None:
    """The engine never knows the token; the driver puts it in."""
    with responses.RequestsMock() as mock:
        mock.get(f"{BASE}/Users", json={})
        request = Request("GET", "/Users", None, (("Accept", "a/b"), ("Authorization", CREDENTIALS)))
        Session(Target(BASE, Auth("Bearer", "tok-1234"))).send(request)
        sent = mock.calls[0].request.headers

    assert dict(sent) == {"Accept": "a/b", "Authorization": "Bearer tok-1234"}


def test_redirects_are_answers() -> None:
    """A redirect to a log-in page is seen, not followed."""
    with responses.RequestsMock() as mock:
        mock.get(f"{BASE}/Users", status=302, headers={"Location": "https://login.example.test/"})
        response = Session(Target(BASE)).send(Request("GET", "/Users"))

    assert (response.status, response.header("location")) == (302, "https://login.example.test/")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (requests.exceptions.ReadTimeout("slow"), "timeout"),
        (requests.exceptions.SSLError("bad certificate"), "tls"),
        (requests.exceptions.ProxyError("407"), "proxy"),
        (requests.exceptions.ConnectionError(ConnectionRefusedError("refused")), "refused"),
        (requests.exceptions.ConnectionError(socket.gaierror("unknown")), "dns"),
        (requests.exceptions.ConnectionError("reset"), "closed"),
    ],
)
def test_failures_are_told_apart(error: Exception, kind: str) -> None:
    """Each kind of failure has its own next step."""
    with responses.RequestsMock() as mock:
        mock.get(f"{BASE}/Users", body=error)
        with pytest.raises(NoResponse) as raised:
            Session(Target(BASE)).send(Request("GET", "/Users"))

    assert raised.value.failure.kind == kind


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (urllib3.exceptions.IncompleteRead(11, 4989), "broke off in the middle of an answer (11 of 5000 bytes came)"),
        (http.client.RemoteDisconnected("Remote end closed"), "broke off without an answer"),
        (OSError("Connection reset by peer"), "broke off before an answer came: Connection reset by peer"),
    ],
)
def test_a_connection_that_breaks_off_says_how_far_it_came(error: Exception, said: str) -> None:
    """In words for whoever looks for the proxy that did it."""
    with responses.RequestsMock() as mock:
        mock.get(f"{BASE}/Users", body=requests.exceptions.ConnectionError(error))
        with pytest.raises(NoResponse) as raised:
            Session(Target(BASE)).send(Request("GET", "/Users"))

    assert raised.value.failure.message.endswith(said)


@pytest.fixture
def raw_server() -> Iterator[tuple[str, list[bytes]]]:
    """A socket that notes the head of one request and answers 204."""
    heads: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            data = b""
            while b"\r\n\r\n" not in data:
                data += connection.recv(65536)
            heads.append(data)
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/scim/v2", heads
    thread.join(5)
    listener.close()


@pytest.mark.socket
def test_wire_carries_no_header_of_its_own(raw_server: tuple[str, list[bytes]]) -> None:
    """No User-Agent, no Accept-Encoding, the raw query, a dangling question mark."""
    url, heads = raw_server
    with Session(Target(url)) as session:
        session.send(Request("GET", "/Users", "filter=userName+eq+%22a%22&", (("ADSCIMVersion", "5.0"),)))
    lines = heads[0].decode().split("\r\n")

    assert "GET /scim/v2/Users?filter=userName+eq+%22a%22& HTTP/1.1" == lines[0]
    assert sorted(line.partition(":")[0] for line in lines[1:-2]) == ["ADSCIMVersion", "Host"]


@pytest.mark.socket
def test_dangling_question_mark_survives(raw_server: tuple[str, list[bytes]]) -> None:
    """OneLogin ends its URLs with a question mark."""
    url, heads = raw_server
    with Session(Target(url)) as session:
        session.send(Request("GET", "/Groups", ""))

    assert heads[0].startswith(b"GET /scim/v2/Groups? HTTP/1.1\r\n")


@pytest.mark.socket
@pytest.mark.parametrize(("limit", "patience"), [(0.2, None), (9.0, 0.2), (0.2, 9.0)])
def test_nobody_waits_longer_than_allowed(limit: float, patience: float | None) -> None:
    """The run's limit ends every wait; a sender who is known to give up earlier does, and the message says when."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/scim/v2"
        with Session(Target(url, timeout=limit)) as session, pytest.raises(NoResponse) as raised:
            session.send(Request("GET", "/Users", patience=patience))

    assert ("timeout", "no answer from 127.0.0.1 within 0.2 s") == (raised.value.failure.kind, raised.value.failure.message)
