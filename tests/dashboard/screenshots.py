"""The pictures of the docs, from the golden story: `python -m tests.dashboard.screenshots` (or `make screenshots`) takes them anew."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from .chromium import launched
from .files import write
from .serving import served

IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"
WIDTH: Final = 1280
TALLEST: Final = 1250
"""In points; what is further down is cut."""


@dataclass(frozen=True)
class Shot:
    """A picture.

    Attributes:
        name: of the file.
        address: of the page.
        theme: light or dark.
        opened: the query that is shown in it, if one is.
    """

    name: str
    address: str
    theme: str = "light"
    opened: str = ""

    @property
    def file(self) -> Path:
        """Where it is kept."""
        return IMAGES / f"dashboard-{self.name}.png"


SHOTS: Final = (
    Shot("overview", ""),
    Shot("overview-dark", "", "dark"),
    Shot("apps", "apps"),
    Shot("app", "app?id=app-teams"),
    Shot("people", "people"),
    Shot("person", "person?id=finn"),
    Shot("reclaim", "reclaim"),
    Shot("changes", "changes"),
    Shot("coverage", "coverage"),
    Shot("query", "apps?band=critical%2Chigh", "light", "apps"),
)


def take(browser: Browser, site: str, shot: Shot, file: Path) -> None:
    """Take one picture.

    Args:
        browser: which takes it.
        site: the address of a dashboard on the golden story.
        shot: what it is of.
        file: where it goes.
    """
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 720}, color_scheme="dark" if shot.theme == "dark" else "light"
    )
    page = context.new_page()
    page.goto(site + shot.address)
    if shot.opened:
        page.locator(f'details.sql[data-query="{shot.opened}"] summary').click()
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
    page.screenshot(path=file, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
    context.close()


def main() -> None:
    """Take all of them."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        file = Path(folder) / "consentry.duckdb"
        write(file)
        with served(file) as site:
            for shot in SHOTS:
                take(browser, site, shot, shot.file)


if __name__ == "__main__":
    main()
