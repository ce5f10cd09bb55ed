"""Named faults of the embedded provider, each with the requirement under which a checker should report it.

One module for each family. `DEFECTS.names()` lists them, `DEFECTS.get(name).apply` is what `Provider(changes=[…])` takes.
A new one is a function under `@defect`, or a call of `defect` with a hook (`hooks.py` for most, `trees.py` for filters,
`operations.py` for PATCH, `bodies.py` for creations); nothing is registered elsewhere.
"""

from __future__ import annotations

from scim_sim.provider.defects import (
    bulk,
    conditions,
    configuration,
    creating,
    creating_refusals,
    credentials,
    deleting,
    errors,
    extensions,
    filtering,
    filtering_details,
    filtering_operators,
    groups,
    leavers,
    lifecycle,
    listing,
    membership,
    paging,
    patching,
    patching_accounts,
    patching_paths,
    patching_refusals,
    patching_values,
    projection,
    protocol,
    provisioning,
    reading,
    replacing,
    representation,
    representation_values,
    schemas,
    sorting,
    storing,
)
from scim_sim.provider.defects.defect import DEFECTS, DEPTHS, Defect, defect

__all__ = ["DEFECTS", "DEPTHS", "FAMILIES", "Defect", "defect"]

FAMILIES = (
    configuration,
    schemas,
    representation,
    representation_values,
    storing,
    extensions,
    creating,
    creating_refusals,
    reading,
    listing,
    filtering,
    filtering_operators,
    filtering_details,
    sorting,
    paging,
    replacing,
    patching,
    patching_refusals,
    patching_values,
    patching_paths,
    patching_accounts,
    membership,
    groups,
    deleting,
    bulk,
    conditions,
    errors,
    credentials,
    protocol,
    projection,
    lifecycle,
    leavers,
    provisioning,
)
"""The modules, in the order of a reader."""
