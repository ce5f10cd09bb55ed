"""Pages that lose, repeat or misplace resources (RFC 7644 section 3.4.2.4, RFC 9865)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import both, configured, envelope, page, refused, refusing, selected
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Page

__all__: list[str] = []

Json = dict[str, Any]


def _parameter(name: str, change: Any) -> Any:
    """Read a paging parameter differently; a change that gives `None` leaves it out."""

    def alter(call: Call) -> None:
        text = call.parameters.get(name)
        changed = change(text)
        if changed is None:
            call.parameters.pop(name, None)
        elif changed != text:
            call.parameters[name] = changed

    return lambda provider: provider.seams.arrive.append(alter)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.lstrip("-").isdigit() else None


def _moved(by: int, above: int) -> Any:
    """A change that moves a number that is larger than `above`."""

    def change(text: str | None) -> str | None:
        number = _number(text)
        return str(number + by) if number is not None and number > above else text

    return change


def _below_one(text: str | None) -> bool:
    number = _number(text)
    return number is not None and number < 1


# Pages by index

defect(
    "count-ignored",
    "rfc7644-3.4.2.4-count-upper-bound",
    "rfc7644-3.4.2.4-count-zero",
    depth="pages",
    summary="count is ignored: all results come at once.",
    hook=_parameter("count", lambda text: None),
)
defect(
    "count-one-more",
    "rfc7644-3.4.2.4-count-upper-bound",
    depth="pages",
    summary="A page holds one resource more than count asks for.",
    hook=_parameter("count", _moved(1, 0)),
)
defect(
    "count-zero-is-all",
    "rfc7644-3.4.2.4-count-zero",
    depth="response",
    summary="count=0 returns everything.",
    hook=_parameter("count", lambda text: None if text == "0" else text),
)
defect(
    "count-zero-refused",
    "rfc7644-3.4.2.4-count-zero",
    depth="response",
    summary="count=0 is refused.",
    hook=refusing(lambda call: call.parameters.get("count") == "0", 400, "count has to be above zero", "invalidValue"),
)
defect(
    "count-zero-without-total",
    "rfc7644-3.4.2.4-count-zero",
    depth="response",
    summary="count=0 says that there are 0 results.",
    hook=page(lambda call, value: setattr(value, "total", 0) if call.parameters.get("count") == "0" else None),
)
defect(
    "count-negative-refused",
    "rfc7644-3.4.2.4-count-negative",
    depth="response",
    summary="A negative count is refused.",
    hook=refusing(lambda call: call.parameters.get("count", "").startswith("-"), 400, "count", "invalidValue"),
)
defect(
    "count-negative-is-500",
    "rfc7644-3.4.2.4-count-negative",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A negative count answers 500.",
    hook=refusing(lambda call: call.parameters.get("count", "").startswith("-"), 500, "failed"),
)
defect(
    "start-index-zero-refused",
    "rfc7644-3.4.2.4-startindex-below-one",
    depth="response",
    summary="startIndex=0 is refused.",
    hook=refusing(lambda call: _below_one(call.parameters.get("startindex")), 400, "startIndex", "invalidValue"),
)
defect(
    "start-index-from-zero",
    "rfc7644-3.4.2.4-startindex-one-based",
    "rfc7644-3.4.2.4-pages-cover-all",
    depth="pages",
    summary="startIndex counts from 0, so the first resource is on no page that begins with 1.",
    hook=_parameter("startindex", _moved(1, 0)),
)
defect(
    "start-index-ignored",
    "rfc7644-3.4.2.4-startindex-one-based",
    "rfc7644-3.4.2.4-pages-cover-all",
    "okta-import",
    depth="pages",
    summary="startIndex is ignored: every page is the first.",
    hook=_parameter("startindex", lambda text: None),
)
defect(
    "start-index-is-page-number",
    "rfc7644-3.4.2.4-startindex-one-based",
    "rfc7644-3.4.2.4-pages-cover-all",
    depth="pages",
    summary="startIndex is read as the number of the page.",
    hook=lambda provider: provider.seams.arrive.append(_page_number),
)


def _page_number(call: Call) -> None:
    start, count = _number(call.parameters.get("startindex")), _number(call.parameters.get("count"))
    if start is not None and count is not None and start > 1:
        call.parameters["startindex"] = str((start - 1) * max(count, 1) + 1)


@defect("beyond-end-is-last-page", "rfc7644-3.4.2.4-startindex-beyond-end", "okta-13.12-items-per-page", depth="pages")
def _beyond(provider: Provider) -> None:
    """A startIndex beyond the last result returns the last resource again."""

    def last(call: Call, value: Page) -> None:
        if not value.records and value.start > value.total > 0 and call.type is not None and call.parameters.get("count") != "0":
            value.records = call.store.all(call.kind)[-1:]

    page(last)(provider)


defect(
    "beyond-end-is-404",
    "rfc7644-3.4.2.4-startindex-beyond-end",
    depth="pages",
    summary="A startIndex beyond the last result answers 404.",
    hook=refusing(
        lambda call: (
            call.type is not None
            and call.operation == "list"
            and (_number(call.parameters.get("startindex")) or 1) > max(1, call.store.count(call.kind))
        ),
        404,
        "no such page",
    ),
)
defect(
    "start-index-not-echoed",
    "rfc7644-3.4.2.4-startindex-echo",
    depth="pages",
    summary="startIndex of the answer is always 1.",
    hook=envelope(lambda value: value.update(startIndex=1)),
)
defect(
    "page-skips-one",
    "rfc7644-3.4.2.4-pages-cover-all",
    "okta-import",
    depth="pages",
    summary="Every page but the first leaves out its first resource.",
    hook=page(lambda call, value: value.records.pop(0) if value.start > 1 and value.records else None),
)
defect(
    "page-repeats-one",
    "rfc7644-3.4.2.4-pages-cover-all",
    "rfc7644-3.4.2-list-unique-items",
    depth="pages",
    summary="Every page but the first begins with the last resource of the page before.",
    hook=_parameter("startindex", _moved(-1, 1)),
)
defect(
    "last-page-lost",
    "rfc7644-3.4.2.4-pages-cover-all",
    depth="pages",
    summary="The last resource is on no page.",
    hook=page(
        lambda call, value: (
            value.records.pop() if value.start > 1 and value.records and value.start + len(value.records) > value.total else None
        )
    ),
)
defect(
    "list-stops-at-ten",
    "rfc7644-3.4.2.4-pages-cover-all",
    "okta-13.13-total-results",
    depth="many",
    summary="Nothing beyond the tenth resource is ever listed.",
    hook=selected(lambda call, records: records[:10] if "filter" not in call.parameters else records),
)


@defect(
    "total-shrinks-while-paging", "rfc7644-3.4.2.4-pages-cover-all", "rfc7644-3.4.2-totalresults-counts-matches", depth="pages"
)
def _shrinking(provider: Provider) -> None:
    """totalResults of later pages counts from there on."""
    page(lambda call, value: setattr(value, "total", max(0, value.total - value.start + 1)))(provider)


defect(
    "large-count-is-500",
    "rfc7644-3.4.2.4-large-count-clamped",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A count above the limit answers 500.",
    hook=lambda provider: refusing(
        lambda call: (_number(call.parameters.get("count")) or 0) > provider.options.max_results, 500, "failed"
    )(provider),
)
defect(
    "max-results-not-kept",
    "rfc7643-5-maxresults-respected",
    depth="many",
    summary="filter.maxResults says 5, and answers hold more.",
    hook=configured(max_results=5),
)
defect(
    "count-text-is-500",
    "rfc7644-3.4.2.4-invalid-number",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A count that is no number answers 500.",
    hook=refused(lambda call, refusal: Refusal(500, "failed") if "no whole number" in refusal.detail else None),
)


@defect("groups-not-paged", "rfc7644-3.4.2.4-groups-paging", depth="pages")
def _groups_not_paged(provider: Provider) -> None:
    """/Groups ignores startIndex and count."""

    def forget(call: Call) -> None:
        if call.path[:1] == ("Groups",):
            call.parameters.pop("count", None)
            call.parameters.pop("startindex", None)

    provider.seams.arrive.append(forget)


# Pages by cursor


def _by_cursor(*hooks: Any) -> Any:
    return both(configured(cursor=True, page_size=50, max_results=50), *hooks)


def _cursor(call: Call, value: Page, change: Any) -> None:
    if value.cursor:
        value.cursor = change(value.cursor)


defect(
    "cursor-missing-after-first-page",
    "rfc9865-2-nextcursor-except-last",
    depth="pages",
    summary="Only the first page of a cursor query has a nextCursor.",
    hook=_by_cursor(page(lambda call, value: _cursor(call, value, lambda text: "") if call.parameters.get("cursor") else None)),
)
defect(
    "cursor-on-last-page",
    "rfc9865-2-nextcursor-except-last",
    depth="pages",
    summary="The last page of a cursor query has a nextCursor too.",
    hook=_by_cursor(
        page(lambda call, value: setattr(value, "cursor", value.cursor or "end") if "cursor" in call.parameters else None)
    ),
)
defect(
    "cursor-walk-skips",
    "rfc9865-2-cursor-walk-complete",
    depth="pages",
    summary="A page reached by a cursor lacks its first resource.",
    hook=_by_cursor(page(lambda call, value: value.records.pop(0) if call.parameters.get("cursor") and value.records else None)),
)
defect(
    "cursor-previous-on-first-page",
    "rfc9865-2-no-previous-on-first",
    depth="pages",
    summary="The first page has a previousCursor.",
    hook=_by_cursor(envelope(lambda value: value.update(previousCursor="before") if "nextCursor" in value else None)),
)


@defect("cursor-not-url-safe", "rfc9865-2-cursor-url-safe", depth="pages")
def _unsafe(provider: Provider) -> None:
    """Cursors contain plus, slash and equals signs."""
    _by_cursor(page(lambda call, value: _cursor(call, value, lambda text: f"{text}+/==")))(provider)

    def understand(call: Call) -> None:
        if call.parameters.get("cursor"):
            call.parameters["cursor"] = call.parameters["cursor"][:36]

    provider.seams.arrive.append(understand)


defect(
    "cursor-invalid-is-500",
    "rfc9865-2.1-invalid-cursor",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="An unknown cursor answers 500.",
    hook=_by_cursor(refused(lambda call, refusal: Refusal(500, "failed") if refusal.scim_type == "invalidCursor" else None)),
)
defect(
    "cursor-invalid-restarts",
    "rfc9865-2.1-invalid-cursor",
    depth="pages",
    summary="An unknown cursor begins again with the first page.",
    hook=_by_cursor(lambda provider: provider.seams.arrive.append(_restart)),
)


def _restart(call: Call) -> None:
    name = call.parameters.get("cursor")
    if name and not call.provider.cursors.knows(name):
        call.parameters["cursor"] = ""


defect(
    "cursor-count-change-is-500",
    "rfc9865-2.1-invalid-count",
    depth="response",
    summary="Another count with a cursor answers 500.",
    hook=_by_cursor(refused(lambda call, refusal: Refusal(500, "failed") if refusal.scim_type == "invalidCount" else None)),
)


@defect("cursor-default-untrue", "rfc9865-2.4-default-method", depth="response")
def _default_untrue(provider: Provider) -> None:
    """The configuration says that cursors are the default, and queries are answered by index."""
    _by_cursor(configured(default_paging="cursor", page_size=3, max_results=3))(provider)

    def by_index(call: Call) -> None:
        if "cursor" not in call.parameters:
            call.parameters.setdefault("startindex", "1")

    provider.seams.arrive.append(by_index)


@defect("cursor-ignored-in-search", "rfc9865-3-cursor-in-search", depth="pages")
def _no_cursor_in_search(provider: Provider) -> None:
    """A cursor in the body of a search is ignored."""
    _by_cursor()(provider)

    def forget(call: Call) -> None:
        if call.path[-1:] == (".search",) and call.request.body:
            call.request = replace(call.request, body=call.request.body.replace(b'"cursor"', b'"x-cursor"'))

    provider.seams.arrive.append(forget)
