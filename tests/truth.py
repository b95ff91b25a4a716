"""The truth that raw tables are compared with: a tenant's rows, flattened by the rule of the raw tables' columns.

The rule is written down a second time here, value by value, because a comparison by the reader's own code would find nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.entra import schema
from pipelines.entra.collection import MEMBERS, Collection
from pipelines.entra.collections import COLLECTIONS
from pipelines.entra.ledger import BOOKS
from pipelines.warehouse.database import fetch, opened
from simulator import Tenant

Row = dict[str, Any]

OWN_TO_LOADING = ("_dlt_load_id", "_arrival", "_deleted_at", "_removed_reason")
FRACTION = re.compile(r"\.(\d+)")


@dataclass(frozen=True)
class Json:
    """A JSON column's value, compared by what it means; SQL's null stays None."""

    value: Any


def served(tenant: Tenant, collection: Collection) -> list[Row]:
    """Return the rows that Graph has of a collection, as it has them; of what belongs to something, with that as well."""
    name = collection.path.split("/", 2)[2].replace("/{id}", "")
    if collection.parent:
        return [
            row for parent, rows in tenant.rows_by_parent(name).items() for row in _belonging(collection, parent, rows)
        ]
    function, _, argument = name.rpartition("/")[2].partition("(")
    kind = re.search(r"eq '(\w+)'", collection.filter or "")
    chosen = collection.params.get("$select")
    return tenant.rows(
        function,
        kind=kind.group(1) if kind else None,
        parent="".join(re.findall(r"'(\w+)'", argument)),
        select=chosen.split(",") if chosen else None,
    )


def _belonging(collection: Collection, parent: str, rows: list[Row]) -> list[Row]:
    if collection.parent_key is None:
        return rows
    return [{"id": row["id"], "@odata.type": row["@odata.type"], collection.parent_key: parent} for row in rows]


def expected(tenant: Tenant, collection: Collection, **more: Any) -> list[Row]:
    """Return the rows that the raw table must hold, in the order of their ids.

    Args:
        tenant: the simulated tenant.
        collection: what was read.
        **more: properties that a fault adds to every row.
    """
    tree = schema.tree(collection.table)
    empty = {column.name: None for column in schema.columns(tree)}
    own = {"tenant_id": tenant.id, "_collection": collection.name}
    empty.pop("_removed_reason", None)
    rows = [{**own, **empty, **dict(_flat({**row, **more}, tree))} for row in served(tenant, collection)]
    return sorted(rows, key=lambda row: tuple(row[name] for name in collection.key))


def held(warehouse: Path, collection: Collection, tenant: Tenant) -> list[Row]:
    """Return the rows that the raw table holds of a collection and that are not gone, in the order of their keys, without the columns that only serve loading."""
    query = f"from raw.{collection.table} where tenant_id = $1 and _collection = $2 and _deleted_at is null order by {', '.join(collection.key)}"
    with opened(warehouse, read_only=True) as connection:
        cursor = connection.execute(query, [tenant.id, collection.name])
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if collection.shape == MEMBERS:  # members that were deleted softly stay, and Graph shows them no more
        rows = [row for row in rows if all(tenant.directory.find(row[name]) for name in collection.key)]
    # A column that Graph's documentation did not foresee holds its values as JSON text; a variant holds what does not fit.
    known = schema.types(collection.table)
    texts = {name for name in names if known.get(name, "json") == "json" and not name.endswith(schema.VARIANT)}
    return [{name: _read(value, is_json=name in texts) for name, value in _data(row)} for row in rows]


def differences(warehouse: Path, tenant: Tenant, *collections: Collection) -> list[str]:
    """Return the first difference of each collection, whose table must equal the truth; nothing where all do."""
    chosen = collections or COLLECTIONS
    return [
        f"{c.name}: {found}" for c in chosen if (found := _difference(expected(tenant, c), held(warehouse, c, tenant)))
    ]


def doubles(warehouse: Path) -> list[str]:
    """Return each raw table or book in which several rows have one key, gone rows included; nothing where there is none."""
    keys = {c.table: ("tenant_id", *c.key) for c in COLLECTIONS} | {book.table: book.key for book in BOOKS}
    with opened(warehouse, read_only=True) as connection:
        return [
            f"{table}: {count} keys are there more than once"
            for table, key in keys.items()
            if (count := _count_doubles(connection, table, ", ".join(key)))
        ]


def _count_doubles(connection: duckdb.DuckDBPyConnection, table: str, key: str) -> int:
    query = f"select count(*) from (select 1 from raw.{table} group by {key} having count(*) > 1)"
    return int(fetch(connection, query)[0][0])


def _difference(wanted: list[Row], got: list[Row]) -> str | None:
    if wanted == got:
        return None
    if [row["id"] for row in wanted] != [row["id"] for row in got]:
        lost = {row["id"] for row in wanted} - {row["id"] for row in got}
        return f"{len(wanted)} rows in the tenant, {len(got)} in the table; missing {sorted(lost)[:3]}"
    pair = next((w, g) for w, g in zip(wanted, got, strict=True) if w != g)
    names = [name for name in pair[0] | pair[1] if pair[0].get(name, "-") != pair[1].get(name, "-")]
    return "; ".join(f"{name} is {pair[1].get(name, '-')!r}, not {pair[0].get(name, '-')!r}" for name in names[:3])


def _flat(values: Row, tree: schema.Tree, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        kind = tree.get(key, "json")
        if isinstance(kind, dict):
            yield from _flat(value or {}, kind, (*path, key))
        elif key == schema.ODATA_TYPE or "@odata." not in key:
            name = schema.Column((*path, key), kind).name
            yield name + schema.HOMONYM * (name in schema.OWN), _value(value, kind)


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "json":
        return Json(value)
    return _moment(value) if kind == "timestamp" else value


def _moment(text: str) -> datetime:
    """Return a time as DuckDB keeps it: UTC, microseconds, the seventh digit cut off."""
    micro = FRACTION.sub(lambda found: "." + found.group(1)[:6].ljust(6, "0"), text.replace("Z", "+00:00"))
    return datetime.fromisoformat(micro).astimezone(UTC)


def _data(row: Row) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in row.items() if name not in OWN_TO_LOADING)


def _read(value: Any, *, is_json: bool) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return Json(json.loads(value)) if is_json and value is not None else value
