"""The guard that keeps tests on this machine."""

from __future__ import annotations

import socket

import pytest


def test_connection_without_marker_fails_the_test() -> None:
    """A test that connects and is not marked is told which marker it lacks."""
    with socket.socket() as plug, pytest.raises(pytest.fail.Exception, match=r"@pytest\.mark\.socket"):
        plug.connect(("127.0.0.1", 1))


@pytest.mark.socket
def test_connection_beyond_the_loopback_fails_the_test() -> None:
    """Even a marked test may not connect to another machine; 192.0.2.1 is nobody's (RFC 5737)."""
    with socket.socket() as plug, pytest.raises(pytest.fail.Exception, match="stay on the loopback"):
        plug.connect(("192.0.2.1", 80))


@pytest.mark.socket
def test_marked_test_reaches_the_loopback() -> None:
    """A marked test connects to a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as plug:
        plug.connect(server.getsockname())

        assert server.getsockname() == plug.getpeername()
