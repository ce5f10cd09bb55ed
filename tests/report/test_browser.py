"""The page in a real browser: nothing is fetched, nothing of the target's runs, and everything can be reached."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scim_sim.report import compare, comparison_html
from scim_sim.report.html import render
from tests.report.stream import Stream, faulty_run, fold, good_run, hostile_run, user

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is a development dependency")
eventually = sync_api.expect
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium (apt-get install chromium)")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests of this file."""
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Visit:
    """A page that is open, with everything it complained about and asked for."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(10_000)
        self.page = context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.said.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())
        self.address = path.as_uri()

    @property
    def outside(self) -> list[str]:
        """What was asked for besides the page itself."""
        return [url for url in self.asked if url.partition("#")[0] != self.address and not url.startswith("blob:")]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of a faulty, a good and a hostile run, and of a comparison."""
    folder = tmp_path_factory.mktemp("pages")
    faulty, good = fold(faulty_run()), fold(good_run())
    texts = {
        "faulty": render(faulty),
        "good": render(good),
        "hostile": render(fold(hostile_run())),
        "compare": comparison_html(compare([good, faulty])),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, "utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.mark.parametrize("name", ["faulty", "good", "hostile", "compare"])
@pytest.mark.parametrize("width", [400, 1280, 1920])
def test_no_error_no_request_no_sideways_scroll(browser: Any, pages: dict[str, Path], name: str, width: int) -> None:
    """At every width the page keeps silent, fetches nothing and fits."""
    visit = Visit(browser, pages[name], viewport={"width": width, "height": 900})
    if name != "compare":
        visit.page.wait_for_selector("#xlist .row")
    visit.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")

    assert ([], []) == (visit.said, visit.outside)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def test_policy_stops_what_a_target_would_run(browser: Any, pages: dict[str, Path]) -> None:
    """Even markup that got into the page would not run: the browser refuses inline script and handlers."""
    visit = Visit(browser, pages["faulty"])
    ran = visit.page.evaluate(
        """() => new Promise(done => {
            const box = document.createElement('div');
            const script = document.createElement('script');
            try { script.textContent = 'window.ran = 1'; document.body.append(script); } catch (error) { /* trusted types */ }
            try { box.innerHTML = '<img src=x onerror="window.ran = 2">'; document.body.append(box); } catch (error) { /* too */ }
            setTimeout(() => done(window.ran ?? 0), 200);
        })"""
    )

    assert 0 == ran


def test_search_and_filters_of_requirements(browser: Any, pages: dict[str, Path]) -> None:
    """Words narrow, verdicts narrow, the address keeps the filter, and clearing brings everything back."""
    page = Visit(browser, pages["faulty"]).page
    page.fill("#rq", "members okta")
    shown = page.locator("tr[data-v]:visible").count()
    hits = page.inner_text("#rhits")
    page.click("#rclear")
    page.click("#rchips label:has-text('violation')")

    assert (f"{shown} of 14 requirements", True) == (hits, 0 < shown < 14)
    assert {"violation"} == {row.get_attribute("data-v") for row in page.locator("tr[data-v]:visible").all()}
    page.wait_for_url("**#requirements?v=violation")
    page.fill("#rq", "no such thing")
    eventually(page.locator("#rnone")).to_be_visible()


def test_link_to_a_filter_applies_it(browser: Any, pages: dict[str, Path]) -> None:
    """A number in the legend leads to exactly those requirements."""
    page = Visit(browser, pages["faulty"]).page
    page.click(".legend a[href='#requirements?v=untested']")

    # Following a fragment is the browser's task of its own, after the click: wait for what it shows.
    eventually(page.locator("tr[data-v]:visible")).to_have_count(1)
    assert "untested" == page.locator("tr[data-v]:visible").get_attribute("data-v")


def test_exchanges_are_found_and_shown(browser: Any, pages: dict[str, Path]) -> None:
    """Search narrows the list, a click shows request and answer, and the marked line is there."""
    page = Visit(browser, pages["faulty"]).page
    page.wait_for_selector("#xlist .row")
    page.fill("#xq", "put groups")
    page.click("#xlist .row")
    page.wait_for_selector("#xpane h3:has-text('E00009')")

    eventually(page.locator("#xn")).to_have_text("1 of 24")
    assert "this was sent" in page.inner_text("#xpane .marked + .say")
    page.fill("#xq", "")
    page.click("label:has(#xf)")
    eventually(page.locator("#xn")).to_have_text("6 of 24")


def test_arrow_keys_walk_through_the_exchanges(browser: Any, pages: dict[str, Path]) -> None:
    """The list is a listbox: End goes to the last exchange."""
    page = Visit(browser, pages["faulty"]).page
    page.wait_for_selector("#xlist .row")
    page.focus("#xlist")
    page.keyboard.press("End")
    page.wait_for_selector("#xpane h3:has-text('E00024')")

    eventually(page.locator("#xlist")).to_have_attribute("aria-activedescendant", "x-23")


def test_addresses_open_what_they_name(browser: Any, pages: dict[str, Path]) -> None:
    """#RC-3 opens the root cause, #E00015 shows the exchange."""
    visit = Visit(browser, pages["faulty"])
    page = visit.page
    page.goto(visit.address + "#RC-3")
    eventually(page.locator("#RC-3")).to_have_attribute("open", "")
    page.goto(visit.address + "#E00015")
    page.wait_for_selector("#xpane h3:has-text('E00015')")
    eventually(page.locator("#xpane h3")).to_contain_text("PATCH /Users")


def test_timeline_zooms(browser: Any, pages: dict[str, Path]) -> None:
    """Zooming spreads the marks until they are labelled, and going to a step shows it."""
    page = Visit(browser, pages["faulty"]).page
    box = page.locator(".timeline").first
    assert 0 == box.locator(".label.on").count()
    box.locator("[data-zoom=in]").click()
    box.locator("[data-zoom=in]").click()

    assert box.locator(".label.on").count() > 0
    box.locator("select").select_option(index=6)
    eventually(box.locator("a[href='#E00009']")).to_be_visible()


def test_hostile_exchange_is_text(browser: Any, pages: dict[str, Path]) -> None:
    """Every exchange of a hostile target can be looked at, and nothing of it runs or becomes an element."""
    visit = Visit(browser, pages["hostile"])
    page = visit.page
    page.wait_for_selector("#xlist .row")
    for row in page.locator("#xlist .row").all():
        row.click()
        page.wait_for_timeout(50)

    assert ([], []) == (visit.said, visit.outside)
    assert 0 == page.locator("#xpane img, #xpane script").count()


def test_numbers_and_repeated_members_are_shown_as_they_came(browser: Any, tmp_path: Path) -> None:
    """The page repairs nothing: a big number keeps its digits, a member that came twice stands twice."""
    s = Stream()
    s.begin(idps=("rfc",))
    s.story("rfc/one", "One", "harness")
    s.do("01-read", "read")
    s.ask("GET", "/Users/1", got=b'{"n": 12345678901234567890, "a": 1, "a": 2.50}')
    (path := tmp_path / "page.html").write_text(render(fold(iter(s.events))), "utf-8")
    page = Visit(browser, path).page
    page.wait_for_selector("#xpane pre")

    assert '{"n": 12345678901234567890, "a": 1, "a": 2.50}' in page.locator("#xpane pre").last.inner_text()


def test_page_reads_without_script(browser: Any, pages: dict[str, Path]) -> None:
    """Without script answers, causes, requirements and evidence are there, and nothing offers what cannot work."""
    visit = Visit(browser, pages["faulty"], java_script_enabled=False)
    page = visit.page

    assert "Does Metabase 1.59 work with Okta and Entra?" == page.inner_text("h1")
    assert "the last member is still" in page.inner_text("#causes").lower()
    assert not page.locator("#rq").is_visible()
    assert not page.locator("#xlist").is_visible()
    assert page.locator("#exchanges .plain-only").is_visible()
    page.click("#RC-2 summary")
    assert page.locator("#RC-2 pre").first.is_visible()


def test_print_opens_the_folds(browser: Any, pages: dict[str, Path]) -> None:
    """On paper the causes are open, controls are gone, and the document has a sensible number of pages."""
    page = Visit(browser, pages["faulty"]).page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert page.evaluate("[...document.querySelectorAll('details.cause')].every(fold => fold.open)")
    assert not page.locator(".explorer").is_visible()
    assert not page.locator(".nav").is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("name", ["faulty", "good", "compare"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_axe_finds_nothing(browser: Any, pages: dict[str, Path], name: str, scheme: str, width: int) -> None:
    """Automated accessibility checks (WCAG 2.2 A and AA) find nothing, with every fold open."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is a development dependency")
    visit = Visit(browser, pages[name], viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    if name != "compare":
        visit.page.wait_for_selector("#xpane pre")
    visit.page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    found = axe.Axe().run(visit.page).response["violations"]

    assert [] == [(v["id"], [node["html"][:120] for node in v["nodes"][:3]]) for v in found]


def test_hundred_thousand_exchanges_stay_small(browser: Any, tmp_path: Path) -> None:
    """A very long run stays under 15 MB, and its last exchange can still be found."""
    s = Stream()
    s.begin(idps=("okta:aiw",))
    s.story("okta/many", "Many", "okta:aiw")
    s.do("01-many", "many")
    for n in range(100_000):
        s.ask("GET", f"/Users/u{n}zK5zTyTn0", got=user(n) if n % 10 == 0 else None)
    s.done()
    s.end()
    text = render(fold(iter(s.events)))
    (path := tmp_path / "page.html").write_text(text, "utf-8")
    visit = Visit(browser, path)
    visit.page.wait_for_selector("#xlist .row")
    visit.page.fill("#xq", "E100000")
    visit.page.click("#xlist .row")
    visit.page.wait_for_selector("#xpane h3:has-text('E100000')")

    assert len(text) < 15_000_000
    assert ([], []) == (visit.said, visit.outside)
