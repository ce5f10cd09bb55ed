"""The catalogue: what the RFCs ask of a service provider, and what identity providers need beyond them.

Both are rows of one kind. A row of an RFC has the level MUST, SHOULD or MAY; a row of an identity provider has the level
NEED and is never reported as a violation of an RFC.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import yaml

from scim_sim.errors import UsageError
from scim_sim.registry import nearest

__all__ = ["AREAS", "LEVELS", "NEED_AREAS", "SEVERITIES", "Requirement", "catalogue", "requirement"]

AREAS: Final = (
    "schema",
    "auth",
    "create",
    "read",
    "list",
    "filter",
    "sort",
    "paginate",
    "search-post",
    "replace",
    "patch",
    "delete",
    "bulk",
    "http",
    "projection",
    "me",
    "error",
    "etag",
    "discovery",
)
"""RFC 7643 first, then the order of the sections of RFC 7644."""

NEED_AREAS: Final = (
    "connect",
    "transport",
    "match",
    "create",
    "update",
    "deactivate",
    "reactivate",
    "delete",
    "groups",
    "import",
    "cycle",
    "errors",
)
"""The needs of an identity provider, in the order of an account's life."""

LEVELS: Final = ("MUST", "SHOULD", "MAY", "NEED")
SEVERITIES: Final = ("security", "data-loss", "breaks-provisioning", "interop", "cosmetic")
"""The gravest first."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row: what is asked, by whom, and what to do about it.

    `document` is `rfc7644` or the name of an identity provider, `section` the place in it. `core` marks the needs
    without which that identity provider does not work here, or access is kept that should be lost. `admin_sees` is what
    the administrator of that identity provider reads, `unmet` what is wrong where the need is not met, as a clause;
    `confidence` is `documented`, `captured` or `inferred`.
    """

    id: str
    document: str
    section: str
    level: str
    area: str
    severity: str
    statement: str
    fix: str
    subject: str = "any"
    basis: str = "stated"
    needed_by: tuple[str, ...] = ()
    applies_when: str = "always"
    probe: tuple[str, ...] = ()
    passes: str = ""
    note: str = ""
    source: str = ""
    schema: str = ""
    core: bool = False
    admin_sees: str = ""
    unmet: str = ""
    confidence: str = ""

    @property
    def title(self) -> str:
        """Where it stands, for people: `RFC 7644 section 3.3`, or `Okta`."""
        if self.document.startswith("rfc"):
            return f"RFC {self.document[3:]} section {self.section}"
        name: str = _needs()["identity_providers"][self.document]["name"]
        return name

    @property
    def is_need(self) -> bool:
        """Whether an identity provider asks for it, and no RFC."""
        return self.level == "NEED"


@functools.cache
def catalogue() -> Mapping[str, Requirement]:
    """All rows by id: the RFCs by area in the order of `AREAS`, then the needs of each identity provider."""
    rows: list[Requirement] = [_row({"source": _source(row), **row}) for row in _packaged("requirements")]
    needs = _needs()
    for idp, about in needs["identity_providers"].items():
        if about.get("shares", True):
            rows += [_need(idp, about, _spelled_out(row, idp, about)) for row in needs["shared"]]
        rows += [_need(idp, about, row) for row in needs["own"] if _idp_of(row["id"], needs) == idp]
    found = {row.id: row for row in rows}
    if len(found) != len(rows):
        raise AssertionError("two rows of the catalogue have the same id")
    return found


def requirement(id: str) -> Requirement:
    """The row of that id; raises `UsageError` with the nearest id."""
    found = catalogue().get(id)
    if found is None:
        raise UsageError(f'unknown requirement "{id}"{nearest(id, catalogue())}')
    return found


def _row(row: Mapping[str, Any]) -> Requirement:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    return Requirement(**values)


def _source(row: Mapping[str, Any]) -> str:
    return f"RFC {row['document'][3:]} section {row['section']}"


def _need(idp: str, about: Mapping[str, Any], row: Mapping[str, Any]) -> Requirement:
    given = {"section": "", "level": "NEED", "basis": "practice", "source": about["source"], "confidence": about["confidence"]}
    return _row({**given, **row, "document": idp, "needed_by": [idp]})


def _spelled_out(row: Mapping[str, Any], idp: str, about: Mapping[str, Any]) -> dict[str, Any]:
    """A shared need in the name and the words of one identity provider."""
    word = row["id"]
    sees = about.get("admin_sees", {}).get(word, row["admin_sees"])
    return {**row, "id": f"{idp}-{word}", "statement": row["statement"].format(idp=about["name"]), "admin_sees": sees}


def _idp_of(id: str, needs: Mapping[str, Any]) -> str:
    """The identity provider in front of the id; the longest name wins, as `google-jit` does over `google`."""
    return max((name for name in needs["identity_providers"] if id.startswith(f"{name}-")), key=len, default="")


@functools.cache
def _needs() -> Mapping[str, Any]:
    found: Mapping[str, Any] = _packaged("needs")
    return found


def _packaged(name: str) -> Any:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (resources.files(__package__) / f"{name}.yaml").read_text("utf-8")
    return yaml.load(text, loader)
