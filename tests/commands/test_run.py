"""What a run calls its target, and what it refuses before it begins."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from scim_sim.clock import SimulatedClock
from scim_sim.commands.run import BUILTIN, RunOrder, connect, run_command
from scim_sim.commands.safety import Safety
from scim_sim.errors import UsageError


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ("generic", "the embedded provider"),
        ("metabase", "the embedded provider behaving like Metabase"),
        ("openmetadata", "the embedded provider behaving like OpenMetadata"),
    ],
)
def test_the_embedded_provider_is_called_what_people_call_it(profile: str, name: str) -> None:
    """The report asks whether it works with Okta; a file's name and its additions do not belong into that question."""
    with ExitStack() as stack:
        target, _ = connect(RunOrder(target=BUILTIN, profile=profile), stack, SimulatedClock)

    assert name == target.name


@pytest.mark.parametrize("target", [BUILTIN, "https://app.example.test/scim/v2"])
def test_scheme_that_does_not_exist_is_refused(target: str) -> None:
    """An option that cannot be used is a mistake, also where nothing needs it."""
    with ExitStack() as stack, pytest.raises(UsageError, match='--auth takes no "Digest"'):
        connect(RunOrder(target=target, auth="Digest"), stack, SimulatedClock)


@pytest.mark.parametrize("below", ["", "reports"])
@pytest.mark.parametrize("dry_run", ["", "reads"])
def test_folder_that_cannot_be_made_is_found_before_anything_is_sent(
    tmp_path: Path, below: str, dry_run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody runs for minutes only to learn that the reports have no place."""
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("scim_sim.commands.run.connect", lambda *_: pytest.fail("the target was reached"))

    with pytest.raises(UsageError, match="cannot be made: a file is in its way"):
        run_command(RunOrder(target=BUILTIN, report_dir=tmp_path / "file" / below, safety=Safety(dry_run=dry_run)))
