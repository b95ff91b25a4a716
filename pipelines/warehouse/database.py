"""Opening DuckDB files, with sentences for what can be wrong with them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import NothingPublished, WarehouseBusy, WarehouseCorrupt, WarehouseError

Row = tuple[Any, ...]


@contextmanager
def opened(file: Path | None, *, read_only: bool = False, **config: Any) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB file for the block, or a database in memory where it is None.

    Args:
        file: its path.
        read_only: whether nothing will be written.
        **config: DuckDB's settings, for example `memory_limit="512MB"`.

    Raises:
        WarehouseBusy: another process has it open.
        WarehouseCorrupt: it is not a DuckDB database, or is damaged.
        WarehouseError: it cannot be opened for another reason.
    """
    try:
        connection = duckdb.connect(str(file or ":memory:"), read_only=read_only, config=config)
    except duckdb.Error as fault:
        raise explained(file, fault) from fault
    try:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_progress_bar = false")  # what is said to a person, `cli` says
        yield connection
    finally:
        connection.close()


@contextmanager
def published(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published file to read from it; its marts need no schema in front of their names.

    Raises:
        NothingPublished: there is none yet.
        WarehouseError: it cannot be opened.
    """
    if not file.exists():
        raise nothing_published(file)
    with opened(file, read_only=True) as connection:
        connection.execute("set search_path = 'marts,main'")
        yield connection


def nothing_published(file: Path) -> NothingPublished:
    """Return the sentence for a published file that is not there."""
    return NothingPublished(f"Nothing is published at {file} yet; run `consentry sync` (or `consentry demo`) first.")


def explained(file: Path | None, fault: Exception) -> WarehouseError:
    """Return the sentence for a fault that DuckDB reports about a file."""
    said = str(fault)
    if "Could not set lock" in said or "being used by another process" in said or "Conflicting lock" in said:
        return WarehouseBusy(
            f"The file {file} is open in another process{_holder(said)}; close it there, then try again."
        )
    if any(
        sign in said
        for sign in (
            "not a valid DuckDB",
            "Could not read enough bytes",
            "Corrupt",
            "corrupt",
            "Failure while replaying WAL",
            "serialization",
            "checksum",
        )
    ):
        return WarehouseCorrupt(
            f"The file {file} is damaged or not a DuckDB database. Move it away (with its .wal file, if there is one) and run `consentry sync`: "
            f"it is read again from Graph. Nothing was changed."
        )
    return WarehouseError(f"The file {file} cannot be used: {_telling_line(said) or type(fault).__name__}")


def is_interrupt(fault: Exception) -> bool:
    """Return whether it is what DuckDB raises in place of KeyboardInterrupt."""
    return type(fault) is RuntimeError and str(fault) == "Query interrupted"


def _telling_line(said: str) -> str:
    """Return the line that names the error: the last one of a traceback, else the first."""
    named = re.findall(r"^[\w.]+(?:Error|Exception): (.+)$", said, re.MULTILINE)
    return str(named[-1]) if named else said.strip().partition("\n")[0]


def _holder(said: str) -> str:
    marker = "(PID "
    start = said.find(marker)
    return f" (process {said[start + len(marker) : said.find(')', start)]})" if start >= 0 else ""


def fetch(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any] | None = None) -> list[Row]:
    """Return all rows of a query."""
    return connection.execute(query, values or []).fetchall()


def quoted(text: object) -> str:
    """Return a text as it stands between the quotes of a literal."""
    return str(text).replace("'", "''")


def flush(path: Path) -> None:
    """Wait until what a file or folder holds is on the disk, so that no power cut undoes what comes after."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
