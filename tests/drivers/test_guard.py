"""Guards, the dry run, and credentials that change: transports that stand before the transport."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.drivers.credentials import Credentials
from scim_sim.drivers.dry_run import DryRun
from scim_sim.drivers.guard import Guard, switches_off
from scim_sim.errors import GuardStopped
from scim_sim.target import Auth
from scim_sim.wire import CREDENTIALS, Request, Response, json_body


class Echo:
    """A transport that remembers and gives every created account a number."""

    def __init__(self, prefix: str = "u", total: int = 0) -> None:
        self.sent: list[Request] = []
        self.prefix = prefix
        self.total = total

    def send(self, request: Request) -> Response:
        """201 with an id for a create, a list for a look-up, 200 otherwise."""
        self.sent.append(request)
        if request.method == "POST":
            return Response(201, (), json_body({"id": f"{self.prefix}{len(self.sent)}"}))
        return Response(200, (), json_body({"totalResults": self.total, "from": self.prefix}))


def create(path: str = "/Users") -> Request:
    """A create."""
    return Request("POST", path, label="create user")


def patch(id: str, *operations: Any, agent: str = "Okta SCIM Client 1.0.0") -> Request:
    """A PATCH of an account."""
    return Request("PATCH", f"/Users/{id}", None, (("User-Agent", agent),), json_body({"Operations": list(operations)}))


OFF = {"op": "replace", "value": {"active": False}}


@pytest.mark.parametrize(
    "request_",
    [
        Request("DELETE", "/Users/u1"),
        Request("PUT", "/Users/u1", body=b'{"active":false}'),
        Request("PUT", "/Users/u1", body=b'{"active":"False"}'),
        patch("u1", {"op": "Replace", "path": "active", "value": "False"}),
        patch("u1", {"op": "add", "path": "active", "value": False}),
        patch("u1", OFF),
        patch("u1", {"op": "replace", "path": "urn:ietf:params:scim:schemas:core:2.0:User:active", "value": False}),
        patch("u1", {"op": "replace", "path": "title", "value": "x"}, {"op": "replace", "value": {"Active": "false"}}),
    ],
)
def test_request_that_switches_somebody_off_is_recognised(request_: Request) -> None:
    """DELETE, PUT and every PATCH by which an identity provider ends an account."""
    assert "u1" == switches_off(request_)


@pytest.mark.parametrize(
    "request_",
    [
        Request("GET", "/Users/u1"),
        Request("DELETE", "/Groups/g1"),
        Request("POST", "/Users", body=b'{"active":false}'),
        Request("PUT", "/Users/u1", body=b'{"active":true}'),
        Request("PUT", "/Users/u1", body=b"nonsense"),
        Request("PATCH", "/Users/u1", body=b"[]"),
        patch("u1", {"op": "replace", "path": "active", "value": True}),
        patch("u1", {"op": "replace", "path": "title", "value": "false"}),
        patch("u1", {"op": "remove", "path": "active"}),
    ],
)
def test_other_requests_are_not(request_: Request) -> None:
    """Reads, groups, activations and other attributes."""
    assert "" == switches_off(request_)


def test_limit_stops_before_one_account_too_many() -> None:
    """What would pass the limit is not sent; groups do not count."""
    echo = Echo()
    guard = Guard(echo, most=2)
    for request in (create(), create("/Groups"), create()):
        guard.send(request)

    with pytest.raises(GuardStopped) as caught:
        guard.send(create())

    assert 3 == len(echo.sent)
    assert 5 == caught.value.exit_code
    assert "2 accounts were created" in caught.value.message


def test_share_stops_before_too_many_are_switched_off() -> None:
    """Half of four is allowed, the third is not sent; the same person twice counts once."""
    echo = Echo()
    guard = Guard(echo, share=0.5)
    ids = [guard.send(create()).json()["id"] for _ in range(4)]
    for id in (ids[0], ids[0], ids[1]):
        guard.send(patch(id, OFF))

    with pytest.raises(GuardStopped) as caught:
        guard.send(patch(ids[2], OFF))

    assert 7 == len(echo.sent)
    assert "3 of 4 accounts" in caught.value.message


def test_harness_may_clean_up() -> None:
    """What the harness does is not guarded, and after a stop nothing is."""
    guard = Guard(Echo(), share=0.0)
    id = guard.send(create()).json()["id"]
    guard.send(patch(id, OFF, agent="scim-sim/1"))

    with pytest.raises(GuardStopped):
        guard.send(patch(id, OFF))

    assert 200 == guard.send(patch(id, OFF)).status


def test_dry_run_sends_reads_and_tells_of_writes() -> None:
    """Writes go to the stand-in; reads of what it made too; everything else is read from the target."""
    stand_in, target, told = Echo("made", total=1), Echo("real"), []
    run = DryRun(stand_in, told.append, target)
    id = run.send(create()).json()["id"]
    run.send(Request("GET", f"/Users/{id}"))
    run.send(Request("GET", "/Users/other"))

    assert [request.method for request in told] == ["POST"]
    assert [request.path for request in target.sent] == ["/Users/other"]


def test_dry_run_finds_what_it_planned() -> None:
    """A look-up that finds nobody at the target finds whom the plan has created; whom the target knows comes first."""
    run = DryRun(Echo("made", total=1), lambda request: None, Echo("real"))
    known = DryRun(Echo("made", total=1), lambda request: None, Echo("real", total=1))
    lookup = Request("GET", "/Users", "filter=userName%20eq%20%22ada%22")
    for one in (run, known):
        one.send(create())

    assert "made" == run.send(lookup).json()["from"]
    assert "real" == known.send(lookup).json()["from"]


def test_dry_run_without_reads_sends_nothing() -> None:
    """Offline, the stand-in answers everything."""
    stand_in = Echo()
    run = DryRun(stand_in, lambda request: None)
    for request in (Request("GET", "/Users"), create()):
        run.send(request)

    assert 2 == len(stand_in.sent)


def test_credentials_are_put_in_place_and_can_change() -> None:
    """The placeholder becomes the token given last; other values stay as they are; none leaves the header out."""
    echo = Echo()
    credentials = Credentials(echo, Auth("Bearer", "old"))
    for auth in (None, Auth("Bearer", "new"), Auth("none")):
        if auth is not None:
            credentials.use(auth)
        credentials.send(Request("GET", "/", None, (("Authorization", CREDENTIALS), ("X-Other", "1"))))

    assert [request.header("authorization") for request in echo.sent] == ["Bearer old", "Bearer new", None]
    assert {"1"} == {request.header("x-other") for request in echo.sent}
