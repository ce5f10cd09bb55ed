"""Write the generated parts of these pages again: `make docs`. A test compares, so that they stay true.

A page holds `<!-- generated: NAME -->` and `<!-- end -->`; what stands between them is made by the function of that name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from scim_sim.checks.reference import checks_page, unseen_page
from scim_sim.idp import ENGINES
from scim_sim.idp.entra import reference as entra
from scim_sim.idp.reference import absent_table, actions_table, assumed_table, traits_table
from scim_sim.provider.personas.reference import personas_page
from scim_sim.report.formats import FORMATS
from scim_sim.report.schema import make_schema
from scim_sim.scenario import language
from scim_sim.target.reference import profiles_page, table

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "scim_sim"


def user_requirements() -> str:
    """The statements of the users' documents, where each is seen to, and what proves it."""
    rows = yaml.safe_load((HERE / "user-requirements.yaml").read_text("utf-8"))

    def proof(row: dict[str, Any]) -> str:
        tests = [f"`{test.partition('::')[2]}` in {test.partition('::')[0]}" for test in row.get("tests", ())]
        return "<br>".join([*tests, *(["by hand"] if row.get("hand") else [])])

    return table(("", "statement", "seen to by", "proved by"), ((str(r["n"]), r["what"], r["by"], proof(r)) for r in rows))


PARTS: dict[str, Callable[[], str]] = {
    "target profiles": profiles_page,
    "checks": checks_page,
    "untested requirements": unseen_page,
    "persona switches": personas_page,
    "report formats": lambda: table(("format", "file", "what"), ((f"`{f.name}`", f"`{f.suffix}`", f.doc) for f in FORMATS)),
    "user requirements": user_requirements,
    "scenario language": language.reference,
    "assumed traits": assumed_table,
    "not simulated": absent_table,
    **entra.PARTS,
    **{f"traits of {name}": partial(traits_table, name) for name in ENGINES.names()},
    **{f"actions of {name}": partial(actions_table, name) for name in ENGINES.names()},
}
"""The generated parts by name."""

FILES: dict[Path, Callable[[], str]] = {
    PACKAGE / "report" / "report.schema.json": lambda: json.dumps(make_schema(), indent=2) + "\n",
    PACKAGE / "scenario" / "scenario.schema.json": lambda: (
        json.dumps(language.json_schema(), indent=1, ensure_ascii=False) + "\n"
    ),
}
"""Whole files that are generated."""


_PART = re.compile(r"(<!-- generated: (?P<name>[^>]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def refreshed(text: str) -> str:
    """The page with its generated parts made anew; an unknown name is a mistake."""
    return _PART.sub(lambda found: f"{found[1]}\n{PARTS[found['name']]()}\n{found[3]}", text)


def pages() -> dict[Path, str]:
    """Every file that holds something generated, and what it should hold."""
    made = {path: refreshed(path.read_text("utf-8")) for path in sorted(HERE.glob("*.md"))}
    return {**made, **{path: make() for path, make in FILES.items()}}


def main() -> None:
    """Write what has changed, and say so."""
    for path, text in pages().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(path.relative_to(HERE.parent))


if __name__ == "__main__":
    main()
