"""What somebody else has changed is not held against an identity provider's belief."""

from __future__ import annotations

import pytest

from scim_sim.scenario.others import Others, written
from scim_sim.wire import Exchange, Request, Response


def _exchange(method: str, path: str, voice: str = "harness", status: int = 200, body: bytes = b"{}") -> Exchange:
    response = Response(status, (("Content-Type", "application/scim+json"),), body)
    return Exchange("x1", voice, "s", "01", Request(method, path), response, None, 0.0, 0.0)


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (_exchange("PATCH", "/Users/42"), ("user", "42")),
        (_exchange("DELETE", "/Groups/7", status=204), ("group", "7")),
        (_exchange("POST", "/Users", status=201, body=b'{"id": "9"}'), ("user", "9")),
        (_exchange("POST", "/Users", status=201, body=b"gone"), None),
        (_exchange("GET", "/Users/42"), None),
        (_exchange("POST", "/Bulk"), None),
    ],
)
def test_what_an_exchange_wrote(exchange: Exchange, expected: tuple[str, str] | None) -> None:
    """The id of the path, or of the answer to a creation."""
    assert written(exchange) == expected


def test_change_is_news_to_everybody_else() -> None:
    """Not to whoever made it, and not when it was refused."""
    others = Others()
    voices = ("okta:oin", "entra")
    others.wrote(_exchange("PATCH", "/Users/42", "entra"), voices)
    others.wrote(_exchange("PATCH", "/Users/43", "harness", status=400), voices)

    assert others.changed("okta:oin", "user", "42") is True
    assert others.changed("entra", "user", "42") is False
    assert others.changed("okta:oin", "user", "43") is False
    assert others.changed("okta:oin", "group", "42") is False
