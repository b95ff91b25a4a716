"""The published file -> Parquet files: one a mart, of facts by day one a month, and how to see that one has not changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import duckdb

from pipelines.warehouse.database import Row, fetch, quoted

FORMAT: Final = "1"
"""To be raised where the files are written differently: then all are written anew."""

MONTHLY: Final[Mapping[str, str]] = {
    "fct_app_day": "sign_in_date",
    "fct_app_user_day": "sign_in_date",
    "permission_change": "change_date",
}
"""The marts that grow by the day, with the day of their rows."""

MONTH: Final = "month"
"""The column that the folders of months stand for; its value is the first day of the month."""


@dataclass(frozen=True)
class Part:
    """The rows of one file: a mart, or one month of it.

    Attributes:
        mart: the table.
        month: the first day of the month, or None where the mart is one file.
        rows: how many there are.
        fingerprint: another one means that the file would be another.
    """

    mart: str
    month: date | None
    rows: int
    fingerprint: str

    @property
    def folder(self) -> str:
        """Where the file belongs."""
        return self.mart if self.month is None else f"{self.mart}/{MONTH}={self.month}"


@dataclass(frozen=True)
class Column:
    """A column of a mart.

    Attributes:
        name: its name.
        type: DuckDB's name of its type.
        description: what it means, or None.
    """

    name: str
    type: str
    description: str | None


def parts(connection: duckdb.DuckDBPyConnection) -> list[Part]:
    """Return the parts of all marts of the published file that is open. A mart without rows has one part, too."""
    marts = [name for (name,) in fetch(connection, "select mart from published_mart order by mart")]
    return [part for mart in marts for part in _parts(connection, mart)]


def write(connection: duckdb.DuckDBPyConnection, part: Part, file: Path) -> None:
    """Write the rows of a part into a file, in the order they have in the published file."""
    day = MONTHLY.get(part.mart)
    of_month = f"where {day} >= date '{part.month}' and {day} < date '{part.month}' + interval 1 month" if day else ""
    connection.execute(
        f"copy (from marts.{part.mart} {of_month}) to '{quoted(file)}' (format parquet, compression snappy)"
    )


def description(connection: duckdb.DuckDBPyConnection, mart: str) -> dict[str, Any]:
    """Return what the published file says of a mart: what it means, its key, its rows and its columns."""
    about = "select comment, key, row_count from duckdb_tables(), published_mart where schema_name = 'marts' and table_name = $1 and mart = $1"
    comment, key, rows = fetch(connection, about, [mart])[0]
    columns = [asdict(column) for column in _columns(connection, mart)]
    return {"description": comment, "key": key, "rows": rows, "columns": columns}


def _parts(connection: duckdb.DuckDBPyConnection, mart: str) -> Iterator[Part]:
    day = MONTHLY.get(mart)
    month = f"date_trunc('month', {day})::date" if day else "null::date"
    # A sum, unlike an exclusive or, notices a row that is there twice.
    counted = f"select {month} as month, count(*), coalesce(sum(hash(row)), 0) from marts.{mart} as row group by all order by month"
    made_by = [FORMAT, duckdb.__version__, *map(str, _columns(connection, mart))]
    for first_day, rows, total in fetch(connection, counted) or [_nothing(connection, day)]:
        fingerprint = sha256("\n".join([*made_by, str(rows), str(total)]).encode()).hexdigest()
        yield Part(mart, first_day, rows, fingerprint)


def _nothing(connection: duckdb.DuckDBPyConnection, day: str | None) -> Row:
    """Return the month that stands for a mart without rows: a reader finds its columns there."""
    month = "select date_trunc('month', published_at)::date from published"
    return (fetch(connection, month)[0][0] if day else None, 0, 0)


def _columns(connection: duckdb.DuckDBPyConnection, mart: str) -> list[Column]:
    listed = "select column_name, data_type, comment from duckdb_columns() where schema_name = 'marts' and table_name = $1 order by column_index"
    return [Column(*row) for row in fetch(connection, listed, [mart])]
