"""Make the sample report and the pictures of the README again: `make sample`.

The sample is what a run says about the Metabase persona of the embedded provider; the pictures show its page on a desk and on
a telephone. Needs the development dependencies and Chromium.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from scim_sim.cli import main
from scim_sim.errors import UsageError

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "reports" / "sample"
PICTURES = ROOT / "docs" / "pictures"
COMMAND = (
    "scim-sim run metabase okta/joiner-mover-leaver entra/users-only rfc --profile metabase --target builtin "
    "--idp okta:aiw,entra,rfc --seed 20261122 --format html,markdown,badge --report-dir"
)
SHOTS = (("report.png", 1280, 900, ""), ("report-cause.png", 1280, 900, "#causes"), ("report-narrow.png", 400, 800, ""))


def run() -> None:
    """Play the stories; the exit code says that the persona has faults, which is what the sample is for."""
    SAMPLE.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    sys.argv = [*COMMAND.split(), "reports/sample"]
    try:
        main()
    except SystemExit as end:
        if end.code not in (0, 1):
            raise
    for log in SAMPLE.glob("*.jsonl"):
        log.unlink()


def photograph() -> None:
    """Take the pictures of the sample's page."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise UsageError("there is no Chromium", "install the package chromium, or set CHROMIUM to the path of one")
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, width, height, place in SHOTS:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto((SAMPLE / "report.html").as_uri() + place)
            page.wait_for_selector("#xpane h3")
            page.screenshot(path=PICTURES / name)
            page.close()
        browser.close()


if __name__ == "__main__":
    run()
    photograph()
