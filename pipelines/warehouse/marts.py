"""The published marts as pandas frames: the way in for Python.

>>> with Marts.open() as marts:                     # doctest: +SKIP
...     marts["app_overview"].sort_values("risk_score")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd
import pyarrow as pa

from pipelines import settings
from pipelines.errors import QueryFailed
from pipelines.warehouse.database import fetch, published

NULLABLE: Final = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
"""A number that is not known stays a missing integer; pandas' own choice would make all of its column fractions."""


class Marts:
    """The published file, open to read.

    Args:
        connection: an open connection to it.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection):
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, file: Path | None = None) -> Iterator[Marts]:
        """Open the published file for the block; without a path, the one of `CONSENTRY_HOME`.

        Raises:
            NothingPublished: there is none yet.
            WarehouseError: it cannot be opened.
        """
        with published(file or settings.home(settings.environment()).published) as connection:
            yield cls(connection)

    @property
    def names(self) -> list[str]:
        """The marts, in order."""
        listed = "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
        return [row[0] for row in fetch(self._connection, listed)]

    def __getitem__(self, mart: str) -> pd.DataFrame:
        """Return a whole mart.

        Raises:
            KeyError: there is no such mart.
        """
        if mart not in self.names:
            raise KeyError(f"there is no mart {mart!r}; there are {', '.join(self.names)}")
        return self.sql(f"from marts.{mart}")

    def sql(self, query: str, values: list[Any] | None = None) -> pd.DataFrame:
        """Return the answer to a query.

        Raises:
            QueryFailed: DuckDB does not accept it; the message says why.
        """
        try:
            relation = self._connection.sql(query, params=values or [])
            # Through Arrow: DuckDB 2.0's own way to pandas uses an argument that pandas is about to remove.
            return frame(relation.to_arrow_table()) if relation is not None else pd.DataFrame()
        except duckdb.Error as fault:
            raise QueryFailed(f"The query failed. {str(fault).strip()}") from fault


def frame(table: pa.Table) -> pd.DataFrame:
    """Return what a query found as a frame."""
    named = table.rename_columns(list(_unique(table.column_names)))
    frame: pd.DataFrame = named.to_pandas(types_mapper=NULLABLE.get)
    return frame


def _unique(names: Iterable[str]) -> Iterator[str]:
    """Yield the names; one that a join repeats gets a number, as DuckDB gives it one."""
    seen: set[str] = set()
    for name in names:
        numbered = (f"{name}_{number}" for number in count(1))
        fresh = name if name not in seen else next(other for other in numbered if other not in seen)
        seen.add(fresh)
        yield fresh
