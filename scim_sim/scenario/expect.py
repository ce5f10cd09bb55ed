"""What a step expects of an answer, evaluated into problems; pure functions of the expectation and the exchange.

An expectation is a mapping. `status` takes a number, a class (`2xx`) or a list of both. `refused` names the status with
which the RFC's tables 8 and 9 (RFC 7644 section 3.12) would refuse: an acceptance or a 5xx fails, another 4xx is a note.
`header` and `body` map names and JSON pointers to matchers; a matcher is a literal, or a mapping with one of the words
of `MATCHERS`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scim_sim.problem import Problem
from scim_sim.wire import Exchange, NotJson

__all__ = [
    "ABSENT",
    "EXPECT_ALIASES",
    "EXPECT_KEYS",
    "MATCHERS",
    "Verdict",
    "compare_pointer",
    "evaluate",
    "is_missing",
    "resolve",
]

EXPECT_KEYS = {
    "status": "the status: a number, a class such as 2xx, or a list of both",
    "refused": "the status with which the request should be refused; another 4xx is a note, 2xx and 5xx fail",
    "scim_type": "the scimType that a refusal should carry; another or none is a note",
    "header": "header names and what their values should be",
    "body": "JSON pointers into the body and what should stand there",
    "empty": "whether the body should be empty",
    "media_type": "the media type of the answer",
    "requirement": "the requirement this expectation speaks about, instead of the step's",
    "why": "what is wrong if it does not hold, in words of its own",
    "remark": "one sentence about the finding, such as why it matters little; it stands behind what is wrong",
    "if_status": "only look when the answer has this status; otherwise the requirement stays untested",
    "level": "MUST, SHOULD or MAY instead of the requirement's own level",
    "user": "the person whose account is read back from the target",
    "group": "the team whose group is read back from the target",
    "active": "whether the account should be active",
    "access": "whether the person can use the application: there is an account, and it is not inactive",
    "absent": "whether the account or group should be gone",
    "attributes": "SCIM attributes that the account should hold",
    "members": "the people who should be exactly the members of the group",
    "includes": "people who should be among the members of the group",
    "excludes": "people who must not be among the members of the group",
    "traffic": "the requests of the step before: method, path, count, at_most, at_least, none",
    "troubles": "how many troubles the administrator should see, or words that one of them should hold",
    "log": "members that an entry of the IdP's log should have",
    "state": "the state in which the job should be",
    "findings": "failed findings so far: check, requirement, and how many (count, at_most, at_least)",
    "within": "how soon after the change the effect should be there: a time on the run's clock, or `1 cycle`",
}
"""The keys of an expectation and what they mean."""

EXPECT_ALIASES = {"task": "troubles", "tasks": "troubles", "account": "user"}
"""Other words for the same keys."""

ABSENT = "absent"
"""What a problem says of a value that is not there."""

_MISSING = object()


@dataclass(frozen=True, slots=True)
class Verdict:
    """One evaluated expectation: no problem is a pass.

    `level` lowers the requirement's own, `reason` says why it did not apply.
    """

    problem: Problem | None = None
    level: str = ""
    reason: str = ""


def evaluate(expectation: Mapping[str, Any], exchange: Exchange) -> Iterator[Verdict]:
    """All verdicts of the expectation on the exchange, at least one."""
    if exchange.response is None:
        message = exchange.failure.message if exchange.failure else "no answer"
        yield Verdict(Problem("no answer came", _wanted_status(expectation), message, "http"))
        return
    limit = expectation.get("if_status")
    if limit is not None and not _status_fits(exchange.response.status, limit):
        yield Verdict(reason=f"the answer was {exchange.response.status}, not {_or(limit)}")
        return
    level = str(expectation.get("level", ""))
    found = False
    remark = str(expectation.get("remark", "")).rstrip(".")
    for problem, own_level in _problems(expectation, exchange):
        found = True
        said = replace(problem, message=f"{problem.message} ({remark})") if remark else problem
        yield Verdict(said, own_level or level)
    if not found:
        yield Verdict(level=level)


def _problems(expectation: Mapping[str, Any], exchange: Exchange) -> Iterator[tuple[Problem, str]]:
    response = exchange.answer
    why = str(expectation.get("why", ""))
    if "status" in expectation and not _status_fits(response.status, expectation["status"]):
        message = why or f"the answer to {exchange.request.method} is {response.status}"
        yield Problem(message, _or(expectation["status"]), f"{response.status} {response.reason}".strip(), "http"), ""
    if "refused" in expectation:
        yield from _refused(expectation, exchange, why)
    for name, matcher in (expectation.get("header") or {}).items():
        value = response.header(name)
        said = _mismatch(matcher, _MISSING if value is None else value)
        if said:
            yield Problem(why or f"the header {name} is not as expected", said[0], said[1], f"header:{name}"), ""
    if "media_type" in expectation and response.media_type != expectation["media_type"]:
        message = why or "the media type is another"
        yield Problem(message, expectation["media_type"], response.media_type, "header:Content-Type"), ""
    if "empty" in expectation and bool(response.body.strip()) is bool(expectation["empty"]):
        wanted, actual = ("no body", "a body") if expectation["empty"] else ("a body", "no body")
        yield Problem(why or f"the answer to {exchange.request.method} has {actual}", wanted, actual, ""), ""
    if expectation.get("body"):
        yield from _body(expectation["body"], exchange, why)


def _refused(expectation: Mapping[str, Any], exchange: Exchange, why: str) -> Iterator[tuple[Problem, str]]:
    status = exchange.answer.status
    wanted = expectation["refused"]
    if _status_fits(status, wanted):
        scim_type = expectation.get("scim_type")
        body = exchange.answer.json_object() or {}
        if scim_type and body.get("scimType") != scim_type:
            actual = str(body.get("scimType", "absent"))
            yield Problem("the refusal carries another scimType", str(scim_type), actual, "/scimType"), "MAY"
    elif 400 <= status < 500 or status == 501:
        yield Problem(why or "the request is refused with another status", _or(wanted), str(status), "http"), "MAY"
    else:
        word = "accepted" if status < 400 else "answered with a server error"
        yield Problem(why or f"the request is {word}", _or(wanted), str(status), "http"), ""


def _body(matchers: Mapping[str, Any], exchange: Exchange, why: str) -> Iterator[tuple[Problem, str]]:
    try:
        document = exchange.answer.json()
    except NotJson as error:
        yield Problem(why or "the body is not JSON", "a JSON document", str(error), ""), ""
        return
    for pointer, matcher in matchers.items():
        said = _mismatch(matcher, resolve(document, pointer))
        if said:
            yield Problem(why or f"{pointer} is not as expected", said[0], said[1], pointer), ""


def resolve(document: Any, pointer: str) -> Any:
    """The value at the JSON pointer (RFC 6901), member names compared without case; `_MISSING` when there is none."""
    value = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            if not name.lstrip("-").isdigit() or not -len(value) <= int(name) < len(value):
                return _MISSING
            value = value[int(name)]
        elif isinstance(value, dict):
            exact = value.get(name, _MISSING)
            value = next((v for k, v in value.items() if k.lower() == name.lower()), _MISSING) if exact is _MISSING else exact
            if value is _MISSING:
                return _MISSING
        else:
            return _MISSING
    return value


def compare_pointer(document: Any, pointer: str, matcher: Any) -> Problem | None:
    """The problem with what stands at the pointer, or `None` when it fits the matcher."""
    said = _mismatch(matcher, resolve(document, pointer))
    return Problem(f"{pointer} is not as expected", said[0], said[1], pointer) if said else None


def is_missing(value: Any) -> bool:
    """Whether `resolve` found nothing there."""
    return value is _MISSING


# -- matchers -------------------------------------------------------------------------------------------------------

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def _is_type(value: Any, name: Any) -> bool:
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number" and isinstance(value, bool):
        return False
    return isinstance(value, _TYPES.get(name, ()))


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (list, str, dict)) else -1


def _mismatch(matcher: Any, value: Any) -> tuple[str, str] | None:
    if isinstance(matcher, Mapping) and matcher and all(word in MATCHERS for word in matcher):
        for word, wanted in matcher.items():
            if not MATCHERS[word](value, wanted):
                return _wish(word, wanted), _show(value)
        return None
    return None if _equal(value, matcher) else (_show(matcher), _show(value))


def _wish(word: str, wanted: Any) -> str:
    """What a matcher wants, in words: `a value`, `one of "a", "b"`, `at least 2`."""
    several = ", ".join(map(_show, wanted)) if isinstance(wanted, list) else _show(wanted)
    if word in ("present", "absent"):
        return "a value" if (word == "present") is bool(wanted) else "no value"
    phrases = {
        "type": f"{'an' if str(wanted)[:1] in 'aeiou' else 'a'} {wanted}",
        "matches": f"a text like {wanted}",
        "one_of": f"one of {several}",
        "not": f"another value than {several}",
        "contains": f"{_show(wanted)} in it",
        "lacks": f"no {_show(wanted)} in it",
        "length": f"{wanted} value{'' if wanted == 1 else 's'}",
        "without_case": f"{_show(wanted)} in any letter case",
        "set": f"exactly {several}",
    }
    return phrases.get(word, f"{word.replace('_', ' ')} {several}")


def _is_present(value: Any) -> bool:
    return value is not _MISSING and value not in (None, [], "")


def _equal(value: Any, wanted: Any) -> bool:
    return value is not _MISSING and type(value) is type(wanted) and bool(value == wanted)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, str):
        return str(wanted) in value
    if isinstance(value, list):
        return any(_equal(item, wanted) or _has_members(item, wanted) for item in value)
    return _has_members(value, wanted)


def _has_members(value: Any, wanted: Any) -> bool:
    if not (isinstance(value, Mapping) and isinstance(wanted, Mapping)):
        return False
    return all(name in value and (value[name] == item or _has_members(value[name], item)) for name, item in wanted.items())


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is _MISSING:
        return None
    return float(value) if isinstance(value, (int, float)) else float(len(value)) if isinstance(value, list) else None


def _as_set(value: list[Any]) -> set[str]:
    return {repr(item) for item in value}


MATCHERS: dict[str, Callable[[Any, Any], bool]] = {
    "present": lambda value, wanted: _is_present(value) is bool(wanted),
    "absent": lambda value, wanted: _is_present(value) is not bool(wanted),
    "type": lambda value, wanted: value is not _MISSING and _is_type(value, wanted),
    "matches": lambda value, wanted: isinstance(value, str) and re.search(str(wanted), value) is not None,
    "one_of": lambda value, wanted: any(_equal(value, item) for item in wanted),
    "not": lambda value, wanted: not _equal(value, wanted),
    "contains": _contains,
    "lacks": lambda value, wanted: not _contains(value, wanted),
    "length": lambda value, wanted: _length(value) == wanted,
    "at_least": lambda value, wanted: (number := _number(value)) is not None and number >= wanted,
    "at_most": lambda value, wanted: (number := _number(value)) is not None and number <= wanted,
    "without_case": lambda value, wanted: isinstance(value, str) and value.casefold() == str(wanted).casefold(),
    "set": lambda value, wanted: isinstance(value, list) and _as_set(value) == _as_set(wanted),
}
"""The words of a matcher: each takes the value found and what the scenario gave."""


def _status_fits(status: int, wanted: Any) -> bool:
    options = wanted if isinstance(wanted, list) else [wanted]
    return any(str(option) == str(status) or str(option).lower() == f"{status // 100}xx" for option in options)


def _wanted_status(expectation: Mapping[str, Any]) -> str:
    wanted = expectation.get("status", expectation.get("refused"))
    return "an answer" if wanted is None else _or(wanted)


def _or(wanted: Any) -> str:
    if wanted == ["3xx", "4xx", "5xx"]:
        return "anything but a success"
    return " or ".join(str(item) for item in wanted) if isinstance(wanted, list) else str(wanted)


def _show(value: Any) -> str:
    if value is _MISSING:
        return ABSENT
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 200 else text[:197] + "..."
