"""dlt: parcels -> the raw tables, in one load package; then their notes."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import dlt
import duckdb
from dlt.common.runtime.collector import NullCollector
from dlt.common.runtime.collector_base import Collector
from dlt.pipeline.exceptions import PipelineStepFailed

from pipelines.entra import schema
from pipelines.entra.collection import Collection
from pipelines.entra.collections import COLLECTIONS
from pipelines.entra.parcel import Parcel
from pipelines.entra.source import empty_tables, entra
from pipelines.errors import ConsentryError, WarehouseError
from pipelines.settings import Home
from pipelines.warehouse import books
from pipelines.warehouse.database import explained, fetch, opened, quoted
from pipelines.warehouse.held import RAW, Rows
from pipelines.warehouse.interrupts import deferred
from pipelines.warehouse.merge import MergingDuckDb

PIPELINE: Final = "entra"

CONFIGURATION: Final = {
    "runtime.dlthub_telemetry": False,
    "load.auto_abort_on_terminal_error": True,  # a package that cannot be loaded is read again, and blocks nothing
    "load.delete_completed_jobs": True,
    "load.workers": 1,  # one writer; merges of one table must not cross
}
"""What dlt is told; each stands under its own name in dlt's documentation."""

DUCKDB: Final[dict[str, Any]] = {"memory_limit": "256MB", "threads": 1}
"""What DuckDB may use while rows are loaded. Beyond the memory it works on disk; a second thread would make the wait a little
shorter and the work half as much again."""

GROUP_ROWS: Final = 20_480
"""How many rows DuckDB writes as one group. What fills a group is written once, past the log of changes; the last, partial
group is written again with each package, and of DuckDB's own 122,880 rows that is most of what loading costs."""


@dataclass
class Loader:
    """Loads parcels into the open warehouse. One thread at a time may load.

    Attributes:
        home: where dlt's working files are.
        connection: the warehouse.
        progress: dlt's collector of counts.
    """

    home: Home
    connection: duckdb.DuckDBPyConnection
    progress: Collector = field(default_factory=NullCollector)
    _pipeline: dlt.Pipeline | None = field(default=None, init=False, repr=False)

    @classmethod
    @contextmanager
    def on(cls, home: Home, progress: Collector | None = None) -> Iterator[Loader]:
        """Open the warehouse for the block, made where there is none.

        Raises:
            WarehouseError: it cannot be written.
        """
        home.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with opened(home.warehouse, **DUCKDB) as connection:
            group(connection, home.warehouse)
            home.warehouse.chmod(0o600)
            loader = cls(home, connection, progress or NullCollector())
            loader.prepare()
            yield loader

    @property
    def spool(self) -> Path:
        """A folder for files on their way; only its owner may read it."""
        folder = self.home.path / "spool"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    @property
    def _working(self) -> Path:
        """Dlt's own folder."""
        return self.home.path / "dlt"

    def held(self, tenant_id: str) -> Rows:
        """Return what the warehouse holds of a tenant."""
        return Rows(self.connection, tenant_id)

    def prepare(self) -> None:
        """Clear what a killed run left behind, and make every raw table.

        Packages that were not loaded, or not made whole, stand in no book: they are read again. dlt reads its schema from the
        warehouse, which may be an older copy of itself by now. A run may be limited to some collections; the models read
        the tables of all.

        Raises:
            WarehouseError: the warehouse cannot be written.
        """
        shutil.rmtree(self.spool)
        self.connection.execute(f"create schema if not exists {RAW}")
        books.make(self.connection, RAW)
        if lacking := self._lacking():
            with self._explained():
                self._new_pipeline().run(empty_tables(lacking), loader_file_format="parquet")

    def load(self, *parcels: Parcel) -> None:
        """Commit parcels: one, or several of different collections.

        Raises:
            WarehouseError: they could not be written; nothing of them counts as read.
        """
        landed = [one for parcel in parcels for one in parcel.landed]
        with self._explained():
            pipeline, self._pipeline = self._pipeline or self._new_pipeline(), None
            if landed:
                pipeline.run(entra(landed), loader_file_format="parquet")
            if pipeline.has_pending_data:  # a signal makes dlt end early, and say nothing
                raise WarehouseError("Loading was stopped before it was done; the next run goes on from there.")
            books.write(self.connection, RAW, (note for parcel in parcels for note in parcel.notes))
            # It knows its schema, and need not ask the warehouse for it. After a load that fails none is kept.
            self._pipeline = pipeline
        for one in landed:
            one.path.unlink()

    def _lacking(self) -> list[Collection]:
        """Return a collection for each raw table that lacks a column of ours."""
        query = "select table_name, column_name from information_schema.columns where table_schema = $1"
        present = set(fetch(self.connection, query, [RAW]))
        wanted = {c.table: c for c in COLLECTIONS if {(c.table, name) for name in schema.types(c.table)} - present}
        return list(wanted.values())

    def _new_pipeline(self) -> dlt.Pipeline:
        """Return a pipeline that begins with what the warehouse holds.

        What a killed run or a failed load left in dlt's folder would be loaded in place of the next rows, without a word.
        """
        shutil.rmtree(self._working, ignore_errors=True)
        for name, value in CONFIGURATION.items():
            dlt.config[name] = value
        # Its warnings are about hints that our explicit columns override on purpose; its failures reach us as exceptions.
        logging.getLogger("dlt").setLevel(logging.CRITICAL)
        return dlt.pipeline(
            pipeline_name=PIPELINE,
            pipelines_dir=str(self._working),
            destination=MergingDuckDb(self.connection),
            dataset_name=RAW,
            progress=self.progress,
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            with deferred():
                yield
        except PipelineStepFailed as fault:
            raise self._cause(fault) from fault
        except duckdb.Error as fault:
            raise explained(self.home.warehouse, fault) from fault

    def _cause(self, fault: BaseException) -> ConsentryError:
        """Return the failure of ours behind dlt's, or the warehouse's."""
        cause: BaseException | None = fault
        while cause is not None:
            if isinstance(cause, ConsentryError):
                return cause
            cause = cause.__cause__ or cause.__context__
        logging.getLogger(__name__).debug("dlt failed", exc_info=fault)
        return explained(self.home.warehouse, _root(fault))


def group(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Let DuckDB write groups of `GROUP_ROWS`: a file can be told so only where it is attached, not where it is opened.

    It gets back the name that it had, by which cursors of the connection find it.
    """
    name = '"' + file.stem.replace('"', '""') + '"'
    try:
        connection.execute(f"attach ':memory:' as meanwhile; use meanwhile; detach {name}")
        connection.execute(
            f"attach '{quoted(file)}' as {name} (row_group_size {GROUP_ROWS}); use {name}; detach meanwhile"
        )
    except duckdb.Error as fault:
        raise explained(file, fault) from fault


def _root(fault: BaseException) -> Exception:
    while (deeper := fault.__cause__ or fault.__context__) is not None:
        fault = deeper
    return fault if isinstance(fault, Exception) else WarehouseError(str(fault))
