"""The published file, followed: each question is answered from the file that is there now, whole."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd

from pipelines.errors import NothingPublished, QueryFailed
from pipelines.warehouse.database import explained, opened
from pipelines.warehouse.marts import frame

Stamp = tuple[int, int, int]
"""What tells one file from another at the same path: its inode, when it was written in nanoseconds, and its bytes."""

ATTACHED: Final = "published"


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
        self._stamp: Stamp | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._open = ExitStack()

    @property
    def stamp(self) -> Stamp:
        """What the file at the path is now; it differs once another was swapped in.

        Raises:
            NothingPublished: there is none.
        """
        try:
            found = self.file.stat()
        except FileNotFoundError:
            raise NothingPublished(
                f"Nothing is published at {self.file} yet; run `consentry sync` (or `consentry demo`) first."
            ) from None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def ask(self, sql: str, values: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Return the answer to a query; its marts need no schema in front of their names.

        Args:
            sql: one statement.
            values: of the parameters that it names with a dollar sign, exactly these.

        Raises:
            NothingPublished: there is no file yet.
            WarehouseError: it cannot be opened.
            QueryFailed: DuckDB does not accept the query; the message says why.
        """
        with self._cursor() as cursor:
            try:
                return frame(cursor.sql(sql, params=dict(values or {})).to_arrow_table())
            except duckdb.Error as fault:
                raise QueryFailed(f"The query failed. {str(fault).strip()}") from fault

    def close(self) -> None:
        """Let go of the file."""
        with self._changing:
            self._open.close()
            self._connection = self._stamp = None

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own for one query; an older file stays open until its queries have ended."""
        with self._changing:
            if self._connection is None or self._stamp != self.stamp:
                self._reopen()
            assert self._connection is not None
            cursor = self._connection.cursor()
        cursor.execute(f"set search_path = '{ATTACHED}.marts,{ATTACHED}.main'; set TimeZone = 'UTC'")
        return cursor

    def _reopen(self) -> None:
        stamp, name = self.stamp, str(self.file).replace("'", "''")
        with ExitStack() as opening:
            connection = opening.enter_context(opened(None))
            try:
                connection.execute(f"attach '{name}' as {ATTACHED} (read_only)")
            except duckdb.Error as fault:
                raise explained(self.file, fault) from fault
            self._open.close()
            self._open = opening.pop_all()
        self._connection, self._stamp = connection, stamp
