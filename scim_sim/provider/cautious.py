"""Legal choices of providers that are careful: what they refuse, what they always show, and what they show to strangers."""

from __future__ import annotations

from typing import Any, Final

from scim_sim.provider.app import Provider
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.provider.store import Record
from scim_sim.provider.variant import Json, catalogue, together, variant
from scim_sim.scim import urns
from scim_sim.wire import Response

__all__: list[str] = []

_COLUMN: Final = 100
_FILTER: Final = 200


def _is_long(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) > _COLUMN and not value.startswith("urn:")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_is_long, inner))


def _short_texts(provider: Provider) -> None:
    """No text is longer than a column."""

    def look(call: Call, body: Json) -> Json:
        if _is_long(body):
            raise Refusal(400, f"A text has at most {_COLUMN} letters", "invalidValue")
        return body

    provider.seams.body.append(look)


def _short_filters(provider: Provider) -> None:
    parse = provider.rules.parse

    def short(call: Call, text: str) -> Any:
        if len(text) > _FILTER:
            raise Refusal(400, f"A filter has at most {_FILTER} letters", "invalidFilter")
        return parse(call, text)

    provider.rules.parse = short


def _few_orders(provider: Provider) -> None:
    """Sorted is by what stands alone: no list, no object, no extension."""
    sort = provider.rules.sort

    def few(call: Call, views: list[Json], by: str, descending: bool) -> list[Json]:
        if ":" in by or (by.partition(".")[0].lower() in ("name", "emails") and by.lower() != "name.familyname"):
            raise Refusal(400, f"Nobody is sorted by {by[:80]!r}", "invalidPath")
        return sort(call, views, by, descending)

    provider.rules.sort = few


def _no_slashes(provider: Provider) -> None:
    def look(call: Call, body: Json) -> Json:
        if call.kind == "Group" and "/" in str(body.get("displayName")):
            raise Refusal(400, "The name of a group has no slash", "invalidValue")
        return body

    provider.seams.body.append(look)


def _managers_stay(provider: Provider) -> None:
    """Nobody is deleted whom others have as their manager."""
    delete = provider.rules.delete

    def look(call: Call, record: Record) -> None:
        if any(call.store.get(other.id) is not None for other in call.store.reports_of(record.id)):
            raise Refusal(409, "Others have this user as their manager")
        delete(call, record)

    provider.rules.delete = look


def _welcome(provider: Provider) -> None:
    """The base address says to everybody what is here, and holds no resources."""
    provider.configure(root_query=False)

    def greet(call: Call) -> Response | None:
        if call.path or call.method != "GET" or call.request.header("authorization") is not None:
            return None
        return Response(200, (("Content-Type", "application/json"),), b'{"name": "SCIM", "version": "2.0"}')

    provider.seams.arrive.append(greet)


variant("long-texts-refused", "RFC 7644 3.12", "A text of more than a hundred letters is refused as invalidValue.", _short_texts)
variant("long-filters-refused", "RFC 7644 3.12", "A filter of more than two hundred letters is refused.", _short_filters)
variant("few-orders", "RFC 7644 3.4.2.3", "Sorting by lists, objects and extensions is refused.", _few_orders)
variant("group-names-without-slash", "RFC 7644 3.12", "A slash in the name of a group is refused as invalidValue.", _no_slashes)
variant("managers-stay", "RFC 7644 3.12", "Whom others have as their manager is not deleted, but a conflict.", _managers_stay)
variant("welcome-page", "RFC 7644 3.4.2.1", "The base address shows a few words to everybody, and no resources.", _welcome)
variant(
    "always-returned",
    "RFC 7643 7",
    "Addresses of users and members of groups are declared to be always returned, and are.",
    together(
        catalogue(lambda provider: provider.catalogue.declaring(urns.USER, "emails", returned="always")),
        catalogue(lambda provider: provider.catalogue.declaring(urns.GROUP, "members", returned="always")),
    ),
    "entra",
)
