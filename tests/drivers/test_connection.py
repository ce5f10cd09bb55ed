"""Headers of an answer are understood as the standard library understands them, and sooner."""

from __future__ import annotations

import http.client
import io

import pytest

from scim_sim.drivers.connection import read_headers

BLOCKS = {
    "plain": b'Content-Type: application/scim+json\r\nETag:W/"1"\r\n\r\n',
    "none": b"\r\n",
    "twice": b"X: 1\r\nLink: <a>\r\nx: 2\r\n\r\n",
    "blanks": b"X:\t one \t \r\nEmpty:\r\nColons: a:b: c\r\n\r\n",
    "line feeds alone": b"X: 1\nY: 2\n\n",
    "letters of Latin 1": b"X: caf\xe9\x85\xa0\r\n\r\n",
    "goes on": b"X: one\r\n\ttwo\r\n three\r\nY: 1\r\n\r\n",
    "goes on from nothing": b" X: 1\r\nY: 2\r\n\r\n",
    "no colon": b"X: 1\r\nnonsense\r\nY: 2\r\n\r\n",
    "no name": b"X: 1\r\n: 2\r\nY: 3\r\n\r\n",
    "blank before the colon": b"X : 1\r\nY: 2\r\n\r\n",
    "line end within": b"X: 1\rY: 2\r\nZ: 3\r\n\r\n",
    "of a mailbox": b"From someone\r\nX: 1\r\n\r\n",
    "breaks off": b"X: 1\r\nY: 2",
    "nothing": b"",
    "most": b"X: 1\r\n" * 99 + b"\r\n",
    "multipart": b"Content-Type: multipart/mixed; boundary=b\r\nX: 1\r\n\r\n",
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_headers_are_those_of_the_standard_library(block: bytes) -> None:
    """Name by name and letter by letter; what follows the empty line is left for the body."""
    stream = io.BytesIO(block + b"{}" if block.endswith(b"\n") else block)
    expected = http.client.parse_headers(io.BytesIO(block))

    assert expected.items() == read_headers(stream).items()
    assert stream.read() in (b"{}", b"")


@pytest.mark.parametrize(
    ("block", "error"),
    [
        (b"X: " + b"x" * 65536 + b"\r\n\r\n", http.client.LineTooLong),
        (b"X: 1\r\n" * 100 + b"\r\n", http.client.HTTPException),
        (b"X: 1\r\n" * 500 + b"\r\n", http.client.HTTPException),
    ],
)
def test_headers_that_are_too_many_or_too_long_are_refused(block: bytes, error: type[Exception]) -> None:
    """As they are by the standard library."""
    with pytest.raises(error):
        http.client.parse_headers(io.BytesIO(block))
    with pytest.raises(error):
        read_headers(io.BytesIO(block))


def test_plain_headers_are_not_parsed_as_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """That would take longer than all the rest."""
    monkeypatch.setattr(http.client, "parse_headers", None)

    assert [("ETag", "1")] == read_headers(io.BytesIO(b"ETag: 1\r\n\r\n")).items()
