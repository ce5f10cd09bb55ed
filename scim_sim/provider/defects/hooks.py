"""The few ways in which most defects hook in; each function returns what `Defect.apply` takes.

`on` limits a hook to operations (`"create"`, `"read list"`), `kind` to a resource type, `status` to one status.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Draft, Page
from scim_sim.provider.store import Attributes, Record
from scim_sim.scim import urns
from scim_sim.wire import Headers, Response, json_body

__all__ = [
    "Hook",
    "answered",
    "arriving",
    "body",
    "both",
    "configured",
    "discovery",
    "document",
    "dropped",
    "envelope",
    "error",
    "header",
    "kept",
    "moment",
    "operation",
    "page",
    "path_of",
    "refused",
    "refusing",
    "renamed",
    "resource",
    "schema_attribute",
    "selected",
    "status",
    "verb",
    "with_body",
    "with_header",
]

Json = dict[str, Any]
Hook = Callable[[Provider], None]
When = Callable[[Call], bool]


def _applies(call: Call, on: str, kind: str) -> bool:
    return (not on or call.operation in on.split()) and kind in ("", call.kind)


def both(*hooks: Hook) -> Hook:
    """One hook after the other."""

    def hook(provider: Provider) -> None:
        for item in hooks:
            item(provider)

    return hook


def resource(edit: Callable[[Json], Any], *, on: str = "", kind: str = "") -> Hook:
    """Edit every representation on its way out, in place; a returned object takes its place."""

    def pipe(call: Call, view: Json) -> Json:
        type = view.get("meta", {}).get("resourceType") if isinstance(view.get("meta"), dict) else None
        if (on and call.operation not in on.split()) or (kind and kind != type):
            return view
        changed = edit(view)
        return changed if isinstance(changed, dict) else view

    return lambda provider: provider.seams.represent.append(pipe)


def dropped(*names: str, on: str = "", kind: str = "") -> Hook:
    """Leave these attributes out of representations."""
    return resource(lambda view: [view.pop(name, None) for name in names], on=on, kind=kind)


def renamed(before: str, after: str) -> Callable[[Json], None]:
    """An edit that gives a member another name."""

    def edit(value: Json) -> None:
        if before in value:
            value[after] = value.pop(before)

    return edit


def envelope(edit: Callable[[Json], Any], *, when: When | None = None) -> Hook:
    """Edit every ListResponse, in place."""

    def pipe(call: Call, value: Json) -> Json:
        changed = edit(value) if when is None or when(call) else None
        return changed if isinstance(changed, dict) else value

    return lambda provider: provider.seams.envelope.append(pipe)


def page(change: Callable[[Call, Page], Any]) -> Hook:
    """Change one page of a query, in place."""

    def pipe(call: Call, value: Page) -> Page:
        change(call, value)
        return value

    return lambda provider: provider.seams.page.append(pipe)


def selected(change: Callable[[Call, list[Record]], list[Record]]) -> Hook:
    """Change the matches of a query before sorting shows and paging cuts them."""
    return lambda provider: provider.seams.select.append(change)


def discovery(edit: Callable[[Json], Any]) -> Hook:
    """Edit every discovery document: the configuration, each resource type, each schema, and their lists."""

    def pipe(call: Call, value: Json) -> Json:
        copy: Json = json.loads(json.dumps(value))
        changed = edit(copy)
        return changed if isinstance(changed, dict) else copy

    return lambda provider: provider.seams.discovery.append(pipe)


def document(id: str, edit: Callable[[Json], Any]) -> Hook:
    """Edit the resource type or schema of this id, or the configuration when the id is that of its schema."""

    def change(value: Json) -> Any:
        named = value.get("schemas") == [id] if id == urns.SERVICE_PROVIDER_CONFIG else value.get("id") == id
        return edit(value) if named else None

    return discovery(change)


def schema_attribute(urn: str, path: str, edit: Callable[[Json], Any]) -> Hook:
    """Edit one attribute definition of a published schema; what the provider does stays as it is."""

    def change(value: Json) -> None:
        members: list[Json] = value["attributes"]
        *parents, last = path.split(".")
        for parent in parents:
            members = next(item for item in members if item["name"] == parent)["subAttributes"]
        edit(next(item for item in members if item["name"] == last))

    return document(urn, change)


def configured(**choices: Any) -> Hook:
    """Change options."""
    return lambda provider: provider.configure(**choices)


def body(edit: Callable[[Json], Any], *, on: str = "create replace", kind: str = "") -> Hook:
    """Edit the body of a write before it is understood, in place."""

    def pipe(call: Call, value: Json) -> Json:
        if not _applies(call, on, kind):
            return value
        copy: Json = json.loads(json.dumps(value))
        changed = edit(copy)
        return changed if isinstance(changed, dict) else copy

    return lambda provider: provider.seams.body.append(pipe)


def operation(edit: Callable[[Json], Json | None], *, kind: str = "") -> Hook:
    """Edit each operation of a PATCH; `None` leaves it out."""

    def pipe(call: Call, operations: list[Json]) -> list[Json]:
        if kind not in ("", call.kind):
            return operations
        return [changed for item in operations if (changed := edit(dict(item))) is not None]

    return lambda provider: provider.seams.operations.append(pipe)


def kept(change: Callable[[Call, Draft, Attributes], Any], *, on: str = "", kind: str = "") -> Hook:
    """Change what is about to be stored, in place, knowing what is there; `Draft` has attributes and members."""

    def pipe(call: Call, draft: Draft) -> Draft:
        if _applies(call, on, kind):
            change(call, draft, call.record.attributes if call.record is not None else {})
        return draft

    return lambda provider: provider.seams.store.append(pipe)


def arriving(act: Callable[[Call], Response | None]) -> Hook:
    """Answer, delay or alter a request before anything else."""
    return lambda provider: provider.seams.arrive.append(act)


def refusing(when: When, status: int, detail: str, scim_type: str = "") -> Hook:
    """Refuse, after the credentials were judged, what a correct provider serves."""

    def hook(provider: Provider) -> None:
        route = provider.rules.route

        def refuse(call: Call) -> None:
            route(call)
            if when(call):
                raise Refusal(status, detail, scim_type)

        provider.rules.route = refuse

    return hook


def refused(change: Callable[[Call, Refusal], Any]) -> Hook:
    """Change refusals, in place; a returned refusal takes its place."""

    def pipe(call: Call, refusal: Refusal) -> Refusal:
        changed = change(call, refusal)
        return changed if isinstance(changed, Refusal) else refusal

    return lambda provider: provider.seams.refuse.append(pipe)


def error(edit: Callable[[Json], Any]) -> Hook:
    """Edit every Error body, in place."""

    def pipe(call: Call, value: Json) -> Json:
        changed = edit(value)
        return changed if isinstance(changed, dict) else value

    return lambda provider: provider.seams.error.append(pipe)


def answered(change: Callable[[Call, Response], Response], *, on: str = "", kind: str = "", status: int | None = None) -> Hook:
    """Change finished answers."""

    def pipe(call: Call, response: Response) -> Response:
        if not _applies(call, on, kind) or status not in (None, response.status):
            return response
        return change(call, response)

    return lambda provider: provider.seams.answer.append(pipe)


def status(before: int, after: int, *, on: str = "", kind: str = "") -> Hook:
    """Answer with another status."""
    return answered(lambda call, response: replace(response, status=after), on=on, kind=kind, status=before)


def header(name: str, value: str | None, *, on: str = "", kind: str = "", status: int | None = None) -> Hook:
    """Set a header of the answer, or leave it out."""
    return answered(lambda call, response: with_header(response, name, value), on=on, kind=kind, status=status)


def with_header(response: Response, name: str, value: str | None) -> Response:
    """The response with this header set, or left out."""
    others: Headers = tuple(item for item in response.headers if item[0].lower() != name.lower())
    return replace(response, headers=others if value is None else (*others, (name, value)))


def with_body(response: Response, value: Any) -> Response:
    """The response with this JSON, or these bytes, as its body."""
    raw = value if isinstance(value, bytes) else json_body(value)
    return Response(response.status, response.headers, raw, response.reason)


def path_of(operation: Json) -> str:
    """The path of a PATCH operation in lower case, or the empty string."""
    return str(operation.get("path") or "").lower()


def verb(operation: Json) -> str:
    """The op of a PATCH operation in lower case."""
    return str(operation.get("op")).lower()


def moment() -> Callable[[], None]:
    """What holds a request until those that are sent at the same time have arrived: long where it comes by another way."""
    last = threading.get_ident()

    def hold() -> None:
        nonlocal last
        before, last = last, threading.get_ident()
        time.sleep(0.02 if before == last else 0.3)

    return hold
