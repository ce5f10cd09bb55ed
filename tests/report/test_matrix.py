"""The matrix: one row for each identity provider, one cell for each part of an account's life, and no yes without a test."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from scim_sim.report.matrix import COLUMNS, Cell, matrix, render_html, render_markdown
from scim_sim.report.model import Answer, Cause, Judgement, Report, RequirementResult, Run, Story


def need(idp: str, area: str, level: str = "NEED") -> RequirementResult:
    """A row of the catalogue."""
    return RequirementResult(idp, "", level, "stated", area, "security", f"{idp} can {area}.", "passed", "pass")


def judged(requirement: str, base: str, voice: str, cause: str = "", message: str = "") -> Judgement:
    """A judgement about it."""
    return Judgement("engine", requirement, "NEED", base, base=base, voice=voice, message=message, cause=cause)


def report(**more: Any) -> Report:
    """Okta works, OneLogin cannot leave, the harness is no identity provider."""
    values: dict[str, Any] = {
        "run": Run(target="Wiki", started=1_767_600_000.0, seed=7, requests={"okta:aiw": 12, "onelogin": 5}),
        "answer": {
            "okta": Answer("works", "All is well.", "Okta"),
            "okta:aiw": Answer("works", "All is well.", "Okta", "aiw"),
            "onelogin": Answer("breaks", "People who leave stay active.", "OneLogin"),
        },
        "requirements": {
            "okta-create": need("okta", "create"),
            "okta-deactivate": need("okta", "deactivate"),
            "onelogin-deactivate": need("onelogin", "deactivate"),
            "rfc7644-3.3": need("rfc7644", "create", "MUST"),
        },
        "findings": (
            judged("okta-create", "pass", "okta:aiw"),
            judged("okta-deactivate", "pass", "okta:aiw"),
            judged("onelogin-deactivate", "breaks", "onelogin", "RC-1", "still active"),
            judged("onelogin-deactivate", "pass", "onelogin"),
            judged("rfc7644-3.3", "violation", "onelogin", "RC-2"),
        ),
        "causes": (Cause("RC-1", "k", "breaks", "A leaver stays active", hits=("OneLogin",), fix="Set active to false."),),
        "stories": (
            Story("every-idp/story", "okta:aiw", standing="first-class", outcome="done"),
            Story("every-idp/story", "onelogin", standing="community", switches={"accept": "", "remove_by": "filter"}),
            Story("rfc/create", "harness", outcome="done"),
        ),
    }  # fmt: skip
    return replace(Report(), **{**values, **more})


def cells(row: Any) -> dict[str, Cell]:
    """The cells of a row by column."""
    return dict(zip(COLUMNS, row.cells, strict=True))


def test_each_identity_provider_has_a_row() -> None:
    """Voices that are identity providers, in the order in which they were played, each with its own answer."""
    rows = matrix(report())

    assert [(row.title, row.word, row.standing, row.requests) for row in rows] == [
        ("Okta (aiw)", "Yes", "first-class", 12), ("OneLogin", "No", "community", 5),
    ]  # fmt: skip


def test_cell_sums_up_the_needs_of_its_areas() -> None:
    """Tested and met is yes, one failure is no with its root cause; a rule of the RFC is no need."""
    okta, onelogin = matrix(report())

    assert cells(okta)["Join"] == Cell("yes")
    assert cells(onelogin)["Leave"] == Cell("no", ("RC-1",), "still active")
    assert cells(onelogin)["Join"] == Cell("not tested")


def test_lost_attribute_is_no_failed_join() -> None:
    """An attribute that is not kept counts under Kept, though it was lost in a create."""
    rules = {**report().requirements, "okta-attributes-kept": need("okta", "create")}
    lost = (*report().findings, judged("okta-attributes-kept", "breaks", "okta:aiw", "RC-3", "title is not kept"))

    [okta, _] = matrix(report(requirements=rules, findings=lost))

    assert (cells(okta)["Join"].word, cells(okta)["Kept"]) == ("yes", Cell("no", ("RC-3",), "title is not kept"))


def test_what_was_not_seen_is_not_tested() -> None:
    """No judgement, no yes; a crash of a check is none either."""
    crashed = report(findings=(judged("okta-create", "error", "okta:aiw"),))

    assert {"not tested"} == {cell.word for row in matrix(crashed) for cell in row.cells}


def test_markdown_is_one_table() -> None:
    """A line for each identity provider, the counts, and what is assumed."""
    text = render_markdown(report())

    assert "## Which identity providers would work with Wiki?\n\nyes: 1, no: 1\n" in text
    assert "| OneLogin (community) | **No** | – | – | – | **no** RC-1 | – | – | – | People who leave stay active. |" in text
    assert "- OneLogin: `accept=`, `remove_by=filter`" in text


def test_markdown_without_identity_providers_says_so() -> None:
    """A run of raw suites has no rows."""
    assert "No identity provider was played." in render_markdown(report(stories=(), findings=()))


class _Strict(HTMLParser):
    """Collects the texts and the tags that were opened and not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag opens."""
        self.scripts += tag == "script"
        if tag not in ("meta", "br", "input", "use", "path", "circle", "rect", "link", "hr", "img", "line"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """A tag closes; only the innermost may."""
        if tag not in ("use", "path", "circle", "rect", "line"):
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that closes itself."""

    def handle_data(self, data: str) -> None:
        """Text."""
        self.text += data


def test_page_is_well_formed_and_shows_hostile_text_as_text() -> None:
    """What comes from the run is escaped; the only script is our own."""
    hostile = "<script>alert(1)</script>\u202e"
    page = render_html(report(run=Run(target=hostile), answer={"onelogin": Answer("breaks", hostile, "OneLogin")}))
    parser = _Strict()

    parser.feed(page)

    assert [] == parser.open
    assert 1 == parser.scripts
    assert "<script>alert(1)" not in page
    assert "\u202e" not in page


def test_page_links_to_root_causes_and_names_the_fix() -> None:
    """A no leads to its root cause in the report beside the page, and what to fix is said."""
    page = render_html(report())

    assert 'href="report.html#RC-1"' in page
    assert "Set active to false." in page
    assert "RC-2" not in page
