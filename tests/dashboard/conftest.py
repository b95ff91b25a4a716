"""A published file, the dashboard on it, and a real browser that reports everything that it should not do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from .chromium import launched
from .files import write
from .serving import served

expect.set_options(timeout=30_000)  # milliseconds; machines that run tests are busy


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file with the golden story, and with a tenant whose sign-ins nobody may read."""
    file = tmp_path_factory.mktemp("published") / "consentry.duckdb"
    write(file, blind=True)
    return file


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file with a large tenant, and with the golden story."""
    file = tmp_path_factory.mktemp("large") / "consentry.duckdb"
    write(file, large=True)
    return file


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file with the golden story alone."""
    file = tmp_path_factory.mktemp("story") / "consentry.duckdb"
    write(file)
    return file


@pytest.fixture(scope="session")
def site(published: Path) -> Iterator[str]:
    """The address of a dashboard on the golden story and the tenant without a licence."""
    with served(published) as address:
        yield address


@pytest.fixture(scope="session")
def story_site(story: Path) -> Iterator[str]:
    """The address of a dashboard on the golden story alone."""
    with served(story) as address:
        yield address


@pytest.fixture(scope="session")
def large_site(large: Path) -> Iterator[str]:
    """The address of a dashboard on a large tenant."""
    with served(large) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, for a module: while it runs, nothing else can run an event loop in this thread."""
    with launched() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of a browser that knows nothing yet.

    At the end nothing may stand on its console, nothing may have failed, and nothing may have been asked of another host.
    """
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    opened.on("console", lambda message: wrong.append(_said(message)))
    opened.on("pageerror", lambda fault: wrong.append(f"page: {fault}"))
    opened.on("request", lambda request: wrong.extend(_foreign(request)))
    yield opened
    context.close()
    assert wrong == []


def _said(message: ConsoleMessage) -> str:
    return f"{message.type}: {message.text}"


def _foreign(request: Request) -> list[str]:
    return [] if urlsplit(request.url).hostname == "127.0.0.1" else [f"request: {request.url}"]
