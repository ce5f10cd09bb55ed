"""What a run calls its target."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from scim_sim.clock import SimulatedClock
from scim_sim.commands.run import BUILTIN, RunOrder, connect
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
