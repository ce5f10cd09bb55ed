"""The catalogue is complete, consistent and quick to find one's way in."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from scim_sim.errors import UsageError
from scim_sim.scim import requirements as module
from scim_sim.scim.requirements import AREAS, LEVELS, NEED_AREAS, SEVERITIES, Requirement, catalogue, requirement
from scim_sim.scim.validate import SCHEMAS

RFC_ROWS = [r for r in catalogue().values() if not r.is_need]
NEEDS = [r for r in catalogue().values() if r.is_need]
IDPS = {r.document for r in NEEDS}
SHARED = (
    *("connect", "match", "create", "update", "deactivate", "reactivate", "delete"),
    *("group-push", "members-added", "members-removed", "converges", "quiet-second-cycle", "import"),
)


def test_every_rfc_row_is_there() -> None:
    """367 rows over 19 areas; one that disappears is noticed."""
    counts = Counter(r.area for r in RFC_ROWS)

    assert 367 == len(RFC_ROWS)
    assert set(AREAS) == set(counts)
    assert {"schema": 57, "patch": 50, "discovery": 42, "filter": 41} == dict(counts.most_common(4))
    assert {"MUST": 280, "SHOULD": 63, "MAY": 24} == Counter(r.level for r in RFC_ROWS)


def test_rows_stand_in_the_order_of_areas() -> None:
    """The order of the RFCs is the order of the catalogue."""
    order = [AREAS.index(r.area) for r in RFC_ROWS]

    assert sorted(order) == order


def faults_of_rfc_row(row: Requirement) -> list[str]:
    """What is missing or wrong in a row of an RFC."""
    rules = {
        "id": bool(re.fullmatch(rf"{row.document}-{re.escape(row.section)}-[a-z0-9-]+", row.id)),
        "level": row.level in LEVELS[:3] and not (row.basis == "practice" and row.level == "MUST"),
        "basis": row.basis in ("stated", "derived", "practice"),
        "subject": row.subject in ("any", "User", "Group"),
        "severity": row.severity in SEVERITIES,
        "texts": all(text.endswith(".") and len(text) > 10 for text in (row.statement, row.fix)),
        "probe": bool(row.probe and row.passes and row.applies_when),
        "needed_by": set(row.needed_by) <= {"okta", "entra", "onelogin"},
        "schema": row.schema in ("", *SCHEMAS),
        "source": row.source == row.title == f"RFC {row.document[3:]} section {row.section}",
    }
    return [f"{row.id}: {name}" for name, kept in rules.items() if not kept]


def test_rfc_rows_are_complete() -> None:
    """A row of an RFC says what is asked, how it shows, and what to do about it."""
    assert [] == [fault for row in RFC_ROWS for fault in faults_of_rfc_row(row)]


def test_each_fix_is_written_for_its_row() -> None:
    """No two rows of the RFCs share a fix or a statement."""
    assert len(RFC_ROWS) == len({r.fix for r in RFC_ROWS}) == len({r.statement for r in RFC_ROWS})


def faults_of_need(row: Requirement) -> list[str]:
    """What is missing or wrong in the need of an identity provider."""
    texts = (row.statement, row.fix, row.admin_sees, row.source, row.title)
    rules = {
        "id": row.id.startswith(f"{row.document}-"),
        "needed_by": row.needed_by == (row.document,),
        "area": row.area in NEED_AREAS,
        "severity": row.severity in SEVERITIES,
        "confidence": row.confidence in ("documented", "captured", "inferred"),
        "texts": all(texts) and "{idp}" not in "".join(texts),
    }
    return [f"{row.id}: {name}" for name, kept in rules.items() if not kept]


def test_needs_are_complete() -> None:
    """A need says who has it, where that is known from, how surely, and what the administrator sees."""
    assert [] == [fault for row in NEEDS for fault in faults_of_need(row)]


@pytest.mark.parametrize("idp", sorted(IDPS - {"google-jit", "scenario"}))
def test_every_identity_provider_has_the_shared_needs(idp: str) -> None:
    """What an engine reports of itself has a row under its own name."""
    assert all(requirement(f"{idp}-{word}").is_need for word in SHARED)


def test_core_needs_are_those_of_the_life_cycle() -> None:
    """Core is what makes an identity provider work at all, or keeps access that should be lost."""
    core = {r.id for r in NEEDS if r.core}

    assert {"okta-create", "entra-deactivate", "onelogin-connect", "okta-members-removed", "entra-13.1-active-string"} <= core
    assert not {"okta-attributes-kept", "entra-quiet-second-cycle", "okta-import", "entra-13.12-roles-json"} & core
    assert all(r.severity in ("security", "breaks-provisioning") for r in NEEDS if r.core)


def test_google_without_provisioning_has_needs_of_its_own_only() -> None:
    """What sends nothing needs nothing of the wire."""
    assert ["google-jit-scim-off", "google-jit-offboarding-gap"] == [r.id for r in NEEDS if r.document == "google-jit"]


def test_every_quirk_row_names_its_section() -> None:
    """A need with a number in its id stands in that section."""
    numbered = [r for r in NEEDS if re.match(rf"{r.document}-\d", r.id)]

    assert numbered
    assert all(r.id.startswith(f"{r.document}-{r.section}-") for r in numbered)


def test_own_needs_belong_to_a_known_identity_provider() -> None:
    """A row whose name fits no identity provider would be lost."""
    own = yaml.safe_load((Path(module.__file__).parent / "needs.yaml").read_text("utf-8"))["own"]

    assert {row["id"] for row in own} <= set(catalogue())


def test_unknown_requirement_is_answered_with_the_nearest() -> None:
    """A misspelt id comes back with the right one."""
    with pytest.raises(UsageError, match=r'did you mean "rfc7644-3\.6-delete-204"'):
        requirement("rfc7644-3.6-delet-204")
    assert "NEED" == requirement("okta-create").level
    assert "Okta" == requirement("okta-create").title
