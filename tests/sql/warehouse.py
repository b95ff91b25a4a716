"""A real warehouse for the dbt project: raw tables made from the column files, rows of a story, a dbt build."""

from __future__ import annotations

import json
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from dlt.common.normalizers.naming.snake_case import NamingConvention

from pipelines.settings import Home
from pipelines.warehouse.build import invoke
from tests.parsed import lend

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "pipelines" / "entra" / "schemas"
NOW = datetime(2026, 3, 31, 6, tzinfo=UTC)
DUCKDB_TYPES = {
    "string": "varchar",
    "boolean": "boolean",
    "integer": "bigint",
    "double": "double",
    "timestamp": "timestamptz",
    "json": "json",
}
ROW_COLUMNS = {
    "tenant_id": "varchar",
    "odata_type": "varchar",
    "_collection": "varchar",
    "_arrival": "bigint",
    "_deleted_at": "timestamptz",
    "_removed_reason": "varchar",
    "_dlt_load_id": "varchar",
}
OUTCOME_COLUMNS = {
    "tenant_id": "varchar",
    "run_id": "varchar",
    "collection": "varchar",
    "table_name": "varchar",
    "is_required": "boolean",
    "outcome": "varchar",
    "started_at": "timestamptz",
    "finished_at": "timestamptz",
    "window_from": "timestamptz",
    "window_to": "timestamptz",
    "rows": "bigint",
    "pages": "bigint",
    "requests": "bigint",
    "waited_seconds": "double",
    "graph_count": "bigint",
    "missing_permission": "varchar",
    "missing_licence": "varchar",
    "error": "varchar",
    "error_code": "varchar",
    "request_id": "varchar",
}
WINDOW_COLUMNS = {
    "tenant_id": "varchar",
    "collection": "varchar",
    "window_from": "timestamptz",
    "window_to": "timestamptz",
    "read_at": "timestamptz",
    "run_id": "varchar",
    "rows": "bigint",
    "pages": "bigint",
    "requests": "bigint",
}
PRUNED_COLUMNS = {
    "tenant_id": "varchar",
    "collection": "varchar",
    "sign_in_date": "date",
    "rows": "bigint",
    "pruned_at": "timestamptz",
}
CURSOR_COLUMNS = {
    "tenant_id": "varchar",
    "collection": "varchar",
    "link": "varchar",
    "taken_at": "timestamptz",
    "full_at": "timestamptz",
    "counted_at": "timestamptz",
    "graph_count": "bigint",
    "held_count": "bigint",
}


def ago(days: float) -> datetime:
    """The moment this many days before the story's newest sync."""
    return NOW - timedelta(days=days)


def raw_columns(properties: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Column names and types of a table as dlt writes them, from Graph's properties and their types."""
    naming = NamingConvention()
    for name, kind in properties.items():
        if isinstance(kind, Mapping):
            yield from raw_columns(kind, (*path, name))
        else:
            yield naming.normalize_path("__".join((*path, name))), DUCKDB_TYPES[kind]


@dataclass(frozen=True)
class Warehouse:
    """A warehouse file whose raw tables are empty until somebody inserts rows."""

    folder: Path

    @property
    def file(self) -> Path:
        """Where the database is."""
        return self.folder / "warehouse.duckdb"

    def create(self) -> None:
        """Make the raw tables, all of them empty."""
        tables = {path.stem: dict(raw_columns(tomllib.loads(path.read_text()))) for path in SCHEMAS.glob("*.toml")}
        with duckdb.connect(str(self.file)) as connection:
            connection.execute("create schema raw")
            for table, columns in tables.items():
                self._create_table(connection, table, columns | ROW_COLUMNS)
            self._create_table(connection, "sync_outcomes", OUTCOME_COLUMNS)
            self._create_table(connection, "sync_windows", WINDOW_COLUMNS)
            self._create_table(connection, "sync_cursors", CURSOR_COLUMNS)
            self._create_table(connection, "pruned_days", PRUNED_COLUMNS)

    @staticmethod
    def _create_table(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]) -> None:
        definitions = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        connection.execute(f"create table raw.{table} ({definitions})")

    def insert(self, table: str, *rows: Mapping[str, Any]) -> None:
        """Add rows to a raw table; lists and dicts become JSON, columns left out become null."""
        with duckdb.connect(str(self.file)) as connection:
            for row in rows:
                values = [json.dumps(value) if isinstance(value, list | dict) else value for value in row.values()]
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" for _ in row)
                connection.execute(f"insert into raw.{table} ({names}) values ({marks})", values)

    def dbt(self, *arguments: str) -> list[tuple[str, str, str]]:
        """Run dbt on this warehouse and return name, status and message of everything it ran; exposures never do anything.

        Args:
            arguments: What a person would type after `dbt`.
        """
        lend(Home(self.folder))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of dbt's own use of other libraries, which is no test's concern
            result = invoke(Home(self.folder), *arguments)
        if result.exception:
            raise result.exception
        rows = [row for row in getattr(result.result, "results", []) if str(row.node.resource_type) != "exposure"]
        return [(row.node.name, str(row.status), str(row.message)) for row in rows]

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Rows of a query as dicts."""
        with duckdb.connect(str(self.file), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def row(self, query: str) -> dict[str, Any]:
        """The only row of a query."""
        [row] = self.rows(query)
        return row
