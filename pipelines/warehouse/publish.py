"""Marts -> the published file: made aside, swapped in whole. Readers never wait and never see half of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from pipelines.errors import BuildFailed
from pipelines.settings import Home
from pipelines.warehouse.database import explained, fetch, opened

STORAGE_VERSION: Final = "v1.2.0"
"""The format that DuckDB 1.2 and later read; 2.0 would write one that only 2.0 reads."""

MARTS: Final = "marts"


@dataclass(frozen=True)
class Published:
    """A published file.

    Attributes:
        file: where it is.
        tables: rows of each mart.
    """

    file: Path
    tables: dict[str, int]


def publish(home: Home, run_id: str) -> Published:
    """Copy the marts into a new file and put it in the place of the published one.

    The file also holds `main.published`: when it was made, by which run, with which version of its marts.

    Raises:
        BuildFailed: there are no marts to publish.
        WarehouseError: a file cannot be read or written.
    """
    made = home.published.with_suffix(f".{os.getpid()}.tmp")
    with _aside(made):
        with opened(None) as connection:
            try:
                tables = _copy(connection, home.warehouse, made, run_id)
            except duckdb.Error as fault:
                raise explained(home.warehouse, fault) from fault
        _flush(made)
        made.replace(home.published)
        _flush(home.path)
    return Published(home.published, tables)


def _copy(connection: duckdb.DuckDBPyConnection, warehouse: Path, made: Path, run_id: str) -> dict[str, int]:
    connection.execute(f"attach '{_quoted(warehouse)}' as warehouse (read_only)")
    connection.execute(f"attach '{_quoted(made)}' as published (storage_version '{STORAGE_VERSION}')")
    connection.execute(f"create schema published.{MARTS}")
    listed = "select table_name, comment from duckdb_tables() where database_name = 'warehouse' and schema_name = $1 order by 1"
    comments: dict[str, str | None] = dict(fetch(connection, listed, [MARTS]))
    if not comments:
        raise BuildFailed("There are no marts to publish; run `consentry build` first.")
    tables = {table: _copy_table(connection, table, comment) for table, comment in comments.items()}
    connection.execute("create table published.main.published (published_at timestamptz, run_id varchar)")
    connection.execute("insert into published.main.published values ($1, $2)", [datetime.now(UTC), run_id])
    connection.execute("detach published")
    return tables


def _copy_table(connection: duckdb.DuckDBPyConnection, table: str, comment: str | None) -> int:
    target = f"published.{MARTS}.{table}"
    connection.execute(f"create table {target} as from warehouse.{MARTS}.{table}")
    if comment:
        connection.execute(f"comment on table {target} is '{_quoted(comment)}'")
    noted = "select column_name, comment from duckdb_columns() where database_name = 'warehouse' and schema_name = $1 and table_name = $2 and comment is not null"
    for column, note in fetch(connection, noted, [MARTS, table]):
        connection.execute(f"comment on column {target}.\"{column}\" is '{_quoted(note)}'")
    return int(fetch(connection, f"select count(*) from {target}")[0][0])


@contextmanager
def _aside(made: Path) -> Iterator[None]:
    """Clear what a killed publish left behind, now and where this one fails."""
    try:
        for left_over in made.parent.glob("consentry.*.tmp*"):
            left_over.unlink()
        yield
    finally:
        made.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _quoted(text: object) -> str:
    return str(text).replace("'", "''")
