"""Named faults of the embedded provider, each with the requirement under which a checker should report it.

One module for each family. `DEFECTS.names()` lists them, `DEFECTS.get(name).apply` is what `Provider(changes=[…])` takes.
A new one is a function under `@defect`, or a call of `defect` with one of the hooks in `hooks.py`; nothing is registered
elsewhere.
"""

from __future__ import annotations

from scim_sim.provider.defects import (
    bulk,
    conditions,
    configuration,
    creating,
    credentials,
    deleting,
    errors,
    filtering,
    lifecycle,
    membership,
    paging,
    patching,
    protocol,
    reading,
    replacing,
    representation,
    schemas,
    storing,
)
from scim_sim.provider.defects.defect import DEFECTS, DEPTHS, Defect, defect

__all__ = ["DEFECTS", "DEPTHS", "FAMILIES", "Defect", "defect"]

FAMILIES = (
    configuration,
    schemas,
    representation,
    storing,
    creating,
    reading,
    filtering,
    paging,
    replacing,
    patching,
    membership,
    deleting,
    bulk,
    conditions,
    errors,
    credentials,
    protocol,
    lifecycle,
)
"""The modules, in the order of a reader."""
