"""Files that only their owner may read, whatever the process was started with."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

OTHERS: Final = 0o077
"""What the group and everybody else may do: nothing."""

OURS: Final = ("warehouse.*", "*.tmp", "fault.log", "dbt", "dlt", "spool", "simulator", "prefect")
"""What is made in the home folder; whoever has other files there keeps them as they are. Who may read the published file, each
publish says anew."""


@contextmanager
def private(folder: Path) -> Iterator[None]:
    """Make every file and folder of the block private.

    DuckDB, dlt and dbt make files as the process's mask says, in threads of theirs: so the mask is the one place to say it.
    """
    before = os.umask(OTHERS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        os.umask(before)


def close(folder: Path) -> None:
    """Take from others what they may do with our files in a folder, as an older Consentry made them. Whoever calls it is the only writer."""
    for pattern in OURS:
        for found in folder.glob(pattern):
            for path in (found, *(found.rglob("*") if found.is_dir() and not found.is_symlink() else ())):
                with suppress(FileNotFoundError):  # Prefect's server writes in its folder meanwhile
                    _take(path)


def _take(path: Path) -> None:
    known = path.lstat()
    is_ours = known.st_uid == os.getuid() and not stat.S_ISLNK(known.st_mode)
    if is_ours and known.st_mode & OTHERS:
        path.chmod(stat.S_IMODE(known.st_mode) & ~OTHERS)
