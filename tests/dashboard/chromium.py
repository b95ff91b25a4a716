"""Where the browser is. On a Debian machine without one, whoever is root gets it installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, sync_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
INSTALL: Final = (
    ("apt-get", "update"),
    ("apt-get", "install", "--yes", "--no-install-recommends", "chromium"),
)
QUIET: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--font-render-hinting=none")
"""How it is started: without what needs a screen, a user of its own or the internet."""


@contextmanager
def launched() -> Iterator[Browser]:
    """Start the browser for the block. While it runs, nothing else can run an event loop in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path(), args=list(QUIET))
        yield browser
        browser.close()


def path() -> str:
    """Return the browser's path.

    Raises:
        RuntimeError: there is none, and it cannot be installed.
    """
    found = _found() or (_install() if os.geteuid() == 0 and shutil.which("apt-get") else None)
    if not found:
        raise RuntimeError(
            "The dashboard's tests need Chromium: install it, for example with `apt-get install chromium`."
        )
    return found


def _found() -> str | None:
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def _install() -> str | None:
    for command in INSTALL:
        subprocess.run(
            command, check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True
        )
    return _found()
