"""Answers to the questions, for the tenant of the golden story: from the files that its tests compare with the marts."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb

from docs.asked import Question
from docs.contract import marts

STORY: Final = Path(__file__).parents[1] / "tests" / "sql" / "golden" / "woodgrove"
ROWS: Final = 5


def answer(asked: Question) -> list[str]:
    """Return the answer as a table of a page, its first rows only."""
    found = _story().execute(asked.sql)
    names = [column[0] for column in found.description]
    rows = found.fetchall()
    more = len(rows) - ROWS
    return [
        _line(names),
        _line(["---"] * len(names)),
        *(_line([_cell(value) for value in row]) for row in rows[:ROWS]),
        *(("", f"… and {more} {'rows' if more > 1 else 'row'} more.") if more > 0 else ()),
    ]


@cache
def _story() -> duckdb.DuckDBPyConnection:
    """Return a database whose tables are the story's marts."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for mart in marts():
        columns = ", ".join(f'"{column.name}" {column.kind}' for column in mart.columns)
        connection.execute(f"create table {mart.name} ({columns})")
        # Null is nothing between two commas; an empty text is a pair of quotes.
        connection.execute(f"copy {mart.name} from '{STORY / mart.name}.csv' (header, allow_quoted_nulls false)")
    return connection


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case list():
            return ", ".join(map(_cell, value))
        case _:
            return str(value).replace("|", "\\|")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
