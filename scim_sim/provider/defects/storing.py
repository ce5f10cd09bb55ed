"""Answered well and not kept: what was written is lost, cut, changed or undone, and only reading back shows it."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import body, kept, resource
from scim_sim.provider.seams import Call, Draft
from scim_sim.provider.store import Attributes, Record
from scim_sim.scim import urns

__all__: list[str] = []

Json = dict[str, Any]
BOSS = urns.ENTERPRISE_USER
ROUNDTRIP = "rfc7643-4.1.1-core-attributes-roundtrip"


def _lose(*names: str) -> Any:
    return kept(lambda call, draft, before: [draft.attributes.pop(name, None) for name in names])


def _change(name: str, change: Any, *, on: str = "", kind: str = "User") -> Any:
    def edit(call: Call, draft: Draft, before: Attributes) -> None:
        if name in draft.attributes:
            draft.attributes[name] = change(draft.attributes[name])

    return kept(edit, on=on, kind=kind)


def _in_list(name: str, change: Any) -> Any:
    return _change(name, lambda items: [change(dict(item)) for item in items])


defect(
    "title-lost",
    ROUNDTRIP,
    "entra-3-returned-as-sent",
    depth="readback",
    summary="title and nickName are accepted and not stored.",
    hook=_lose("title", "nickName"),
)
defect(
    "phones-lost", ROUNDTRIP, depth="readback", summary="phoneNumbers are accepted and not stored.", hook=_lose("phoneNumbers")
)
defect("addresses-lost", ROUNDTRIP, depth="readback", summary="addresses are accepted and not stored.", hook=_lose("addresses"))
defect(
    "locale-lost",
    ROUNDTRIP,
    depth="readback",
    summary="locale, timezone and preferredLanguage are accepted and not stored.",
    hook=_lose("locale", "timezone", "preferredLanguage"),
)
defect(
    "roles-lost",
    ROUNDTRIP,
    depth="readback",
    summary="roles and entitlements are accepted and not stored.",
    hook=_lose("roles", "entitlements"),
)
defect(
    "display-name-made-up",
    ROUNDTRIP,
    "entra-9-values-unchanged",
    depth="readback",
    summary="displayName is overwritten with the user name.",
    hook=kept(lambda call, draft, before: draft.attributes.update(displayName=draft.attributes.get("userName", "")), kind="User"),
)
defect(
    "values-cut-at-thirty",
    ROUNDTRIP,
    depth="readback",
    summary="displayName is cut after thirty characters.",
    hook=_change("displayName", lambda text: text[:30], kind=""),
)
defect(
    "values-trimmed-of-accents",
    "rfc7644-3.8-utf8",
    ROUNDTRIP,
    depth="readback",
    summary="Letters outside ASCII in names become question marks.",
    hook=_change("name", lambda name: {part: text.encode("ascii", "replace").decode() for part, text in name.items()}),
)
defect(
    "display-name-double-encoded",
    "rfc7644-3.8-utf8",
    depth="readback",
    summary="displayName is stored as UTF-8 read as Latin-1.",
    hook=_change("displayName", lambda text: text.encode("utf-8").decode("latin-1"), kind=""),
)
defect(
    "user-name-in-lower-case",
    ROUNDTRIP,
    "okta-13.14-username-case-kept",
    "entra-9-values-unchanged",
    depth="readback",
    summary="userName is stored in lower case.",
    hook=_change("userName", str.lower),
)
defect(
    "middle-name-lost",
    ROUNDTRIP,
    depth="readback",
    summary="name keeps givenName and familyName only.",
    hook=_change("name", lambda name: {part: text for part, text in name.items() if part in ("givenName", "familyName")}),
)
defect(
    "given-and-family-name-swapped",
    ROUNDTRIP,
    depth="readback",
    summary="givenName and familyName change places.",
    hook=_change(
        "name",
        lambda name: {
            {"givenName": "familyName", "familyName": "givenName"}.get(part, part): text for part, text in name.items()
        },
    ),
)
defect(
    "second-email-lost",
    ROUNDTRIP,
    "rfc7644-3.5.1-put-multivalued-whole",
    depth="readback",
    summary="Only the first e-mail is kept.",
    hook=_change("emails", lambda items: items[:1]),
)
defect(
    "email-type-lost",
    ROUNDTRIP,
    "entra-3-returned-as-sent",
    depth="cycle",
    summary="The type of an e-mail is not kept, so it is sent again in every cycle.",
    hook=_in_list("emails", lambda item: {part: value for part, value in item.items() if part != "type"}),
)
defect(
    "type-renamed-to-other",
    "rfc7643-7-canonical-values-optional",
    depth="readback",
    summary="An e-mail type outside the canonical ones becomes other.",
    hook=_in_list("emails", lambda item: {**item, "type": item["type"] if item.get("type") in ("work", "home") else "other"}),
)
defect(
    "phone-reformatted",
    "rfc7643-4.1.2-contact-canonical",
    "entra-9-values-unchanged",
    depth="cycle",
    summary="Telephone numbers lose everything but digits.",
    hook=_in_list("phoneNumbers", lambda item: {**item, "value": "".join(filter(str.isdigit, item.get("value", "")))}),
)


@defect("country-of-three-letters-kept", "rfc7643-4.1.2-address-country", depth="readback")
def _country(provider: Provider) -> None:
    """A country that is no code of two letters is accepted and returned."""
    provider.configure(country_codes=False)


defect(
    "external-id-lost",
    "rfc7643-3.1-externalid-roundtrip",
    "entra-13.17-external-id-filter",
    depth="readback",
    summary="externalId is accepted and not stored.",
    hook=_lose("externalId"),
)
defect(
    "external-id-in-lower-case",
    "rfc7643-3.1-externalid-roundtrip",
    depth="readback",
    summary="externalId is stored in lower case.",
    hook=_change("externalId", str.lower, kind=""),
)
defect(
    "external-id-never-changes",
    "rfc7643-3.1-externalid-roundtrip",
    depth="readback",
    summary="A new externalId in PUT or PATCH is ignored.",
    hook=kept(
        lambda call, draft, before: draft.attributes.update(externalId=before["externalId"]) if "externalId" in before else None
    ),
)
defect(
    "enterprise-lost-on-create",
    "rfc7643-4.3-enterprise-roundtrip",
    depth="readback",
    summary="The enterprise extension of a creation is not stored.",
    hook=kept(lambda call, draft, before: draft.attributes.pop(BOSS, None), on="create"),
)


def _old_enterprise(call: Call, draft: Draft, before: Attributes) -> None:
    draft.attributes.pop(BOSS, None)
    if BOSS in before:
        draft.attributes[BOSS] = before[BOSS]


defect(
    "enterprise-ignored-on-put",
    "rfc7643-4.3-enterprise-roundtrip",
    "okta-13.17-enterprise-put",
    depth="readback",
    summary="PUT leaves the enterprise extension as it was.",
    hook=kept(_old_enterprise, on="replace", kind="User"),
)
defect(
    "department-only-kept",
    "rfc7643-4.3-enterprise-roundtrip",
    depth="readback",
    summary="Of the enterprise extension only department is stored.",
    hook=_change(BOSS, lambda value: {part: item for part, item in value.items() if part == "department"}),
)
defect(
    "employee-number-as-number",
    "rfc7643-4.3-enterprise-roundtrip",
    depth="response",
    summary="employeeNumber comes back as a JSON number.",
    hook=resource(
        lambda view: (
            view[BOSS].update(employeeNumber=int(view[BOSS]["employeeNumber"]))
            if str(view.get(BOSS, {}).get("employeeNumber", "")).isdigit()
            else None
        ),
        kind="User",
    ),
)
defect(
    "manager-lost",
    "rfc7643-4.3-manager-complex",
    "entra-manager",
    "okta-manager",
    depth="readback",
    summary="manager is accepted and not stored.",
    hook=_change(BOSS, lambda value: {part: item for part, item in value.items() if part != "manager"}),
)


@defect("manager-name-forged", "rfc7643-4.3-manager-displayname-readonly", depth="readback")
def _manager_name(provider: Provider) -> None:
    """manager.displayName sent by a client is stored and shown."""
    names: dict[str, str] = {}

    def remember(value: Json) -> None:
        manager = (value.get(BOSS) or {}).get("manager")
        if isinstance(manager, dict) and manager.get("displayName"):
            names[manager.get("value", "")] = manager["displayName"]

    def show(view: Json) -> None:
        manager = view.get(BOSS, {}).get("manager", {})
        if manager.get("value") in names:
            manager["displayName"] = names[manager["value"]]

    body(remember)(provider)
    resource(show, kind="User")(provider)


@defect("attributes-appear-in-answer-only", "rfc7644-3.4.1-read-same-as-write", "rfc7644-3.4.1-create-readable", depth="readback")
def _echo(provider: Provider) -> None:
    """The answer to a write is the body that was sent; what was not stored is seen only on reading."""
    _lose("userType", "title", "nickName", "profileUrl")(provider)

    def echo(call: Call, view: Json) -> Json:
        if call.operation in ("create", "replace") and isinstance(call.body, dict):
            sent = {k: v for k, v in call.body.items() if k in ("userType", "title", "nickName", "profileUrl")}
            return {**view, **sent}
        return view

    provider.seams.represent.append(echo)


@defect(
    "string-false-is-true",
    "rfc7643-2.3.2-string-boolean-inbound",
    "entra-13.1-active-string",
    "entra-deactivate",
    depth="readback",
)
def _string_false(provider: Provider) -> None:
    """The text "False" is read as true, because it is not empty."""

    def truth(value: Any) -> Any:
        return bool(value) if isinstance(value, str) else value

    def edit(call: Call, operations: list[Json]) -> list[Json]:
        return [
            {**item, "value": truth(item.get("value"))} if str(item.get("path", "")).lower() == "active" else item
            for item in operations
        ]

    provider.seams.operations.append(edit)
    body(lambda value: value.update(active=truth(value["active"])) if "active" in value else None)(provider)


defect(
    "created-inactive-becomes-active",
    "rfc7643-4.1.1-active-roundtrip",
    depth="readback",
    summary="A user created with active false is active.",
    hook=kept(lambda call, draft, before: draft.attributes.update(active=True), on="create", kind="User"),
)


@defect("attribute-names-case-sensitive", "rfc7643-2.1-attribute-name-case", depth="response")
def _exact_names(provider: Provider) -> None:
    """Attributes whose name is not spelled as in the schema are ignored."""

    def exact(call: Call, value: Json) -> Json:
        assert call.type is not None
        known = {field.name for field in call.type.fields.values()} | {urn for urn, _ in call.type.extensions.values()}
        return {name: item for name, item in value.items() if name in known or name in ("schemas", "id", "meta")}

    provider.seams.body.append(lambda call, value: exact(call, value) if call.operation in ("create", "replace") else value)


@defect("stale-read-after-write", "rfc7644-3.4.1-read-same-as-write", "okta-converges", "entra-6-on-demand", depth="cycle")
def _stale(provider: Provider) -> None:
    """The first two reads after a change come from a replica that has not seen it yet."""
    shown: dict[str, Json] = {}
    pending: dict[str, tuple[int, Json]] = {}

    def changed(call: Call, record: Record) -> None:
        if record.id in shown and call.operation != "delete":
            pending[record.id] = 2, shown[record.id]

    def pipe(call: Call, view: Json) -> Json:
        waiting, old = pending.get(view["id"], (0, view))
        if call.operation in ("read", "list", "search") and waiting:
            pending[view["id"]] = waiting - 1, old
            return dict(old)
        shown[view["id"]] = dict(view)
        return view

    provider.seams.stored.append(changed)
    provider.seams.represent.append(pipe)


@defect(
    "every-seventh-write-lost",
    "okta-converges",
    "entra-converges",
    "rfc7644-3.4.1-read-same-as-write",
    "rfc7644-3.5.1-put-replaces-values",
    depth="many",
)
def _seventh(provider: Provider) -> None:
    """Every seventh change of a resource is answered 200 and not stored."""
    count = 0

    def lose(call: Call, draft: Draft) -> Draft:
        nonlocal count
        if call.operation in ("replace", "patch") and call.record is not None:
            count += 1
            if count % 7 == 0:
                return Draft(dict(call.record.attributes), dict(call.record.members))
        return draft

    provider.seams.store.append(lose)


defect(
    "photos-and-chats-lost",
    ROUNDTRIP,
    depth="readback",
    summary="photos and ims are accepted and not stored.",
    hook=_lose("photos", "ims"),
)
defect(
    "values-cut-at-255",
    ROUNDTRIP,
    depth="readback",
    summary="displayName is cut after 255 characters.",
    hook=_change("displayName", lambda value: value[:255]),
)
defect(
    "leading-zeros-lost",
    ROUNDTRIP,
    depth="readback",
    summary="A postal code loses the zero at its beginning.",
    hook=_change("addresses", lambda value: [{**item, "postalCode": item.get("postalCode", "").lstrip("0")} for item in value]),
)
