"""The page in a real browser: it asks for nothing, says nothing on the console, fits a narrow screen and prints on A4."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog

from dashboard.report.content import Choice
from tests.dashboard.chromium import launched

from .conftest import told


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, for a module: while it runs, nothing else can run an event loop in this thread."""
    with launched() as opened:
        yield opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_asks_for_nothing(browser: Browser, hostile: Path, tmp_path: Path, scheme: str) -> None:
    """Also with hostile names in it: one file is opened, nothing else is asked for, nothing runs, nothing complains."""
    file = tmp_path / "report.html"
    file.write_text(told(hostile), encoding="utf-8")
    asked: list[str] = []
    said: list[str] = []
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light", viewport={"width": 1100, "height": 900}
    )
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.on("dialog", lambda dialog: said.append(_dismissed(dialog)))
    page.goto(file.as_uri())
    page.locator("details").first.locator("summary").click()
    assert page.locator("details pre").first.is_visible()
    context.close()
    assert asked == [file.as_uri()]
    assert said == []


@pytest.mark.parametrize("width", [360, 1100])
def test_the_page_fits_its_window(browser: Browser, story: Path, tmp_path: Path, width: int) -> None:
    """On a telephone as on a desk, only tables and queries scroll sideways, never the page."""
    file = tmp_path / "report.html"
    file.write_text(told(story, Choice(days=60)), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_the_page_prints(browser: Browser, story: Path, tmp_path: Path) -> None:
    """On A4 it has some pages; what only a screen needs is not printed, and nothing is wider than the paper."""
    file = tmp_path / "report.html"
    file.write_text(told(story), encoding="utf-8")
    page = browser.new_page(viewport={"width": 688, "height": 1000}, color_scheme="dark")
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert not page.locator("details").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    assert page.evaluate("getComputedStyle(document.documentElement).color") == "rgb(27, 31, 36)"
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    assert printed.startswith(b"%PDF")
    assert 5 <= printed.count(b"/Type /Page\n") <= 30


def _dismissed(dialog: Dialog) -> str:
    dialog.dismiss()
    return dialog.message
