"""The HTML report: one file that needs no network and no script to be read.

Everything that came over the wire is hostile: it is escaped by the templates, characters that hide or reorder are shown
by their number, and the policy in the page lets nothing run or load but our own style and script, named by their hashes.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from scim_sim.report import text
from scim_sim.report.charts import latency_axis
from scim_sim.report.formats import renderer
from scim_sim.report.headline import causes_heading, next_step, target_name
from scim_sim.report.model import Report
from scim_sim.report.names import idp_of, idp_title
from scim_sim.report.verdict import VERDICTS
from scim_sim.report.view import view

__all__ = ["page", "render"]


@renderer("html", suffix="report.html")
def render(report: Report) -> str:
    """One self-contained page for people: answers, root causes with evidence, requirements and every exchange."""
    return page("report.html.j2", report=report, view=view(report), target=target_name(report), axis=latency_axis())


def page(template: str, **values: Any) -> str:
    """The page made from one of our templates, with style and script in it and a policy that allows nothing else."""
    style, script = _asset("report.css"), _asset("report.js")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
    return _environment().get_template(template).render(policy=policy, style=Markup(style), script=Markup(script), **values)


@functools.cache
def _asset(name: str) -> str:
    return (files("scim_sim.report") / "templates" / name).read_text("utf-8")


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("scim_sim.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.finalize = _finalize
    filters: dict[str, Callable[..., Any]] = {
        "date": text.date,
        "moment": text.moment,
        "duration": text.duration,
        "clock": text.clock,
        "number": text.number,
        "many": text.many,
        "joined": text.joined,
        "wire": _wire,
        "zip": lambda lists: zip(*lists, strict=True),
        "thing": lambda kind: kind[:-1] if kind.endswith("s") else kind,
        "trim": lambda value, characters: value.strip(characters),
        "idp": idp_title,
        "idp_name": idp_of,
        "causes_heading": causes_heading,
        "next_step": next_step,
    }
    environment.filters.update(filters)
    environment.globals.update(
        meanings=text.MEANINGS,
        words=text.ANSWER_WORDS,
        verdicts=VERDICTS,
        reference_url=text.reference_url,
        contrast=text.contrast,
    )
    return environment


def _finalize(value: Any) -> Any:
    """Every value that a template writes, with hidden characters in sight: plain text, so that it is safe in attributes too."""
    if isinstance(value, Markup) or not isinstance(value, str) or not text.HOSTILE.search(value):
        return value
    return "".join(f"[{piece}]" if odd else piece for odd, piece in text.split_hostile(value))


def _wire(value: str) -> Markup:
    """Wire text between tags: hidden characters stand in a box of their own. Never for attributes."""
    pieces = (
        Markup('<span class="ctl">{}</span>').format(piece) if odd else escape(piece) for odd, piece in text.split_hostile(value)
    )
    return Markup("").join(pieces)
