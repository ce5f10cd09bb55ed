"""HTTP/1.1 as a service provider hears and speaks it: requests as they were written, each answer in one piece.

Headers keep their spelling and their order, as in `wire`. What is no HTTP raises `NotHttp`, and ends the connection.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from io import BufferedIOBase
from typing import Final

from scim_sim.wire import Headers, Response

__all__ = ["CONTINUE", "Head", "NotHttp", "read_body", "read_head", "written"]

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
"""What a client that waits is told before it sends its body."""

_LARGEST_BODY: Final = 64 * 1024 * 1024
_LONGEST_LINE: Final = 64 * 1024
_MOST_HEADERS: Final = 100
_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}
_METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"))
_VERSION: Final = re.compile(r"HTTP/(\d{1,10})\.(\d{1,10})")
_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,16}")


class NotHttp(Exception):
    """What came cannot be answered as a request: `status` says why to a machine, `detail` to people."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Head:
    """The head of one request; `fields` has the first value of each header by its name in lower case."""

    method: str
    target: str
    version: tuple[int, int]
    headers: Headers
    fields: dict[str, str]

    @property
    def stays(self) -> bool:
        """Whether the client means to go on speaking over this connection."""
        wish = self.fields.get("connection", "").lower()
        return wish == "keep-alive" or (wish != "close" and self.version >= (1, 1))

    @property
    def waits(self) -> bool:
        """Whether the client sends its body only once it is told to (RFC 9110 section 10.1.1)."""
        return self.version >= (1, 1) and self.fields.get("expect", "").lower() == "100-continue"


def read_head(stream: BufferedIOBase) -> Head | None:
    """The head of the next request, or `None` when the client has nothing more to say."""
    line = _line(stream, 414)
    words = line.split()
    if not words:
        return None
    if len(words) != 3:
        raise NotHttp(400, f"Bad request syntax ({line!r})")
    method, target, version = words[0], words[1], _version(words[2])
    headers = _headers(stream)
    if method not in _METHODS:
        raise NotHttp(501, f"Unsupported method ({method!r})")
    return Head(method, target, version, headers, {name.lower(): value for name, value in reversed(headers)})


def read_body(stream: BufferedIOBase, head: Head) -> bytes:
    """The body that belongs to the head, empty where it announces none."""
    if "chunked" in head.fields.get("transfer-encoding", "").lower():
        return _chunks(stream)
    length = head.fields.get("content-length") or "0"
    if not length.isdecimal():
        raise NotHttp(400, f"Content-Length is {length!r}, which is no number")
    return stream.read(_small(int(length)))


def written(response: Response, *, ends: bool, head_only: bool = False) -> bytes:
    """The answer as it travels; `ends` tells the client that no other will follow."""
    explicit = response.header("content-length") is not None
    bodiless = (response.status in (204, 304) or response.status < 200) and not explicit
    lines = [f"HTTP/1.1 {response.status} {response.reason or _PHRASES.get(response.status, '')}", "Server: scim-sim"]
    lines.append(_date(int(time.time())))
    lines += [f"{name}: {value}" for name, value in response.headers]
    if not bodiless and not explicit:
        lines.append(f"Content-Length: {len(response.body)}")
    if ends:
        lines.append("Connection: close")
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return head if bodiless or head_only else head + response.body


def _version(text: str) -> tuple[int, int]:
    found = _VERSION.fullmatch(text)
    if found is None:
        raise NotHttp(400, f"Bad request version ({text!r})")
    number = int(found[1]), int(found[2])
    if number >= (2, 0):
        raise NotHttp(505, f"Invalid HTTP version ({text.removeprefix('HTTP/')})")
    return number


def _headers(stream: BufferedIOBase) -> Headers:
    found: list[tuple[str, str]] = []
    while line := _line(stream, 431):
        name, colon, value = line.partition(":")
        if line[0] in " \t" and found:  # the value goes on, as was the custom long ago (RFC 9112 section 5.2)
            name, value = found[-1][0], f"{found.pop()[1]} {line.lstrip()}"
        elif not colon:
            raise NotHttp(400, f"A header has no colon ({line[:40]!r})")
        found.append((name, value.strip(" \t")))
        if len(found) >= _MOST_HEADERS:
            raise NotHttp(431, "Too many headers")
    return tuple(found)


def _chunks(stream: BufferedIOBase) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        text = stream.readline(1000).partition(b";")[0].strip()
        if not _SIZE.fullmatch(text):
            raise NotHttp(400, "A chunk of the body has no size")
        length = int(text, 16)
        size = _small(size + length)
        parts.append(stream.read(length))
        stream.readline(1000)
        if length == 0:
            return b"".join(parts)


def _small(length: int) -> int:
    if length > _LARGEST_BODY:
        raise NotHttp(413, f"The body is larger than {_LARGEST_BODY} bytes")
    return length


def _line(stream: BufferedIOBase, status: int) -> str:
    line = stream.readline(_LONGEST_LINE + 1)
    if len(line) > _LONGEST_LINE:
        raise NotHttp(status, "Line too long")
    return line.decode("latin-1").rstrip("\r\n")


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return f"Date: {formatdate(second, usegmt=True)}"
