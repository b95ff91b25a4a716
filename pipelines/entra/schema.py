"""The columns of a raw table: read from `schemas/<table>.toml`, widened when Graph sends more."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import pyarrow as pa
from dlt.common.normalizers.naming.snake_case import NamingConvention
from dlt.common.schema.typing import TTableSchemaColumns

Tree = dict[str, Any]
"""A property's name -> its type (`string`, `boolean`, `integer`, `double`, `timestamp`, `json`) or the tree of its object."""

ARROW: Final = {
    "string": pa.string(),
    "json": pa.string(),
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}
DLT: Final = {
    "string": "text",
    "json": "json",
    "boolean": "bool",
    "integer": "bigint",
    "double": "double",
    "timestamp": "timestamp",
}
ODATA_TYPE: Final = "@odata.type"
REMOVED: Final = "@removed"
OWN: Final = {
    "tenant_id": "string",
    "_collection": "string",
    "_arrival": "integer",
    "_deleted_at": "timestamp",
    "_removed_reason": "string",
}
"""Columns that are ours: the tenant, the collection that fetched the row, the row's place in its parcel, and since when the
object is gone and how (`changed`: soft deleted, `deleted`: for good, both in Graph's words; `absent`: no longer listed)."""
VARIANT: Final = "__v_text"
"""What dlt appends to the name of a column that keeps the values which do not fit another column's type."""
HOMONYM: Final = "__v_json"
"""What is appended to the name of a new property whose column's name another property, or a column of ours, has already."""

_naming = NamingConvention()


@dataclass(frozen=True)
class Column:
    """One column of a raw table.

    Attributes:
        path: the property's names from the row downwards.
        type: one of the types of a tree.
    """

    path: tuple[str, ...]
    type: str

    @property
    def name(self) -> str:
        """The column's name: dlt's snake case, objects joined by `__`."""
        if self.path[0] == REMOVED:
            return "_removed_reason"
        return "__".join(snake_case(part) for part in self.path)


def snake_case(identifier: str) -> str:
    """Return dlt's snake case of a property's name; `@odata.type` becomes `odata_type`."""
    if identifier == ODATA_TYPE:
        return "odata_type"
    stem = identifier
    while stem.endswith((VARIANT, HOMONYM)):
        stem = stem.removesuffix(VARIANT).removesuffix(HOMONYM)
    return _naming.normalize_identifier(stem) + identifier[len(stem) :]


@cache
def _read(table: str) -> str:
    return (resources.files("pipelines.entra") / "schemas" / f"{table}.toml").read_text(encoding="utf-8")


def tree(table: str) -> Tree:
    """Return the documented properties of a table, a fresh copy that may be widened."""
    return {ODATA_TYPE: "string", REMOVED: {"reason": "string"}, **tomllib.loads(_read(table))}


def columns(of: Tree, path: tuple[str, ...] = ()) -> Iterator[Column]:
    """Yield a tree's columns in order."""
    for name, kind in of.items():
        if isinstance(kind, dict):
            yield from columns(kind, (*path, name))
        else:
            yield Column((*path, name), kind)


def types(table: str) -> dict[str, str]:
    """Return column name -> type of a raw table, ours first."""
    return {**OWN, **{column.name: column.type for column in columns(tree(table))}}


def arrow(table: str) -> pa.Schema:
    """Return a raw table's Arrow schema."""
    return pa.schema([(name, ARROW[kind]) for name, kind in types(table).items()])


def dlt_columns(table: str) -> TTableSchemaColumns:
    """Return a raw table's column hints for dlt."""
    return {name: {"name": name, "data_type": DLT[kind], "nullable": True} for name, kind in types(table).items()}  # type: ignore[typeddict-item]
