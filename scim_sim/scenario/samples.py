"""The attributes of a survey: what is sent for each, what became of it, and what that means for an attribute mapping.

Pure functions over JSON. A path is written as Entra and Okta write it: `emails[type eq "work"].value`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from scim_sim.scim.attributes import core_schemas
from scim_sim.scim.filter import values_of
from scim_sim.scim.grammar import parse_path
from scim_sim.scim.patch import apply_patch
from scim_sim.scim.urns import ENTERPRISE_USER

__all__ = ["SAMPLES", "Fate", "Sample", "advice", "fate", "with_samples"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One attribute: a value to create with, one to replace by PUT, one to replace by PATCH."""

    path: str
    created: Any
    replaced: Any
    patched: Any
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a value: `kept`, `altered`, `dropped`, `refused` or `write-only`, and what came instead."""

    word: str
    remark: str = ""


def _texts(path: str, created: str, replaced: str, patched: str) -> Sample:
    return Sample(path, created, replaced, patched)


SAMPLES: Final = (
    _texts("externalId", "survey-1", "survey-2", "survey-3"),
    _texts("displayName", "Sam Survey", "Samuel Survey", "Sammy Survey"),
    _texts("name.givenName", "Sam", "Samuel", "Sammy"),
    _texts("name.familyName", "Survey", "Surveyor", "Survey-Ott"),
    _texts("name.formatted", "Sam Survey", "Samuel Surveyor", "Sammy Survey-Ott"),
    _texts("name.middleName", "Ada", "Bea", "Cleo"),
    _texts("name.honorificPrefix", "Dr.", "Prof.", "Ms."),
    _texts("name.honorificSuffix", "III", "Jr.", "IV"),
    _texts("nickName", "Sam", "Sammy", "Mel"),
    _texts("title", "Analyst", "Lead Analyst", "Manager"),
    _texts("userType", "Employee", "Contractor", "Intern"),
    _texts("preferredLanguage", "en-US", "de-DE", "fr-FR"),
    _texts("locale", "en-US", "de-DE", "fr-FR"),
    _texts("timezone", "Europe/Berlin", "Europe/Paris", "Europe/Rome"),
    _texts("profileUrl", "https://people.example.com/1", "https://people.example.com/2", "https://people.example.com/3"),
    _texts('emails[type eq "home"].value', "sam.home@example.com", "samuel.home@example.com", "sammy.home@example.com"),
    _texts('phoneNumbers[type eq "work"].value', "+49 30 5550101", "+49 30 5550102", "+49 30 5550103"),
    _texts('phoneNumbers[type eq "mobile"].value', "+49 170 5550101", "+49 170 5550102", "+49 170 5550103"),
    _texts('addresses[type eq "work"].streetAddress', "1 Quay Road", "2 Quay Road", "3 Quay Road"),
    _texts('addresses[type eq "work"].locality', "Leith", "Perth", "Oban"),
    _texts('addresses[type eq "work"].postalCode', "EH6 6AA", "PH1 5AA", "PA34 4AA"),
    _texts('addresses[type eq "work"].country', "GB", "IE", "FR"),
    Sample("password", "Surv3y-password-1", "Surv3y-password-2", "Surv3y-password-3", secret=True),
    _texts(f"{ENTERPRISE_USER}:employeeNumber", "70112", "70113", "70114"),
    _texts(f"{ENTERPRISE_USER}:costCenter", "4130", "4131", "4132"),
    _texts(f"{ENTERPRISE_USER}:organization", "Alpha", "Beta", "Gamma"),
    _texts(f"{ENTERPRISE_USER}:division", "North", "South", "West"),
    _texts(f"{ENTERPRISE_USER}:department", "Finance", "Treasury", "Audit"),
)
"""The core and enterprise attributes that identity providers map (RFC 7643 sections 4.1 and 4.3)."""


def with_samples(body: Mapping[str, Any], samples: Iterable[Sample], which: str) -> dict[str, Any]:
    """The body with the `created`, `replaced` or `patched` value of each sample in its place."""
    operations = [{"op": "add", "path": sample.path, "value": getattr(sample, which)} for sample in samples]
    filled = apply_patch(body, operations)
    if any(name == ENTERPRISE_USER for name in filled) and ENTERPRISE_USER not in filled["schemas"]:
        filled["schemas"] = [*filled["schemas"], ENTERPRISE_USER]
    return filled


def fate(sample: Sample, sent: Any, resource: Mapping[str, Any]) -> Fate:
    """What a resource that was read shows of the value that was sent."""
    there = [value for value in values_of(resource, parse_path(sample.path), core_schemas()) if value is not None]
    if sample.secret:
        return Fate("write-only") if not there else Fate("kept", "a password is shown")
    if sent in there:
        return Fate("kept")
    return Fate("altered", f"{there[0]!s:.60}") if there else Fate("dropped")


def advice(fates: Mapping[str, Mapping[str, str]], verbs: Iterable[str]) -> Iterator[tuple[str, str]]:
    """For an IdP that writes with these verbs: each attribute that should not be mapped, and why."""
    used = tuple(verbs)
    for path, words in fates.items():
        said = {verb: words[verb] for verb in used if words.get(verb) in ("dropped", "refused", "altered")}
        if said:
            yield path, ", ".join(f"{verb.upper()} {word}" for verb, word in said.items())
