"""What is read of a collection before it is loaded: one parquet file for each raw table, and the notes that go with it.

A parcel is a checkpoint: its rows are in one load package, and what it stands for counts as done when that is committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import duckdb
import pyarrow as pa
from pyarrow import parquet

from pipelines.entra import schema
from pipelines.entra.collection import Collection
from pipelines.entra.ledger import Note

TYPES: Final = {kind: name for name, kind in schema.ARROW.items() if name != "json"}


@dataclass(frozen=True)
class Landed:
    """The rows of one collection, as a file.

    Attributes:
        collection: whose rows.
        path: a parquet file with the columns of the raw table.
        rows: how many.
        columns: columns that nobody declared -> their type.
    """

    collection: Collection
    path: Path
    rows: int
    columns: dict[str, str]


@dataclass(frozen=True)
class Parcel:
    """What is committed together.

    Attributes:
        name: the collection that was read.
        landed: its rows, and those that came with them.
        notes: rows of the books.
    """

    name: str
    landed: Sequence[Landed]
    notes: Sequence[Note]

    @property
    def collections(self) -> set[str]:
        """Whose rows it has."""
        return {landed.collection.name for landed in self.landed}


@dataclass
class Landing:
    """Takes the rows of one collection, batch by batch, and keeps them in a file.

    Attributes:
        collection: whose rows.
        folder: where the file is made.
        rows: how many there are so far.
    """

    collection: Collection
    folder: Path
    rows: int = 0
    _parts: list[Path] = field(default_factory=list)
    _writer: parquet.ParquetWriter | None = None
    _schema: pa.Schema | None = None

    def add(self, table: pa.Table) -> None:
        """Append a batch; its columns may be others than the last one's."""
        if not table.num_rows:
            return
        if self._writer is None or table.schema != self._schema:
            self.pause()
            self._schema = table.schema
            self._parts.append(self.folder / f"{uuid4().hex}.parquet")
            self._writer = parquet.ParquetWriter(self._parts[-1], table.schema, compression="lz4")
        self._writer.write_table(table)
        self.rows += table.num_rows

    def pause(self) -> list[Path]:
        """Return the files so far, complete and readable."""
        if self._writer is not None:
            self._writer.close()
        self._writer = None
        return list(self._parts)

    def clear(self) -> None:
        """Forget everything; the listing starts over."""
        for part in self.pause():
            part.unlink()
        self._parts.clear()
        self.rows = 0

    def rows_of(self, ids: Sequence[str]) -> pa.Table | None:
        """Return the rows of these ids, or None where none are asked for."""
        if not ids:
            return None
        with _reading(self.folder) as connection:
            query = f"from read_parquet({_names(self.pause())}, union_by_name = true) where id in (select unnest($1::varchar[]))"
            return connection.sql(query, params=[list(ids)]).to_arrow_table()

    def close(self) -> list[Landed]:
        """Return the file, in a list that is empty where there are no rows."""
        parts = self.pause()
        if not parts:
            return []
        path = parts[0] if len(parts) == 1 else self._joined(parts)
        known = schema.types(self.collection.table)
        columns = {f.name: TYPES[f.type] for f in parquet.read_schema(path) if f.name not in known}
        return [Landed(self.collection, path, self.rows, columns)]

    def _joined(self, parts: list[Path]) -> Path:
        """Return one file of parts whose columns differ: a package's rows of a table must be merged as one."""
        path = self.folder / f"{uuid4().hex}.parquet"
        with _reading(self.folder) as connection:
            connection.execute(
                f"copy (from read_parquet({_names(parts)}, union_by_name = true)) to {_names([path])[1:-1]} (format parquet, compression lz4)"
            )
        for part in parts:
            part.unlink()
        return path


@contextmanager
def _reading(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory; what does not fit there goes into the folder, not where the process was started."""
    with duckdb.connect(config={"threads": 1, "temp_directory": str(folder / "spill")}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def _names(paths: Sequence[Path]) -> str:
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"
