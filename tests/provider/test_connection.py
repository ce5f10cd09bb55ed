"""What a served provider hears and says, byte for byte and without a socket."""

from __future__ import annotations

import io
import re

import pytest

from scim_sim.provider.connection import Head, NotHttp, read_body, read_head, written
from scim_sim.wire import Response

DATE = re.compile(rb"Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")


def heard(raw: bytes) -> tuple[Head, bytes, bytes]:
    """The head and the body of the first request in it, and what is left for the next."""
    stream = io.BytesIO(raw)
    head = read_head(stream)
    assert head is not None
    return head, read_body(stream, head), stream.read()


def said(response: Response, *, ends: bool = False, head_only: bool = False) -> bytes:
    """The answer as it travels, without its date."""
    found, number = DATE.subn(b"Date: now", written(response, ends=ends, head_only=head_only))
    assert number == 1
    return found


def test_a_request_is_read_as_it_was_written() -> None:
    """The raw target, every header in its place and spelling, the first of each by its name, and no byte of what follows."""
    raw = b"POST /scim/v2/Users?a=b%20c HTTP/1.1\r\nX-One:  1 \r\nHOST: h\r\nx-one: 2\r\nContent-Length: 2\r\n\r\n{}GET"
    head, body, rest = heard(raw)

    assert ("POST", "/scim/v2/Users?a=b%20c") == (head.method, head.target)
    assert head.headers == (("X-One", "1"), ("HOST", "h"), ("x-one", "2"), ("Content-Length", "2"))
    assert ("1", "h") == (head.fields["x-one"], head.fields["host"])
    assert (b"{}", b"GET") == (body, rest)


@pytest.mark.parametrize("raw", [b"", b"\r\n"])
def test_a_client_that_has_nothing_to_say_is_no_request(raw: bytes) -> None:
    """The connection ended, or an empty line came."""
    assert read_head(io.BytesIO(raw)) is None


@pytest.mark.parametrize(
    ("version", "header", "stays"),
    [
        ("1.1", "", True),
        ("1.1", "Connection: close\r\n", False),
        ("1.0", "", False),
        ("1.0", "Connection: Keep-Alive\r\n", True),
    ],
)
def test_the_client_says_whether_it_stays(version: str, header: str, stays: bool) -> None:
    """HTTP/1.1 keeps connections unless told otherwise, HTTP/1.0 the other way round (RFC 9112 section 9.3)."""
    head, _, _ = heard(f"GET / HTTP/{version}\r\n{header}\r\n".encode())

    assert stays == head.stays


@pytest.mark.parametrize(("version", "waits"), [("1.1", True), ("1.0", False)])
def test_a_client_may_wait_to_be_told_to_go_on(version: str, waits: bool) -> None:
    """Before it sends its body; not in HTTP/1.0 (RFC 9110 section 10.1.1)."""
    head, _, _ = heard(f"PUT / HTTP/{version}\r\nExpect: 100-Continue\r\n\r\n".encode())

    assert waits == head.waits


def test_a_header_may_go_on_in_the_next_line() -> None:
    """As was the custom long ago: the parts are joined by a blank (RFC 9112 section 5.2)."""
    head, _, _ = heard(b"GET / HTTP/1.1\r\nX-Long: one\r\n\t two\r\n\r\n")

    assert head.headers == (("X-Long", "one two"),)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTPS\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"BREW / HTTP/1.1\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET /" + b"x" * 65536 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 65536 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * 100 + b"\r\n", 431),
        (b"PUT / HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"PUT / HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n", 400),
        (b"PUT / HTTP/1.1\r\nContent-Length: 67108865\r\n\r\n", 413),
        (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", 400),
        (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4000001\r\n", 413),
    ],
)
def test_what_is_no_http_has_a_status_of_its_own(raw: bytes, status: int) -> None:
    """Each way of being wrong is told apart."""
    with pytest.raises(NotHttp) as raised:
        heard(raw)

    assert status == raised.value.status


def test_a_body_may_come_in_chunks() -> None:
    """Sizes are hexadecimal and may have extensions; what follows the last chunk is left for the next request."""
    head = b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    _, body, rest = heard(head + b"A;x=y\r\n0123456789\r\n1\r\n!\r\n0\r\n\r\nGET")

    assert (b"0123456789!", b"GET") == (body, rest)


@pytest.mark.parametrize(
    ("response", "ends", "head_only", "raw"),
    [
        (Response(201, (("ETag", "1"),), b"{}"), False, False, b"201 Created|ETag: 1|Content-Length: 2||{}"),
        (Response(200, (), b"{}"), False, True, b"200 OK|Content-Length: 2||"),
        (Response(200, (), b"{}"), True, False, b"200 OK|Content-Length: 2|Connection: close||{}"),
        (Response(204), False, False, b"204 No Content||"),
        (Response(304, (), b"{}"), False, False, b"304 Not Modified||"),
        (Response(204, (("content-length", "2"),), b"{}"), False, False, b"204 No Content|content-length: 2||{}"),
        (Response(200, (), b"", "Fine"), False, False, b"200 Fine|Content-Length: 0||"),
        (Response(299), False, False, b"299 |Content-Length: 0||"),
    ],
)
def test_an_answer_has_the_length_that_fits(response: Response, ends: bool, head_only: bool, raw: bytes) -> None:
    """None where there can be no body, unless the handler insists; a HEAD has that of the body it does not carry."""
    first, _, rest = raw.partition(b"|")
    expected = b"HTTP/1.1 " + first + b"|Server: scim-sim|Date: now|" + rest

    assert expected.replace(b"|", b"\r\n") == said(response, ends=ends, head_only=head_only)
