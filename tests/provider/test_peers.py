"""What other conformance tools say about the provider: nothing, save false alarms of theirs, each with its reason."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from scim_sim.provider import Options, Provider, serve
from scim_sim.wire import Request

SCIM2_TESTER_ALARMS = {
    "manager": "It sends no displayName and is surprised to read one. RFC 7643 section 4.3 makes it the provider's.",
}
"""Parts of its messages; the provider runs without the check of country codes, as it fills `country` with a UUID."""

SCIM_SANITY_ALARMS = {
    "PATCH /Groups/{id}": "It wants 200 and a body. RFC 7644 section 3.5.2 permits 204 without one.",
    "PATCH /Groups/{id} add member": "It adds a member that does not exist. Nothing in the RFC asks a provider to accept that.",
    "PATCH /Groups/{id} remove members": "It wants 200 and a body. RFC 7644 section 3.5.2 permits 204 without one.",
}
"""Names of its tests."""


def as_wsgi(provider: Provider) -> Callable[..., Iterable[bytes]]:
    """The provider as a WSGI application."""

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        headers = [(name[5:].replace("_", "-"), value) for name, value in environ.items() if name.startswith("HTTP_")]
        headers.append(("Content-Type", environ.get("CONTENT_TYPE") or "application/scim+json"))
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)) or None
        query = environ.get("QUERY_STRING") or None
        request = Request(environ["REQUEST_METHOD"], environ["PATH_INFO"], query, tuple(headers), body)
        response = provider.handle(request)
        start(f"{response.status} {response.reason or 'Status'}", list(response.headers))
        return [response.body]

    return application


def test_scim2_tester_finds_nothing() -> None:
    """All of its checks, against every resource type, leave nothing behind and find nothing but its own mistakes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from scim2_client.engines.wsgi import WSGISCIMClient
        from scim2_tester import Status, check_server

        provider = Provider(seed=1, options=Options(country_codes=False))
        results = check_server(WSGISCIMClient(as_wsgi(provider)))
    wrong = [f"{result.title}: {result.reason}" for result in results if result.status != Status.SUCCESS]

    assert len(results) > 100
    assert [] == [text for text in wrong if not any(part in text for part in SCIM2_TESTER_ALARMS)]
    assert ([], 0) == (provider.crashes, len(provider.store_of()))


@pytest.mark.socket
def test_scim_sanity_finds_nothing() -> None:
    """Its probe over a socket, in strict mode."""
    provider = Provider("scim-token-1", seed=1)
    with serve(provider) as server:
        command = [sys.executable, "-m", "scim_sanity", "probe", server.url, "--token", "scim-token-1"]
        done = subprocess.run([*command, "--i-accept-side-effects", "--json-output"], capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    wrong = [result["name"] for result in report["results"] if result["status"] not in ("pass", "skip")]

    assert report["summary"]["passed"] > 20
    assert sorted(SCIM_SANITY_ALARMS) == sorted(wrong)
    assert ([], 0) == (provider.crashes, len(provider.store_of()))
