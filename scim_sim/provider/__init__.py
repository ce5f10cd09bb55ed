"""The embedded SCIM 2.0 service provider: correct by default, wrong on request in one named way.

    Provider(token=…)              a correct provider; `handle(Request) -> Response` needs no socket
    serve(provider, host, port)    the same on a real socket, as a context manager with `.url`
    options.py                     what a correct provider is free to choose
    variant.py  variants.py        named legal choices: never to be reported
    defects/                       named faults, each with the requirement under which a checker should report it
    personas/                      providers that behave like a product

Everything hooks in at the same places. A defect, a variant and a persona are functions that take the `Provider` and
change it before the first request: `provider.configure(...)` for options, `provider.seams` for values on their way
(see `Seams`), `provider.rules` for decisions (see `Rules`). For a persona: the base path is an argument of `serve`,
credentials are `rules.authorise`, routing is `rules.route`, error bodies are `seams.error`, and the finished answer is
`seams.answer`; what is no SCIM at all is answered by `seams.arrive`.
"""

from __future__ import annotations

from scim_sim.provider.app import Provider
from scim_sim.provider.options import Options
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.resource_types import Catalogue, standard, users_only
from scim_sim.provider.seams import Call, Draft, Page, Rules, Seams
from scim_sim.provider.server import Serving, serve

__all__ = [
    "Call",
    "Catalogue",
    "Draft",
    "Options",
    "Page",
    "Provider",
    "Refusal",
    "Rules",
    "Seams",
    "Serving",
    "serve",
    "standard",
    "users_only",
]
