"""Judging without a socket: an embedded provider, a judge that looks on, and what the judge said."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from scim_sim.checks import Finding, Judge, Kept, Surroundings
from scim_sim.provider.app import Provider
from scim_sim.scim.declared import DOCUMENTS, Declared
from scim_sim.wire import Exchange, Request, Response, json_body

TOKEN = "judged-token"
BASE = "https://provider.example.test/scim/v2"
Headers = Iterable[tuple[str, str]]


class Conversation:
    """Speaks to a provider in process and lets a judge listen; `findings` is everything said so far."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._numbers = itertools.count(1)
        documents = [self.send("GET", f"/{name}").json_object() for name in DOCUMENTS]
        self.judge = Judge(Surroundings(BASE, Declared.read(*documents)))
        self.findings: list[Finding] = []

    def __call__(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Headers = (), *, step: str = ""
    ) -> Response:
        """Send one request, let the judge look at the exchange, and return the answer."""
        response = self.send(method, path, body, headers)
        return self.hear(response, step=step)

    def hear(self, response: Response, request: Request | None = None, *, step: str = "") -> Response:
        """Let the judge look at an answer, to the request sent last unless another is named."""
        number = next(self._numbers)
        asked = request or self.request
        exchange = Exchange(f"E{number}", "harness", "story", step or f"{number}", asked, response, None, 0.0, 0.0)
        for said in self.judge.judge(exchange):
            self.findings += [said.finding(*one) for one in said.requirements] if isinstance(said, Kept) else [said]
        return response

    @property
    def failed(self) -> set[str]:
        """The requirements under which something was found wrong."""
        return {f.requirement for f in self.findings if f.outcome == "fail" and f.level != "MAY"}

    @property
    def wrong(self) -> list[str]:
        """Everything that was found wrong, in words."""
        return [f"{f.requirement}: {f.problem}" for f in self.findings if f.outcome in ("fail", "error") and f.level != "MAY"]

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None, headers: Headers = ()) -> Response:
        """Send one request, which `request` then is, without a judge."""
        path, mark, query = path.partition("?")
        given = {"Authorization": f"Bearer {TOKEN}", "Accept": "application/scim+json"}
        if body is not None:
            given["Content-Type"] = "application/scim+json"
        given.update(headers)
        pairs = tuple((name, value) for name, value in given.items() if value)
        self.request = Request(method, path, query if mark else None, pairs, None if body is None else json_body(body))
        return self._provider.handle(self.request)


@pytest.fixture
def speak() -> Callable[..., Conversation]:
    """A conversation with a correct provider, or with one that is changed by the given functions."""
    return lambda *changes: Conversation(Provider(TOKEN, seed=1, base_url=BASE, changes=changes))
