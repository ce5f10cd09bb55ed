"""Entity-tags that are missing, untrue or without effect (RFC 7644 section 3.14, RFC 9110 section 13)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import answered, configured, header, moment, refused, resource, with_header
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call
from scim_sim.provider.store import Record
from scim_sim.wire import Response

__all__: list[str] = []

Json = dict[str, Any]


def _without(*names: str, on: str = "") -> Any:
    """Do not look at these request headers."""

    def arrive(call: Call) -> None:
        if not on or call.method in on.split():
            kept = tuple(item for item in call.request.headers if item[0].lower() not in names)
            call.request = replace(call.request, headers=kept)

    return lambda provider: provider.seams.arrive.append(arrive)


defect(
    "etag-missing",
    "rfc7644-3.14-etag-header",
    "rfc7643-5-spc-truthful-etag",
    depth="response",
    summary="No answer has an ETag header; meta.version is there.",
    hook=header("ETag", None),
)
defect(
    "etag-missing-on-read",
    "rfc7644-3.14-etag-header",
    depth="response",
    summary="A single read has no ETag header.",
    hook=header("ETag", None, on="read"),
)
defect(
    "etag-without-quotes",
    "rfc7644-3.14-etag-header",
    "rfc7643-3.1-version-equals-etag",
    depth="response",
    summary="The ETag header has no quotes.",
    hook=answered(
        lambda call, response: (
            with_header(response, "ETag", (response.header("etag") or "").removeprefix("W/").strip('"'))
            if response.header("etag")
            else response
        )
    ),
)
defect(
    "etag-not-in-meta",
    "rfc7644-3.14-etag-in-meta",
    depth="response",
    summary="meta.version is missing.",
    hook=resource(lambda view: view["meta"].pop("version", None)),
)
defect(
    "etag-unlike-version",
    "rfc7643-3.1-version-equals-etag",
    "rfc7644-3.14-etag-in-meta",
    depth="response",
    summary="meta.version is another tag than the ETag header.",
    hook=resource(lambda view: view["meta"].update(version='W/"other"')),
)
defect(
    "if-none-match-ignored",
    "rfc7644-3.14-if-none-match-304",
    depth="response",
    summary="A conditional read with the current tag answers 200.",
    hook=_without("if-none-match"),
)
defect(
    "not-modified-without-tag",
    "rfc7644-3.14-if-none-match-304",
    depth="response",
    summary="A 304 has no ETag header.",
    hook=header("ETag", None, status=304),
)
defect(
    "if-none-match-always-304",
    "rfc7644-3.14-if-none-match-200",
    depth="response",
    summary="Every conditional read answers 304.",
    hook=answered(
        lambda call, response: Response(304, response.headers) if call.request.header("if-none-match") else response,
        on="read",
        status=200,
    ),
)


@defect("if-match-always-412", "rfc7644-3.14-if-match-current", "rfc9110-13.1.1-if-match-star", depth="response")
def _always(provider: Provider) -> None:
    """Every request with If-Match answers 412."""
    correct = provider.rules.precondition

    def refuse(call: Call, record: Record | None) -> None:
        if call.request.header("if-match"):
            raise Refusal(412, "the version does not match")
        correct(call, record)

    provider.rules.precondition = refuse


defect(
    "if-match-ignored",
    "rfc7644-3.14-if-match-stale-412",
    "rfc7644-3.14-lost-update",
    depth="readback",
    summary="If-Match is ignored.",
    hook=_without("if-match"),
)
defect(
    "if-match-ignored-on-patch",
    "rfc7644-3.14-if-match-stale-412",
    depth="readback",
    summary="If-Match is ignored on PATCH.",
    hook=_without("if-match", on="PATCH"),
)
defect(
    "if-match-ignored-on-delete",
    "rfc7644-3.14-if-match-stale-412",
    depth="readback",
    summary="If-Match is ignored on DELETE.",
    hook=_without("if-match", on="DELETE"),
)


@defect("stale-write-answered-412-and-done", "rfc7644-3.14-if-match-stale-412", depth="readback")
def _done_anyway(provider: Provider) -> None:
    """A change with an outdated tag answers 412 and is carried out."""

    def forgive(call: Call, record: Record | None) -> None:
        wanted = call.request.header("if-match")
        if record is not None and wanted and wanted.strip() != "*" and record.version.removeprefix("W/") not in wanted:
            call.notes["stale"] = True

    def pretend(call: Call, response: Response) -> Response:
        return call.provider.refused(call, Refusal(412, "the version does not match")) if call.notes.get("stale") else response

    provider.rules.precondition = forgive
    provider.seams.answer.append(pretend)


defect(
    "stale-write-is-409",
    "rfc7644-3.14-if-match-stale-412",
    depth="response",
    summary="A change with an outdated tag answers 409.",
    hook=refused(lambda call, refusal: Refusal(409, refusal.detail) if refusal.status == 412 else None),
)
defect(
    "stale-write-without-error",
    "rfc7644-3.14-if-match-stale-412",
    "rfc7644-3.12-error-body",
    depth="response",
    summary="A 412 has no body.",
    hook=answered(lambda call, response: replace(response, body=b""), status=412),
)


@defect("if-match-star-refused", "rfc9110-13.1.1-if-match-star", depth="response")
def _star(provider: Provider) -> None:
    """If-Match: * answers 412."""
    correct = provider.rules.precondition

    def refuse(call: Call, record: Record | None) -> None:
        if (call.request.header("if-match") or "").strip() == "*":
            raise Refusal(412, "the version does not match")
        correct(call, record)

    provider.rules.precondition = refuse


defect(
    "etag-never-changes",
    "rfc7644-3.14-etag-changes",
    "rfc7644-3.14-lost-update",
    depth="readback",
    summary="The tag stays the same after a change.",
    hook=lambda provider: provider.seams.stored.append(_fixed_version),
)


def _fixed_version(call: Call, record: Record) -> None:
    record.revision, record.relations = 1, 0
    record.forget_view()


@defect("etag-changes-on-every-read", "rfc7644-3.14-etag-changes", "rfc7644-3.14-if-none-match-304", depth="readback")
def _always_new(provider: Provider) -> None:
    """The tag is another one on every read."""

    def touch(call: Call) -> None:
        record = call.provider.store_of().get(call.path[1]) if call.method == "GET" and len(call.path) == 2 else None
        if record is not None:
            record.relations += 1
            record.forget_view()

    provider.seams.arrive.append(touch)


@defect("etag-of-last-modified-second", "rfc7644-3.14-lost-update", "rfc7644-3.14-etag-changes", depth="parallel")
def _coarse(provider: Provider) -> None:
    """The tag is made of the second of the last change, so two changes in one second share it."""

    def coarse(call: Call, record: Record) -> None:
        record.revision, record.relations = record.modified // 1000, 0
        record.forget_view()

    provider.seams.stored.append(coarse)


@defect("last-modified-never-moves", "rfc7643-3.1-lastmodified-advances", depth="readback")
def _frozen(provider: Provider) -> None:
    """lastModified stays at the time of creation."""
    resource(lambda view: view["meta"].update(lastModified=view["meta"]["created"]))(provider)


@defect("last-modified-goes-back", "rfc7643-3.1-lastmodified-advances", depth="readback")
def _back(provider: Provider) -> None:
    """lastModified after a change lies before the time of creation."""
    resource(
        lambda view: (
            view["meta"].update(lastModified="2001-01-01T00:00:00.000Z")
            if view["meta"]["lastModified"] != view["meta"]["created"]
            else None
        )
    )(provider)


@defect("created-moves-with-changes", "rfc7643-3.1-meta-assigned", "rfc7644-3.5.1-put-readonly-ignored", depth="readback")
def _created(provider: Provider) -> None:
    """meta.created becomes the time of the last change."""
    resource(lambda view: view["meta"].update(created=view["meta"]["lastModified"]))(provider)


@defect("two-conditional-writes-both-succeed", "rfc7644-3.14-lost-update", depth="parallel")
def _both(provider: Provider) -> None:
    """Of two changes based on one tag that arrive together both succeed."""
    correct, hold = provider.rules.precondition, moment()

    def arrive(call: Call) -> None:
        if call.request.header("if-match") and len(call.path) == 2:
            record = call.provider.store_of().get(call.path[1])
            call.notes["version"] = record.version if record is not None else ""
            hold()

    def judge(call: Call, record: Record | None) -> None:
        seen = call.notes.get("version", "")
        if seen and seen.removeprefix("W/") in (call.request.header("if-match") or ""):
            return
        correct(call, record)

    provider.seams.arrive.append(arrive)
    provider.rules.precondition = judge


@defect("last-modified-stands-on-put", "rfc7643-3.1-lastmodified-advances", depth="readback")
def _stands_on_put(provider: Provider) -> None:
    """lastModified stays where it was when PUT changes the resource."""
    times: dict[str, str] = {}

    def pipe(call: Call, view: Json) -> Json:
        if call.operation in ("create", "patch"):
            times[view["id"]] = view["meta"]["lastModified"]
        return {**view, "meta": {**view["meta"], "lastModified": times.get(view["id"], view["meta"]["lastModified"])}}

    provider.seams.represent.append(pipe)
    configured(patch_users_body=True, patch_groups_body=True)(provider)


@defect("last-modified-moves-on-read", "rfc7643-3.1-lastmodified-advances", depth="readback")
def _moves_on_read(provider: Provider) -> None:
    """Every read moves lastModified."""

    def pipe(call: Call, view: Json) -> Json:
        if call.operation == "read" and call.record is not None:
            call.record.modified += 1
            call.record.forget_view()
        return view

    provider.seams.represent.append(pipe)
