"""The page is one file, strict about itself, and safe with whatever a target answers."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from scim_sim.report import Baseline
from scim_sim.report.baseline import Entry
from scim_sim.report.html import render
from scim_sim.report.model import Report
from tests.report.stream import HOSTILE, Stream, faulty_run, fold, good_run, hostile_run, user

TEMPLATES = Path(__file__).parents[2] / "scim_sim" / "report" / "templates"
VOID = {"meta", "input", "br", "link", "path", "rect", "circle", "use", "img"}


class Strict(HTMLParser):
    """Reads a page and notes every element with its attributes, and what is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that opens."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that closes itself."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Note an element that closes, and whether it was the one that is open."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


def known_run() -> Report:
    """The faulty run against a baseline that knows one fault and is stale in another place."""
    entries = (Entry("error_is_valid", reason="ticket 7"), Entry("read_is_valid", "rfc/core"))
    return fold(faulty_run(), baseline=Baseline("known-1.58.txt", entries))


@pytest.fixture(params=["faulty", "good", "hostile", "known"])
def page(request: pytest.FixtureRequest) -> str:
    """The page of a run."""
    runs = {"faulty": faulty_run, "good": good_run, "hostile": hostile_run}
    return render(known_run() if request.param == "known" else fold(runs[request.param]()))


def test_page_is_well_formed(page: str) -> None:
    """Every element is closed in order, and no id stands twice."""
    parsed = Strict(page)
    ids = [attrs["id"] for _, attrs in parsed.elements if "id" in attrs]

    assert ([], []) == (parsed.wrong, parsed.open)
    assert len(ids) == len(set(ids))


def test_page_loads_nothing(page: str) -> None:
    """No element names anything to fetch; links lead inside the page or to the RFC editor."""
    parsed = Strict(page)
    links = {attrs["href"] or "" for tag, attrs in parsed.elements if tag == "a"}
    sources = [
        (tag, attrs) for tag, attrs in parsed.elements if "src" in attrs or tag in ("link", "img", "iframe", "object", "form")
    ]

    assert [] == sources
    assert all(link.startswith(("#", "https://www.rfc-editor.org/rfc/rfc")) for link in links)


def test_policy_allows_our_style_and_script_alone(page: str) -> None:
    """The hashes in the policy are those of the one style and the one script; nothing is inline in attributes."""
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)

    assert policy is not None
    assert style is not None
    for content in (style[1], *scripts):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert digest in policy[1].replace("&#43;", "+").replace("&#39;", "'")
    assert 1 == len(scripts)
    assert "default-src &#39;none&#39;" in page
    attributes = {name for _, attrs in Strict(page).elements for name in attrs}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}


def test_wire_text_never_becomes_markup() -> None:
    """A target that answers with markup adds no element: the tags of its page are those that our templates know."""
    ours = {tag for tag, _ in Strict(render(fold(faulty_run()))).elements}
    theirs = {tag for tag, _ in Strict(render(fold(hostile_run()))).elements}

    assert theirs <= ours | {"defs", "title"}
    assert "<img" not in render(fold(hostile_run()))


def test_hidden_characters_are_shown_by_their_number() -> None:
    """Control, bidirectional and broken characters stand in the page as their numbers, never as themselves."""
    page = render(fold(hostile_run()))

    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\ud800-\udfff]", page)
    assert '<span class="ctl">U+202E</span>' in page
    assert '<span class="ctl">0xFF</span>' in page


def test_only_our_own_assets_pass_unescaped() -> None:
    """No template turns escaping off."""
    sources = {path.name: path.read_text("utf-8") for path in TEMPLATES.glob("*.j2")}

    assert [] == [name for name, text in sources.items() if re.search(r"\|\s*safe|autoescape|Markup", text)]


def test_script_writes_text_only() -> None:
    """The script has no way to make markup of text."""
    script = (TEMPLATES / "report.js").read_text("utf-8")

    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|fetch\(|XMLHttp", script)


def test_huge_bodies_are_cut_and_said() -> None:
    """A body of five megabytes neither swells the page nor hides its size."""
    page = render(fold(hostile_run()))

    assert len(page) < 1_500_000
    assert "cut: 5.0 MB in all" in page


def test_first_screen_answers() -> None:
    """Question, gate and one row for each IdP and the RFC come before anything else."""
    page = render(fold(faulty_run())).partition("<body>")[2]
    words = [
        "Does Metabase 1.59 work with Okta and Entra?",
        "Release gate: no",
        "Partly",
        "protocol conformance",
        'id="verdicts"',
    ]

    assert sorted(places := [page.find(word) for word in words]) == places
    assert -1 not in places


def test_title_tells_the_result_in_a_tab() -> None:
    """The title of the page is the answer."""
    assert "<title>Okta partly, Entra partly, RFC no · Metabase 1.59 · SCIM report</title>" in render(fold(faulty_run()))


def test_nothing_wrong_is_said_and_not_left_out() -> None:
    """A good run says that there is no root cause and that nothing is left."""
    page = render(fold(good_run()))

    assert "No root causes" in page
    assert "Nothing: everything that the run created was removed." in page


def test_baseline_is_told_in_three_columns() -> None:
    """New, known and stale stand side by side; a known cause keeps its level and why it was accepted."""
    page = render(known_run())

    assert "Compared with known-1.58.txt" in page
    assert re.search(
        r"<span>New</span><span>5</span>.*<span>Known, still failing</span><span>1</span>.*now</span><span>1</span>", page, re.S
    )
    assert "ticket 7" in page


def test_empty_report_is_a_page() -> None:
    """A run that stopped before anything happened still renders, with the reason on top."""
    s = Stream()
    s.begin()
    s.finish(error="the target does not answer", exit_code=3)
    page = render(fold(iter(s.events)))

    assert "The run stopped early:" in page
    assert "the target does not answer" in page
    assert "Nothing was tested" in page
    assert render(Report()).startswith("<!doctype html>")


def test_same_report_same_page() -> None:
    """The page is a pure function of the report."""
    assert render(fold(faulty_run())) == render(fold(faulty_run()))


def unpacked(page: str, name: str) -> object:
    """The content of a packed block."""
    found = re.search(rf'id="{name}">([^<]*)<', page)
    assert found is not None
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def test_every_exchange_is_packed_with_its_marks() -> None:
    """The blocks hold every exchange in full, hostile text included, as data."""
    index = unpacked(page := render(fold(hostile_run())), "xi")
    first = unpacked(page, "xc-0")

    assert isinstance(index, dict)
    assert isinstance(first, list)
    assert len(index["id"]) == len(first) == 4
    assert HOSTILE in [value for _, value in first[0]["sh"]]


def test_bodies_of_passing_reads_go_first_when_the_page_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over budget the page drops the bodies of passing reads and says so; evidence keeps its own."""
    monkeypatch.setattr("scim_sim.report.pack.LIMIT", 12_000)
    s = Stream()
    s.begin(idps=("rfc",))
    s.story("rfc/one", "One", "harness")
    s.do("01-read", "read")
    for n in range(400):
        noise = hashlib.sha256(str(n).encode()).hexdigest() * 4
        s.ask("GET", f"/Users/{n}", got=user(n, title=noise))
    from scim_sim.problem import Problem

    s.found("read", "rfc7644-3.4.1-get-by-id", Problem("wrong", pointer="/id"), bad := s.ask("GET", "/Users/x", got=user(1)))
    page = render(fold(iter(s.events)))
    kept = [x["sb"] is not None for x in unpacked(page, "xc-0")]  # type: ignore[attr-defined]

    assert ([False] * 400 + [True], "E00401") == (kept, bad)
    assert "the bodies of 400 passing exchanges are in report.json only" in page
