"""Whatever a target answers, the job goes on: every failure ends in the log, none in an exception."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.flow import NoResponse
from scim_sim.wire import Failure, Request, Response
from tests.idp.entra.conftest import Story

Make = Callable[..., Story]

STRANGE: list[Any] = [
    None, 0, -1, 1e308, True, "", "x", "\u0000", [], {}, [[]], [None], [1], {"id": None}, {"id": 5}, {"id": True}, {"id": ""},
    {"id": "a/b?c#d"}, {"id": "ä ö"}, {"Resources": None, "totalResults": "1"}, {"totalResults": 1, "Resources": [None]},
    {"totalResults": 1, "Resources": [{"id": "1"}]}, {"totalResults": 2, "Resources": [{"id": "1"}, {"id": "1"}]},
    {"id": "1", "emails": [None], "phoneNumbers": ["x"], "name": {"givenName": 3}, "active": "maybe"},
    {"id": "1", "emails": {}, "name": []}, {"id": "1", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": "x"},
    {"id": "1", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": [1]}},
    {"id": "1", "roles": [{"primary": "True", "value": None}], "members": [{"value": "1"}]},
]  # fmt: skip
BODIES = [b"", b"<html>", b"{", b"\xff\xfe", b"null", b"[" * 5000, *(json.dumps(value).encode() for value in STRANGE)]


def binned(story: Story, chance: random.Random, turn: int) -> None:
    """Bob goes into the recycle bin, or comes back."""
    change = story.directory.delete if story.directory.person("bob").active else story.directory.restore
    change("bob", story.at)


def joined(story: Story, chance: random.Random, turn: int) -> None:
    """Eva joins the team or leaves it."""
    change = chance.choice([story.directory.add_members, story.directory.remove_members])
    change("readers", ["eva"], story.at)


EVENTS: list[Callable[[Story, random.Random, int], Any]] = [
    binned,
    joined,
    lambda story, chance, turn: None,
    lambda story, chance, turn: story.update("eva", title=f"T{turn}"),
    lambda story, chance, turn: story.update("bob", manager=chance.choice(["", "eva"])),
    lambda story, chance, turn: story.do(chance.choice(["assign", "unassign"]), person="eva"),
    lambda story, chance, turn: story.directory.rename_team("readers", f"Readers {turn}", story.at),
    lambda story, chance, turn: story.do("restart", clear=chance.choice(["", "Full", "ConnectorDataStore"])),
    lambda story, chance, turn: story.do("provision on demand", person="ada"),
    lambda story, chance, turn: story.do("provision on demand", group="readers", members=["ada"]),
]


def play(story: Story, seed: int) -> None:
    """A long story against a target that answers by chance."""
    chance = random.Random(seed)

    def answer(request: Request) -> Response:
        roll = chance.random()
        if roll < 0.4:
            return story.provider.handle(request)
        if roll < 0.45:
            raise NoResponse(Failure(chance.choice(["timeout", "closed", "tls"]), "no answer"))
        status = chance.choice([200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 409, 412, 422, 429, 500, 501, 503])
        return Response(status, (("Content-Type", "application/scim+json"),), chance.choice(BODIES))

    story.before = answer
    for key in ("ada", "bob", "eva"):
        story.hire(key, manager="" if key == "ada" else "ada", title="Lead", phone="1")
    story.team("readers", "BI Readers", "ada", "bob")
    story.live(story.engine.connect())
    story.do("assign", group="readers")
    story.do("assign", person="eva", role="Admin")
    story.do("start")
    for turn in range(40):
        chance.choice(EVENTS)(story, chance, turn)
        if story.engine.due() is not None:
            story.cycle()
        json.dumps(list(story.engine.drain_log()))
        for user in story.engine.expected().users:
            json.dumps(dict(user.resource.items()))
    story.live(story.engine.settle())


@pytest.mark.parametrize("variant", ["", "optscim"])
@pytest.mark.parametrize("seed", range(12))
def test_job_survives_any_answer(entra: Make, seed: int, variant: str) -> None:
    """Statuses, bodies and silences by chance: no exception, and every trouble names its code."""
    options = {"roles": "AppRoleAssignmentsComplex([appRoleAssignments])"} if seed % 2 else {}
    story = entra(variant, mapping=options, accidental_delete_threshold=seed % 3, honour_retry_after=bool(seed % 5 == 0))

    play(story, seed)

    assert all(trouble.message and trouble.need for trouble in story.engine.troubles)
