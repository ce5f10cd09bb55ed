"""The identity provider's own people and teams, and every change in order."""

from __future__ import annotations

from scim_sim.directory.generate import Generator, RunMark
from scim_sim.directory.model import Change, Directory, Person, Team

__all__ = ["Change", "Directory", "Generator", "Person", "RunMark", "Team"]
