"""What the warehouse holds of one tenant, for reading that builds on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pandas as pd  # noqa: F401 - DuckDB looks at pandas where it finds it, and another thread may be half through with importing it
import pyarrow as pa

from pipelines.entra.collection import Collection
from pipelines.entra.erasures import Erasures
from pipelines.entra.ledger import CURSORS, ERASED_OBJECTS, ERASED_PEOPLE, WINDOWS, Cursor
from pipelines.entra.windows import Read, Span
from pipelines.warehouse.database import Row, fetch

RAW: Final = "raw"


@dataclass(frozen=True)
class Rows:
    """One tenant's rows in the raw tables. Several threads may ask.

    Attributes:
        connection: the open warehouse.
        tenant_id: the tenant's GUID.
    """

    connection: duckdb.DuckDBPyConnection
    tenant_id: str

    def ids(self, table: str) -> list[str]:
        """Return the ids of the objects in a raw table that are not gone, in order."""
        query = f"select id from {RAW}.{table} where tenant_id = $1 and _deleted_at is null order by id"
        return [row[0] for row in self._fetch(query, [self.tenant_id])]

    def rows(self, collection: Collection, ids: Sequence[str]) -> pa.Table:
        """Return the rows of these ids, gone ones included, with the raw table's columns."""
        return self._arrow(collection, "id in (select unnest($3::varchar[]))", [list(ids)])

    def absent(self, collection: Collection, seen: Sequence[Path]) -> pa.Table:
        """Return the rows of the collection that are not gone, and whose keys are in none of the parquet files."""
        missing = "_deleted_at is null"
        if seen:
            same = " and ".join(f"seen.{column} = held.{column}" for column in collection.key)
            missing += f" and not exists (select 1 from read_parquet($3, union_by_name = true) as seen where {same})"
        return self._arrow(collection, missing, [[str(path) for path in seen]] if seen else [])

    def live(self, collection: Collection) -> int:
        """Return how many objects of a collection are not gone, those included that were erased and that Graph still lists."""
        query = f"select count(*) from {RAW}.{collection.table} where tenant_id = $1 and _collection = $2 and _deleted_at is null"
        return int(self._fetch(query, [self.tenant_id, collection.name])[0][0]) + len(self.erased(collection))

    def erasures(self) -> Erasures:
        """Return who was erased."""
        query = f"select salt, digest from {RAW}.{ERASED_PEOPLE.table} where tenant_id = $1"
        found = self._fetch(query, [self.tenant_id])
        return Erasures(found[0][0], frozenset(digest for _, digest in found)) if found else Erasures()

    def erased(self, collection: Collection) -> set[str]:
        """Return the hashes of the erased objects of a collection that Graph still lists."""
        query = (
            f"select digest from {RAW}.{ERASED_OBJECTS.table} where tenant_id = $1 and collection = $2 and is_listed"
        )
        return {row[0] for row in self._fetch(query, [self.tenant_id, collection.name])}

    def others(self, ids: Sequence[str]) -> set[str]:
        """Return which of the ids are groups' or apps', gone ones included."""
        tables = (f"select id from {RAW}.{table} where tenant_id = $1" for table in ("groups", "service_principals"))
        query = f"select id from ({' union all '.join(tables)}) where id in (select unnest($2::varchar[]))"
        return {row[0] for row in self._fetch(query, [self.tenant_id, list(ids)])}

    def called(self, names: Sequence[str]) -> set[str] | None:
        """Return which of the names are people's, as they are kept; None where no person is known yet."""
        users = f"from {RAW}.users where tenant_id = $1"
        if not self._fetch(f"select 1 {users} limit 1", [self.tenant_id]):
            return None
        query = " union ".join(
            f"select {name} {users} and {name} in (select unnest($2::varchar[]))"
            for name in ("display_name", "user_principal_name")
        )
        return {row[0] for row in self._fetch(query, [self.tenant_id, list(names)])}

    def longer(self, name: str) -> list[str]:
        """Return the names of people, as they are kept, that hold another name and more."""
        query = f"select distinct display_name from {RAW}.users where tenant_id = $1 and display_name <> $2 and contains(display_name, $2)"
        return [row[0] for row in self._fetch(query, [self.tenant_id, name])]

    def reads(self, collection: Collection) -> list[Read]:
        """Return the windows of a log that were read, in the order of their reading."""
        query = (
            f"select window_from, window_to, read_at, rows from {RAW}.{WINDOWS.table} "
            "where tenant_id = $1 and collection = $2 order by read_at, window_from"
        )
        found = self._fetch(query, [self.tenant_id, collection.name])
        return [Read(Span(start, end), read_at, rows) for start, end, read_at, rows in found]

    def cursor(self, collection: Collection) -> Cursor | None:
        """Return where the changes of a collection were left."""
        names = [name for name in CURSORS.types if name not in CURSORS.key]
        query = f"select {', '.join(names)} from {RAW}.{CURSORS.table} where tenant_id = $1 and collection = $2"
        found = self._fetch(query, [self.tenant_id, collection.name])
        return Cursor(**dict(zip(names, found[0], strict=True))) if found else None

    def _arrow(self, collection: Collection, condition: str, values: list[object]) -> pa.Table:
        query = (
            f"select * exclude (_dlt_load_id) from {RAW}.{collection.table} as held "
            f"where tenant_id = $1 and _collection = $2 and {condition}"
        )
        with self._cursor() as cursor:
            return cursor.sql(query, params=[self.tenant_id, collection.name, *values]).to_arrow_table()

    def _fetch(self, query: str, values: list[object]) -> list[Row]:
        with self._cursor() as cursor:
            return fetch(cursor, query, values)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self.connection.cursor() as cursor:
            cursor.execute("set TimeZone = 'UTC'")  # a cursor begins with the machine's, and Arrow's times carry it
            yield cursor
