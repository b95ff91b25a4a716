"""The dlt source `entra`: the rows of parcels, as one load package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import dlt
from dlt.extract import DltResource

from pipelines.entra import schema
from pipelines.entra.collection import Collection
from pipelines.entra.parcel import Landed

MERGE: Final[Any] = {"disposition": "merge", "strategy": "delete-insert"}
"""The one strategy that removes duplicates inside a load and survives a kill in mid-load."""

TENANT: Final = "tenant_id"
LOAD_ID: Final = "_dlt_load_id"
ORDER: Final = "_arrival"
"""Of two versions of a row in one load, the one that arrived last wins."""

CURSOR: Final = "x-consentry-cursor"
"""A hint of our own on a table of events: the column of their time, which old versions of a row share with new ones."""


@dlt.source(name="entra", max_table_nesting=0)
def entra(landed: Iterable[Landed]) -> list[DltResource]:
    """Return the resources of parcels: a file for each collection."""
    return [_rows(one) for one in landed]


@dlt.source(name="entra", max_table_nesting=0)
def empty_tables(collections: Iterable[Collection]) -> list[DltResource]:
    """Return resources of the collections' raw tables without rows: the models want every table, with all its columns."""
    return [_resource(c, f"{c.table}_table", [schema.arrow(c.table).empty_table()], {}) for c in collections]


def _rows(landed: Landed) -> DltResource:
    def file() -> Iterator[Any]:
        yield dlt.mark.with_file_import(str(landed.path), "parquet", landed.rows)

    return _resource(landed.collection, landed.collection.name, file, landed.columns)


def _resource(collection: Collection, name: str, rows: Any, more: dict[str, str]) -> DltResource:
    columns: dict[str, Any] = schema.dlt_columns(collection.table)
    columns[LOAD_ID] = {"name": LOAD_ID, "data_type": "text", "nullable": True}
    for column, kind in more.items():
        columns[column] = {"name": column, "data_type": schema.DLT[kind], "nullable": True}
    resource: DltResource = dlt.resource(
        rows,
        name=name,
        table_name=collection.table,
        primary_key=(TENANT, *collection.key),
        write_disposition=MERGE,
        columns=columns,
    )
    if collection.cursor:
        resource.apply_hints(additional_table_hints={CURSOR: schema.snake_case(collection.cursor)})
    return resource
