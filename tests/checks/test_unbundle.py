"""A bulk request is read as the single requests that it stands for, and holds the target to each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.checks.unbundle import unbundled
from scim_sim.provider import Provider
from scim_sim.provider.defects import DEFECTS
from scim_sim.scim.urns import BULK_REQUEST, BULK_RESPONSE, GROUP, USER
from scim_sim.wire import Exchange, Request, Response, json_body
from tests.checks.story import patch, user

WHERE = "https://provider.example.test/scim/v2"


def bulk(operations: Any, results: Any) -> list[tuple[str, str, Any, int, bool]]:
    """The single requests: method, path, body, status, and whether it refers to another."""
    sent = {"schemas": [BULK_REQUEST], "Operations": operations}
    came = {"schemas": [BULK_RESPONSE], "Operations": results}
    request, response = Request("POST", "/Bulk", None, (), json_body(sent)), Response(200, (), json_body(came))
    whole = Exchange("E1", "harness", "story", "1", request, response, None, 0.0, 0.0)
    return [
        (e.request.method, e.request.path, e.request.json() if e.request.body else None, e.answer.status, single.linked)
        for single in unbundled(whole, sent, came)
        for e in (single.exchange,)
    ]


def test_references_become_ids() -> None:
    """A reference is read as the id in the location of what it refers to, also when that comes later."""
    group = {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"members": [{"value": "bulkId:u"}]}}
    person = {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": "ada"}}
    results = [
        {"method": "POST", "bulkId": name, "location": f"{WHERE}/x/{id_}", "status": "201"}
        for name, id_ in (("u", "7"), ("g", "8"))
    ]

    expected = [
        ("POST", "/Groups", {"members": [{"value": "7"}]}, 201, True),
        ("POST", "/Users", {"userName": "ada"}, 201, False),
    ]
    assert expected == bulk([group, person], results)


@pytest.mark.parametrize(
    ("operations", "results"),
    [
        ([{"method": "DELETE", "path": "/Users/1"}], []),
        ([{"method": "DELETE", "path": "/Users/1"}], [{"method": "DELETE"}]),
        ([{"method": "DELETE", "path": "/Users/1"}] * 2, [{"method": "DELETE", "status": "204"}] * 2),
        ([{"method": "DELETE", "path": "/Users/bulkId:u"}], [{"method": "DELETE", "status": "204"}]),
        ([{"method": "PUT", "path": "/Users/1", "data": {"x": "bulkId:u"}}], [{"method": "PUT", "status": "200"}]),
        ("none", [{"method": "PUT", "status": "200"}]),
    ],
)
def test_what_nobody_can_tell_is_left_out(operations: Any, results: Any) -> None:
    """No result, no status, two operations on one resource, a reference that leads nowhere, no list at all."""
    assert [] == bulk(operations, results)


def test_a_status_may_be_an_object() -> None:
    """SCIM 1.1 gave an object with a code."""
    result = {"method": "DELETE", "status": {"code": 204}}

    assert [("DELETE", "/Users/1", None, 204, False)] == bulk([{"method": "DELETE", "path": "/Users/1"}], [result])


def played(speak: Callable[..., Any], *changes: Callable[[Provider], None]) -> set[str]:
    """What is found wrong when everything is written in one bulk request and read back."""
    ask = speak(*changes)
    ids = [ask("POST", "/Users", user(n)).json()["id"] for n in range(3)]
    for id_ in ids:
        ask("GET", f"/Users/{id_}")
    members = [{"value": "bulkId:new"}]
    made = ask(
        "POST",
        "/Bulk",
        {
            "schemas": [BULK_REQUEST],
            "Operations": [
                {"method": "PATCH", "path": f"/Users/{ids[0]}", "data": patch({"op": "add", "path": "title", "value": "Chief"})},
                {"method": "PUT", "path": f"/Users/{ids[1]}", "data": user(1, displayName="Put")},
                {"method": "PUT", "path": f"/Users/{ids[2]}", "version": 'W/"0"', "data": user(2, displayName="Stale")},
                {"method": "POST", "path": "/Users", "bulkId": "new", "data": user(9)},
                {
                    "method": "POST",
                    "path": "/Groups",
                    "bulkId": "g",
                    "data": {"schemas": [GROUP], "displayName": "G", "members": members},
                },
                {"method": "POST", "path": "/Users", "bulkId": "bad", "data": {"schemas": [USER]}},
            ],
        },
    ).json()["Operations"]
    for path in (*(f"/Users/{id_}" for id_ in ids), *(item["location"].removeprefix(WHERE) for item in made[3:5])):
        ask("GET", path)
    found: set[str] = ask.failed
    return found


def test_nothing_is_wrong_with_a_correct_provider(speak: Callable[..., Any]) -> None:
    """What a bulk request did reads back as written, and what it refused has changed nothing."""
    assert set() == played(speak)


@pytest.mark.parametrize(
    ("defect", "requirement"),
    [
        ("bulk-patch-without-effect", "rfc7644-3.7-bulk-effects"),
        ("bulk-put-without-effect", "rfc7644-3.7-bulk-effects"),
        ("bulk-creation-loses-extension", "rfc7644-3.7-bulk-effects"),
        ("group-created-without-members", "rfc7644-3.7.2-bulkid-reference"),
    ],
)
def test_effects_are_compared_with_the_operations(speak: Callable[..., Any], defect: str, requirement: str) -> None:
    """A result that says 200 is no proof."""
    assert requirement in played(speak, DEFECTS.get(defect).apply)
