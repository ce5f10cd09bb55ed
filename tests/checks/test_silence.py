"""The checks say nothing about a correct provider, whichever of its legal choices it makes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.checks import CHECKS
from scim_sim.provider.variants import VARIANTS
from tests.checks.story import tell


def test_nothing_is_wrong_with_a_correct_provider(speak: Callable[..., Any]) -> None:
    """A story over every operation finds nothing wrong, and many checks have had something to judge."""
    conversation = speak()
    tell(conversation)

    assert [] == conversation.wrong
    assert len({f.check for f in conversation.findings if f.outcome == "pass"}) > len(CHECKS) * 0.7


@pytest.mark.parametrize("name", VARIANTS.names())
def test_nothing_is_wrong_with_a_legal_choice(name: str, speak: Callable[..., Any]) -> None:
    """What the RFCs leave to the provider is never reported as wrong."""
    conversation = speak(VARIANTS.get(name).apply)
    with contextlib.suppress(KeyError, ValueError):  # one without Groups, or without bodies in answers, ends the story early
        tell(conversation)

    assert [] == conversation.wrong
