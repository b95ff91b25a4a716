"""One writer at a time: a lock file beside the warehouse that says who holds it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from pipelines.errors import WarehouseBusy
from pipelines.warehouse.private import close, private

POLL_SECONDS: Final = 0.5


@contextmanager
def writing(warehouse: Path, verb: str, patience: timedelta = timedelta(0)) -> Iterator[None]:
    """Hold the warehouse for the block; what is written meanwhile is private. The kernel frees it when the process ends, however it ends.

    Args:
        warehouse: the file that will be written.
        verb: what the holder does, told to whoever comes second.
        patience: how long to wait for another holder.

    Raises:
        WarehouseBusy: another process holds it; the message says which and since when.
    """
    with private(warehouse.parent), warehouse.with_suffix(".lock").open("a+", encoding="utf-8") as file:
        _take(file, warehouse, time.monotonic() + patience.total_seconds())
        _sign(file, verb)
        close(warehouse.parent)
        yield


def _take(file: TextIOWrapper, warehouse: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as fault:
            if time.monotonic() >= until:
                raise WarehouseBusy(_who(file, warehouse)) from fault
            time.sleep(POLL_SECONDS)
        else:
            return


def _sign(file: TextIOWrapper, verb: str) -> None:
    file.truncate(0)
    json.dump({"process": os.getpid(), "verb": verb, "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"}, file)
    file.flush()


def _who(file: TextIOWrapper, warehouse: Path) -> str:
    file.seek(0)
    try:
        holder = json.loads(file.read())
    except ValueError:  # read while the holder signs
        return f"The warehouse {warehouse} is being written by another process; wait for it to end, then try again."
    return (
        f"The warehouse {warehouse} is being written by `{holder['verb']}` (process {holder['process']}, since {holder['since']}); "
        f"wait for it to end, then try again. Readers may use {warehouse.with_name('consentry.duckdb')} meanwhile."
    )
