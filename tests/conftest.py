"""What all tests share: no test talks to anything beyond this machine, and Chromium for those that look at a page."""

from __future__ import annotations

import gc
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The top folder of the repository."""
    return Path(__file__).parent.parent


def refusal(address: Any, marked: bool) -> str:
    """Why a test may not connect to this address, or the empty string; Unix sockets are free."""
    if not isinstance(address, tuple):
        return ""
    host, port = str(address[0]), address[1]
    if not host.startswith(LOOPBACK):
        return f"this test connects to {host}: tests stay on the loopback"
    return "" if marked else f"this test connects to {host}:{port}: mark it with @pytest.mark.socket, or do without"


@pytest.fixture(autouse=True)
def guarded_sockets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test without the marker `socket` or `browser` opens no connection, and none leaves the machine."""
    marked = any(request.node.get_closest_marker(name) for name in ("socket", "browser"))
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        fault = refusal(address, marked)
        if fault:
            self.close()
            pytest.fail(fault)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def usual_collection() -> Iterator[None]:
    """A command looks for garbage seldom to the end of its process; tests go on."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; tests skip where there is none, but never in continuous integration."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        message = "no Chromium: `make chromium` as root installs it, or set CHROMIUM to the path of one"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """A headless Chromium, driven by Playwright; `browser.new_page(viewport={"width": 400, "height": 800})` opens a page."""
    from playwright.sync_api import sync_playwright  # costs a second that only browser tests pay

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=[*quiet, "--no-first-run", "--disable-quic"])
        yield launched
        launched.close()
