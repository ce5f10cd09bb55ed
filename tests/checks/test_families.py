"""What no probe can show on the embedded provider, in exchanges made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.checks import Finding, Judge, Surroundings
from scim_sim.scim.declared import Declared
from scim_sim.scim.urns import LIST_RESPONSE, USER
from scim_sim.wire import Exchange, Request, Response, json_body

SCIM = ("Content-Type", "application/scim+json")


def failed(method: str, path: str, status: int, headers: Any = (), body: Any = b"", base: str = "") -> set[str]:
    """The requirements broken by one exchange."""
    judge = Judge(Surroundings(base or "https://app.example.com/scim", Declared()))
    path, mark, query = path.partition("?")
    request = Request(method, path, query if mark else None, (("Authorization", "***"),))
    content = body if isinstance(body, bytes) else json_body(body)
    exchange = Exchange("E1", "harness", "s", "1", request, Response(status, (SCIM, *headers), content), None, 0.0, 0.0)
    said = [one for one in judge.judge(exchange) if isinstance(one, Finding)]
    found = [*said, *judge.finish("s")]
    return {f.requirement for f in found if f.outcome in ("fail", "error") and f.level != "MAY"}


@pytest.mark.parametrize(
    ("requirement", "arguments"),
    [
        ("rfc7644-3.2-delete-collection-refused", ("DELETE", "/Users", 204)),
        ("rfc7644-3.12-redirect-codes", ("POST", "/Users", 301, [("Location", "/Users/")])),
        ("rfc9110-10.2.3-retry-after", ("GET", "/Users", 429)),
        ("rfc9110-15.5.6-allow-header", ("PATCH", "/Users", 405)),
        ("rfc9110-15.3.5-no-body-204", ("DELETE", "/Users/1", 204, (), b"gone")),
        ("rfc7644-3.8-utf8", ("GET", "/Users/1", 200, (), b'\xef\xbb\xbf{"id":"1"}')),
        ("rfc7644-3.12-no-server-error", ("GET", "/Users", 500)),
        ("rfc7644-3.12-error-body", ("GET", "/Users/1", 404, (), b"<html>")),
        ("rfc7644-7.7-error-no-internals", ("GET", "/Users", 400, (), b'{"detail":"File \\"/srv/app/views.py\\", line 4"}')),
        ("rfc7644-3.4.2-no-match-200", ("GET", "/Users?filter=userName%20eq%20%22x%22", 404, (), b"")),
        ("rfc7643-5-discovery-read-only", ("DELETE", "/Schemas/x", 204)),
        ("rfc7643-3.1-id-present", ("GET", "/Users/1", 200, (), {"schemas": [USER], "userName": "ada"})),
        ("rfc7643-2.3.4-integer-form", ("GET", "/Users", 200, (), b'{"schemas":[],"totalResults":1.0}')),
        ("rfc7644-3.4.2-list-envelope", ("GET", "/Users", 200, (), b"[]")),
    ],
)
def test_one_exchange_shows_it(requirement: str, arguments: tuple[Any, ...]) -> None:
    """A single answer is enough to break the requirement."""
    assert requirement in failed(*arguments)


def test_plain_http_to_another_host_is_found() -> None:
    """Only the loopback is used without TLS."""
    listed = {"schemas": [LIST_RESPONSE], "totalResults": 0}

    assert "rfc7644-7.2-tls-required" in failed("GET", "/Users", 200, (), listed, base="http://app.example.com/scim")
    assert "rfc7644-7.2-tls-required" not in failed("GET", "/Users", 200, (), listed, base="https://app.example.com/scim")
    assert "rfc7644-7.2-tls-required" not in failed("GET", "/Users", 200, (), listed, base="http://127.0.0.1:8080/scim")


def test_answers_that_are_no_scim_at_all_make_no_check_stumble() -> None:
    """Whatever stands in a body, a check says what is wrong with it and never crashes."""
    judge = Judge(Surroundings("https://app.example.com/scim", Declared()))
    bodies: list[bytes] = [
        b"",
        b"null",
        b"[1]",
        b'"x"',
        b'{"Resources": 5, "totalResults": "many"}',
        b'{"Resources": [null, 1, {"id": 5, "meta": 7, "schemas": "x", "members": {"a": 1}, "emails": "e", "name": []}]}',
        b'{"schemas": [1], "id": {}, "userName": [], "meta": [], "urn:x": 3, "groups": [1], "addresses": ["a"]}',
        b'{"Operations": [1, {"status": {"code": 1}}]}',
        b"\xff\xfe\x00",
    ]
    requests = [
        ("GET", "/Users", None),
        ("GET", "/Users/1", None),
        ("POST", "/Users", {"schemas": [USER], "userName": "ada"}),
        ("PUT", "/Users/1", {"schemas": [USER], "userName": "ada"}),
        ("PATCH", "/Users/1", {"Operations": [{"op": "replace", "path": "active", "value": False}]}),
        ("POST", "/Bulk", {"Operations": [{"method": "POST", "path": "/Users", "bulkId": "1", "data": {}}]}),
        ("GET", "/Schemas", None),
        ("GET", "/ResourceTypes", None),
        ("GET", "/ServiceProviderConfig", None),
        ("DELETE", "/Users/1", None),
    ]
    said = []
    for number, (body, (method, path, sent)) in enumerate((b, r) for b in bodies for r in requests):
        for status in (200, 201, 400):
            request = Request(method, path, None, (), None if sent is None else json_body(sent))
            response = Response(status, (SCIM,), body)
            exchange = Exchange(f"E{number}.{status}", "harness", "s", f"{number}", request, response, None, 0.0, 0.0)
            said += [f for f in judge.judge(exchange) if isinstance(f, Finding) and f.outcome == "error"]

    assert [] == [(f.check, f.problem) for f in said]
