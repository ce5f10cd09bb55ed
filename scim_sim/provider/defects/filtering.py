"""Filters that find everything, nothing, or fail; names and syntax (RFC 7644 section 3.4.2.2)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import refusing
from scim_sim.provider.defects.trees import ANYTHING, INVALID, NOTHING, names, refusing_filters, tree
from scim_sim.provider.query import paths_of
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.scim import urns
from scim_sim.scim.grammar import Comparison, Filter, FilterError, Present, ValuePath, parse_filter

__all__: list[str] = []

Json = dict[str, Any]


# Everything, nothing, or a failure

defect(
    "filter-ignored",
    "rfc7644-3.4.2.2-only-matching",
    "rfc7644-3.4.2.2-unsupported-not-ignored",
    "okta-match",
    "entra-match",
    depth="response",
    summary="A query with a filter returns everything.",
    hook=tree(lambda node: ANYTHING),
)
defect(
    "filter-on-email-ignored",
    "rfc7644-3.4.2.2-unsupported-not-ignored",
    "rfc7644-3.4.2.2-only-matching",
    depth="response",
    summary="A filter on anything but userName and displayName returns everything.",
    hook=tree(
        lambda node: (
            node
            if not isinstance(node, Comparison | Present | ValuePath) or node.path.name.lower() in ("username", "displayname")
            else ANYTHING
        )
    ),
)


@defect("filter-by-prefix", "rfc7644-3.4.2.2-only-matching", "rfc7644-3.4.2.2-eq-username", "okta-match", depth="response")
def _by_prefix(provider: Provider) -> None:
    """userName eq finds everybody whose name begins so."""
    provider.indexes_decide = False
    tree(
        lambda node: (
            replace(node, operator="sw")
            if isinstance(node, Comparison) and node.operator == "eq" and node.path.name.lower() == "username"
            else node
        )
    )(provider)


def _blind(name: str, sub: str = "") -> Any:
    def edit(node: Filter) -> Filter:
        found = isinstance(node, Comparison) and node.operator == "eq" and node.path.name.lower() == name
        return NOTHING if found and isinstance(node, Comparison) and sub in (node.path.sub or "").lower() else node

    return tree(edit)


defect(
    "user-name-not-found",
    "rfc7644-3.4.2.2-eq-username",
    "okta-match",
    "entra-match",
    "rfc7644-3.4.2-create-findable",
    depth="response",
    summary="userName eq finds nobody.",
    hook=_blind("username"),
)
defect(
    "external-id-not-found",
    "rfc7644-3.4.2.2-eq-externalid",
    "entra-13.17-external-id-filter",
    depth="response",
    summary="externalId eq finds nothing.",
    hook=_blind("externalid"),
)
defect("id-not-found", "rfc7644-3.4.2.2-eq-id", depth="response", summary="id eq finds nothing.", hook=_blind("id"))
defect(
    "group-name-not-found",
    "rfc7644-3.4.2.2-eq-group-displayname",
    "okta-7.2-group-lookup",
    "entra-5-group-lookup",
    depth="response",
    summary="displayName eq finds nothing.",
    hook=_blind("displayname"),
)
defect(
    "members-not-found",
    "rfc7644-3.4.2.2-eq-members",
    depth="response",
    summary="members.value eq finds nothing.",
    hook=_blind("members"),
)
defect(
    "filter-on-external-id-refused",
    "rfc7644-3.4.2.2-eq-externalid",
    "entra-13.17-external-id-filter",
    depth="response",
    summary="A filter on externalId is refused.",
    hook=refusing_filters(lambda node: "externalid" in names(node), 400, "cannot filter by externalId", INVALID),
)
defect(
    "filter-on-parts-refused",
    "rfc7644-3.4.2.2-subattribute",
    depth="response",
    summary="A filter on name.familyName is refused.",
    hook=refusing_filters(
        lambda node: any(path.sub and path.name.lower() == "name" for path in paths_of(node)), 500, "cannot filter by parts"
    ),
)
defect(
    "filter-on-parts-finds-nothing",
    "rfc7644-3.4.2.2-subattribute",
    depth="response",
    summary="A filter on a sub-attribute finds nothing.",
    hook=tree(lambda node: NOTHING if isinstance(node, Comparison) and node.path.sub and not node.path.urn else node),
)
defect(
    "filter-on-extension-finds-nothing",
    "rfc7644-3.4.2.2-extension-attribute",
    depth="response",
    summary="A filter on an enterprise attribute finds nothing.",
    hook=tree(
        lambda node: (
            NOTHING if isinstance(node, Comparison) and (node.path.urn or "").lower() == urns.ENTERPRISE_USER.lower() else node
        )
    ),
)
defect(
    "filter-with-urn-finds-nothing",
    "rfc7644-3.4.2.2-qualified-name",
    depth="response",
    summary="A filter that names an attribute with its schema URI finds nothing.",
    hook=tree(
        lambda node: NOTHING if isinstance(node, Comparison) and (node.path.urn or "").lower() == urns.USER.lower() else node
    ),
)


# Names, operators and syntax


@defect("filter-names-case-sensitive", "rfc7644-3.4.2.2-attribute-case", depth="response")
def _exact_names(provider: Provider) -> None:
    """An attribute name in another case finds nothing."""
    known = {field.name for type in provider.catalogue.types for field in type.fields.values()} | {"id", "meta", "schemas"}
    tree(lambda node: NOTHING if isinstance(node, Comparison) and node.path.name not in known and not node.path.urn else node)(
        provider
    )


def _refusing_text(pattern: str, status: int, detail: str, scim_type: str = "") -> Any:
    found = re.compile(pattern)
    return refusing(lambda call: found.search(call.parameters.get("filter", "")) is not None, status, detail, scim_type)


defect(
    "filter-operators-case-sensitive",
    "rfc7644-3.4.2.2-operator-case",
    depth="response",
    summary="An operator in capitals is refused.",
    hook=_refusing_text(r"\s(E[Qq]|eQ|CO|SW|PR|Co|Sw|Pr|NE|AND|OR|And|Or)\b", 400, "unknown operator", INVALID),
)
defect(
    "filter-with-quote-is-500",
    "rfc7644-3.4.2.2-string-escapes",
    "rfc7644-7.7-filter-injection",
    "rfc7644-3.12-no-server-error",
    depth="security",
    summary="A quote or backslash in a filter value answers 500.",
    hook=_refusing_text(r"\\|'", 500, 'near "\'": syntax error'),
)


@defect("filter-escapes-not-read", "rfc7644-3.4.2.2-string-escapes", depth="response")
def _raw_strings(provider: Provider) -> None:
    """Escaped characters in a filter value are taken as they stand."""
    provider.indexes_decide = False
    tree(
        lambda node: (
            replace(node, value=node.value.replace("\\", "\\\\").replace('"', '\\"'))
            if isinstance(node, Comparison) and isinstance(node.value, str)
            else node
        )
    )(provider)


@defect("filter-decoded-twice", "rfc7644-3.4.2.2-url-encoding", depth="response")
def _decoded_twice(provider: Provider) -> None:
    """Plus and percent signs in a filter value are decoded a second time."""

    def decode(call: Call) -> None:
        if "filter" in call.parameters and call.method == "GET":
            call.parameters["filter"] = unquote_plus(call.parameters["filter"])

    provider.seams.arrive.append(decode)


@defect("filter-plus-is-no-blank", "entra-1-query-encoding", "rfc7644-3.4.2.2-url-encoding", depth="response")
def _plus(provider: Provider) -> None:
    """A blank written as plus in the query is not understood."""

    def refuse(call: Call) -> None:
        if "filter" in call.parameters and "+" in (call.request.query or ""):
            call.parameters["filter"] = (call.request.query or "").partition("filter=")[2].partition("&")[0]

    provider.seams.arrive.append(refuse)


@defect("filter-injection", "rfc7644-7.7-filter-injection", "rfc7644-3.4.2.2-only-matching", depth="security")
def _injection(provider: Provider) -> None:
    """A filter value that looks like SQL becomes part of the query and returns everybody."""
    tree(
        lambda node: (
            ANYTHING
            if isinstance(node, Comparison)
            and isinstance(node.value, str)
            and re.search(r"'\s*(or|--|;)|%|\*", node.value, re.IGNORECASE)
            else node
        )
    )(provider)


def _on_bad_filter(change: Any) -> Any:
    """What happens instead of 400 when a filter cannot be read."""

    def hook(provider: Provider) -> None:
        def lax(call: Call, text: str) -> Filter:
            try:
                return parse_filter(text)
            except FilterError as error:
                if isinstance(change, Refusal):
                    raise change from error
                found: Filter = change
                return found

        provider.rules.parse = lax

    return hook


defect(
    "bad-filter-ignored",
    "rfc7644-3.4.2.2-syntax-error",
    "rfc7644-3.4.2.2-unknown-operator",
    depth="response",
    summary="A filter that cannot be read is ignored: everything is returned.",
    hook=_on_bad_filter(ANYTHING),
)
defect(
    "bad-filter-finds-nothing",
    "rfc7644-3.4.2.2-syntax-error",
    depth="response",
    summary="A filter that cannot be read finds nothing.",
    hook=_on_bad_filter(NOTHING),
)
defect(
    "bad-filter-is-500",
    "rfc7644-3.4.2.2-syntax-error",
    "rfc7644-3.12-no-server-error",
    depth="response",
    summary="A filter that cannot be read answers 500.",
    hook=_on_bad_filter(Refusal(500, "failed")),
)
defect(
    "bad-filter-without-keyword",
    "rfc7644-3.4.2.2-syntax-error",
    depth="response",
    summary="A filter that cannot be read answers 400 without scimType.",
    hook=_on_bad_filter(Refusal(400, "bad filter")),
)
defect(
    "unknown-operator-is-eq",
    "rfc7644-3.4.2.2-unknown-operator",
    depth="response",
    summary="An operator the provider does not know is read as eq.",
    hook=lambda provider: provider.seams.arrive.append(_as_eq),
)


def _as_eq(call: Call) -> None:
    text = call.parameters.get("filter", "")
    found = re.fullmatch(r"\s*(\S+)\s+(\w\w+)\s+(.*)", text)
    if found and found[2].lower() not in ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr", "and", "or"):
        call.parameters["filter"] = f"{found[1]} eq {found[3]}"


@defect("filter-unknown-attribute-finds-everything", "rfc7644-3.4.2.2-unknown-attribute", depth="response")
def _unknown_attribute(provider: Provider) -> None:
    """A filter on an attribute the type does not have returns everything."""
    schemas = provider.catalogue.set
    tree(
        lambda node: (
            ANYTHING
            if isinstance(node, Comparison) and schemas.find(node.path.name, node.path.sub, node.path.urn) is None
            else node
        )
    )(provider)


@defect("filter-unknown-attribute-is-500", "rfc7644-3.4.2.2-unknown-attribute", "rfc7644-3.12-no-server-error", depth="response")
def _unknown_is_500(provider: Provider) -> None:
    """A filter on an attribute the type does not have answers 500."""
    schemas = provider.catalogue.set
    refusing_filters(
        lambda node: any(schemas.find(path.name, path.sub, path.urn) is None for path in paths_of(node)), 500, "failed"
    )(provider)
