"""A badge: the answers in a picture of one line, for a README or a release page."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from scim_sim.report.formats import renderer
from scim_sim.report.headline import shown_answers, title
from scim_sim.report.model import Report
from scim_sim.report.names import idp_title
from scim_sim.report.text import ANSWER_WORDS

__all__ = ["render"]

COLOURS: Final = {"Yes": "#1a6b3a", "Partly": "#835000", "No": "#b3261e", "Not tested": "#5b636c"}
WIDTH: Final = 6.6
PAD: Final = 7
MOST: Final = 5


@renderer("badge", suffix="badge.svg")
def render(report: Report) -> str:
    """An SVG badge with the answer for each IdP and the RFC."""
    parts = [("SCIM", "#16191d")]
    for name, answer in list(shown_answers(report).items())[:MOST]:
        word = ANSWER_WORDS[answer.verdict]
        short = "RFC" if name == "rfc" else idp_title(name, short=True)
        parts.append((f"{short} {word.lower()}", COLOURS[word]))
    boxes, x = [], 0.0
    for text, colour in parts:
        width = round(len(text) * WIDTH + 2 * PAD, 1)
        middle = round(x + width / 2, 1)
        boxes.append(
            f'<rect x="{x}" width="{width}" height="20" fill="{colour}"/>'
            f'<text x="{middle}" y="14" fill="#fff" textLength="{round(width - 2 * PAD, 1)}">{escape(text)}</text>'
        )
        x = round(x + width, 1)
    said = escape(f"SCIM: {title(report)}", {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{x}" height="20" role="img" aria-label="{said}"><title>{said}</title>'
        f'<clipPath id="r"><rect width="{x}" height="20" rx="3"/></clipPath>'
        '<g clip-path="url(#r)" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{''.join(boxes)}</g></svg>\n"
    )
