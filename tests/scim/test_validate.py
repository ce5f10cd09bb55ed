"""Whether documents have their shape, and that both validators agree on it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim_sim.errors import UsageError
from scim_sim.problem import Problem
from scim_sim.scim import validate as module
from scim_sim.scim.attributes import core_schemas
from scim_sim.scim.urns import ERROR, USER
from scim_sim.scim.validate import SCHEMAS, is_valid, validate

FOLDER = Path(__file__).parent.parent / "samples"
KINDS = {
    "user": "user",
    "group": "group",
    "service-provider-config": "service-provider-config",
    "resource-type": "resource-type",
    "schema": "schema",
    "list-response-count-zero": "list-response#countZero",
    "list-response": "list-response",
    "patch-op-lenient": "patch-op#lenient",
    "patch-op": "patch-op",
    "bulk-response": "bulk-response",
    "error": "error",
}


def kind_of(sample: str) -> str:
    """The schema that a sample follows, from the words of its file name behind the section."""
    words = sample.split("-", 2)[2]
    return next(schema for word, schema in KINDS.items() if words.startswith(word))


SAMPLES: dict[str, Any] = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("rfc*.json"))}


def python_says(name: str, document: Any) -> bool:
    """The judgement of the slow validator alone."""
    return module._explaining(name).is_valid(document)


def rust_says(name: str, document: Any) -> bool:
    """The judgement of the fast validator alone."""
    return module._compiled(name).is_valid(document)


def test_samples_of_every_kind_are_there() -> None:
    """Each kind of document has a sample, so that no schema goes unproved."""
    assert set(KINDS.values()) == {kind_of(name) for name in SAMPLES}


@pytest.mark.parametrize("sample", SAMPLES)
def test_sample_is_valid_for_both(sample: str) -> None:
    """What the RFCs show is accepted by both validators."""
    name, document = kind_of(sample), SAMPLES[sample]

    assert [] == validate(name, document)
    assert rust_says(name, document)
    assert python_says(name, document)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every member and element."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, v in inner for place in [(*path, key), *places(v, (*path, key))]]


ODD = st.sampled_from(
    [..., None, "", "x", "True", 0, 1, -1, 1.0, 1.5, True, False, [], {}, ["x"], [None], {"value": 1}, [{"primary": True}] * 2]
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_both_validators_agree_on_spoilt_samples(sample: str, data: st.DataObject) -> None:
    """Whatever one or two members are replaced with or taken out, both say the same, and a no is explained."""
    name, document = kind_of(sample), copy.deepcopy(SAMPLES[sample])
    for _ in range(data.draw(st.integers(1, 2))):
        spots = places(document)
        if not spots:
            break
        *path, key = data.draw(st.sampled_from(spots))
        value = data.draw(ODD)
        holder = document
        for part in path:
            holder = holder[part]
        if value is ...:
            del holder[key]
        else:
            holder[key] = copy.deepcopy(value)

    assert rust_says(name, document) == python_says(name, document)
    problems = validate(name, document)
    assert is_valid(name, document) == (not problems)
    assert all(p.message and p.actual for p in problems)


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("document", [None, 1, "x", []], ids=repr)
def test_what_is_no_object_is_refused(name: str, document: Any) -> None:
    """Every document is a JSON object."""
    problems = validate(name, document)

    assert ["an object"] == [p.expected for p in problems]


def spoilt(sample: str, **members: Any) -> Any:
    """The sample with other members at its top."""
    return {**copy.deepcopy(SAMPLES[sample]), **members}


MINIMAL = "rfc7643-8.1-user-minimal"


@pytest.mark.parametrize(
    ("name", "document", "problem"),
    [
        ("user", spoilt(MINIMAL, active="true"), Problem("active is text", "a boolean or null", '"true"', "/active")),
        (
            "user",
            spoilt(MINIMAL, emails=[{"value": 7}]),
            Problem("emails[0].value is an integer", "text or null", "7", "/emails/0/value"),
        ),
        (
            "user",
            spoilt(MINIMAL, emails=[{"value": "a", "primary": True}, {"value": "b", "primary": True}]),
            Problem(
                "emails holds primary true more often than 1 time",
                "at most 1 with primary true",
                '[{"value": "a", "primary": true}, {"value": "b", "primary": true}]',
                "/emails",
            ),
        ),
        ("user", spoilt(MINIMAL, schemas=[ERROR]), Problem(f"schemas does not list {USER}", USER, f'["{ERROR}"]', "/schemas")),
        ("user#partial", {}, Problem("id is missing", "id", "absent", "/id")),
        (
            "error",
            {"schemas": [ERROR], "status": 404},
            Problem("status is an integer", "text", "404", "/status"),
        ),
        (
            "list-response",
            {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 1},
            Problem("Resources is missing", "Resources", "absent", "/Resources"),
        ),
        (
            "list-response",
            {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": "1", "Resources": []},
            Problem("totalResults is text", "an integer", '"1"', "/totalResults"),
        ),
    ],
)
def test_problem_says_what_where_and_what_instead(name: str, document: Any, problem: Problem) -> None:
    """A no comes with place, expectation and finding."""
    assert [problem] == validate(name, document)


def test_date_time_is_explained_by_an_example() -> None:
    """Nobody wants to read a pattern."""
    document = spoilt(MINIMAL)
    document["meta"]["created"] = "yesterday"

    (problem,) = validate("user", document)

    assert ("such as 2026-01-05T08:00:00Z", "/meta/created") == (problem.expected, problem.pointer)


def test_names_of_attributes_have_no_case() -> None:
    """A resource with other letter case is valid, and pointers keep its spelling (RFC 7643 section 2.1)."""
    document = {name.upper() if name != "schemas" else name: value for name, value in SAMPLES[MINIMAL].items()}

    assert [] == validate("user", document)
    assert ["/ACTIVE"] == [p.pointer for p in validate("user", {**document, "ACTIVE": "true"})]


def test_names_in_messages_have_case() -> None:
    """`resources` is not `Resources`: clients look for the printed spelling."""
    message = spoilt("rfc7644-3.4.2-list-response")
    message["resources"] = message.pop("Resources")

    assert not is_valid("list-response", message)


@pytest.mark.parametrize("detail", ["\ud800", "x" * 100_000])
def test_odd_text_is_judged(detail: str) -> None:
    """Lone surrogates and long texts are no reason to fall over."""
    assert [] == validate("error", spoilt("rfc7644-3.12-error-not-found", detail=detail))


def test_line_end_behind_a_pattern_is_refused_and_explained() -> None:
    """Python's `$` lets a line end pass, the fast validator does not; the no still has words and a place."""
    (problem,) = validate("error", spoilt("rfc7644-3.12-error-not-found", status="404\n"))

    assert "/status" == problem.pointer
    assert "status is not right" in problem.message


def test_unknown_schema_is_a_usage_error() -> None:
    """A wrong name comes back with the nearest right one."""
    with pytest.raises(UsageError, match='did you mean "user"'):
        validate("users", {})


def test_packaged_definitions_are_valid_schema_resources() -> None:
    """The core schemas of the package pass our own check of Schema resources, and know each other's types."""
    for name in ("user", "group", "enterprise-user", "service-provider-config", "resource-type", "schema"):
        path = Path(module.__file__).parent / "core" / f"{name}.json"

        assert [] == [p for p in validate("schema", json.loads(path.read_text("utf-8"))) if p.message != "meta is missing"]
    assert ["User", "Group"] == [t.name for t in core_schemas().resource_types]
