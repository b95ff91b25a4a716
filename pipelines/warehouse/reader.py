"""The published file, followed: a process that stays up asks the file that is there now, and always a whole one."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd
import pyarrow as pa

from pipelines.errors import QueryFailed
from pipelines.warehouse.database import explained, nothing_published, opened
from pipelines.warehouse.marts import frame

Stamp = tuple[int, int, int]
"""What tells one file from another at the same path: its inode, when it was written in nanoseconds, and its bytes."""

ATTACHED: Final = "published"


class Look:
    """The published file as it was when somebody began to look: all that is asked is answered from the same one.

    Args:
        cursor: a connection to it that nobody else uses.
        stamp: which file it is.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection, stamp: Stamp):
        self.stamp: Final = stamp
        self._cursor = cursor

    def ask(self, sql: str, values: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Return the answer to a query as a frame; its marts need no schema in front of their names.

        Args:
            sql: one statement.
            values: of the parameters that it names with a dollar sign, exactly these.

        Raises:
            QueryFailed: DuckDB does not accept the query; the message says why.
        """
        return frame(self._answer(sql, values))

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the answer as rows by column; what is null is None.

        Raises:
            QueryFailed: DuckDB does not accept the query; the message says why.
        """
        found: list[dict[str, Any]] = self._answer(sql, values).to_pylist()
        return found

    def _answer(self, sql: str, values: Mapping[str, Any] | None) -> pa.Table:
        try:
            return self._cursor.sql(sql, params=dict(values or {})).to_arrow_table()
        except duckdb.Error as fault:
            raise QueryFailed(f"The query failed. {str(fault).strip()}") from fault


@dataclass(frozen=True)
class _Held:
    """A file that is held open: its database, and which file it is."""

    connection: duckdb.DuckDBPyConnection
    stamp: Stamp


class Reader:
    """The published file for a process that stays up while new ones are swapped in; threads may share it.

    The file is attached to a database in memory: DuckDB gives a process that opens a path twice the database that
    it has open already, also where another file stands there by then.

    Args:
        file: the published file; it need not be there yet.
    """

    def __init__(self, file: Path):
        self.file: Final = file
        self._changing = threading.Lock()
        self._held: _Held | None = None
        self._open = ExitStack()

    @property
    def stamp(self) -> Stamp:
        """Which file is at the path now; it differs once another was swapped in.

        Raises:
            NothingPublished: there is none.
        """
        try:
            found = self.file.stat()
        except FileNotFoundError:
            raise nothing_published(self.file) from None
        return found.st_ino, found.st_mtime_ns, found.st_size

    @contextmanager
    def look(self) -> Iterator[Look]:
        """Look at the file that is there now; it stays the same for the block, whatever is swapped in meanwhile.

        Raises:
            NothingPublished: there is no file yet.
            WarehouseError: it cannot be opened.
        """
        with self._changing:
            held = self._current()
            cursor = held.connection.cursor()
        with cursor:
            cursor.execute(f"set search_path = '{ATTACHED}.marts,{ATTACHED}.main'; set TimeZone = 'UTC'")
            yield Look(cursor, held.stamp)

    def ask(self, sql: str, values: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Return the answer to a single query; what belongs together is asked of one `look`.

        Raises:
            NothingPublished: there is no file yet.
            WarehouseError: it cannot be opened.
            QueryFailed: DuckDB does not accept the query; the message says why.
        """
        with self.look() as look:
            return look.ask(sql, values)

    def close(self) -> None:
        """Let go of the file."""
        with self._changing:
            self._open.close()
            self._held = None

    def _current(self) -> _Held:
        stamp = self.stamp
        if self._held is None or self._held.stamp != stamp:
            self._held = self._reopened(stamp)
        return self._held

    def _reopened(self, stamp: Stamp) -> _Held:
        """Open the file; the one before stays open until those who look at it are done."""
        name = str(self.file).replace("'", "''")
        with ExitStack() as opening:
            connection = opening.enter_context(opened(None))
            try:
                connection.execute(f"attach '{name}' as {ATTACHED} (read_only)")
            except duckdb.Error as fault:
                raise explained(self.file, fault) from fault
            self._open.close()
            self._open = opening.pop_all()
        return _Held(connection, stamp)
