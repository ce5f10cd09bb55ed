"""How a client of a given dialect asks, and when it takes an answer for a success."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scim_sim.flow import Flow, NoResponse, pause
from scim_sim.idp.dialect import Dialect
from scim_sim.idp.flows import Page, Unusable, error_detail, read_page
from scim_sim.idp.retry import Patience, send_patiently
from scim_sim.wire import Request, Response, json_body

__all__ = ["Caller", "Refused", "Supports", "said"]


class Refused(Exception):
    """A request did not do what the task needs; `need` is the last part of the id of the need, the text is for people."""

    def __init__(self, need: str, message: str) -> None:
        super().__init__(message)
        self.need = need


@dataclass(frozen=True, slots=True)
class Supports:
    """What ServiceProviderConfig says (RFC 7643 section 5), as far as clients ask."""

    patch: bool = False
    filter: bool = False
    etag: bool = False
    bulk_operations: int = 0

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> Supports:
        """The features of a ServiceProviderConfig; what is missing or malformed is not supported."""
        bulk = config.get("bulk")
        operations = bulk.get("maxOperations") if isinstance(bulk, Mapping) else 0
        return cls(
            patch=_supported(config.get("patch")),
            filter=_supported(config.get("filter")),
            etag=_supported(config.get("etag")),
            bulk_operations=operations if isinstance(operations, int) and not isinstance(operations, bool) else 0,
        )


def _supported(feature: Any) -> bool:
    return isinstance(feature, Mapping) and feature.get("supported") is True


class Caller:
    """Makes and sends the requests of one connection."""

    def __init__(self, traits: Dialect) -> None:
        self.traits = traits
        self.supports: Supports | None = None
        self._seconds = traits.answer_seconds or None
        self._patience = Patience(
            frozenset(traits.retry_statuses), max(1, traits.retry_attempts), traits.retry_seconds, each_retry_after=True
        )

    def get(self, path: str, label: str, *pairs: tuple[str, str | int]) -> Flow[Response]:
        """Send a GET with these query parameters; raises `Refused` when no answer comes."""
        return self._ask(
            Request("GET", path, self.traits.query(*pairs), self.traits.headers(body=False), None, label, self._seconds)
        )

    def write(
        self, method: str, path: str, body: Mapping[str, Any], label: str, headers: Iterable[tuple[str, str]] = ()
    ) -> Flow[Response]:
        """Send the body as compact JSON; raises `Refused` when no answer comes."""
        sent = (*self.traits.headers(body=True), *headers)
        return self._ask(Request(method, path, self.traits.query(), sent, json_body(body), label, self._seconds))

    def delete(self, path: str, label: str, headers: Iterable[tuple[str, str]] = ()) -> Flow[Response]:
        """Send a DELETE; raises `Refused` when no answer comes."""
        sent = (*self.traits.headers(body=False), *headers)
        return self._ask(Request("DELETE", path, self.traits.query(), sent, None, label, self._seconds))

    def _ask(self, request: Request) -> Flow[Response]:
        wait = 1.0
        for attempt in range(1, max(1, self.traits.connection_attempts) + 1):
            try:
                return self.readable((yield from send_patiently(replace(request, attempt=attempt), self._patience)))
            except NoResponse as error:
                if attempt >= self.traits.connection_attempts:
                    raise Refused("answer", f"{request.label}: no answer ({error.failure.message})") from None
            yield from pause(wait, f"no answer to {request.label}: again in {wait:g} s")
            wait *= 2
        raise AssertionError("the last attempt returns or raises")

    def readable(self, response: Response) -> Response:
        """The answer; raises `Refused` when it comes in a media type that the dialect does not read."""
        reads = self.traits.reads
        if reads and response.body and response.media_type not in reads:
            raise Refused("readable-answers", f"{response.status}: the answer is {response.media_type or 'of no type'}")
        return response

    def verb(self, way: str) -> str:
        """`put` or `patch`; `declared` is what ServiceProviderConfig says."""
        if way != "declared":
            return way
        return "patch" if self.supports is not None and self.supports.patch else "put"

    def require(self, response: Response, need: str, statuses: Iterable[int]) -> None:
        """Raise `Refused` unless the answer is a success: one of the statuses in a strict dialect, else any 2xx."""
        if response.status in statuses or (response.ok and not self.traits.strict_statuses):
            return
        expected = f" (expected {' or '.join(map(str, statuses))})" if response.ok else ""
        raise Refused(need, f"{said(response)}{expected}")

    def listed(self, response: Response, need: str) -> Page:
        """The resources of a list answer; raises `Refused` when it is none."""
        self.require(response, need, (200,))
        try:
            return read_page(response)
        except Unusable as error:
            raise Refused(need, f"the answer ({response.status}) is no list: {error}") from None

    def every(self, path: str, need: str, label: str) -> Flow[list[dict[str, Any]]]:
        """All resources of an endpoint, page after page where the dialect follows pages."""
        found: list[dict[str, Any]] = []
        pairs: tuple[tuple[str, str | int], ...] = ()
        while True:
            page = self.listed((yield from self.get(path, label, *pairs)), need)
            found += page.resources
            if not self.traits.follow_pages or not page.resources or page.total is None or len(found) >= page.total:
                return found
            pairs = (("startIndex", len(found) + 1),)


def said(response: Response) -> str:
    """The status and what the service provider says about it."""
    return f"{response.status}: {error_detail(response) or 'no reason given'}"
