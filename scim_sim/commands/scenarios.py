"""The commands about scenario files: check them, begin one, print the language's schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from scim_sim.errors import ScenarioError, UsageError
from scim_sim.scenario.language import json_schema
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.suites import stories_below

__all__ = ["lint_command", "new_command", "schema_command"]

SCHEMA_FILE = "scenario.schema.json"
STARTER = """\
# yaml-language-server: $schema={schema}
title: {title}
summary: >-
  What this story is about, in a sentence or two.

# Who acts: okta, entra, onelogin ... or a list; the story is played once under each. `scim-sim list idps` names them.
idp: okta
tags: [own]

# The people and groups that the identity provider begins with. Nobody has access yet. What is left out is made up;
# every user name and group name gets the mark of the run, so that it can be removed again.
directory:
  people:
    ada: {{given_name: Ada, family_name: Keller, title: Analyst}}
    bob: {{}}
  groups:
    analysts: [ada, bob]

# What happens, in order. `scim-sim list steps` names all steps, `scim-sim show assign` explains one.
steps:
  - connect
  - assign: ada
  - assign: bob
  - expect: {{user: ada, active: true}}

  - push group: analysts
  - expect: {{group: analysts, members: [ada, bob]}}

  # The mover gets another title, the leaver loses access and membership.
  - update: {{person: ada, title: Lead Analyst}}
  - remove members: {{group: analysts, members: [bob]}}
  - unassign: bob
  - expect: {{user: bob, active: false}}
    title: The leaver is inactive
  - expect: {{group: analysts, members: [ada]}}
"""


def lint_command(files: list[Path]) -> int:
    """Explain the first mistake of each file, and of each below a folder; returns 2 when there is one."""
    wrong = 0
    named = [path for given in files for path in (stories_below(given) if given.is_dir() else [given])]
    for file in named:
        try:
            for scenario in load_scenarios(file):
                print(f"{file}: {scenario.title}: {len(scenario.steps)} steps")
        except ScenarioError as error:
            wrong += 1
            print(error.render(), file=sys.stderr)
    return 2 if wrong else 0


def new_command(file: Path, title: str) -> None:
    """Write a commented start, and beside it the schema for editors; refuses to overwrite."""
    if file.suffix not in (".yaml", ".yml"):
        raise UsageError(f"{file} is no name of a YAML file", f"for example {file.with_suffix('.yaml')}")
    if file.exists():
        raise UsageError(f"{file} exists already")
    words = title or file.stem.replace("-", " ").replace("_", " ").capitalize()
    schema = file.parent / SCHEMA_FILE
    begun = not schema.exists()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(STARTER.format(schema=f"./{SCHEMA_FILE}", title=words), "utf-8")
        if begun:
            schema.write_text(_schema_text(), "utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    if begun:
        print(f"{schema} written, with which editors complete and validate")
    print(f"{file} written; try: scim-sim run {file} --target builtin")


def schema_command() -> None:
    """Print the JSON Schema of scenario files."""
    print(_schema_text(), end="")


def _schema_text() -> str:
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
