"""The question at the top of every report is about those who were played."""

from __future__ import annotations

import pytest

from scim_sim.report.headline import question
from scim_sim.report.model import Answer, Report, Run

FIRST = {"okta": "Okta", "entra": "Microsoft Entra ID"}
OTHERS = ("onelogin", "google", "jumpcloud", "pingone", "rippling", "authentik")


def asked(*idps: str) -> str:
    """The question of a report with answers for these."""
    answers = {
        name: Answer("works", "All is well.", FIRST.get(name, name), standing="first-class" if name in FIRST else "community")
        for name in idps
    }
    return question(Report(run=Run(target="Wiki"), answer={**answers, "rfc": Answer("conformant", "All is well.", "RFC")}))


@pytest.mark.parametrize(
    ("idps", "expected"),
    [
        ((), "Does Wiki keep to the SCIM standard?"),
        (("okta", "entra"), "Does Wiki work with Okta and Entra?"),
        (("okta", *OTHERS), "Does Wiki work with Okta?"),
        (OTHERS, "Does Wiki work with 6 identity providers?"),
    ],
)
def test_question_names_or_counts_the_identity_providers(idps: tuple[str, ...], expected: str) -> None:
    """The first-class ones are named; where there are only many others, they are counted, and without any it is the standard."""
    assert expected == asked(*idps)
