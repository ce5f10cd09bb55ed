"""Values and references that are malformed in themselves (RFC 7643 sections 2 and 4)."""

from __future__ import annotations

from typing import Any

from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import dropped, envelope, renamed, resource
from scim_sim.scim import urns

__all__: list[str] = []

Json = dict[str, Any]
BOSS = urns.ENTERPRISE_USER


def _each(name: str, change: Any) -> Any:
    """An edit of every value of a multi-valued attribute."""
    return lambda view: [change(item) for item in view.get(name) or []]


# Types

defect(
    "active-as-text",
    "rfc7643-2.3.2-boolean-literal",
    "entra-3-returned-as-sent",
    depth="response",
    summary='active is the text "true" or "false".',
    hook=resource(lambda view: view.update(active=str(view["active"]).lower()) if "active" in view else None, kind="User"),
)
defect(
    "active-as-number",
    "rfc7643-2.3.2-boolean-literal",
    depth="response",
    summary="active is 1 or 0.",
    hook=resource(lambda view: view.update(active=int(view["active"])) if "active" in view else None, kind="User"),
)
defect(
    "primary-as-text",
    "rfc7643-2.3.2-boolean-literal",
    depth="response",
    summary="primary of an e-mail is a text.",
    hook=resource(
        _each("emails", lambda item: item.update(primary=str(item["primary"])) if "primary" in item else None), kind="User"
    ),
)
defect(
    "emails-as-object",
    "rfc7643-2.4-multivalued-array",
    depth="response",
    summary="A single e-mail is an object instead of an array of one.",
    hook=resource(
        lambda view: view.update(emails=view["emails"][0]) if len(view.get("emails") or []) == 1 else None, kind="User"
    ),
)
defect(
    "members-as-texts",
    "rfc7643-2.4-multivalued-array",
    "rfc7643-4.2-member-value-is-id",
    depth="response",
    summary="members is a list of ids instead of a list of objects.",
    hook=resource(lambda view: view.update(members=[item["value"] for item in view.get("members", [])]), kind="Group"),
)
defect(
    "name-as-text",
    "rfc7643-4.1.1-core-attributes-roundtrip",
    depth="response",
    summary="name is a text instead of an object.",
    hook=resource(lambda view: view.update(name=str(view["name"].get("givenName"))) if "name" in view else None, kind="User"),
)
defect(
    "two-primary-emails",
    "rfc7643-2.4-primary-at-most-once",
    depth="response",
    summary="Every e-mail is primary.",
    hook=resource(_each("emails", lambda item: item.update(primary=True)), kind="User"),
)
defect(
    "emails-twice",
    "rfc7643-2.4-no-duplicate-type-value",
    depth="response",
    summary="Each e-mail is listed twice.",
    hook=resource(lambda view: view.update(emails=view["emails"] * 2) if view.get("emails") else None, kind="User"),
)
defect(
    "total-results-with-fraction",
    "rfc7643-2.3.4-integer-form",
    "rfc7644-3.4.2-totalresults-integer",
    depth="response",
    summary="totalResults is written 3.0.",
    hook=envelope(lambda value: value.update(totalResults=float(value["totalResults"]))),
)
defect(
    "certificate-cut",
    "rfc7643-2.3.6-binary-base64",
    depth="readback",
    summary="Certificates lose their last four characters.",
    hook=resource(_each("x509Certificates", lambda item: item.update(value=item["value"][:-4])), kind="User"),
)
defect(
    "user-name-called-login",
    "rfc7643-4.1.1-username-in-representation",
    depth="response",
    summary="userName is called login.",
    hook=resource(renamed("userName", "login"), kind="User"),
)
defect(
    "list-items-without-user-name",
    "rfc7643-4.1.1-username-in-representation",
    "rfc7644-3.4.2-list-items-complete",
    "okta-8-names-in-import",
    depth="response",
    summary="Users in lists have no userName.",
    hook=dropped("userName", on="list search", kind="User"),
)
defect(
    "group-without-name",
    "rfc7643-4.2-group-displayname-required",
    depth="response",
    summary="Groups have no displayName.",
    hook=dropped("displayName", kind="Group"),
)
defect(
    "active-missing",
    "rfc7643-4.1.1-active-roundtrip",
    "okta-13.11-active-returned",
    depth="response",
    summary="active is never returned.",
    hook=dropped("active", kind="User"),
)

# References

defect(
    "reference-to-wrong-endpoint",
    "rfc7643-2.3.7-reference-dereferences",
    depth="response",
    summary="$ref of a member points under /Groups.",
    hook=resource(
        _each("members", lambda item: item.update({"$ref": item.get("$ref", "").replace("/Users/", "/Groups/")})), kind="Group"
    ),
)
defect(
    "reference-to-nothing",
    "rfc7643-2.3.7-reference-dereferences",
    depth="response",
    summary="$ref of a member leads to 404.",
    hook=resource(_each("members", lambda item: item.update({"$ref": f"{item.get('$ref')}-x"})), kind="Group"),
)
defect(
    "member-value-is-user-name",
    "rfc7643-4.2-member-value-is-id",
    "okta-group-push",
    depth="response",
    summary="value of a member is a display name, not an id.",
    hook=resource(_each("members", lambda item: item.update(value=item.get("display", item["value"]))), kind="Group"),
)
defect(
    "groups-value-is-name",
    "rfc7643-4.1.2-user-groups-reflects",
    depth="readback",
    summary="groups of a user names the groups by display name instead of by id.",
    hook=resource(_each("groups", lambda item: item.update(value=item.get("display", ""))), kind="User"),
)
defect(
    "groups-without-reference",
    "rfc7643-4.1.2-user-groups-reflects",
    depth="readback",
    summary="groups of a user has no $ref.",
    hook=resource(_each("groups", lambda item: item.pop("$ref", None)), kind="User"),
)


def _manager(change: Any) -> Any:
    def edit(view: Json) -> None:
        extension = view.get(BOSS) or {}
        if isinstance(extension.get("manager"), dict):
            extension["manager"] = change(extension["manager"])

    return resource(edit, kind="User")


defect(
    "manager-as-text",
    "rfc7643-4.3-manager-complex",
    "entra-13.10-manager-object",
    depth="response",
    summary="manager is the id as a text.",
    hook=_manager(lambda manager: manager["value"]),
)
defect(
    "manager-value-is-name",
    "rfc7643-4.3-manager-complex",
    depth="readback",
    summary="manager.value is the name of the manager.",
    hook=_manager(lambda manager: {**manager, "value": manager.get("displayName", "somebody")}),
)
defect(
    "title-of-digits-is-a-number",
    "rfc7643-4.1.1-core-attributes-roundtrip",
    "rfc7644-3.3-create-returns-resource",
    depth="response",
    summary="A title of digits comes back as a number.",
    hook=resource(lambda view: view.update(title=int(view["title"])) if str(view.get("title", "")).isdigit() else None),
)
