"""RFC 7644 sections 3.11 and 3.4.3: the /Me alias, and queries by POST."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from scim_sim.checks.check import check
from scim_sim.checks.view import View
from scim_sim.checks.when import on
from scim_sim.problem import Problem
from scim_sim.wire import Exchange

__all__: list[str] = []


def _read(exchange: Exchange, view: View) -> bool:
    return exchange.request.method == "GET"


@check("rfc7644-3.11-me-location", when=on("me", status=(200,)), applies=_read)
def me_names_its_permanent_uri(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A directly served /Me names the permanent URI in Location."""
    location = exchange.answer.header("location")
    if not location:
        yield Problem("/Me does not say which resource it is", "Location", "absent", "header:Location")
    elif urlsplit(location).path.rstrip("/").endswith("/Me"):
        yield Problem("Location is the alias itself", "the permanent URI", location, "header:Location")


@check("rfc7644-3.11-me-redirect", when=on("me", status=range(300, 400)), applies=_read)
def me_redirects_with_308(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A provider that redirects /Me does so with 308."""
    if exchange.answer.status != 308:
        yield Problem("/Me is redirected with another status", "308", f"{exchange.answer.status}", "http")


@check("rfc7644-3.4.3-search-200", when=on("search", ok=True))
def search_answers_200(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A query by POST answers 200, never 201."""
    if exchange.answer.status != 200:
        yield Problem("the search is answered with another status", "200", f"{exchange.answer.status}", "http")
