"""The only code with a socket or a real sleep: it answers what flows ask."""

from __future__ import annotations

from scim_sim.drivers.drive import Transport, drive
from scim_sim.drivers.session import Session
from scim_sim.drivers.wsgi import Wsgi

__all__ = ["Session", "Transport", "Wsgi", "drive"]
