"""Marts -> the published file: made aside, swapped in whole. Readers never wait and never see half of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import duckdb

from pipelines.errors import BuildFailed
from pipelines.settings import Home
from pipelines.warehouse.database import explained, fetch, flush, opened, quoted
from pipelines.warehouse.mart_keys import keys

STORAGE_VERSION: Final = "v1.2.0"
"""The format that DuckDB 1.2 and later read; 2.0 would write one that only 2.0 reads."""

MARTS: Final = "marts"
LOOKED_UP_BY: Final[Mapping[str, tuple[str, ...]]] = {"user_exposure": ("tenant_id", "user_id", "app_id")}
"""What rows are sorted by where that is not their key: people ask what can reach one of them."""

STAMP: Final[Mapping[str, str]] = {
    "published_at": "When this file was made.",
    "run_id": "The run that made it; raw.sync_outcomes of the warehouse has it, too.",
    "as_of": "The newest moment that anything is known of; of several tenants, in the one that is the furthest behind.",
    "version": "The version of Consentry that made it.",
    "schema_version": "Another one means that a table, a column or its type is new, gone or different.",
}
"""The columns of `main.published`, which has one row."""

CONTENTS: Final[Mapping[str, str]] = {
    "mart": "The table's name, in the schema marts.",
    "row_count": "How many rows it has.",
    "key": "The columns that tell its rows apart.",
}
"""The columns of `main.published_mart`, which has a row for each mart."""


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

    The file also says of itself when it was made and by which run (`main.published`), and what is in it (`main.published_mart`).

    Raises:
        BuildFailed: there are no marts to publish, or the last build of them did not pass its tests.
        WarehouseError: a file cannot be read or written.
    """
    if home.unproven.exists():
        raise BuildFailed(
            f"The last build of {home.warehouse} was not finished, or its tests did not pass; run `consentry build`. Nothing was published; the last published file stays."
        )
    made = home.published.with_suffix(f".{os.getpid()}.tmp")
    with _aside(made):
        with opened(None, temp_directory=str(made.with_suffix(".spill"))) as connection:
            try:
                tables = _copy(connection, home, made, run_id)
            except duckdb.Error as fault:
                raise explained(home.warehouse, fault) from fault
        flush(made)
        made.replace(home.published)
        flush(home.path)
    return Published(home.published, tables)


def _copy(connection: duckdb.DuckDBPyConnection, home: Home, made: Path, run_id: str) -> dict[str, int]:
    connection.execute(f"attach '{quoted(home.warehouse)}' as warehouse (read_only)")
    connection.execute(f"attach '{quoted(made)}' as published (storage_version '{STORAGE_VERSION}')")
    made.chmod(home.published_mode)  # before anything is in it
    connection.execute(f"create schema published.{MARTS}")
    listed = "select table_name, comment from duckdb_tables() where database_name = 'warehouse' and schema_name = $1 order by 1"
    comments: dict[str, str | None] = dict(fetch(connection, listed, [MARTS]))
    if not comments:
        raise BuildFailed("There are no marts to publish; run `consentry build` first.")
    tables = {table: _copy_table(connection, table, comment) for table, comment in comments.items()}
    _stamp(connection, tables, run_id)
    connection.execute("detach published")
    return tables


def _copy_table(connection: duckdb.DuckDBPyConnection, table: str, comment: str | None) -> int:
    target = f"published.{MARTS}.{table}"
    listed = "select column_name, comment from duckdb_columns() where database_name = 'warehouse' and schema_name = $1 and table_name = $2"
    columns: dict[str, str | None] = dict(fetch(connection, listed, [MARTS, table]))
    connection.execute(f"create table {target} as from warehouse.{MARTS}.{table} {_sorted(table, columns)}")
    if comment:
        connection.execute(f"comment on table {target} is '{quoted(comment)}'")
    _describe(connection, target, {column: note for column, note in columns.items() if note})
    return int(fetch(connection, f"select count(*) from {target}")[0][0])


def _sorted(table: str, columns: Collection[str]) -> str:
    """Return the order of a table's rows: what belongs together stands together, so that a look-up reads little.

    Marts that an older version built may lack a column; they are published as they are.
    """
    wanted = LOOKED_UP_BY.get(table, keys().get(table, ()))
    names = [name for name in wanted if name in columns]
    return f"order by {', '.join(names)}" if names else ""


def _stamp(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, int], run_id: str) -> None:
    stamp, contents = "published.main.published", "published.main.published_mart"
    connection.execute(
        f"create table {stamp} (published_at timestamptz, run_id varchar, as_of timestamptz, version varchar, schema_version varchar)"
    )
    connection.execute(
        f"insert into {stamp} values ($1, $2, $3, $4, $5)",
        [datetime.now(UTC), run_id, _as_of(connection, tables), version("consentry"), _schema_version(connection)],
    )
    connection.execute(f"create table {contents} (mart varchar, row_count bigint, key varchar[])")
    for table, rows in tables.items():
        connection.execute(f"insert into {contents} values ($1, $2, $3)", [table, rows, list(keys().get(table, ()))])
    _describe(connection, stamp, STAMP)
    _describe(connection, contents, CONTENTS)


def _as_of(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, int]) -> datetime | None:
    if "app_usage" not in tables:
        return None
    newest = f"select max(window_to) as known_to from published.{MARTS}.app_usage group by tenant_id"
    found: datetime | None = fetch(connection, f"select min(known_to) from ({newest})")[0][0]
    return found


def _schema_version(connection: duckdb.DuckDBPyConnection) -> str:
    columns = "concat_ws(' ', table_name, column_name, data_type)"
    digest = f"select md5(string_agg({columns}, ',' order by table_name, column_index)) from duckdb_columns() where database_name = 'published' and schema_name = $1"
    return str(fetch(connection, digest, [MARTS])[0][0])[:12]


def _describe(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]) -> None:
    for column, note in columns.items():
        connection.execute(f"comment on column {table}.\"{column}\" is '{quoted(note)}'")


@contextmanager
def _aside(made: Path) -> Iterator[None]:
    """Clear what a killed publish left behind, now and where this one fails."""
    try:
        for left_over in made.parent.glob("consentry.[0-9]*.tmp*"):  # consentry.duckdb.tmp is a reader's
            left_over.unlink()
        for spilled in made.parent.glob("consentry.[0-9]*.spill"):
            shutil.rmtree(spilled)
        yield
    finally:
        made.unlink(missing_ok=True)
