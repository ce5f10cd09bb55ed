"""Thirteen broken set-ups on the loopback, and what the doctor says about each."""

from __future__ import annotations

import base64
import datetime as dt
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from scim_sim.doctor import STAGES, preflight, require
from scim_sim.errors import TargetUnreachable
from scim_sim.provider import Provider, serve
from scim_sim.target.certificate import expiry
from scim_sim.target.diagnose import Row, token_row
from scim_sim.target.profile import load_profile
from scim_sim.target.target import Auth, Target
from scim_sim.wire import Request, Response

TOKEN = "doctor-token-1"
SCIM_JSON = "application/scim+json"
EMPTY = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0, "Resources": []}
Answer = Callable[[str], bytes]


def http(status: str, body: str = "", kind: str = SCIM_JSON, *headers: str) -> bytes:
    """One whole HTTP response."""
    raw = body.encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(raw)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


@contextmanager
def server(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server on a free port that gives each request, by its head, the bytes of `answer`, and then hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    ended = threading.Event()

    def speak(connection: socket.socket) -> None:
        spoken = connection
        try:
            connection.settimeout(3)
            spoken = context.wrap_socket(connection, server_side=True) if context else connection
            head = spoken.recv(65536).decode("latin-1")
            if head:
                spoken.sendall(answer(head))
        except OSError:
            pass
        finally:
            spoken.close()

    def listen() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=speak, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        thread.join()
        listener.close()


def always(response: bytes) -> Answer:
    """The same answer whatever is asked."""
    return lambda head: response


def target(url: str, *, token: str = TOKEN, timeout: float = 5.0, profile: str = "generic", verify: bool | str = True) -> Target:
    """A target with a bearer token."""
    return Target(url, Auth("Bearer", token), load_profile(profile), timeout, verify)


def failed(rows: list[Row]) -> tuple[str, str]:
    """Stage and cause of the row that failed."""
    return next((row.stage, row.cause) for row in rows if row.outcome == "fail")


def certificate(authority: trustme.CA, name: str = "127.0.0.1", **dates: dt.datetime) -> ssl.SSLContext:
    """A server's TLS settings with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **dates).configure_cert(context)
    return context


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority of our own."""
    return trustme.CA()


@pytest.fixture(scope="module")
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The authority's certificate as a file."""
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.mark.socket
def test_healthy_target_passes_every_stage() -> None:
    """A correct provider passes all stages, in order, with nothing to do."""
    with serve(Provider(token=TOKEN)) as serving:
        rows = preflight(target(serving.url))

    assert list(STAGES) == [row.stage for row in rows]
    assert {"ok"} == {row.outcome for row in rows}
    require(rows)


def test_wrong_host() -> None:
    """A host name that does not exist is told apart from everything else."""
    rows = preflight(target("http://no-such-host.invalid/scim/v2"))

    assert failed(rows) == ("dns", "wrong-host")


@pytest.mark.socket
def test_closed_port() -> None:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    rows = preflight(target(f"http://127.0.0.1:{port}/scim/v2"))

    assert failed(rows) == ("tcp", "closed-port")


@pytest.mark.socket
def test_certificate_of_an_unknown_authority(authority: trustme.CA) -> None:
    """A certificate nobody vouches for, and the way to vouch for it oneself."""
    with server(always(http("200 OK", json.dumps(EMPTY))), certificate(authority)) as port:
        rows = preflight(target(f"https://127.0.0.1:{port}/scim/v2"))

    assert failed(rows) == ("tls", "unknown-issuer")
    assert "--ca-file" in next(row.next_step for row in rows if row.outcome == "fail")


@pytest.mark.socket
def test_self_signed_certificate(tmp_path: Path) -> None:
    """A certificate that vouches for itself."""
    own = trustme.CA()
    (tmp_path / "own.pem").write_bytes(own.private_key_pem.bytes() + own.cert_pem.bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(tmp_path / "own.pem"))
    with server(always(b""), context) as port:
        rows = preflight(target(f"https://127.0.0.1:{port}/scim/v2"))

    assert failed(rows) == ("tls", "self-signed")


@pytest.mark.socket
def test_expired_certificate(authority: trustme.CA, authority_file: str) -> None:
    """A certificate that was good once."""
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    with server(always(b""), certificate(authority, not_after=past)) as port:
        rows = preflight(target(f"https://127.0.0.1:{port}/scim/v2", verify=authority_file))

    assert failed(rows) == ("tls", "expired")


@pytest.mark.socket
def test_expired_certificate_of_an_unknown_authority(authority: trustme.CA) -> None:
    """Of two faults the one that nobody can wish away is told: it has expired."""
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    with server(always(b""), certificate(authority, not_after=past)) as port:
        rows = preflight(target(f"https://127.0.0.1:{port}/scim/v2"))

    assert failed(rows) == ("tls", "expired")
    assert "2020-01-01" in next(row.message for row in rows if row.outcome == "fail")


@pytest.mark.parametrize("day", [dt.datetime(2049, 12, 31, tzinfo=dt.UTC), dt.datetime(2051, 1, 1, tzinfo=dt.UTC)])
def test_end_of_a_certificate_is_read(authority: trustme.CA, day: dt.datetime) -> None:
    """In both notations of a time that certificates use."""
    pem = authority.issue_cert("127.0.0.1", not_after=day).cert_chain_pems[0].bytes().decode()

    assert expiry(ssl.PEM_cert_to_DER_cert(pem)) == day.timestamp()
    assert expiry(b"nonsense") is None


@pytest.mark.socket
def test_certificate_for_another_name(authority: trustme.CA, authority_file: str) -> None:
    """A certificate that belongs to somebody else."""
    with server(always(b""), certificate(authority, "other.example.test")) as port:
        rows = preflight(target(f"https://127.0.0.1:{port}/scim/v2", verify=authority_file))

    assert failed(rows) == ("tls", "wrong-name")


@pytest.mark.socket
def test_good_certificate(authority: trustme.CA, authority_file: str) -> None:
    """With the authority given, the same server passes."""
    with server(always(http("200 OK", json.dumps(EMPTY))), certificate(authority)) as port:
        rows = preflight(target(f"https://127.0.0.1:{port}/scim/v2", verify=authority_file))

    assert "ok" == {row.stage: row.outcome for row in rows}["tls"]
    assert "ok" == {row.stage: row.outcome for row in rows}["read"]


@pytest.mark.socket
@pytest.mark.parametrize(
    ("response", "stage", "cause"),
    [
        (http("200 OK", "<!DOCTYPE html><title>Sign in</title>", "text/html"), "path", "html"),
        (http("404 Not Found", "<html><body>nginx</body></html>", "text/html"), "path", "html"),
        (http("302 Found", "", "text/html", "Location: https://id.example.test/login?next=1"), "path", "login"),
        (http("301 Moved Permanently", "", "text/html", "Location: /scim/v2/Users/"), "path", "redirect"),
        (http("402 Payment Required", '"upgrade"', "application/json"), "licence", "licence"),
        (http("403 Forbidden", '{"errorType":"SCIM_DISABLED","message":"off"}', "application/json"), "licence", "switched-off"),
        (http("403 Forbidden", '{"detail":"not permitted"}'), "auth", "not-permitted"),
        (http("404 Not Found", '{"detail":"no"}'), "path", "not-found"),
        (http("401 Unauthorized", '{"detail":"Unauthenticated"}'), "auth", "token-refused"),
        (http("501 Not Implemented", "SCIM is not implemented", "text/plain"), "licence", "not-implemented"),
        (http("503 Service Unavailable", ""), "http", "gateway"),
        (http("500 Internal Server Error", ""), "http", "server-error"),
        (http("429 Too Many Requests", "", SCIM_JSON, "Retry-After: 7"), "http", "rate-limit"),
        (http("407 Proxy Authentication Required", ""), "proxy", "proxy-auth"),
        (http("415 Unsupported Media Type", ""), "media type", "media-type"),
        (http("200 OK", '{"status":"ok"}'), "read", "not-scim"),
        (http("200 OK", ""), "read", "not-scim"),
        (b"", "http", "cut"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", "http", "cut"),
    ],
)
def test_answer_that_is_no_scim(response: bytes, stage: str, cause: str) -> None:
    """Each answer that ends the way has its own stage and cause, a message and a next step."""
    with server(always(response)) as port:
        rows = preflight(target(f"http://127.0.0.1:{port}/scim/v2"))

    assert failed(rows) == (stage, cause)
    assert all(row.message and row.next_step for row in rows if row.outcome == "fail")


@pytest.mark.socket
def test_refused_token_tells_where_it_is_only_of_a_known_product() -> None:
    """Of any product there is nothing to tell."""
    with server(always(http("401 Unauthorized", '{"detail":"Unauthenticated"}'))) as port:
        rows = preflight(target(f"http://127.0.0.1:{port}/scim/v2"))
    [step] = [row.next_step for row in rows if row.outcome == "fail"]

    assert step.endswith("a token that was regenerated since is dead")


@pytest.mark.socket
def test_slow_target() -> None:
    """A target that takes the connection and never answers."""
    ended = threading.Event()

    def hang(head: str) -> bytes:
        ended.wait(3)
        return b""

    with server(hang) as port:
        rows = preflight(target(f"http://127.0.0.1:{port}/scim/v2", timeout=0.3))
        ended.set()

    assert failed(rows) == ("http", "slow")


@pytest.mark.socket
@pytest.mark.parametrize(("slow", "end"), [(99, ("http", "slow")), (1, None)], ids=["every time", "once, to wake up"])
def test_answers_that_take_too_long(slow: int, end: tuple[str, str] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target that takes half a minute for each answer ends the way; one that only had to wake up does not."""
    for module in ("scim_sim.doctor", "scim_sim.target.diagnose"):
        monkeypatch.setattr(f"{module}.TOO_SLOW", 0.2)
    inner = Provider(token=TOKEN)
    reads = 0

    class Sleepy:
        base_url = inner.base_url

        def handle(self, request: Request) -> Response:
            nonlocal reads
            reads += 1
            time.sleep(0.3 if reads <= slow else 0)
            return inner.handle(request)

    with serve(Sleepy()) as serving:
        rows = preflight(target(serving.url))

    assert [(row.stage, row.cause) for row in rows if row.outcome == "fail"] == ([end] if end else [])


@pytest.mark.socket
def test_plain_http_on_a_tls_port(authority: trustme.CA) -> None:
    """The URL says http and the port speaks TLS."""
    with server(always(b""), certificate(authority)) as port:
        rows = preflight(target(f"http://127.0.0.1:{port}/scim/v2"))

    assert failed(rows) == ("http", "tls-port")


@pytest.mark.socket
def test_tls_on_a_plain_port() -> None:
    """The URL says https and the port speaks plain HTTP."""
    with serve(Provider(token=TOKEN)) as serving:
        rows = preflight(target(serving.url.replace("http:", "https:")))

    assert failed(rows) == ("tls", "plain-http")


@pytest.mark.socket
def test_mistyped_path_is_told_the_right_one() -> None:
    """A path where there is nothing: the doctor looks around, without the token, and names where SCIM is."""
    heads: list[str] = []
    with serve(Provider(token=TOKEN), log=lambda request, *_: heads.append(str(request.header("authorization")))) as serving:
        rows = preflight(target(serving.url.replace("/scim/v2", "/scmi/v2")))

    assert failed(rows) == ("path", "not-found")
    assert serving.url in next(row.next_step for row in rows if row.outcome == "fail")
    assert {"None"} == set(heads)


@pytest.mark.socket
@pytest.mark.parametrize(
    ("ending", "cause", "said"),
    [
        ("/", "ok", ""),
        ("//Users", "not-found", "/scim/v2? SCIM seems to be there"),
        ("/Users", "not-found", "/scim/v2? SCIM seems to be there"),
        ("x", "not-found", "/scim/v2? SCIM seems to be there"),
    ],
)
def test_spelling_of_the_url(ending: str, cause: str, said: str) -> None:
    """A slash at the end does no harm; the path of a collection, or one that is cut or doubled, is named."""
    with serve(Provider(token=TOKEN)) as serving:
        rows = preflight(target(serving.url + ending))
    row = next((row for row in rows if row.outcome == "fail"), rows[-1])

    assert (row.cause if row.outcome == "fail" else "ok") == cause
    assert said in row.next_step


@pytest.mark.socket
def test_endpoint_that_needs_no_token() -> None:
    """A door that is open to everybody is a warning even though everything works."""
    with serve(Provider(token=None)) as serving:
        rows = preflight(target(serving.url))

    assert {(row.stage, row.cause) for row in rows if row.outcome == "warn"} == {("auth", "open")}


@pytest.mark.socket
def test_token_with_a_line_break_is_not_even_sent() -> None:
    """A token that was copied with its line end is named before anything is asked."""
    heads: list[str] = []
    with serve(Provider(token=TOKEN), log=lambda request, *_: heads.append(request.path)) as serving:
        rows = preflight(target(serving.url, token=TOKEN + "\n"))

    assert failed(rows) == ("auth", "blank-in-token")
    assert [] == heads


@pytest.mark.socket
def test_verdict_is_one_message_without_the_token() -> None:
    """What ends a run is one sentence with a next step and exit code 3, and never holds the token."""
    with serve(Provider(token="another")) as serving:
        rows = preflight(target(serving.url))

    with pytest.raises(TargetUnreachable) as caught:
        require(rows)

    assert 3 == caught.value.exit_code
    assert caught.value.message.startswith("auth: the token is refused (401")
    assert caught.value.hint
    assert TOKEN not in "".join(row.message + row.next_step for row in rows)


def jwt(expires: int) -> str:
    """An unsigned token with that expiry."""
    return f"e30.{base64.urlsafe_b64encode(json.dumps({'exp': expires}).encode()).decode().rstrip('=')}.sig"


@pytest.mark.parametrize(
    ("token", "cause"),
    [
        ("  ", "no-token"),
        ("abc\n", "blank-in-token"),
        ("Bearer abc", "scheme-in-token"),
        (jwt(1_000), "expired-token"),
    ],
)
def test_token_that_cannot_work_by_its_look(token: str, cause: str) -> None:
    """A token that is blank, broken, with its scheme, or past its own expiry."""
    row = token_row(token, now=2_000.0)

    assert row is not None
    assert row.cause == cause


@pytest.mark.parametrize("token", ["mb_abc", jwt(3_000), "a.b.c", "e30.W10.sig"])
def test_token_of_no_suspicion(token: str) -> None:
    """An opaque token, a JWT that lives, and what only looks like one raise no alarm."""
    assert token_row(token, now=2_000.0) is None
