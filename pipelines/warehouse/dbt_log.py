"""What dbt says -> its log, a line for each event that is worth one.

dbt can write such a file itself. It looks through all environment variables at each event then, also at the many that it does not
write, for secrets whose names begin with DBT_ENV_SECRET; there are none here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
    """Yield what writes one of dbt's events into the log, from any of its threads.

    A line for which there is no room is lost: an error here would keep dbt waiting for the end of a model that it cannot tell of.
    """
    log, lock = path(folder), Lock()
    folder.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LARGEST:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab", buffering=0) as file:

        def write(event: Any) -> None:
            if event.info.level in LEVELS and event.info.msg:
                line = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {event.info.level:5} {event.info.msg}\n"
                with lock, suppress(OSError):
                    file.write(line.encode())

        yield write
