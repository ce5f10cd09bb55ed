"""schemas, identifiers and meta that are malformed in themselves (RFC 7643 section 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from scim_sim.clock import iso
from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import dropped, header, resource
from scim_sim.scim import urns

__all__: list[str] = []

Json = dict[str, Any]
BOSS = urns.ENTERPRISE_USER


def _meta(**values: Any) -> Any:
    return lambda view: view["meta"].update(values)


def _each(name: str, change: Any) -> Any:
    """An edit of every value of a multi-valued attribute."""
    return lambda view: [change(item) for item in view.get(name) or []]


def _in_meta(change: Any, *names: str) -> Any:
    """An edit of members of meta."""
    return lambda view: view["meta"].update({name: change(view["meta"][name]) for name in names if name in view["meta"]})


def _a_second_before(at: str) -> str:
    return iso(datetime.fromisoformat(at).timestamp() - 1)


# schemas

defect(
    "resource-without-schemas",
    "rfc7643-3-schemas-nonempty",
    depth="response",
    summary="Resources do not name their schemas.",
    hook=dropped("schemas"),
)
defect(
    "list-items-without-schemas",
    "rfc7643-3-schemas-nonempty",
    "rfc7644-3.4.2-list-items-complete",
    depth="response",
    summary="Items of lists do not name their schemas.",
    hook=dropped("schemas", on="list search"),
)
defect(
    "schemas-twice",
    "rfc7643-3-schemas-no-duplicates",
    depth="response",
    summary="schemas holds the base schema twice.",
    hook=resource(lambda view: view["schemas"].append(view["schemas"][0])),
)
defect(
    "schemas-without-base",
    "rfc7643-3.3-schemas-has-base",
    depth="response",
    summary="schemas of a user names the enterprise extension only.",
    hook=resource(lambda view: view.update(schemas=[BOSS]), kind="User"),
)
defect(
    "schemas-with-unknown",
    "rfc7643-3-schemas-only-known",
    depth="response",
    summary="schemas names a URI that the resource type does not declare.",
    hook=resource(lambda view: view["schemas"].append("urn:example:params:scim:schemas:internal:1.0")),
)
defect(
    "schemas-of-version-1",
    "rfc7643-3.3-schemas-has-base",
    "rfc7643-3-schemas-only-known",
    depth="response",
    summary="Resources name the URI of SCIM 1.1.",
    hook=resource(lambda view: view.update(schemas=["urn:scim:schemas:core:1.0"])),
)
defect(
    "schemas-without-extension",
    "rfc7643-3.3-schemas-lists-extension",
    depth="response",
    summary="Enterprise attributes are there, and schemas does not list the extension.",
    hook=resource(lambda view: view.update(schemas=view["schemas"][:1]), kind="User"),
)


def _flatten(view: Json) -> None:
    view.update(view.pop(BOSS, {}))
    view["schemas"] = view["schemas"][:1]


defect(
    "extension-at-top-level",
    "rfc7643-3.3-extension-container",
    depth="response",
    summary="Enterprise attributes stand at the top of the user.",
    hook=resource(_flatten, kind="User"),
)
defect(
    "undeclared-attribute",
    "rfc7643-7-attributes-declared",
    depth="response",
    summary="Users carry internalStatus, which no schema declares.",
    hook=resource(lambda view: view.update(internalStatus="ok"), kind="User"),
)

# id, externalId, meta

defect(
    "list-items-without-id",
    "rfc7643-3.1-id-present",
    depth="response",
    summary="Items of lists have no id.",
    hook=dropped("id", on="list search"),
)
defect(
    "created-without-id",
    "rfc7643-3.1-id-present",
    "okta-3-create-returns-id",
    "entra-2-create-id",
    depth="response",
    summary="The answer to a creation has no id.",
    hook=dropped("id", on="create"),
)


@defect("id-is-number", "rfc7643-3.1-id-present", depth="response")
def _numeric_id(provider: Provider) -> None:
    """id is a JSON number."""
    numbers = iter(range(100, 10_000_000))
    provider.new_id = lambda: str(next(numbers))
    resource(lambda view: view.update(id=int(view["id"])))(provider)


@defect("id-with-bulk-id", "rfc7643-3.1-id-no-bulkid-keyword", depth="response")
def _bulk_id(provider: Provider) -> None:
    """Identifiers contain the reserved word bulkId."""
    numbers = iter(range(100, 10_000_000))
    provider.new_id = lambda: f"bulkId-{next(numbers)}"


defect(
    "external-id-invented",
    "rfc7643-3.1-externalid-not-invented",
    depth="response",
    summary="externalId is the id where the client gave none.",
    hook=resource(lambda view: view.setdefault("externalId", view["id"])),
)
defect(
    "resource-without-meta",
    "rfc7643-3.1-meta-assigned",
    depth="response",
    summary="Resources have no meta.",
    hook=dropped("meta"),
)
defect(
    "meta-without-times",
    "rfc7643-3.1-meta-assigned",
    depth="response",
    summary="meta has neither created nor lastModified.",
    hook=resource(lambda view: [view["meta"].pop("created"), view["meta"].pop("lastModified")]),
)
defect(
    "meta-type-in-lower-case",
    "rfc7644-3.3.1-meta-resourcetype",
    "rfc7643-6-rt-name-matches-meta",
    depth="response",
    summary='meta.resourceType is "user".',
    hook=resource(_meta(resourceType="user"), kind="User"),
)
defect(
    "meta-type-of-group-is-user",
    "rfc7644-3.3.1-meta-resourcetype",
    depth="response",
    summary="meta.resourceType of a group says User.",
    hook=resource(_meta(resourceType="User"), kind="Group"),
)
defect(
    "times-without-t",
    "rfc7643-2.3.5-datetime-format",
    depth="response",
    summary="Date-times have a blank instead of the T.",
    hook=resource(_in_meta(lambda at: at.replace("T", " "), "created", "lastModified")),
)
defect(
    "times-as-numbers",
    "rfc7643-2.3.5-datetime-format",
    depth="response",
    summary="created and lastModified are seconds since 1970.",
    hook=resource(_meta(created=1767600000, lastModified=1767600000)),
)
defect(
    "times-as-dates",
    "rfc7643-2.3.5-datetime-format",
    depth="response",
    summary="created and lastModified are dates without a time.",
    hook=resource(_in_meta(lambda at: at[:10], "created", "lastModified")),
)
defect(
    "created-before-it-was",
    "rfc7643-3.1-created-equals-lastmodified",
    depth="response",
    summary="A new resource was modified a second after it was created.",
    hook=resource(_in_meta(_a_second_before, "created"), on="create"),
)
defect(
    "location-of-collection",
    "rfc7643-3.1-location-dereferences",
    depth="response",
    summary="meta.location is the address of the collection.",
    hook=resource(_in_meta(lambda at: at.rsplit("/", 1)[0], "location")),
)
defect(
    "location-of-another-endpoint",
    "rfc7643-3.1-location-dereferences",
    depth="response",
    summary="meta.location of a group points under /Users.",
    hook=resource(_in_meta(lambda at: at.replace("/Groups/", "/Users/"), "location"), kind="Group"),
)
defect(
    "location-with-user-name",
    "rfc7644-7.5.2-no-secrets-in-uris",
    depth="security",
    summary="Locations carry the userName.",
    hook=resource(lambda view: _in_meta(lambda at: f"{at}?user={view.get('userName', '')}", "location")(view), kind="User"),
)
defect(
    "version-without-quotes",
    "rfc7643-3.1-version-equals-etag",
    depth="response",
    summary="meta.version has no quotes and is not what the ETag header says.",
    hook=resource(_in_meta(lambda tag: tag.removeprefix("W/").strip('"'), "version")),
)
defect(
    "changed-resource-is-located-elsewhere",
    "rfc7643-3.1-location-dereferences",
    depth="response",
    summary="The Location in the answer to PUT and PATCH leads to another resource.",
    hook=header("Location", "https://provider.example.test/scim/v2/Users/other", on="replace patch"),
)
defect(
    "location-is-another-when-read",
    "rfc7643-3.1-location-dereferences",
    depth="readback",
    summary="meta.location has another path in reads and lists than in the answer to the creation.",
    hook=resource(
        lambda view: view["meta"].update(location=view["meta"]["location"].replace("/scim/v2", "/api")), on="read list search"
    ),
)
