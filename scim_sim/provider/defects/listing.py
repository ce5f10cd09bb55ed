"""Lists whose envelope or content is wrong (RFC 7644 section 3.4.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import (
    answered,
    dropped,
    envelope,
    page,
    refused,
    refusing,
    renamed,
    selected,
    with_body,
)
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Page
from scim_sim.provider.store import Record
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]


# Envelopes

defect(
    "list-as-bare-array",
    "rfc7644-3.4.2-list-envelope",
    "okta-2-list-probe",
    depth="response",
    summary="A list is a bare array.",
    hook=answered(lambda call, response: with_body(response, response.json().get("Resources", [])), on="list", status=200),
)
defect(
    "list-without-schemas",
    "rfc7644-3.4.2-list-envelope",
    depth="response",
    summary="A list does not name the ListResponse schema.",
    hook=envelope(lambda value: value.pop("schemas")),
)
defect(
    "total-results-as-text",
    "rfc7644-3.4.2-totalresults-integer",
    depth="response",
    summary="totalResults is a text.",
    hook=envelope(lambda value: value.update(totalResults=str(value["totalResults"]))),
)
defect(
    "total-results-missing",
    "rfc7644-3.4.2-totalresults-integer",
    depth="response",
    summary="totalResults is missing.",
    hook=envelope(lambda value: value.pop("totalResults")),
)
defect(
    "resources-in-lower-case",
    "rfc7644-3.4.2-resources-when-nonzero",
    depth="response",
    summary="Resources is called resources.",
    hook=envelope(renamed("Resources", "resources")),
)
defect(
    "resources-null-when-empty",
    "rfc7644-3.4.2-no-match-200",
    depth="response",
    summary="Resources is null when nothing matches.",
    hook=envelope(lambda value: value.update(Resources=None) if not value.get("Resources") else None),
)
defect(
    "no-match-is-404",
    "rfc7644-3.4.2-no-match-200",
    "entra-13.15-empty-not-404",
    "entra-1-probe",
    depth="response",
    summary="A query without matches answers 404.",
    hook=answered(
        lambda call, response: (
            call.provider.refused(call, Refusal(404, "nothing matches")) if response.json()["totalResults"] == 0 else response
        ),
        on="list search",
        status=200,
    ),
)
defect(
    "no-match-is-204",
    "rfc7644-3.4.2-no-match-200",
    "entra-1-probe",
    depth="response",
    summary="A query without matches answers 204.",
    hook=answered(
        lambda call, response: Response(204) if response.json()["totalResults"] == 0 else response, on="list search", status=200
    ),
)
defect(
    "total-results-of-page",
    "rfc7644-3.4.2-totalresults-counts-matches",
    "okta-13.13-total-results",
    depth="pages",
    summary="totalResults counts the items of the page.",
    hook=envelope(lambda value: value.update(totalResults=value["itemsPerPage"])),
)
defect(
    "total-results-capped",
    "rfc7644-3.4.2-totalresults-counts-matches",
    "okta-13.13-total-results",
    depth="many",
    summary="totalResults is never more than ten.",
    hook=envelope(lambda value: value.update(totalResults=min(10, value["totalResults"]))),
)
defect(
    "total-results-of-everything",
    "rfc7644-3.4.2-totalresults-counts-matches",
    depth="response",
    summary="totalResults of a filtered query counts all resources.",
    hook=page(
        lambda call, value: (
            setattr(value, "total", call.store.count(call.kind))
            if call.type is not None and "filter" in call.parameters
            else None
        )
    ),
)
defect(
    "page-without-paging-fields",
    "rfc7644-3.4.2-partial-needs-paging-fields",
    depth="pages",
    summary="A partial answer has neither startIndex nor itemsPerPage.",
    hook=envelope(lambda value: [value.pop("startIndex", None), value.pop("itemsPerPage", None)]),
)


@defect("items-per-page-is-count", "rfc7644-3.4.2.4-itemsperpage-is-count", "okta-13.12-items-per-page", depth="response")
def _echoed_count(provider: Provider) -> None:
    """itemsPerPage repeats the count that was asked for."""

    def echo(call: Call, value: Json) -> Json:
        count = call.parameters.get("count", "100")
        return {**value, "itemsPerPage": int(count) if count.lstrip("-").isdigit() else 100}

    provider.seams.envelope.append(echo)


defect(
    "list-items-without-emails",
    "rfc7644-3.4.2-list-items-complete",
    "okta-8-names-in-import",
    depth="readback",
    summary="Users in lists lack name and emails.",
    hook=dropped("name", "emails", on="list search", kind="User"),
)
defect(
    "listed-groups-without-members",
    "rfc7644-3.4.2-list-items-complete",
    depth="readback",
    summary="Groups in lists have no members.",
    hook=dropped("members", on="list search", kind="Group"),
)


@defect("list-mixes-types", "rfc7644-3.4.2.1-list-only-own-type", depth="response")
def _mixed(provider: Provider) -> None:
    """/Users lists groups as well."""

    def mix(call: Call, value: Page) -> None:
        if call.kind == "User":
            value.records = value.records + call.store.all("Group")
            value.total += call.store.count("Group")

    page(mix)(provider)


def _at_root(call: Call) -> bool:
    return call.path == () and call.operation == "list"


defect(
    "root-query-is-500",
    "rfc7644-3.4.2.1-root-query",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A query of the base URL answers 500.",
    hook=refusing(_at_root, 500, "failed"),
)
defect(
    "root-filter-is-500",
    "rfc7644-3.4.2.1-root-filter-foreign-attribute",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A query of the base URL with a filter on userName answers 500, as groups have none.",
    hook=refusing(lambda call: _at_root(call) and "filter" in call.parameters, 500, "failed"),
)
defect(
    "root-filter-matches-groups",
    "rfc7644-3.4.2.1-root-filter-foreign-attribute",
    depth="response",
    summary="In a query of the base URL a filter on userName lets all groups through.",
    hook=selected(
        lambda call, records: [*records, *call.store.all("Group")] if _at_root(call) and "filter" in call.parameters else records
    ),
)


@defect("large-list-is-500", "rfc7644-3.4.2.1-too-many", "rfc7644-3.12-no-server-error", depth="many")
def _too_many(provider: Provider) -> None:
    """A list of more than five results, asked for without count, answers 500."""
    provider.configure(refuse_large_lists=True, max_results=5)
    refused(lambda call, refusal: Refusal(500, "failed") if refusal.scim_type == "tooMany" else None)(provider)


@defect("list-order-changes", "rfc7644-3.4.2.4-list-stable-order", "rfc7644-3.4.2.4-pages-cover-all", depth="pages")
def _unstable(provider: Provider) -> None:
    """Each request lists in another order."""

    def shuffled(call: Call, records: list[Record]) -> list[Record]:
        found = list(records)
        if "sortby" not in call.parameters:
            call.provider.random.shuffle(found)
        return found

    selected(shuffled)(provider)


@defect("list-repeats-first", "rfc7644-3.4.2-list-unique-items", depth="response")
def _repeated(provider: Provider) -> None:
    """The first resource of a list occurs twice."""

    def repeat(call: Call, value: Page) -> None:
        if len(value.records) > 1:
            value.records = [value.records[0], *value.records[:-1]]

    page(repeat)(provider)


defect(
    "list-gains-empty-item",
    "rfc7644-3.4.2-resources-when-nonzero",
    "rfc7644-3.4.2-list-envelope",
    "entra-13.27-readable-answer",
    depth="response",
    summary="Resources ends with null.",
    hook=envelope(lambda value: value.update(Resources=[*value.get("Resources", []), None])),
)
defect(
    "list-is-truncated-json",
    "okta-readable-answers",
    "entra-readable-answers",
    "rfc7644-3.4.2-list-envelope",
    depth="many",
    summary="Lists of more than five items break off in the middle.",
    hook=answered(
        lambda call, response: replace(response, body=response.body[:-40]) if response.body.count(b'"meta"') > 5 else response,
        on="list",
        status=200,
    ),
)


def _joined(call: Call, records: list[Record]) -> list[Record]:
    return [record for record in records for _ in range(max(1, len(call.store.groups_of(record.id))))]


defect(
    "list-repeats-users-of-several-groups",
    "rfc7644-3.4.2-list-unique-items",
    depth="many",
    summary="A user is listed once for each of its groups.",
    hook=selected(_joined),
)


@defect("count-zero-with-filter-is-all", "rfc7644-3.4.2.4-count-zero", depth="pages")
def _zero_ignored(provider: Provider) -> None:
    """count=0 is ignored where there is a filter."""

    def arrive(call: Call) -> None:
        if call.parameters.get("count") == "0" and "filter" in call.parameters:
            del call.parameters["count"]

    provider.seams.arrive.append(arrive)
