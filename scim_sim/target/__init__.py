"""How to reach a service provider, and what is known of it beforehand."""

from __future__ import annotations

from scim_sim.target.profile import Deviation, Item, Prediction, Profile, load_profile, profile_names, profile_url
from scim_sim.target.target import Auth, Target

__all__ = ["Auth", "Deviation", "Item", "Prediction", "Profile", "Target", "load_profile", "profile_names", "profile_url"]
