"""A published file for the tests of what is handed to BI tools: the reviewed marts of the golden story, published for real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from docs.answers import STORY
from docs.contract import marts
from pipelines.settings import Home
from pipelines.warehouse.publish import publish


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published file of the golden story."""
    home = Home(tmp_path_factory.mktemp("bi"))
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("create schema marts")
        for mart in marts():
            columns = ", ".join(f'"{column.name}" {column.kind}' for column in mart.columns)
            connection.execute(f"create table marts.{mart.name} ({columns})")
            # Null is nothing between two commas; an empty text is a pair of quotes.
            csv = STORY / f"{mart.name}.csv"
            connection.execute(f"copy marts.{mart.name} from '{csv}' (header, allow_quoted_nulls false)")
            connection.execute(f"comment on table marts.{mart.name} is '{mart.meaning.replace(chr(39), chr(39) * 2)}'")
    return publish(home, "run-1").file


@pytest.fixture
def opened(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, open to read."""
    with duckdb.connect(str(published), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield connection
