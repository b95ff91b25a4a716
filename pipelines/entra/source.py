"""The dlt source `entra`: one collection's rows, then its outcome, in one load package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import dlt
import pyarrow as pa
from dlt.extract import DltResource
from pyarrow import compute

from pipelines.entra import outcomes, schema, shapes
from pipelines.entra.collections import Collection
from pipelines.entra.outcomes import TOLERATED, Outcome
from pipelines.entra.rows import RowReader
from pipelines.errors import GraphError
from pipelines.graph.client import GraphClient

KEY: Final = ("tenant_id", "id")
MERGE: Final[Any] = {"disposition": "merge", "strategy": "delete-insert"}
"""The one strategy that removes duplicates inside a load and survives a kill in mid-load."""

CONTRACT: Final[Any] = {"tables": "evolve", "columns": "evolve", "data_type": "freeze"}


@dataclass(frozen=True)
class Extraction:
    """What a collection is read with.

    Attributes:
        client: Graph.
        outcome: the collection, and the place to note what becomes of it.
        spool: a folder for bytes on their way.
        overlap: how much of a log is read again for rows that land late.
        parents: the parents' ids, for a collection per parent.
    """

    client: GraphClient
    outcome: Outcome
    spool: Path
    overlap: timedelta = timedelta(minutes=60)
    parents: Sequence[str] = ()


@dlt.source(name="entra", max_table_nesting=0)
def entra(extraction: Extraction) -> list[DltResource]:
    """Return the resources of one collection: its rows, then its row of `sync_outcomes`.

    dlt exhausts resources in their order (`extract.next_item_mode` is `fifo`), so the outcome is known when its turn comes,
    and data, cursor and outcome are committed together.
    """
    return [_rows(extraction), outcome_resource(extraction.outcome)]


@dlt.source(name="entra", max_table_nesting=0)
def empty_tables(collections: Iterable[Collection]) -> list[DltResource]:
    """Return resources of the collections' raw tables without rows: the models want every table, with all its columns."""
    return [_resource(c, f"{c.table}_table", [schema.arrow(c.table).empty_table()]) for c in collections]


def outcome_resource(outcome: Outcome) -> DltResource:
    """Return the resource of one row of `raw.sync_outcomes`."""

    def row() -> Iterator[dict[str, Any]]:
        yield outcome.row()

    resource: DltResource = dlt.resource(
        row,
        name=f"{outcome.collection.name}_outcome",
        table_name=outcomes.TABLE,
        primary_key=outcomes.KEY,
        write_disposition=MERGE,
        columns=outcomes.dlt_columns(),
    )
    return resource


def _rows(extraction: Extraction) -> DltResource:
    collection = extraction.outcome.collection
    is_window = collection.shape == "window"
    return _resource(
        collection, collection.name, _windowed(extraction) if is_window else lambda: _tables(extraction, None)
    )


def _resource(collection: Collection, name: str, rows: Any) -> DltResource:
    is_window = collection.shape == "window"
    resource: DltResource = dlt.resource(
        rows,
        name=name,
        table_name=collection.table,
        primary_key=KEY,
        # A snapshot replaces everything that the tenant had in the table; events replace only themselves.
        merge_key=() if is_window else "tenant_id",
        write_disposition=MERGE,
        columns=schema.dlt_columns(collection.table, has_tombstone=not is_window),
        schema_contract=CONTRACT,
    )
    return resource


def _windowed(extraction: Extraction) -> Any:
    cursor = dlt.sources.incremental[datetime](
        schema.snake_case(extraction.outcome.collection.cursor or ""),
        lag=extraction.overlap.total_seconds(),
        on_cursor_value_missing="include",
    )

    def events(since: dlt.sources.incremental[datetime] = cursor) -> Iterator[Any]:
        yield from _tables(extraction, since.last_value)

    return events


def _tables(extraction: Extraction, since: datetime | None) -> Iterator[Any]:
    """Yield the collection's rows as Arrow. A refusal that a run survives ends them; the outcome says so."""
    outcome = extraction.outcome
    constants = {"tenant_id": outcome.tenant_id, "_collection": outcome.collection.name}
    reader = RowReader(outcome.collection.table, constants, extraction.spool)
    try:
        for batch in _batches(extraction, since):
            table = reader.read(batch)
            outcome.saw(_oldest(table, outcome.collection))
            yield table
    except GraphError as fault:
        outcome.failed(fault)
        if not isinstance(fault, TOLERATED) or outcome.rows:
            raise  # nothing of this package is loaded: half a listing would move the cursor past the other half
    else:
        outcome.completed()
    if outcome.is_complete and not outcome.rows and outcome.collection.shape != "window":
        yield _tombstone(outcome)


def _oldest(table: pa.Table, collection: Collection) -> datetime | None:
    if collection.cursor is None:
        return None
    oldest: datetime | None = compute.min(table[schema.snake_case(collection.cursor)]).as_py()
    return oldest


def _batches(extraction: Extraction, since: datetime | None) -> Iterator[shapes.Rows]:
    client, outcome = extraction.client, extraction.outcome
    if outcome.collection.shape == "window":
        return shapes.window(client, outcome, since)
    if outcome.collection.shape == "per_parent":
        return shapes.per_parent(client, outcome, extraction.parents)
    return shapes.snapshot(client, outcome)


def _tombstone(outcome: Outcome) -> Any:
    """Return a row that only deletes: an empty list replaces what the tenant had, and dlt loads nothing for no rows."""
    row = {"tenant_id": outcome.tenant_id, "id": "-", "_collection": outcome.collection.name, "_arrival": 0}
    return pa.Table.from_pylist([{**row, schema.TOMBSTONE: True}])
