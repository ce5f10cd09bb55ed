"""Whether every expectation of a scenario can come true and can fail: the kinds of its values, and what it is about.

An expectation that says nothing passes for ever; one that nothing can meet looks like a fault of the target.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scim_sim.registry import nearest
from scim_sim.scenario.document import fault
from scim_sim.scenario.model import Step

__all__ = ["ANSWER_KEYS", "check_expectations"]

ANSWER_KEYS = frozenset({"status", "refused", "scim_type", "header", "body", "empty", "media_type", "if_status"})
"""What an expectation says of an answer; the others are about the target, the traffic, the tasks, the log or the state."""

_STATUS = re.compile(r"[1-5](\d\d|xx|XX)")
_COUNTS = ("count", "at_most", "at_least")
_RULES = {"traffic": ("method", "path", *_COUNTS), "findings": ("check", "requirement", *_COUNTS)}
_NEEDS = (
    (("user",), "of whom", ("active", "access", "attributes")),
    (("group",), "of which group", ("members", "includes", "excludes")),
    (("user", "group"), "of whom", ("absent", "within")),
)
"""Of which subjects an expectation must name one, how that is asked for, and by which keys."""


def check_expectations(steps: Iterable[Step]) -> None:
    """Raise `ScenarioError` with the place of the first expectation that makes no sense."""
    for step in steps:
        for at, one in step.expectations():
            for key, value in one.items():
                said = _said(step, key, value, one)
                if said:
                    raise fault(step.place_of((*at, key)), *said)


def _said(step: Step, key: str, value: Any, one: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is wrong with one key of an expectation, and the hint."""
    if key in ANSWER_KEYS and step.kind == "expect":
        return f'"{key}" is about an answer, and this step asks for none', "write `expect:` under the step that sends the request"
    for subjects, of_whom, keys in _NEEDS:
        if key in keys and not any(subject in one for subject in subjects):
            return f'"{key}" does not say {of_whom}', f"add {' or '.join(subjects)}: …"
    if isinstance(value, str) and "${" in value:
        return None
    kind, fits = _KINDS.get(key, ("", _anything))
    if not fits(value):
        return f'"{key}" is {kind}, not {_shown(value)}', ""
    return _rule(key, value) if key in _RULES else None


def _rule(key: str, value: Any) -> tuple[str, str] | None:
    """Whether each rule about traffic or findings has known words, and counts something."""
    for rule in value if isinstance(value, list) else [value]:
        if not isinstance(rule, Mapping):
            continue
        odd = next((word for word in rule if word not in _RULES[key]), None)
        if odd is not None:
            return f'"{key}" has no "{odd}"', nearest(str(odd), _RULES[key])
        if not any(word in rule for word in _COUNTS):
            return f'"{key}" counts nothing', "add count, at_most or at_least"
    return None


def _anything(_value: Any) -> bool:
    return True


def _is_status(value: Any) -> bool:
    options = value if isinstance(value, list) and value else [value]
    return all(_STATUS.fullmatch(str(option)) or "${" in str(option) for option in options)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _a(*types: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, types) and (bool in types or not isinstance(value, bool))


def _is_rules(value: Any) -> bool:
    return (
        value == "none" or isinstance(value, Mapping) or (isinstance(value, list) and all(isinstance(r, Mapping) for r in value))
    )


_KINDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "status": ("a status such as 201, a class such as 2xx, or a list of them", _is_status),
    "refused": ("a status such as 400, a class such as 4xx, or a list of them", _is_status),
    "if_status": ("a status such as 200, a class such as 2xx, or a list of them", _is_status),
    "level": ("MUST, SHOULD or MAY", lambda value: value in ("MUST", "SHOULD", "MAY")),
    "troubles": ("a number, or words of the message", _a(int, str)),
    "traffic": ("`none`, a mapping such as {method: POST, count: 1}, or a list of those", _is_rules),
    "findings": ("a mapping such as {requirement: …, count: 0}", _a(dict)),
    **dict.fromkeys(("empty", "active", "access", "absent"), ("true or false", _a(bool))),
    **dict.fromkeys(("members", "includes", "excludes"), ("a list of names", _is_names)),
    **dict.fromkeys(("header", "body", "attributes", "log"), ("a mapping", _a(dict))),
    **dict.fromkeys(("user", "group", "state", "scim_type", "media_type", "why", "remark"), ("a text", _a(str))),
}
"""What the value of a key has to be, in words and as a test."""


def _shown(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
