"""Legal choices of a service provider, by name: whoever reports one of them as wrong gives a false alarm.

    Provider(token=…, changes=[VARIANTS.get("patch-204").apply])

A variant is a change like a defect, and what it does is permitted by the place named in `section`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import scim_sim.provider.cautious  # noqa: F401 - whoever looks for variants finds those, too
from scim_sim.provider.app import Provider
from scim_sim.provider.more_types import WORKPLACE, more_types
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.resource_types import users_only
from scim_sim.provider.seams import Call
from scim_sim.provider.variant import VARIANTS, Json, Variant, answers, catalogue, options, together, variant, views
from scim_sim.scim import urns
from scim_sim.wire import Response

__all__ = ["VARIANTS", "Variant", "variant"]


def _lowered(view: Json) -> Json:
    shown = {name: value.lower() if name == "userName" else value for name, value in view.items()}
    if isinstance(view.get("emails"), list):
        shown["emails"] = [{**item, "value": str(item.get("value", "")).lower()} for item in view["emails"]]
    return shown


def _relative_references(provider: Provider) -> None:
    provider.seams.represent.append(lambda call, view: _relative(view))


# Answers

variant("patch-204", "RFC 7644 3.5.2", "PATCH answers 204 for users too.", options(patch_users_body=False))
variant("patch-200", "RFC 7644 3.5.2", "PATCH answers 200 with the resource for groups too.", options(patch_groups_body=True))
variant(
    "empty-list-without-resources", "RFC 7644 3.4.2", "Resources is absent when nothing matches.", options(empty_resources=False)
)
variant("small-pages", "RFC 7644 3.4.2.4", "Pages hold at most three resources.", options(page_size=3, max_results=3), "okta")
variant("members-absent-when-empty", "RFC 7643 2.5", "An empty group has no members attribute.", options(empty_members=False))
variant("groups-empty-list", "RFC 7643 2.5", "A user without groups shows an empty list.", options(empty_groups=True))
variant("null-for-unassigned", "RFC 7643 2.5", "Attributes without a value are null.", options(null_for_unassigned=True))
variant("members-by-id-only", "RFC 7643 4.2", "Members show their id and nothing else.", options(member_details=False))
variant(
    "charset-in-media-type",
    "RFC 7644 3.8",
    "Answers say application/scim+json; charset=utf-8.",
    options(media_type="application/scim+json; charset=utf-8"),
)
variant("https-locations", "RFC 7644 3.3", "Locations name https, as behind a proxy that ends TLS.", options(locations="https"))
variant("relative-references", "RFC 7643 2.3.7", "$ref is relative to the base URL.", _relative_references)
variant(
    "pretty-printed",
    "RFC 8259 2",
    "JSON has blanks and line ends.",
    answers(
        lambda call, response: replace(response, body=response.body.replace(b'","', b'",\n "')) if response.body else response
    ),
)
variant(
    "members-in-another-order",
    "RFC 8259 4",
    "meta and id come first, schemas last.",
    views(lambda view: dict(reversed(list(view.items())))),
)
variant(
    "header-names-in-lower-case",
    "RFC 9110 5.1",
    "Header names are in lower case.",
    answers(lambda call, response: replace(response, headers=tuple((name.lower(), value) for name, value in response.headers))),
)
variant(
    "times-with-offset",
    "RFC 7643 2.3.5",
    "Date-times have the offset +00:00 instead of Z.",
    views(
        lambda view: {**view, "meta": {name: _offset(value) for name, value in view["meta"].items()}} if "meta" in view else view
    ),
)


def _relative(view: Json) -> Json:
    shown = dict(view)
    for name, endpoint in (("members", ""), ("groups", "")):
        if isinstance(view.get(name), list):
            shown[name] = [_short(item, endpoint) for item in view[name]]
    return shown


def _short(item: Json, endpoint: str) -> Json:
    parts = str(item.get("$ref", "")).split("/")
    return {**item, "$ref": f"{endpoint}{parts[-2]}/{parts[-1]}"} if "$ref" in item else item


def _offset(value: Any) -> Any:
    return value[:-1] + "+00:00" if isinstance(value, str) and value.endswith("Z") and "T" in value else value


# Identifiers


def _numbered(provider: Provider) -> None:
    numbers = iter(range(1, 100_000_000))
    provider.new_id = lambda: str(next(numbers))


def _words(provider: Provider) -> None:
    usual = provider.new_id
    provider.new_id = lambda: "Kx~" + usual().replace("-", "_").upper()


variant("numeric-ids", "RFC 7643 3.1", "Identifiers are numbers in a text.", _numbered)
variant("opaque-ids", "RFC 7643 3.1", "Identifiers are no UUIDs and hold tilde, underscore and capitals.", _words)

# Features

variant("no-etag", "RFC 7644 3.14", "No entity-tags, and none announced.", options(etag=False))
variant("strong-etag", "RFC 9110 8.8.3", "Entity-tags are strong.", options(etag_strong=True))
variant("no-sort", "RFC 7644 3.4.2.3", "No sorting, and none announced.", options(sort=False))
variant("no-bulk", "RFC 7644 3.7", "No bulk, and none announced.", options(bulk=False))
variant(
    "no-filter",
    "RFC 7644 3.4.2.2",
    "No filters, and none announced.",
    options(filter=False),
    "okta",
    "entra",
    "onelogin",
    "google",
)
variant("no-search", "RFC 7644 3.4.3", "POST /.search is not offered.", options(search=False))


def _unrouted(provider: Provider) -> None:
    """404 for what is optional, whoever asks."""
    provider.configure(bulk=False, search=False)

    def nothing(call: Call) -> Response | None:
        absent = call.path[:1] in (("Bulk",), ("Me",)) or call.path[-1:] == (".search",)
        return call.provider.refused(call, Refusal(404, "There is nothing here")) if absent else None

    provider.seams.arrive.append(nothing)


def _empty_filter(provider: Provider) -> None:
    def drop(call: Call) -> None:
        if not call.parameters.get("filter", "-").strip():
            del call.parameters["filter"]

    provider.seams.arrive.append(drop)


variant("unrouted-404", "RFC 7644 3.12", "What is optional and missing answers 404, without asking for credentials.", _unrouted)
variant("empty-filter-is-none", "RFC 7644 3.4.2.2", "An empty filter is taken for none.", _empty_filter)
variant("no-root-query", "RFC 7644 3.4.2.1", "The base URL cannot be queried.", options(root_query=False))
variant("no-password-change", "RFC 7643 5", "Changing passwords is not announced.", options(change_password=False))
variant("cursors", "RFC 9865", "Queries can be paged by cursor as well as by index.", options(cursor=True))
variant(
    "me-served",
    "RFC 7644 3.11",
    "/Me serves the service account and names its permanent address.",
    lambda provider: _me(provider, "serve"),
    "okta",
)
variant(
    "me-redirected",
    "RFC 7644 3.11",
    "/Me is a permanent redirect to the service account.",
    lambda provider: _me(provider, "redirect"),
    "okta",
)
variant(
    "small-bulk",
    "RFC 7644 3.7.4",
    "Bulk takes five operations and ten thousand bytes.",
    options(bulk_operations=5, bulk_bytes=10_000),
)


def _me(provider: Provider, way: str) -> None:
    """/Me is a user who was there before anybody asked."""
    name = "service@provider.example.test"
    provider.configure(me=way, me_user=name)

    def move_in(call: Call) -> None:
        with call.provider.lock:
            store = call.provider.store_of()
            if not store.find("User", "userName", name):
                store.create("User", {"userName": name, "displayName": "Service account", "active": True})

    provider.seams.arrive.append(move_in)


# What is done with a body

variant("put-keeps-omitted", "RFC 7644 3.5.1", "PUT keeps what the body leaves out.", options(put_keeps_omitted=True))
variant("unknown-members-accepted", "RFC 7644 3.3", "Members that do not exist are stored.", options(unknown_members="accept"))
variant(
    "unknown-attributes-refused",
    "RFC 7644 3.3",
    "Attributes that no schema has are refused.",
    options(unknown_attributes="refuse"),
)
variant(
    "string-booleans-refused",
    "RFC 7643 2.3.2",
    'The text "False" is no boolean and is refused.',
    options(string_booleans="refuse"),
    "entra",
)
variant("single-object-refused", "RFC 7643 2.4", "A list sent as one object is refused.", options(single_for_list="refuse"))
variant("first-primary-wins", "RFC 7643 2.4", "Of two primary values the first stays primary.", options(two_primaries="first"))


def _no_empty_texts(provider: Provider) -> None:
    """An empty text is no value to be stored, wherever it comes."""

    def look(call: Call, body: Json) -> Json:
        operations = body.get("Operations")
        values = [o.get("value") for o in operations if isinstance(o, dict)] if isinstance(operations, list) else [body]
        if any(v == "" or (isinstance(v, dict) and "" in v.values()) for v in values):
            raise Refusal(400, "An attribute must have at least one letter", "invalidValue")
        return body

    provider.seams.body.append(look)


variant("empty-texts-refused", "RFC 7644 3.12", "A text without a letter is refused as invalidValue.", _no_empty_texts, "okta")
variant(
    "schemas-optional",
    "RFC 7643 3",
    "A body without schemas is taken for the type of its endpoint.",
    options(schemas_required=False),
)
variant("group-names-shared", "RFC 7643 8.7.1", "Two groups may have the same name.", options(unique_group_names=False), "entra")
variant(
    "remove-with-value-refused",
    "RFC 7644 3.5.2.2",
    "remove with a value is refused.",
    options(value_list_removal="refuse"),
    "entra",
)
variant(
    "replace-never-creates",
    "RFC 7644 3.5.2.3",
    "replace behind a filter that matches nothing is noTarget.",
    options(replace_creates="never"),
    "entra",
)
variant(
    "bare-manager-refused",
    "RFC 7643 4.3",
    "A manager that is no object is refused in full bodies.",
    options(manager_as_string="refuse"),
    "entra",
)
variant(
    "addresses-in-lower-case",
    "RFC 7643 7",
    "userName and e-mail addresses, which are not caseExact, are stored in lower case.",
    views(_lowered),
    "okta",
)
variant(
    "fewer-keywords",
    "RFC 7644 3.12",
    "Errors other than conflicts and bad filters carry no scimType.",
    lambda provider: provider.seams.refuse.append(_fewer_keywords),
)


def _fewer_keywords(call: Call, refusal: Refusal) -> Refusal:
    optional = refusal.scim_type in ("invalidSyntax", "invalidValue", "invalidPath")
    return Refusal(refusal.status, refusal.detail, "", refusal.headers) if optional else refusal


# Whole providers

variant(
    "users-only",
    "RFC 7643 6",
    "There are users without extension, and no groups.",
    catalogue(lambda provider: users_only()),
    "entra",
)
variant(
    "fewer-attributes",
    "RFC 7643 7 and RFC 7644 3.3",
    "The User schema lacks attributes that others have, and what is sent of them is dropped.",
    catalogue(
        lambda provider: provider.catalogue.without(
            urns.USER, "nickName", "profileUrl", "timezone", "preferredLanguage", "userType", "addresses", "roles", "photos"
        )
    ),
    "entra",
)


def _named(view: Json) -> Json:
    if view.get("meta", {}).get("resourceType") != "User":
        return view
    name = view.get("name") or {}
    parts = [name[part] for part in ("givenName", "familyName") if name.get(part)]
    return {**view, "displayName": " ".join(parts) or view.get("userName")}


variant(
    "members-on-request",
    "RFC 7643 7",
    "Groups show their members only to those who ask for them.",
    catalogue(lambda provider: provider.catalogue.declaring(urns.GROUP, "members", returned="request")),
    "okta",
)
variant(
    "display-name-computed",
    "RFC 7643 7",
    "displayName of a User is readOnly and made of the parts of the name.",
    together(
        catalogue(lambda provider: provider.catalogue.declaring(urns.USER, "displayName", mutability="readOnly")),
        views(_named),
    ),
    "entra",
)
variant(
    "custom-schemas",
    "RFC 7643 6 and 7",
    "Users have one more extension with attributes of every type, and there is a resource type Device.",
    catalogue(lambda provider: more_types(provider.catalogue)),
)


def _floors(provider: Provider) -> None:
    provider.seams.represent.append(lambda call, view: _with_floor(view))


variant(
    "extra-attributes",
    "RFC 7643 3.3",
    "Every user carries an attribute of an extension that the client never sent.",
    together(
        catalogue(lambda provider: more_types(provider.catalogue)),
        _floors,
    ),
)


def _with_floor(view: Json) -> Json:
    if view.get("meta", {}).get("resourceType") != "User":
        return view
    urn = WORKPLACE["id"]
    schemas = view.get("schemas", [])
    return {**view, "schemas": schemas if urn in schemas else [*schemas, urn], urn: {"floor": 0, **view.get(urn, {})}}


variant(
    "full-featured",
    "RFC 7643, RFC 7644 and RFC 9865",
    "Everything is supported and announced: cursors, /Me, one more extension and one more resource type.",
    together(
        options(cursor=True),
        lambda provider: _me(provider, "serve"),
        catalogue(lambda provider: more_types(provider.catalogue)),
    ),
    "okta",
)
variant(
    "minimal",
    "RFC 7644",
    "Users only, without filter, sort, bulk, entity-tags, search, or anything else that is optional.",
    together(
        catalogue(lambda provider: users_only()),
        options(
            bulk=False,
            filter=False,
            sort=False,
            etag=False,
            change_password=False,
            search=False,
            root_query=False,
        ),
    ),
    "okta",
    "entra",
    "onelogin",
    "google",
)
