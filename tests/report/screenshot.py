"""The picture of docs/report.md: `python -m tests.report.screenshot` makes the golden story's report and draws its beginning."""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Final

from dashboard.report.content import Choice, Report, gather
from dashboard.report.page import page
from dashboard.report.source import Source
from tests.dashboard.chromium import launched
from tests.dashboard.files import PUBLISHED_AT, write

PICTURE: Final = Path(__file__).parents[2] / "docs" / "images" / "report.png"
WINDOW: Final = {"width": 1000, "height": 1900}
"""The summary, and the first of the apps."""


def main() -> int:
    """Write the picture."""
    with tempfile.TemporaryDirectory() as place:
        published, file = Path(place) / "consentry.duckdb", Path(place) / "report.html"
        write(published)
        with Source.open(published) as source:
            found = gather(source, Choice())
        made = Report(found.choice, found.parts, found.run_id, found.published_at, PUBLISHED_AT + timedelta(minutes=3))
        file.write_text(page(made, "see the workbook"), encoding="utf-8")
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        with launched() as browser:
            window = browser.new_page(viewport=WINDOW, color_scheme="light")  # type: ignore[arg-type]
            window.goto(file.as_uri())
            window.screenshot(path=PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
