"""Writing the books, in a transaction that follows the rows that they speak of.

dlt promises no order within a package: a cursor could be committed, and the rows before it fail. So the rows are loaded first.
A run that is killed in between has read something that stands in no book; the next one reads it again, and merges the same.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from pipelines.entra.ledger import BOOKS, Note


def make(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Make the books, and the columns that an older one lacks."""
    for book in BOOKS:
        columns = ", ".join(f"{name} {kind}" for name, kind in book.types.items())
        connection.execute(f"create table if not exists {schema}.{book.table} ({columns})")
        for name, kind in book.types.items():
            connection.execute(f"alter table {schema}.{book.table} add column if not exists {name} {kind}")


def write(connection: duckdb.DuckDBPyConnection, schema: str, notes: Iterable[Note]) -> None:
    """Write all notes, or none; a note takes the place of an earlier one with its key."""
    with connection.cursor() as cursor:
        cursor.begin()
        for book, values in notes:
            same = " and ".join(f"{name} = ${name}" for name in book.key)
            cursor.execute(f"delete from {schema}.{book.table} where {same}", {name: values[name] for name in book.key})
            placed = ", ".join(f"${name}" for name in values)
            cursor.execute(f"insert into {schema}.{book.table} ({', '.join(values)}) values ({placed})", values)
        cursor.commit()
