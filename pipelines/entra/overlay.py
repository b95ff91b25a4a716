"""Changes laid over what is held: a property that a change does not name keeps its value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import duckdb
import pyarrow as pa

from pipelines.entra import schema

OWN_TO_CHANGE: Final = frozenset(schema.OWN)
"""Columns that are the change's own, whether it names them or not."""


def overlaid(changed: pa.Table, named: Sequence[Sequence[str]], base: pa.Table, table: str) -> pa.Table:
    """Return the changed rows, whole.

    A removed object that nobody held leaves no row.

    Args:
        changed: one row for each changed object.
        named: for each of them, the properties that the change names.
        base: the rows held of these objects; others are of no account.
        table: the raw table.
    """
    properties = {column.name: column.path[0] for column in schema.columns(schema.tree(table))}
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("changed", changed.append_column("_named", pa.array(named, pa.list_(pa.string()))))
        connection.register("base", base)
        selected = ", ".join(_expressions(changed.column_names, base.column_names, properties))
        return connection.sql(
            f"select {selected} from changed left join base on base.id = changed.id "
            "where changed._removed_reason is null or base.id is not null"
        ).to_arrow_table()


def _expressions(changed: Sequence[str], base: Sequence[str], properties: Mapping[str, str]) -> list[str]:
    names = [*changed, *(name for name in base if name not in changed and not name.startswith("_dlt_"))]
    return [_expression(name, name in changed, name in base, properties.get(name)) for name in names]


def _expression(name: str, is_changed: bool, is_held: bool, property_: str | None) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if not is_held or name in OWN_TO_CHANGE:
        return f"changed.{quoted}"
    if not is_changed:
        return f"base.{quoted}"
    if property_ is None:  # a column that nobody declared: the change names it where it has a value
        return f"coalesce(changed.{quoted}, base.{quoted}) as {quoted}"
    literal = "'" + property_.replace("'", "''") + "'"
    return (
        f"case when list_contains(changed._named, {literal}) then changed.{quoted} else base.{quoted} end as {quoted}"
    )
