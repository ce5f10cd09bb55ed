"""Whatever a service provider answers, a dialect tells it as a trouble and goes on: never a crash, never without end."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.idp.engine import ENGINES
from scim_sim.idp.lifecycle import Lifecycle
from scim_sim.scim.requirements import catalogue
from scim_sim.wire import Request, Response

DIALECTS = [name for name, engine in ENGINES.items() if issubclass(engine, Lifecycle)]

BODIES = (
    b"", b"null", b"7", b'"x"', b"[]", b"[" * 5000, b"<html>", b"\xff\xfe", b'{"Resources":{}}', b'{"Resources":[null]}',
    b'{"totalResults":"x","Resources":[{"id":null,"userName":5,"displayName":["x"]}]}',
    b'{"totalResults":99,"Resources":[{}]}', b'{"patch":7,"filter":[],"bulk":{"maxOperations":-3}}',
    b'{"members":"x","id":"1"}', b'{"members":[{"value":7},5],"meta":7}',
)  # fmt: skip
ANSWERS = (
    *(Response(200, (), body) for body in BODIES),
    *(Response(201, (), body) for body in (b"", b'{"id":""}', b'{"id":{"a":1}}', b'{"id":"a/b?c\\"d"}')),
    *(Response(status, (), b'{"detail":5,"errors":[1]}') for status in (204, 301, 400, 401, 403, 404, 409, 412, 500, 501)),
    Response(429, (("Retry-After", "soon"),)),
    Response(503, (("Retry-After", "99999999"),)),
    None,
)
"""Answers that are no use; `None` is none at all."""


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("share", [0.2, 0.6, 1.0])
def test_useless_answers_are_troubles(play: Callable[..., Any], name: str, share: float) -> None:
    """A share of the answers is useless: the story is played to its end in a bounded number of requests."""
    for seed in range(6):
        game = play(name)
        game.ask = scrambled(game, random.Random(f"{name}/{share}/{seed}"), share)

        story(game)

        assert len(game.requests) < 300
        assert [] == [need for need, _ in game.troubles() if need not in catalogue()]
        assert game.troubles() or share < 1


def scrambled(game: Any, chance: random.Random, share: float) -> Callable[[Request], Response]:
    """Ask the provider, or answer something useless in its place."""
    honest = game.ask

    def ask(request: Request) -> Response:
        if chance.random() < share:
            game.script = [chance.choice(ANSWERS)]
        return honest(request)  # type: ignore[no-any-return]

    return ask


def story(game: Any) -> None:
    """Everything that can happen, with time for cycles and respites in between."""
    game.run(game.engine.connect())
    for key in ("ada", "bo", "cy"):
        game.hire(key, given_name=key, family_name="Quill", email=f"{key}@example.test")
        game.do("assign", person=key)
    game.until(200 * 3600)
    game.team("crew", "Crew", ("ada", "bo"))
    game.do("push group", group="crew")
    game.change("update", "ada", {"family_name": "Berg", "display_name": "Ada Berg"})
    game.change("add_members", "crew", ["cy"])
    game.change("remove_members", "crew", ["bo"])
    game.change("rename_team", "crew", "Crew 2")
    for kind, key in (("suspend", "bo"), ("unsuspend", "bo"), ("delete", "cy")):
        game.change(kind, key)
        game.until(200 * 3600)
    game.do("unassign", person="ada")
    game.do("retry tasks")
    game.run(game.engine.settle())
    game.change("delete_team", "crew")
    game.until(200 * 3600)
    game.engine.expected()
