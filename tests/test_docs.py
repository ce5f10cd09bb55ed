"""The pages say what the code does: generated parts are fresh, and every example in them runs."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from jsonschema import Draft202012Validator

from scim_sim.api import InProcess, Simulation
from scim_sim.clock import SimulatedClock
from scim_sim.provider import Provider
from scim_sim.scenario import language
from scim_sim.scenario.load import load_scenarios
from scim_sim.scenario.plan import plan
from scim_sim.scenario.shipped import shipped_root
from scim_sim.target import Auth, Target

ROOT = Path(__file__).parent.parent


def _generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("path", "text"), [pytest.param(p, t, id=p.name) for p, t in _generate().pages().items()])
def test_generated_parts_are_fresh(path: Path, text: str) -> None:
    """`make docs` would change nothing."""
    assert path.read_text("utf-8") == text


def _examples() -> list[object]:
    found = []
    for page in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))):
        for number, block in enumerate(re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.M | re.S), 1):
            if re.search(r"^steps:", block, re.M):
                found.append(pytest.param(block, id=f"{page.stem}-{number}"))
    return found


@pytest.mark.parametrize("text", _examples())
def test_example_scenario_passes_on_a_correct_provider(text: str, tmp_path: Path) -> None:
    """A scenario in the docs can be copied and run."""
    file = tmp_path / "example.yaml"
    file.write_text(text, "utf-8")
    provider = Provider(token="tok-1234", clock=SimulatedClock(), seed=1)
    target = Target("https://app.example.test/scim/v2", Auth("Bearer", "tok-1234"))
    with Simulation(target, transport=InProcess(provider, "tok-1234")) as simulation:
        for part in plan(load_scenarios(file)):
            simulation.play_part(part)

        simulation.check()


@pytest.mark.parametrize("path", sorted(shipped_root().rglob("*.yaml")), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_shipped_scenario_fits_the_published_schema(path: Path) -> None:
    """What editors are told agrees with what the loader takes."""
    document = yaml.safe_load(path.read_text("utf-8"))
    errors = [e.message for e in Draft202012Validator(language.json_schema()).iter_errors(document)]

    assert [] == errors


def test_every_word_of_the_language_is_explained() -> None:
    """No key, condition or step without a sentence."""
    from scim_sim.scenario.load import STEP_KEYS, TOP_KEYS
    from scim_sim.scenario.steps import kinds

    assert set(TOP_KEYS) == set(language.TOP_DOC)
    assert set(STEP_KEYS) == set(language.STEP_DOC)
    assert [] == [name for name, kind in kinds().items() if not kind.doc]


def test_example_of_the_python_page_runs() -> None:
    """The page's own program, as it stands there."""
    text = (ROOT / "docs" / "python.md").read_text("utf-8")
    [program] = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)

    exec(compile(program, "docs/python.md", "exec"), {})
