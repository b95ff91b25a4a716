"""What dbt says -> its log, a line for each event that is worth one.

dbt can write such a file itself, and looks through all environment variables for secrets at each event then, also at the many
that it does not write: a sixth of a build's processor time. No secret is in what it is told here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final

LEVELS: Final = ("info", "warn", "error")
LARGEST: Final = 10_000_000
"""Bytes of a file after which a build begins another one; the one before is kept."""


def path(folder: Path) -> Path:
    """Return the log in dbt's folder."""
    return folder / "dbt.log"


@contextmanager
def writing(folder: Path) -> Iterator[Callable[[Any], None]]:
    """Yield what writes one of dbt's events into the log, from any of its threads."""
    log, lock = path(folder), Lock()
    folder.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LARGEST:
        log.replace(log.with_suffix(".log.1"))
    with log.open("a", buffering=1, encoding="utf-8") as file:

        def write(event: Any) -> None:
            if event.info.level in LEVELS and event.info.msg:
                with lock:
                    file.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {event.info.level:5} {event.info.msg}\n")

        yield write
