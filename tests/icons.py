"""The icons of the app, drawn from the house's own mark: `.venv/bin/python -m tests.icons` writes web/public/icons."""

from __future__ import annotations

import sys

from playwright.sync_api import sync_playwright

from tests.journeys.browsers import FLAGS, chromium
from tests.live_box import ROOT

FOLDER = ROOT / "web" / "public" / "icons"
MARK = (ROOT / "web" / "public" / "icon.svg").read_text(encoding="utf-8")
# A launcher cuts its own shape out of `whole`: no corners of ours, the mark inside the circle that is always left.
WHOLE = MARK.replace('rx="6"', "").replace("translate(4 4)", "translate(6 6) scale(.8)")
ICONS = {"180": (180, WHOLE.replace("translate(6 6) scale(.8)", "translate(4 4)")), "192": (192, MARK)}
ICONS |= {"512": (512, MARK), "whole": (512, WHOLE)}


def main() -> int:
    """Draw all of them."""
    path = chromium()
    if path is None:
        sys.exit("no Chromium: install one or name it with CHROMIUM=")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for name, (size, mark) in ICONS.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            style = f"<style>body{{margin:0}}svg{{display:block;width:{size}px;height:{size}px}}</style>"
            page.set_content(style + mark)
            page.screenshot(path=FOLDER / f"{name}.png", omit_background=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
