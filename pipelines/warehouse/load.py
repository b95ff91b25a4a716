"""dlt: one collection -> the raw tables, in one load package with its outcome and its cursor."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import dlt
from dlt.common.runtime.collector import NullCollector
from dlt.common.runtime.collector_base import Collector
from dlt.pipeline.exceptions import PipelineStepFailed

from pipelines.entra import schema
from pipelines.entra.collections import COLLECTIONS, Collection
from pipelines.entra.outcomes import Outcome
from pipelines.entra.source import Extraction, empty_tables, entra, outcome_resource
from pipelines.errors import ConsentryError, WarehouseError
from pipelines.settings import Home
from pipelines.warehouse.database import explained, fetch, opened

RAW: Final = "raw"

CONFIGURATION: Final = {
    "runtime.dlthub_telemetry": False,
    "extract.next_item_mode": "fifo",  # a collection's outcome follows its rows
    "normalize.parquet_normalizer.add_dlt_load_id": True,
    "load.auto_abort_on_terminal_error": True,  # a package that cannot be loaded is read again, and blocks nothing
    "load.delete_completed_jobs": True,
    "load.truncate_staging_dataset": True,
    "load.workers": 2,
}
"""What dlt is told; each stands under its own name in dlt's documentation."""


@dataclass(frozen=True)
class Loader:
    """Loads one tenant's collections.

    Attributes:
        home: where the warehouse and dlt's working files are.
        tenant_id: the tenant's GUID.
        progress: dlt's collector of counts.
    """

    home: Home
    tenant_id: str
    progress: Collector = field(default_factory=NullCollector)

    @property
    def spool(self) -> Path:
        """A folder for bytes on their way; only its owner may read it."""
        folder = self.home.path / "spool"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    @property
    def _working(self) -> Path:
        """The folder of dlt's working files."""
        return self.home.path / "dlt"

    def prepare(self) -> None:
        """Make sure that the warehouse can be written, load what a killed run left behind, and make every raw table.

        A run may be limited to some collections; the models read the tables of all.

        Raises:
            WarehouseError: it cannot be written.
        """
        if not self.home.warehouse.exists():
            shutil.rmtree(self._working, ignore_errors=True)  # cursors and packages of a warehouse that is gone
        with opened(self.home.warehouse) as connection:
            connection.execute(f"create schema if not exists {RAW}")
        self.home.warehouse.chmod(0o600)
        for left_over in self.spool.iterdir():
            left_over.unlink()
        self._settle()
        if lacking := self._lacking():
            with self._explained():
                self._pipeline().run(empty_tables(lacking), loader_file_format="parquet")

    def load(self, extraction: Extraction) -> None:
        """Read a collection into its raw table, with its outcome.

        Raises:
            GraphError: it could not be read; nothing of it was loaded.
            WarehouseError: it could not be written.
        """
        with self._explained():
            self._pipeline().run(entra(extraction), loader_file_format="parquet")

    def record(self, outcome: Outcome) -> None:
        """Write the outcome of a collection that could not be loaded."""
        with self._explained():
            self._pipeline().run(outcome_resource(outcome), loader_file_format="parquet")

    def ids(self, table: str) -> list[str]:
        """Return the ids of the tenant's rows in a raw table, in order."""
        with opened(self.home.warehouse, read_only=True) as connection:
            query = f"select id from {RAW}.{table} where tenant_id = $1 order by id"
            return [row[0] for row in fetch(connection, query, [self.tenant_id])]

    def _settle(self) -> None:
        """Load the packages that a killed run left, then drop dlt's working files.

        dlt reads schema and cursors again from the warehouse, which may be an older copy of itself by now: a cursor must
        not be ahead of the rows.
        """
        pipeline = self._pipeline()
        with self._explained():
            while pipeline.has_pending_data:
                pipeline.run()
        pipeline.drop()

    def _lacking(self) -> list[Collection]:
        """Return a collection for each raw table that does not exist yet, or lacks a column of ours."""
        query = "select table_name, column_name from information_schema.columns where table_schema = $1"
        with opened(self.home.warehouse, read_only=True) as connection:
            present = set(fetch(connection, query, [RAW]))
        wanted = {c.table: c for c in COLLECTIONS if {(c.table, name) for name in schema.types(c.table)} - present}
        return list(wanted.values())

    def _pipeline(self) -> dlt.Pipeline:
        for name, value in CONFIGURATION.items():
            dlt.config[name] = value
        # Its warnings are about hints that our explicit columns override on purpose; its failures reach us as exceptions.
        logging.getLogger("dlt").setLevel(logging.CRITICAL)
        return dlt.pipeline(
            pipeline_name=f"entra_{self.tenant_id.replace('-', '_')}",
            pipelines_dir=str(self._working),
            destination=dlt.destinations.duckdb(str(self.home.warehouse)),
            dataset_name=RAW,
            progress=self.progress,
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except PipelineStepFailed as fault:
            raise self._cause(fault) from fault

    def _cause(self, fault: BaseException) -> ConsentryError:
        """Return the failure of ours behind dlt's, or the warehouse's.

        Raises:
            KeyboardInterrupt: a person stopped it, which dlt reports as a failed step.
        """
        cause: BaseException | None = fault
        while cause is not None:
            if isinstance(cause, ConsentryError):
                return cause
            if isinstance(cause, KeyboardInterrupt):
                raise cause
            cause = cause.__cause__ or cause.__context__
        logging.getLogger(__name__).debug("dlt failed", exc_info=fault)
        return explained(self.home.warehouse, _root(fault))


def _root(fault: BaseException) -> Exception:
    while (deeper := fault.__cause__ or fault.__context__) is not None:
        fault = deeper
    return fault if isinstance(fault, Exception) else WarehouseError(str(fault))
