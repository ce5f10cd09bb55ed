"""Entity-tags: conditional reads and writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.provider import Options
from scim_sim.scim import urns

Make = Callable[..., Any]
USUAL = (("Authorization", "Bearer scim-token-1"), ("Content-Type", "application/scim+json"))


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("If-None-Match", 'W/"1"', 304),
        ("If-None-Match", '"x", W/"1"', 304),
        ("If-None-Match", 'W/"9"', 200),
        ("If-None-Match", "*", 304),
    ],
)
def test_a_conditional_read_saves_the_body(make: Make, header: str, value: str, status: int) -> None:
    """304 without a body and with the tag when nothing changed."""
    client = make()
    made = client.user("ada")
    response = client.get(f"/Users/{made['id']}", (header, value))

    assert (status, 'W/"1"', status == 304) == (response.status, response.header("etag"), response.body == b"")


@pytest.mark.parametrize(("value", "status"), [('W/"1"', 200), ("*", 200), ('W/"9"', 412), ('"9", "1"', 200)])
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_conditional_change_needs_the_current_tag(make: Make, method: str, value: str, status: int) -> None:
    """412 and nothing changed otherwise."""
    client = make()
    made = client.user("ada")
    put = {"schemas": [urns.USER], "userName": "ada", "title": "t"}
    patch = {"schemas": [urns.PATCH_OP], "Operations": [{"op": "add", "path": "title", "value": "t"}]}
    response = client.send(method, f"/Users/{made['id']}", put if method == "PUT" else patch, (*USUAL, ("If-Match", value)))

    assert (status, status == 200) == (response.status, "title" in client.get(f"/Users/{made['id']}").json())


def test_a_provider_without_tags_ignores_conditions(make: Make) -> None:
    """No ETag, no meta.version, and If-Match means nothing."""
    client = make(options=Options(etag=False))
    made = client.user("ada")
    response = client.send("DELETE", f"/Users/{made['id']}", None, (*USUAL, ("If-Match", '"9"')))

    assert (False, 204) == ("version" in made["meta"], response.status)
