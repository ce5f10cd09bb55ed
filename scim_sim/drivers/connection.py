"""Connections of urllib3 that read the headers of an answer line by line.

The standard library gives them to its parser of mails, which takes a sixth of the time that a request takes. Whatever is
not plainly one header to a line still goes there, so that nothing is understood otherwise than by everybody else.
"""

from __future__ import annotations

import http.client
import io
import re
from collections.abc import Iterator
from types import FunctionType
from typing import Any, Final

from urllib3.connection import HTTPConnection, HTTPSConnection

__all__ = ["CONNECTIONS", "read_headers"]

_LONGEST_LINE: Final = 64 * 1024
_MOST_LINES: Final = 100
_PLAIN: Final = re.compile(rb"(?:[!-9;-~]+:[^\r\n]*\r?\n){,99}\r?\n")
"""Headers, and the empty line after them."""


def read_headers(stream: io.BufferedIOBase) -> http.client.HTTPMessage:
    """What `http.client.parse_headers` makes of the stream, and what it raises."""
    block = b"".join(_lines(stream))
    if not _PLAIN.fullmatch(block):
        return http.client.parse_headers(io.BytesIO(block))
    message = http.client.HTTPMessage()
    for line in block.decode("latin-1").split("\n")[:-2]:
        name, _, value = line.partition(":")
        message.set_raw(name, value.lstrip(" \t").rstrip("\r"))
    return message


def _lines(stream: io.BufferedIOBase) -> Iterator[bytes]:
    """The lines up to the empty one, or to where they are too long or too many."""
    for _ in range(_MOST_LINES + 1):
        line = stream.readline(_LONGEST_LINE + 1)
        yield line
        if line in (b"\r\n", b"\n", b"") or len(line) > _LONGEST_LINE:
            return


_BEGIN: Final = FunctionType(http.client.HTTPResponse.begin.__code__, {**vars(http.client), "parse_headers": read_headers})
"""How the standard library begins to read an answer, with another hand for its headers."""


class _Answer(http.client.HTTPResponse):
    def begin(self) -> None:
        _BEGIN(self)


class _Connection(HTTPConnection):
    response_class = _Answer


class _SecureConnection(HTTPSConnection):
    response_class = _Answer


CONNECTIONS: Final[dict[Any, Any]] = {HTTPConnection: _Connection, HTTPSConnection: _SecureConnection}
"""What takes the place of each class of connection; others, such as those through SOCKS, stay as they are."""
