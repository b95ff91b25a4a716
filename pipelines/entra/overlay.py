"""Changes laid over what is held: a property that a change does not name keeps its value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import duckdb
import pyarrow as pa

from pipelines.entra import schema

OWN_TO_CHANGE: Final = frozenset(schema.OWN)
"""Columns that are the change's own, whether it names them or not."""
DELETED_AT: Final = "_deleted_at"
"""The one that keeps its first value: Graph tells again what it told before, and says twice that an object is gone."""


def overlaid(changed: pa.Table, named: Sequence[Sequence[str]], base: pa.Table) -> pa.Table:
    """Return the changed rows, whole.

    A removed object that nobody held leaves no row.

    Args:
        changed: one row for each changed object.
        named: for each of them, the properties that the change names.
        base: the rows held of these objects; others are of no account.
    """
    segments = {name: schema.snake_case(name) for names in named for name in names}
    told = pa.array([[segments[name] for name in names] for names in named], pa.list_(pa.string()))
    with _joining(changed.append_column("_named", told), base) as connection:
        selected = ", ".join(_expressions(changed.column_names, base.column_names))
        return connection.sql(
            f"select {selected} from changed left join base on base.id = changed.id "
            "where changed._removed_reason is null or base.id is not null"
        ).to_arrow_table()


def with_first_times(changed: pa.Table, base: pa.Table, key: Sequence[str]) -> pa.Table:
    """Return the changed rows in their order; what is gone, and was before, keeps the time at which that was first told.

    Args:
        changed: whole rows; a key may come several times.
        base: the rows held of these keys; others are of no account.
        key: the columns that make a held row one.
    """
    same = " and ".join(f"base.{_quoted(name)} = changed.{_quoted(name)}" for name in key)
    with _joining(changed, base) as connection:
        return connection.sql(
            f"select changed.* replace ({_first_time()}) from changed left join base on {same} order by changed._arrival"
        ).to_arrow_table()


@contextmanager
def _joining(changed: pa.Table, base: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("changed", changed)
        connection.register("base", base)
        yield connection


def _expressions(changed: Sequence[str], base: Sequence[str]) -> list[str]:
    names = [*changed, *(name for name in base if name not in changed and not name.startswith("_dlt_"))]
    return [_expression(name, name in changed, name in base) for name in names]


def _expression(name: str, is_changed: bool, is_held: bool) -> str:
    quoted = _quoted(name)
    if name == DELETED_AT and is_held:
        return _first_time()
    if not is_held or name in OWN_TO_CHANGE:
        return f"changed.{quoted}"
    property_ = "'" + name.partition("__")[0].replace("'", "''") + "'"
    value = f"changed.{quoted}" if is_changed else "null"  # the property came without this part of it
    return f"case when list_contains(changed._named, {property_}) then {value} else base.{quoted} end as {quoted}"


def _first_time() -> str:
    times = f"coalesce(base.{DELETED_AT}, changed.{DELETED_AT})"
    return f"case when changed.{DELETED_AT} is not null then {times} end as {DELETED_AT}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
