"""Does the target hold what the identity provider believes to have brought about? The question that decides.

Each finding speaks of a need of that identity provider (`okta-deactivate`, `entra-members-removed`), never of an RFC.
What counts is what changed since the last look: a value that was right and is wrong now is collateral, a value that was
to change and did not is an update that did not arrive, a value that never came back is an attribute that is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from scim_sim.checks.compare import Gap, gaps, shown
from scim_sim.problem import Problem
from scim_sim.scim.attributes import SchemaSet
from scim_sim.scim.navigate import OBJECT, get, spread

__all__ = ["Convergence", "Judgement", "Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What should be in the target, as its identity provider sees it.

    `kind` is `user` or `group`, `key` the person or team in the directory, `name` its userName or displayName.
    `resource` is SCIM-shaped and holds only what the IdP set and cares for; `members` are resource ids, those in
    `tolerated` may be there without being wrong. `absent` means that it should be gone; `wrote` names the exchanges
    that last wrote it, the latest first.
    """

    kind: Literal["user", "group"]
    key: str
    voice: str
    name: str = ""
    resource_id: str | None = None
    active: bool = True
    absent: bool = False
    resource: Mapping[str, Any] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    tolerated: frozenset[str] = frozenset()
    wrote: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A need and what is wrong; no problem is a pass. `admin_sees` is what the IdP's console shows all the same.

    `level` lowers the need: a target that says which attributes it has need not keep others, and yet somebody should know.
    """

    need: str
    problem: Problem | None = None
    admin_sees: str = ""
    level: str = ""


@dataclass(slots=True)
class _Last:
    """What was wanted and found the last time, and all values of lists that were ever wanted."""

    wanted: Wanted
    there: bool
    inactive: bool = False
    right: set[str] = field(default_factory=set)
    members: frozenset[str] = frozenset()
    once: frozenset[tuple[str, str]] = frozenset()


class Convergence:
    """Compares again and again, and remembers what was wanted and found before."""

    def __init__(self, schemas: SchemaSet) -> None:
        self._schemas = schemas
        self._last: dict[tuple[str, str, str], _Last] = {}

    def compare(self, wanted: Wanted, actual: Mapping[str, Any] | None) -> list[Judgement]:
        """All judgements on one person or team: each need that was looked at, as a pass or with its problem."""
        key = (wanted.voice, wanted.kind, wanted.key)
        last = self._last.get(key)
        wrong = [] if actual is None else gaps(wanted.resource, actual, self._schemas)
        found = list(self._user(wanted, actual, last, wrong) if wanted.kind == "user" else self._group(wanted, actual, last))
        problem = next((j.problem for j in found if j.problem is not None and not j.level), None)
        found.append(Judgement("converges", problem))
        self._last[key] = self._remember(wanted, actual, last, {gap.place for gap in wrong})
        return found

    def _remember(self, wanted: Wanted, actual: Mapping[str, Any] | None, last: _Last | None, wrong: set[str]) -> _Last:
        once = frozenset(_elements(wanted.resource)) | (last.once if last is not None else frozenset())
        if actual is None:
            return _Last(wanted, False, once=once)
        right = {
            place for place in _places(wanted.resource) if not any(w.startswith(place) or place.startswith(w) for w in wrong)
        }
        return _Last(wanted, True, _active(actual) is False, right, _members(actual), once)

    # -- people -----------------------------------------------------------------------------------------------------------

    def _user(
        self, wanted: Wanted, actual: Mapping[str, Any] | None, last: _Last | None, wrong: Sequence[Gap]
    ) -> Iterator[Judgement]:
        if wanted.absent:
            yield self._gone(wanted, actual)
            return
        if actual is None:
            yield self._missing_user(wanted, last)
            return
        yield from self._activity(wanted, actual, last)
        yield from self._values(wanted, last, [gap for gap in wrong if gap.attribute not in ("active", "members")])

    def _gone(self, wanted: Wanted, actual: Mapping[str, Any] | None) -> Judgement:
        if actual is None or _active(actual) is False:
            return Judgement("delete")
        said = f"{wanted.name or wanted.key} was deleted and still has an active account"
        return Judgement(
            "delete", Problem(said, "no account, or an inactive one", f"active = {shown(get(actual, 'active'))}", "/active")
        )

    def _missing_user(self, wanted: Wanted, last: _Last | None) -> Judgement:
        who = wanted.name or wanted.key
        if not wanted.active:
            need = "inactive-visible" if last is not None and last.there else "deactivate"
            if last is None:
                return Judgement("deactivate")
            return Judgement(
                need, Problem(f"{who} was deactivated and cannot be found any more", "an inactive account", "no account", "http")
            )
        if last is not None and last.there and not last.wanted.active:
            return Judgement(
                "reactivate", Problem(f"{who} was reactivated and has no account", "an active account", "no account", "http")
            )
        need = "converges" if last is not None and last.there else "create"
        return Judgement(need, Problem(f"{who} should have an account and has none", "an account", "no account", "http"))

    def _activity(self, wanted: Wanted, actual: Mapping[str, Any], last: _Last | None) -> Iterator[Judgement]:
        who, state = wanted.name or wanted.key, _active(actual)
        was_inactive = last is not None and not last.wanted.active
        if not wanted.active:
            if state is False:
                yield Judgement("deactivate")
            elif state is True:
                problem = Problem(f"{who} was deactivated and is still active", "active = false", "active = true", "/active")
                yield Judgement("deactivate", problem, "the deactivation is shown as done")
                if last is not None and last.there and not last.wanted.active and last.inactive:
                    again = Problem(
                        f"{who} was inactive and has become active again", "active = false", "active = true", "/active"
                    )
                    yield Judgement("no-collateral", again)
            else:
                problem = Problem(
                    f"{who} was deactivated, and the account does not say so", "active = false", "no active", "/active"
                )
                yield Judgement("deactivate", problem, "the deactivation is shown as done")
            return
        need = "reactivate" if was_inactive else "create" if last is None else "converges"
        if state is False:
            what = "was reactivated and is still inactive" if was_inactive else "should be active and is inactive"
            yield Judgement(need, Problem(f"{who} {what}", "active = true", "active = false", "/active"))
        elif need != "converges":
            yield Judgement(need)

    def _values(self, wanted: Wanted, last: _Last | None, wrong: Sequence[Gap]) -> Iterator[Judgement]:
        needs = {"attributes-kept": True}
        if last is not None and dict(last.wanted.resource) != dict(wanted.resource):
            needs["update"] = True
        for gap in wrong:
            if _is_of_others(gap, last):
                continue
            need = self._need(gap, wanted, last)
            if need == "attributes-kept" and gap.lost and self._is_undeclared(gap.place):
                yield Judgement(need, self._problem(gap, wanted, need), level="MAY")
                continue
            needs[need] = False
            yield Judgement(need, self._problem(gap, wanted, need), "the change is shown as done" if need == "update" else "")
        yield from (Judgement(need) for need, fine in needs.items() if fine)

    def _is_undeclared(self, place: str) -> bool:
        """Whether the target's schemas have no such attribute: then it may drop it (RFC 7644 section 3.3)."""
        urn, _, path = place.rpartition(":")
        name, _, sub = path.partition(".")
        return self._schemas.find(name, sub or None, urn or None) is None

    def _need(self, gap: Gap, wanted: Wanted, last: _Last | None) -> str:
        if gap.attribute.endswith(":manager"):
            return "manager"
        if last is None:
            return "create" if gap.place == "username" else "attributes-kept"
        changed = _value_at(last.wanted.resource, gap.attribute) != _value_at(wanted.resource, gap.attribute)
        if changed:
            if gap.place == "username":
                return "username-change"
            kept = any(place.startswith(gap.attribute) for place in last.right)
            return "update" if kept or not gap.lost else "attributes-kept"
        was_right = any(gap.place.startswith(place) or place.startswith(gap.place) for place in last.right)
        return "no-collateral" if was_right else "attributes-kept"

    def _problem(self, gap: Gap, wanted: Wanted, need: str) -> Problem:
        name = gap.name
        who = wanted.name or wanted.key
        match need:
            case "update" | "username-change":
                said = f"{who}: the change of {name} did not arrive"
            case "no-collateral":
                said = f"{who}: {name} was left alone and is {'gone' if gap.lost else 'another'} now"
            case _:
                said = f"{who}: {name} is {'not kept' if gap.lost else 'kept as another value'}"
        return Problem(said, shown(gap.expected), shown(gap.actual), gap.pointer)

    # -- teams ------------------------------------------------------------------------------------------------------------

    def _group(self, wanted: Wanted, actual: Mapping[str, Any] | None, last: _Last | None) -> Iterator[Judgement]:
        who = wanted.name or wanted.key
        if wanted.absent:
            problem = (
                None if actual is None else Problem(f"the group {who} was deleted and is still there", "no group", "a group")
            )
            yield Judgement("group-delete", problem)
            return
        if actual is None:
            need = "converges" if last is not None and last.there else "group-push"
            yield Judgement(need, Problem(f"the group {who} should be there and is not", "a group", "no group", "http"))
            return
        yield self._group_name(wanted, actual, last)
        yield from self._membership(wanted, actual, last)

    def _group_name(self, wanted: Wanted, actual: Mapping[str, Any], last: _Last | None) -> Judgement:
        need = "group-rename" if last is not None and last.wanted.name != wanted.name else "group-push"
        name = get(actual, "displayName")
        if wanted.name and name != wanted.name:
            return Judgement(need, Problem("the group has another name", wanted.name, shown(name), "/displayName"))
        return Judgement(need)

    def _membership(self, wanted: Wanted, actual: Mapping[str, Any], last: _Last | None) -> Iterator[Judgement]:
        who, there = wanted.name or wanted.key, _members(actual)
        surplus = sorted(there - wanted.members - wanted.tolerated)
        missing = sorted(wanted.members - there)
        before = last.wanted.members if last is not None else frozenset()
        if surplus:
            many = (
                f"{len(surplus)} who should be no members of {who} still are"
                if len(surplus) > 1
                else f"somebody who should be no member of {who} still is"
            )
            problem = Problem(many, f"{len(wanted.members)} members", f"{len(there)}, among them {surplus[0]}", "/members")
            yield Judgement("members-removed", problem, "the removal is shown as done")
        elif before - wanted.members:
            yield Judgement("members-removed")
        if missing:
            lost = [m for m in missing if last is not None and m in last.members]
            removing = bool(lost) and bool(before - wanted.members)
            need = "members-removed" if removing else "members-added" if last is not None else "group-push"
            many = f"{len(missing)} members of {who} are missing" if len(missing) > 1 else f"a member of {who} is missing"
            yield Judgement(
                need, Problem(many, f"{len(wanted.members)} members", f"{len(there)}, without {missing[0]}", "/members")
            )
        elif wanted.members - before:
            yield Judgement("members-added")


def _active(resource: Mapping[str, Any]) -> bool | None:
    value = get(resource, "active")
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def _members(resource: Mapping[str, Any]) -> frozenset[str]:
    values = (get(m, "value") if isinstance(m, OBJECT) else m for m in spread(get(resource, "members")))
    return frozenset(v for v in values if isinstance(v, str))


def _elements(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The values of all multi-valued attributes, each with the name of its attribute in lower case."""
    for name, value in resource.items():
        if isinstance(value, list):
            yield from ((name.lower(), _identity(item)) for item in value)


def _identity(item: Any) -> str:
    value = get(item, "value") if isinstance(item, OBJECT) else item
    return str(item if value is None else value).lower()


def _is_of_others(gap: Gap, last: _Last | None) -> bool:
    """Whether it is one more value of a list that this identity provider never wrote: a default, or somebody else's."""
    if not gap.surplus or not gap.pointer.rpartition("/")[2].isdigit():
        return False
    return last is None or (gap.attribute, _identity(gap.actual)) not in last.once


def _places(resource: Mapping[str, Any]) -> Iterator[str]:
    for name, value in resource.items():
        if ":" in name and isinstance(value, OBJECT):
            yield from (f"{name}:{inner}".lower() for inner in value)
        elif isinstance(value, OBJECT):
            yield from (f"{name}.{inner}".lower() for inner in value)
        else:
            yield name.lower()


def _value_at(resource: Mapping[str, Any], attribute: str) -> Any:
    urn, _, name = attribute.rpartition(":")
    holder: Any = get(resource, urn) if urn else resource
    return get(holder, name) if isinstance(holder, OBJECT) else None
