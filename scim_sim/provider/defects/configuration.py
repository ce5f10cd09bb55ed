"""A ServiceProviderConfig that is missing, malformed, or not true (RFC 7643 section 5, RFC 7644 section 4)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import arriving, document, refusing
from scim_sim.provider.seams import Call
from scim_sim.scim import urns

__all__: list[str] = []

Json = dict[str, Any]
CONFIGURATION = urns.SERVICE_PROVIDER_CONFIG


def _at(call: Call, head: str) -> bool:
    return bool(call.path) and call.path[0] == head


def _lists(head: str) -> Any:
    return lambda call: call.path == (head,)


# The configuration

defect(
    "configuration-missing",
    "rfc7644-4-spc-get",
    depth="response",
    summary="/ServiceProviderConfig answers 404.",
    hook=refusing(lambda call: _at(call, "ServiceProviderConfig"), 404, "Not found"),
)
defect(
    "configuration-as-list",
    "rfc7644-4-spc-get",
    depth="response",
    summary="/ServiceProviderConfig is wrapped in a ListResponse.",
    hook=document(
        CONFIGURATION,
        lambda value: {"schemas": [urns.LIST_RESPONSE], "totalResults": 1, "Resources": [value]},
    ),
)
defect(
    "configuration-without-schemas",
    "rfc7644-4-spc-get",
    depth="response",
    summary="The configuration does not name its schema.",
    hook=document(CONFIGURATION, lambda value: {name: item for name, item in value.items() if name != "schemas"}),
)
defect(
    "configuration-without-sort",
    "rfc7643-5-spc-required-members",
    depth="response",
    summary="The configuration says nothing of sort and etag.",
    hook=document(CONFIGURATION, lambda value: {k: v for k, v in value.items() if k not in ("sort", "etag")}),
)
defect(
    "configuration-supported-as-text",
    "rfc7643-5-spc-supported-boolean",
    depth="response",
    summary='patch.supported is the text "true".',
    hook=document(CONFIGURATION, lambda value: value["patch"].update(supported="true")),
)
defect(
    "configuration-limit-as-text",
    "rfc7643-5-spc-limits",
    depth="response",
    summary="filter.maxResults is a text.",
    hook=document(CONFIGURATION, lambda value: value["filter"].update(maxResults="200")),
)
defect(
    "configuration-without-limits",
    "rfc7643-5-spc-limits",
    depth="response",
    summary="bulk.maxOperations and bulk.maxPayloadSize are missing.",
    hook=document(CONFIGURATION, lambda value: value.update(bulk={"supported": True})),
)
defect(
    "configuration-without-scheme",
    "rfc7643-5-spc-authschemes",
    depth="response",
    summary="authenticationSchemes is empty.",
    hook=document(CONFIGURATION, lambda value: value.update(authenticationSchemes=[])),
)
defect(
    "configuration-scheme-without-type",
    "rfc7643-5-spc-authschemes",
    depth="response",
    summary="The authentication scheme has no type and no description.",
    hook=document(CONFIGURATION, lambda value: value.update(authenticationSchemes=[{"name": "token"}])),
)
defect(
    "configuration-needs-token",
    "rfc7643-5-spc-public",
    depth="response",
    summary="The authentication schemes cannot be discovered without credentials.",
    hook=lambda provider: provider.configure(public_configuration=False),
)
defect(
    "pagination-block-malformed",
    "rfc9865-4-spc-pagination-shape",
    depth="response",
    summary='The pagination block has cursor "yes" and a page size of zero.',
    hook=document(
        CONFIGURATION,
        lambda value: value.update(pagination={"cursor": "yes", "index": True, "defaultPageSize": 0}),
    ),
)


@defect("pagination-not-announced", "rfc9865-4-spc-pagination-advertised", depth="response")
def _pagination_not_announced(provider: Provider) -> None:
    """Queries are answered with cursors, and the configuration does not say so."""
    provider.configure(cursor=True, default_paging="cursor", page_size=3, max_results=3)
    document(CONFIGURATION, lambda value: {k: v for k, v in value.items() if k != "pagination"})(provider)


# Announced and not true


def _announced(feature: str, **limits: Any) -> Any:
    return document(CONFIGURATION, lambda value: value.update({feature: {**value[feature], "supported": True, **limits}}))


def _denied(feature: str) -> Any:
    return document(CONFIGURATION, lambda value: value.update({feature: {**value[feature], "supported": False}}))


@defect("patch-announced-and-missing", "rfc7643-5-spc-truthful-patch", "rfc7644-3.5-patch-supported", depth="response")
def _patch_missing(provider: Provider) -> None:
    """The configuration announces PATCH, and PATCH answers 501."""
    provider.configure(patch=False)
    _announced("patch")(provider)


defect(
    "patch-denied-and-served",
    "rfc7643-5-spc-truthful-patch",
    depth="response",
    summary="The configuration denies PATCH, and PATCH works.",
    hook=_denied("patch"),
)


@defect("filter-announced-and-refused", "rfc7643-5-spc-truthful-filter", depth="response")
def _filter_refused(provider: Provider) -> None:
    """The configuration announces filters, and every filter answers 501."""
    provider.configure(filter=False)
    _announced("filter")(provider)


@defect("filter-denied-and-ignored", "rfc7643-5-spc-truthful-filter", "rfc7644-3.4.2.2-unsupported-not-ignored", depth="response")
def _filter_denied_and_ignored(provider: Provider) -> None:
    """The configuration denies filters, and a query with one returns everything."""
    _denied("filter")(provider)
    arriving(_forget_filter)(provider)


def _forget_filter(call: Call) -> None:
    call.parameters.pop("filter", None)


@defect("bulk-announced-and-missing", "rfc7643-5-spc-truthful-bulk", depth="response")
def _bulk_missing(provider: Provider) -> None:
    """The configuration announces bulk, and /Bulk answers 501."""
    provider.configure(bulk=False)
    _announced("bulk", maxOperations=1000, maxPayloadSize=1_048_576)(provider)


defect(
    "bulk-denied-and-served",
    "rfc7643-5-spc-truthful-bulk",
    depth="response",
    summary="The configuration denies bulk, and /Bulk works.",
    hook=_denied("bulk"),
)


@defect("etag-announced-and-missing", "rfc7643-5-spc-truthful-etag", "rfc7644-3.14-etag-header", depth="response")
def _etag_missing(provider: Provider) -> None:
    """The configuration announces entity-tags, and no answer has one."""
    provider.configure(etag=False)
    _announced("etag")(provider)


@defect("sort-announced-and-ignored", "rfc7644-3.4.2.3-ascending", depth="response")
def _sort_missing(provider: Provider) -> None:
    """The configuration announces sorting, and sortBy changes nothing."""
    provider.configure(sort=False)
    _announced("sort")(provider)


defect(
    "configuration-limit-of-zero",
    "rfc7643-5-spc-limits",
    depth="response",
    summary="Filters are supported, and filter.maxResults is zero.",
    hook=document(urns.SERVICE_PROVIDER_CONFIG, lambda value: value["filter"].update(maxResults=0)),
)
