"""`consentry report`: the published marts as files for people without access."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from dashboard.report.content import Choice
from dashboard.report.places import Place
from dashboard.report.writing import make
from pipelines.cli.console import say
from pipelines.errors import SettingsError
from pipelines.settings import Home

KIB: Final = 1024
USUAL_DAYS: Final = 7


def period(since: datetime | None, days: int | None) -> tuple[datetime | None, int]:
    """Return since when changes are wanted, and of how many days where no time was named.

    Raises:
        SettingsError: both were named.
    """
    if since and days:
        raise SettingsError("--since and --days say the same in two ways; leave one of them out.")
    return since.replace(tzinfo=UTC) if since else None, days or USUAL_DAYS


def report(home: Home, choice: Choice, where: Place, *, overwrite: bool) -> None:
    """Write a report, and say what was written.

    Raises:
        ConsentryError: it cannot be written; the message says why.
    """
    for file in make(home.published, choice, where, overwrite=overwrite):
        say(f"Wrote {file} ({_size(file)}).")
    if choice.with_people:
        say("It names people; --without-people leaves them out.")


def _size(file: Path) -> str:
    kib = max(1, round(file.stat().st_size / KIB))
    return f"{kib:,} KiB" if kib < KIB else f"{kib / KIB:,.1f} MiB"
