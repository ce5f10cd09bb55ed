"""How to reach a service provider, and what is known of it beforehand."""

from __future__ import annotations

from scim_sim.target.profile import Profile, load_profile, profile_names
from scim_sim.target.target import Auth, Target

__all__ = ["Auth", "Profile", "Target", "load_profile", "profile_names"]
