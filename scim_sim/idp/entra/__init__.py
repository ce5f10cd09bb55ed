"""Microsoft Entra ID as a SCIM client: its provisioning job, mappings, dialects, log.

`engine.py` is what a scenario talks to; `cycle.py` is what a cycle sends; `job.py` says in which state the job is.
"""

from __future__ import annotations

from scim_sim.idp.entra.engine import Entra

__all__ = ["Entra"]
