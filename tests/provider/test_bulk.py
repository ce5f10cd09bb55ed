"""Bulk: references in any order, results in the order of the request, limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.provider import Options
from scim_sim.scim import urns

Make = Callable[..., Any]


def post(path: str, name: str, **data: Any) -> dict[str, Any]:
    """One creation."""
    schema = urns.USER if path == "/Users" else urns.GROUP
    return {"method": "POST", "path": path, "bulkId": name, "data": {"schemas": [schema], **data}}


def send(client: Any, *operations: dict[str, Any], **more: Any) -> Any:
    """Send them as one request."""
    return client.send("POST", "/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": list(operations), **more})


def test_a_reference_may_come_before_what_it_refers_to(make: Make) -> None:
    """The group holds the user's real id; results keep the order of the request and their bulkId."""
    client = make()
    response = send(
        client, post("/Groups", "g", displayName="g", members=[{"value": "bulkId:u"}]), post("/Users", "u", userName="ada")
    )
    results = response.json()["Operations"]

    assert (200, [("g", "201"), ("u", "201")]) == (response.status, [(item["bulkId"], item["status"]) for item in results])
    assert [results[1]["location"].rsplit("/", 1)[-1]] == client.members(results[0]["location"].rsplit("/", 1)[-1])


def test_errors_are_counted_and_stop_the_rest(make: Make) -> None:
    """With failOnErrors 1 the third operation is not tried; without, it is."""
    operations = [post("/Users", str(place), userName=name) for place, name in enumerate(("ada", "ada", "bob"))]
    stopped, finished = send(make(), *operations, failOnErrors=1), send(make(), *operations)

    assert ["201", "409"] == [item["status"] for item in stopped.json()["Operations"]]
    assert ["201", "409", "201"] == [item["status"] for item in finished.json()["Operations"]]
    assert "uniqueness" == finished.json()["Operations"][1]["response"]["scimType"]


def test_references_to_nothing_and_in_a_circle_fail_alone(make: Make) -> None:
    """409 for these operations, and the others take effect."""
    client = make()
    round_trip = [post("/Groups", a, displayName=a, members=[{"value": f"bulkId:{b}"}]) for a, b in (("x", "y"), ("y", "x"))]
    lost = post("/Groups", "z", displayName="z", members=[{"value": "bulkId:nobody"}])
    results = send(client, *round_trip, lost, post("/Users", "u", userName="ada")).json()["Operations"]

    assert (["409", "409", "409", "201"], 1) == ([item["status"] for item in results], len(client.provider.store_of()))


def test_a_stale_version_fails_alone(make: Make) -> None:
    """412 for that operation (RFC 7644 section 3.7); a deletion has its address and no body."""
    client = make()
    made = client.user("ada")
    stale = {"method": "DELETE", "path": f"/Users/{made['id']}", "version": 'W/"9"'}
    results = send(client, stale, {**stale, "version": 'W/"1"'}).json()["Operations"]

    assert ["412", "204"] == [item["status"] for item in results]
    assert made["meta"]["location"] == results[1]["location"]


def test_limits_are_kept_and_named(make: Make) -> None:
    """413 for too many operations and for too large a body; nothing took effect."""
    client = make(options=Options(bulk_operations=1, bulk_bytes=1000))
    many = send(client, post("/Users", "a", userName="a"), post("/Users", "b", userName="b"))
    large = send(client, post("/Users", "a", userName="a" * 1000))

    assert [(413, True), (413, True)] == [
        (many.status, "1" in many.json()["detail"]),
        (large.status, "1000" in large.json()["detail"]),
    ]
    assert 0 == len(client.provider.store_of())


@pytest.mark.parametrize("operation", [{"method": "FETCH", "path": "/Users"}, {"path": "/Users"}, {"method": "DELETE"}, {}])
def test_an_operation_that_is_none_refuses_the_whole(make: Make, operation: dict[str, Any]) -> None:
    """400 with invalidSyntax, and nothing took effect."""
    client = make()
    response = send(client, post("/Users", "u", userName="ada"), operation)

    assert (400, "invalidSyntax", 0) == (response.status, response.json()["scimType"], len(client.provider.store_of()))
