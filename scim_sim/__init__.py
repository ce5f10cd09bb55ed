"""scim_sim: an identity-provider simulator and SCIM 2.0 conformance harness."""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["__version__"]
