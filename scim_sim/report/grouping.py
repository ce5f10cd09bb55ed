"""Which findings one fix would end.

Findings belong together when they show the same thing at the same place:
 1. a header: by its name, whatever the operation;
 2. a place in a body: by resource type and attribute; membership and `active` also by the operation that was meant to
    change them, because each operation is code of its own; a value too much is not a value that is lost; what a list
    holds, and how many, by the requirement;
 3. a refusal: by operation, status and what the answer says, of reads also by the section that speaks of it; a method
    that is not offered (501, 405) is one thing for all endpoints;
 4. an answer of success with a status that nobody looks for: by method and status;
 5. anything else: by its requirement.
Attributes of one type that are told in the same words (“was written, and is not there”) are one cause with many names.
What a story misses after a request of its identity provider was refused belongs to that refusal, what it misses after an
answer about somebody else belongs to that answer (`mistaken.py`), and what a step calls unexpected belongs to the check that
says of the same answer what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from scim_sim.report.evidence import (
    BY_OPERATION,
    OF_STORIES,
    WRITES,
    attribute,
    common_words,
    is_vague,
    odd_success,
    operation,
    sides,
    story_of,
    template,
)
from scim_sim.report.kept import Recorded, refuses
from scim_sim.report.mistaken import MISMATCHES, follows
from scim_sim.report.model import Judgement

__all__ = ["Group", "Key", "grouped"]

OF_ERRORS: Final = frozenset({"schemas", "status", "scimtype", "detail"})
NOT_OFFERED: Final = frozenset({405, 501})
_LISTS: Final = frozenset({"resources", "totalresults"})
_IN_LIST: Final = re.compile(r"^/Resources/\d+/", re.IGNORECASE)
_EXPECTED: Final = "answer_is_as_expected"
_OF_NAMES: Final = frozenset({"account_is_as_expected", "group_is_as_expected"})
_NOBODY: Final = re.compile(r".*\b(?:has no account|has none|is not there)")
_SURPLUS: Final = re.compile(r"should be gone|is listed twice|values? twice")
_MANY: Final = 8


@dataclass(frozen=True, slots=True)
class Key:
    """What findings with one fix have in common; its text names their cause from run to run.

    `what` is a header, a resource type, an operation or a method, or a requirement; `which` the check, the attribute or the
    status; `how` the method that was meant to change the attribute, or the section that speaks of a read; `words` are what
    a refusal says to everybody.
    """

    about: Literal["header", "place", "refusal", "success", "requirement"]
    what: str
    which: str = ""
    how: str = ""
    words: str = ""

    def __str__(self) -> str:
        text = " · ".join((self.what, *filter(None, (self.which, self.how))))
        return f"{text} ({self.words})" if self.words else text


@dataclass(slots=True)
class Group:
    """Findings with one fix: their indexes, their common key, and the attributes they name.

    `followers` are those that only follow from what the others say; they tell nothing.
    """

    key: Key
    members: list[int] = field(default_factory=list)
    names: dict[str, None] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    followers: set[int] = field(default_factory=set)

    @property
    def is_refusal(self) -> bool:
        """Whether the group is about a request that was refused, and what followed from that."""
        return self.key.about == "refusal"

    @property
    def is_everywhere(self) -> bool:
        """Whether a method is refused at all endpoints, because it is not offered."""
        return self.is_refusal and self.key.what in WRITES


@dataclass(frozen=True, slots=True)
class _GivenUp:
    """What an identity provider gave up: its words, the key, and the operation that was answered with a useless success."""

    message: str
    key: Key
    useless: str


def grouped(
    findings: list[Judgement], failing: list[int], exchanges: Mapping[str, Recorded], before: Mapping[str, str], mark: str
) -> list[Group]:
    """The failing findings in groups; the order is that of the first finding of each."""
    groups: dict[Key, Group] = {}
    keys, followers = _keys(findings, failing, exchanges, before)
    for n, key in keys.items():
        finding = findings[n]
        group = groups.setdefault(key, Group(key))
        group.members.append(n)
        if n in followers and not group.is_refusal:
            group.followers.add(n)
            continue
        group.texts.add(template(finding.message, finding.pointer, mark))
        if attribute(finding.pointer):
            group.names.setdefault(attribute(finding.pointer))
    return _merged(groups.values())


def _keys(
    findings: list[Judgement], failing: list[int], exchanges: Mapping[str, Recorded], before: Mapping[str, str]
) -> tuple[dict[int, Key], set[int]]:
    """The key of each failing finding: its own, that of the check which says what is wrong, or that of what it follows from.

    The second value holds the findings that only follow from others.
    """
    keys = {n: _key(findings[n], exchanges, before) for n in failing}
    same: dict[tuple[str, str, str], Key] = {}
    told: dict[tuple[str, str], Key] = {}
    for n in failing:
        f = findings[n]
        if f.check == "engine" or not f.exchanges:
            continue
        if keys[n] == _requirement(f) and f.check != _EXPECTED:  # one thing that several requirements speak of
            said = "" if f.check in MISMATCHES else f.message
            keys[n] = same.setdefault((f.check, said, f.exchanges[0]), keys[n])
        if f.check != _EXPECTED or (f.requirement, f.exchanges[0]) not in told:
            told[f.requirement, f.exchanges[0]] = keys[n]
    following = follows(findings, failing, keys, exchanges)
    keys |= following
    followers = set(following)
    odd = {findings[n].exchanges[0]: keys[n] for n in failing if keys[n].about == "success" and findings[n].check != "engine"}
    given_up: dict[tuple[str, str], list[_GivenUp]] = {}
    for n in failing:
        f = findings[n]
        if n in following and f.check != "engine":
            continue
        if f.check == "engine":
            tried = exchanges.get(f.exchanges[0]) if f.exchanges else None
            keys[n] = odd.get(f.exchanges[0], keys[n]) if f.exchanges else keys[n]
            useless = operation(tried) if tried is not None and not refuses(tried) else ""
            given_up.setdefault(_story(f), []).append(_GivenUp(f.message, keys[n], useless))
        elif f.check == _EXPECTED and f.exchanges:
            keys[n] = told.get((f.requirement, f.exchanges[0]), keys[n])
            write = exchanges.get(before.get(f.exchanges[0], ""))
            if keys[n] == _requirement(f) and f.base == "breaks" and write is not None and refuses(write):
                keys[n] = _refusal(write, f)
        else:
            judged = exchanges.get(f.exchanges[0]) if f.exchanges else None
            by_name = judged is not None and "filter=" in (judged.request.query or "")
            cause = _cause_of(f, given_up.get(_story(f), []), by_name)
            if cause is not None:
                keys[n] = cause
                followers.add(n)
    return _not_too_many(keys), followers


def _story(finding: Judgement) -> tuple[str, str]:
    return story_of(finding.scenario, finding.exchanges[0] if finding.exchanges else "")


def _cause_of(finding: Judgement, given_up: list[_GivenUp], by_name: bool) -> Key | None:
    """The key of the identity provider's failure that the finding follows from, if there is one.

    `by_name` tells that the account or group was searched for, so that its id says nothing of the writes before.
    """
    if finding.check in OF_STORIES:
        said = [one.key for one in given_up if one.message and one.message in f"{finding.message}\n{finding.actual}"]
        return next(iter([*said, *(one.key for one in reversed(given_up))]), None)
    if finding.base != "breaks":
        return None
    group = "group" in finding.check if finding.check in _OF_NAMES else "group" in finding.message.lower()
    endpoint = "/Groups" if group else "/Users"
    if _NOBODY.fullmatch(finding.message):
        writes = {f"POST {endpoint}"}
    elif by_name and finding.check in _OF_NAMES:
        writes = {f"PUT {endpoint}/{{id}}", f"PATCH {endpoint}/{{id}}"}
    else:
        return None
    made = f"POST {endpoint}"  # a creation whose answer the identity provider cannot use leaves it without an id
    causes = (one for one in reversed(given_up) if one.useless == made or (one.key.about == "refusal" and one.key.what in writes))
    return next((one.key for one in causes), None)


def _not_too_many(keys: dict[int, Key]) -> dict[int, Key]:
    """Refusals that say something else each time are told apart by operation and status alone."""
    kinds: dict[Key, set[Key]] = {}
    for key in keys.values():
        if key.words:
            kinds.setdefault(replace(key, words=""), set()).add(key)
    many = {key: stem for stem, found in kinds.items() if len(found) > _MANY for key in found}
    return {n: many.get(key, key) for n, key in keys.items()}


def _merged(groups: Iterable[Group]) -> list[Group]:
    """Attributes of one type told in the same words become one group; membership and `active` never do."""
    kept: dict[tuple[str, str], Group] = {}
    result = []
    for group in groups:
        said = sorted(text for text in group.texts if "@" in text and not text.endswith("not as expected"))
        if not said or group.key.which in BY_OPERATION or not group.names:
            result.append(group)
            continue
        places = [(group.key.what, text) for text in said]
        found = next((kept[place] for place in places if place in kept), None)
        if found is None:
            result.append(group)
            found = group
        else:
            found.members += group.members
            found.names.update(group.names)
            found.texts |= group.texts
            found.followers |= group.followers
        for place in places:
            kept.setdefault(place, found)
    return result


def _key(finding: Judgement, exchanges: Mapping[str, Recorded], before: Mapping[str, str]) -> Key:
    if finding.pointer.lower().startswith("header:"):
        return Key("header", finding.pointer.lower(), finding.check)
    sent, received = sides(finding, exchanges, before)
    if sent is None or received is None:
        return _requirement(finding)
    if odd_success(finding, received) and received.response:
        return Key("success", received.request.method, str(received.response.status))
    if sent.id != received.id and refuses(sent) and (finding.base == "breaks" or is_vague(finding)):
        return _refusal(sent, finding)
    name = attribute(finding.pointer)
    refused = refuses(received)
    if name and not refused and _is_of_list(finding, name):
        return _requirement(finding)
    if name and (not refused or name.lower() in OF_ERRORS):
        how = sent.request.method if name in BY_OPERATION and sent.request.method in WRITES else ""
        how = how or "too much" * bool(_SURPLUS.search(finding.message))
        return Key("place", "Error" if refused else _type(received), name, how)
    if not refused or (not finding.pointer and finding.base != "breaks"):
        return _requirement(finding)
    return _refusal(received, finding)


def _requirement(finding: Judgement) -> Key:
    return Key("requirement", finding.requirement or finding.check)


def _refusal(refused: Recorded, finding: Judgement) -> Key:
    """The key of everything that one refusal explains, what was not there afterwards included."""
    status = refused.response.status if refused.response else 0
    said = str(status or (refused.failure.kind if refused.failure else "no answer"))
    words = common_words(refused)
    is_write = refused.request.method in WRITES
    if status in NOT_OFFERED and is_write:
        return Key("refusal", refused.request.method, said)
    if is_write or (status in NOT_OFFERED and words):  # a query that is not offered says nothing of other reads
        return Key("refusal", operation(refused), said, words=words)
    return Key("refusal", operation(refused), said, how="-".join(finding.requirement.split("-")[:2]))


def _is_of_list(finding: Judgement, name: str) -> bool:
    """Whether the finding is about what a list holds: how many there are, or that the one it looks for is not in it."""
    return name.lower() in _LISTS or (bool(_IN_LIST.match(finding.pointer)) and finding.actual == "absent")


def _type(exchange: Recorded) -> str:
    endpoint = operation(exchange).partition(" /")[2].partition("/")[0]
    return {"Users": "User", "Groups": "Group", "Me": "User"}.get(endpoint, endpoint)
