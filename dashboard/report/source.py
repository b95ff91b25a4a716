"""One published file, asked many times. A report must not mix two publishes, so it keeps the file that it opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from dashboard.queries import Query, literal, query
from dashboard.report.cells import csv_column
from pipelines.errors import QueryFailed
from pipelines.warehouse.database import fetch, published

Row = dict[str, Any]

BYTE_ORDER_MARK: Final = "\ufeff"
BATCH: Final = 10_000
"""Rows that are held at once while a list is written."""


@dataclass(frozen=True)
class Answer:
    """What a query answered.

    Attributes:
        query: the question.
        values: of its parameters.
        rows: column -> value; instants are in UTC.
    """

    query: Query
    values: Mapping[str, Any]
    rows: list[Row]

    @property
    def row(self) -> Row:
        """The only row of a query that has one."""
        [row] = self.rows
        return row

    @property
    def sql(self) -> str:
        """The query with its values in place, as anybody may ask it of the same file."""
        return self.query.filled(self.values)


@dataclass(frozen=True)
class Stream:
    """An answer that is read once, from its first row to its last.

    Attributes:
        columns: their names.
        rows: values in the order of the columns.
    """

    columns: list[str]
    rows: Iterator[tuple[Any, ...]]


class Source:
    """A published file that is open.

    Args:
        connection: to it.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, file: Path) -> Iterator[Source]:
        """Open the published file for the block; one that is swapped in meanwhile is not looked at.

        Raises:
            NothingPublished: there is none yet.
            WarehouseError: it cannot be opened.
        """
        with published(file) as connection:
            connection.execute("set enable_progress_bar = false")  # it would stand between what a person is told
            yield cls(connection)

    @property
    def run(self) -> tuple[datetime, str]:
        """When the file was published, and by which run."""
        [(published_at, run_id)] = fetch(self._connection, "select published_at, run_id from main.published")
        return published_at, run_id

    def tenants(self) -> list[str]:
        """Return the ids of the tenants that the file holds, the one with the most apps first."""
        return [row["tenant_id"] for row in self.ask("tenants").rows]

    def ask(self, name: str, **values: Any) -> Answer:
        """Return the answer to a query.

        Args:
            name: of the query.
            **values: of its parameters; what it does not name is left out.

        Raises:
            QueryFailed: DuckDB does not accept it; the message says why.
        """
        asked = query(name)
        used = {each: values[each] for each in sorted(asked.parameters)}
        reader = self._read(asked, used)
        with _explained(asked):
            return Answer(asked, used, reader.read_all().to_pylist())

    def stream(self, name: str, **values: Any) -> Stream:
        """Return the answer to a query whose rows are too many to hold; to be read before the next is asked.

        Raises:
            QueryFailed: DuckDB does not accept it; the message says why.
        """
        asked = query(name)
        reader = self._read(asked, {each: values[each] for each in asked.parameters})
        return Stream(reader.schema.names, self._tuples(asked, reader))

    def copy(self, name: str, asked: Mapping[str, Mapping[str, Any]], file: Path) -> None:
        """Write the whole answer to a query as a CSV file, which DuckDB does for a million rows in seconds.

        Args:
            name: of the query.
            asked: tenant's id, which stands in front of each row -> values of the query's parameters.
            file: is written.

        Raises:
            QueryFailed: DuckDB does not accept it; the message says why.
        """
        parts = [
            f"select {literal(tenant_id)} as tenant_id, * from (\n{query(name).filled(values)}\n)"
            for tenant_id, values in asked.items()
        ]
        rows = "\nunion all\n".join(parts)
        with _explained(query(name)):
            described = self._connection.sql(rows)
            _, *others = map(csv_column, described.columns, map(str, described.types))
            # Excel takes a CSV file for another encoding without the mark in front, which is that of the first heading.
            columns = ", ".join([f'tenant_id as "{BYTE_ORDER_MARK}tenant_id"', *others])
            self._connection.execute(f"copy (select {columns} from ({rows})) to {literal(file)} (format csv, header)")

    def _tuples(self, asked: Query, reader: pa.RecordBatchReader) -> Iterator[tuple[Any, ...]]:
        with _explained(asked):
            for batch in reader:
                yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)

    def _read(self, asked: Query, values: Mapping[str, Any]) -> pa.RecordBatchReader:
        with _explained(asked):
            return self._connection.sql(asked.sql, params=dict(values)).to_arrow_reader(BATCH)


@contextmanager
def _explained(asked: Query) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as fault:
        raise QueryFailed(f"The query {asked.name} failed. {str(fault).strip()}") from fault
