"""A client for tests: JSON in, `Response` out, straight into `Provider.handle`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from scim_sim.clock import SimulatedClock
from scim_sim.provider import Provider
from scim_sim.scim import urns
from scim_sim.wire import Request, Response

TOKEN = "scim-token-1"
AUTHORIZED = (("Authorization", f"Bearer {TOKEN}"), ("Content-Type", "application/scim+json"))


@dataclass(slots=True)
class Client:
    """Speaks to one provider; `headers` replace the usual ones, a crash inside the provider fails the test."""

    provider: Provider

    def send(self, method: str, target: str, body: Any = None, headers: tuple[tuple[str, str], ...] = AUTHORIZED) -> Response:
        """Send one request; `target` is the path with an optional query."""
        path, mark, query = target.partition("?")
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        response = self.provider.handle(Request(method, path, query if mark else None, headers, raw))
        if self.provider.crashes:
            raise self.provider.crashes.pop()
        return response

    def get(self, target: str, *extra: tuple[str, str]) -> Response:
        """GET with the usual headers and more."""
        return self.send("GET", target, None, (*AUTHORIZED, *extra))

    def user(self, user_name: str, **attributes: Any) -> dict[str, Any]:
        """Create a user and return its representation."""
        response = self.send("POST", "/Users", {"schemas": [urns.USER], "userName": user_name, **attributes})
        assert response.status == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    def group(self, name: str, *member_ids: str) -> dict[str, Any]:
        """Create a group and return its representation."""
        body = {"schemas": [urns.GROUP], "displayName": name, "members": [{"value": id} for id in member_ids]}
        response = self.send("POST", "/Groups", body)
        assert response.status == 201, response.text
        created: dict[str, Any] = response.json()
        return created

    def patch(self, target: str, *operations: dict[str, Any]) -> Response:
        """PATCH with these operations."""
        return self.send("PATCH", target, {"schemas": [urns.PATCH_OP], "Operations": list(operations)})

    def names(self, query: str) -> list[str]:
        """The userNames that a query of /Users returns."""
        return [item["userName"] for item in self.get(f"/Users?{query}").json()["Resources"]]

    def members(self, group_id: str) -> list[str]:
        """The ids of the members of a group."""
        return [member["value"] for member in self.get(f"/Groups/{group_id}").json()["members"]]


@pytest.fixture
def make() -> Callable[..., Client]:
    """Make a client of a fresh provider: `make(options=...)`; clock and ids are the same in each run."""

    def fresh(**choices: Any) -> Client:
        return Client(Provider(TOKEN, clock=SimulatedClock(), seed=7, **choices))

    return fresh
