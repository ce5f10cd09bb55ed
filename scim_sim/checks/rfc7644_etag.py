"""RFC 7644 section 3.14: entity-tags and conditional requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from scim_sim.checks.check import At, check
from scim_sim.checks.compare import shown
from scim_sim.checks.shadow import Known
from scim_sim.checks.view import View
from scim_sim.checks.when import on
from scim_sim.problem import Problem
from scim_sim.scim.navigate import OBJECT, get
from scim_sim.wire import Exchange

__all__: list[str] = []

_E: Final = "rfc7644-3.14"
_TRUTH: Final = "rfc7643-5-spc-truthful-etag"


single: Final = on("create", "read", "replace", "patch", status=(200, 201))
"""The answer is about a single resource."""

whole: Final = on("create", "read", "replace", "patch", status=(200, 201), holding="resources")
"""The answer is a single resource, the whole of it."""


def _announced(exchange: Exchange, view: View) -> bool:
    return view.declared.supports("etag") is True


@check(f"{_E}-etag-header", _TRUTH, when=single, applies=_announced)
def single_answer_carries_an_etag(exchange: Exchange, view: View) -> Iterator[At]:
    """Answers with a single resource carry an ETag header where the configuration announces them."""
    if exchange.answer.header("etag") is None:
        problem = Problem("the answer has no ETag", 'ETag: W/"…"', "absent", "header:ETag")
        yield At(f"{_E}-etag-header", problem)
        if view.look(exchange).operation == "read":
            yield At(_TRUTH, problem)


def _tagged(exchange: Exchange, view: View) -> bool:
    return _announced(exchange, view) and exchange.answer.header("etag") is not None


@check(f"{_E}-etag-in-meta", when=whole, applies=_tagged)
def etag_is_in_meta(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The entity-tag is also given in meta.version."""
    meta = get(view.look(exchange).resource or {}, "meta")
    if not isinstance(meta, OBJECT) or not get(meta, "version"):
        yield Problem("meta has no version", shown(exchange.answer.header("etag")), "absent", "/meta/version")


def _tag(exchange: Exchange, header: str) -> str:
    return (exchange.request.header(header) or "").strip()


def _same(left: str, right: str) -> bool:
    """Weak comparison, which SCIM uses throughout (RFC 9110 section 8.8.3.2)."""
    return left.removeprefix("W/") == right.removeprefix("W/")


def _conditional_read(exchange: Exchange, view: View) -> tuple[str, ...]:
    known, asked = view.known(exchange), _tag(exchange, "if-none-match")
    if not _announced(exchange, view) or asked in ("", "*") or known is None or not known.tag:
        return ()
    if not known.alive or known.claims:
        return ()
    return (f"{_E}-if-none-match-304",) if _same(asked, known.tag) else (f"{_E}-if-none-match-200",)


@check(f"{_E}-if-none-match-304", f"{_E}-if-none-match-200", when=on("read", status=(200, 304)), applies=_conditional_read)
def conditional_read_follows_the_tag(exchange: Exchange, view: View) -> Iterator[At]:
    """A conditional read with the current tag answers 304, with another one the resource."""
    requirement = _conditional_read(exchange, view)[0]
    wanted = 304 if requirement.endswith("304") else 200
    if exchange.answer.status != wanted:
        said = "the resource comes although the tag is current" if wanted == 304 else "304 comes although the tag is not current"
        yield At(requirement, Problem(said, f"{wanted}", f"{exchange.answer.status}", "http"))
    elif wanted == 304 and exchange.answer.header("etag") is None:
        yield At(
            requirement,
            Problem("the 304 answer has no ETag", "the current tag (RFC 9110 section 15.4.5)", "absent", "header:ETag"),
        )


def _conditional_write(exchange: Exchange, view: View) -> tuple[str, ...]:
    known, asked = view.known(exchange), _tag(exchange, "if-match")
    if not _announced(exchange, view) or not asked:
        return ()
    if (
        known is None
        or not known.alive
        or exchange.answer.status in (401, 403, 404, 405, 429, 501)
        or exchange.answer.status >= 500
    ):
        return ()
    if asked == "*":
        return ("rfc9110-13.1.1-if-match-star",)
    if not known.tag:
        return ()
    if not any(_same(t.strip(), known.tag) for t in asked.split(",")):
        return (f"{_E}-if-match-stale-412",)
    if exchange.answer.status == 412 and known.tagged != view.shadow.writes:
        return ()  # a write elsewhere, such as to a group, may have changed this resource since its tag was seen
    return (f"{_E}-if-match-current",)


@check(
    f"{_E}-if-match-current",
    f"{_E}-if-match-stale-412",
    f"{_E}-lost-update",
    "rfc9110-13.1.1-if-match-star",
    when=on("replace", "patch", "delete"),
    applies=_conditional_write,
)
def conditional_write_follows_the_tag(exchange: Exchange, view: View) -> Iterator[At]:
    """A conditional change with the current tag is carried out, with an outdated one it is refused with 412."""
    requirement = _conditional_write(exchange, view)[0]
    status = exchange.answer.status
    if requirement.endswith("stale-412"):
        if status != 412:
            problem = Problem("a change with an outdated tag is not refused with 412", "412", f"{status}", "http")
            yield At(requirement, problem)
            if exchange.answer.ok:
                yield At(f"{_E}-lost-update", problem)
    elif status == 412 and asked_star(exchange):
        yield At(requirement, Problem("a change of a resource that exists is refused", "200 or 204", "412", "http"))


def _spent(exchange: Exchange, view: View) -> bool:
    known, asked = view.known(exchange), _tag(exchange, "if-match")
    if not _announced(exchange, view) or known is None:
        return False
    return known.alive and known.spent_tag is not None and known.spent_tag[0] == asked


@check(f"{_E}-lost-update", when=on("replace", "patch"), applies=_spent)
def one_tag_carries_one_change(exchange: Exchange, view: View) -> Iterator[Problem]:
    """Of two changes based on the same tag only one succeeds, also when they arrive together."""
    known = view.known(exchange)
    if exchange.answer.ok and known is not None and known.spent_tag is not None:
        asked, before = known.spent_tag
        yield Problem(
            "a second change based on the same tag is carried out",
            f"412 for {asked}",
            f"{exchange.answer.status}",
            "http",
            before,
        )


def asked_star(exchange: Exchange) -> bool:
    """Whether the request says `If-Match: *`."""
    return _tag(exchange, "if-match") == "*"


def _refused_before(exchange: Exchange, view: View) -> bool:
    known = view.known(exchange)
    return known is not None and known.refused_tag is not None and exchange.answer.header("etag") is not None


@check(f"{_E}-if-match-current", when=on("read", ok=True), applies=_refused_before)
def refused_tag_was_not_the_current_one(exchange: Exchange, view: View) -> Iterator[Problem]:
    """A change that was refused with 412 did not carry the tag that is still the current one."""
    known = view.known(exchange)
    tag = exchange.answer.header("etag") or ""
    if known is not None and known.refused_tag is not None and _same(tag, known.refused_tag[0]):
        said = "a change was refused with 412 although its tag is the current one"
        yield Problem(said, "200 or 204", f"412, and the tag is still {tag}", "header:ETag", known.refused_tag[1])


def _read_again(exchange: Exchange, view: View) -> bool:
    known = view.known(exchange)
    if not _announced(exchange, view) or known is None:
        return False
    tagged = bool(known.tag or known.stale_tag) and exchange.answer.header("etag") is not None
    return known.alive and known.state is not None and tagged


@check(f"{_E}-etag-changes", when=on("read", "replace", "patch", holding="parts"), applies=_read_again)
def etag_changes_with_the_resource(exchange: Exchange, view: View) -> Iterator[Problem]:
    """The tag changes when the resource changes, and stays when it does not."""
    known, reading = view.known(exchange), view.look(exchange)
    tag = exchange.answer.header("etag") or ""
    if known is None or known.state is None or reading.projected:
        return
    if _kept(exchange, view, tag, known) and not view.gaps(exchange, reading.sightings[0]):
        yield Problem("the resource has changed and its tag has not", "another tag", tag, "header:ETag", known.written)
        return
    quiet = reading.operation == "read" and not known.claims and known.tagged == view.shadow.writes
    if quiet and known.tag not in ("", tag) and _same_content(known.state, reading.resource or {}):
        yield Problem("the tag has changed and the resource has not", known.tag, tag, "header:ETag")


def _kept(exchange: Exchange, view: View, tag: str, known: Known) -> bool:
    """Whether the tag is that of before a change."""
    reading = view.look(exchange)
    if reading.operation == "read":
        return not known.tag and tag == known.stale_tag and known.moved and bool(known.claims)
    return tag == known.tag and _bare(known.state or {}) != _bare(reading.resource or {})


def _same_content(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return _bare(before) == _bare(now) and _modified(before) == _modified(now)


def _bare(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in resource.items() if k.lower() not in ("meta", "groups") and v is not None}


def _modified(resource: Mapping[str, Any]) -> Any:
    meta = get(resource, "meta")
    return get(meta, "lastModified") if isinstance(meta, OBJECT) else None
