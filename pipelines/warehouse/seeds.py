"""The lists that come with the models, and whether the warehouse holds them as they are: then they need not be loaded again."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

import duckdb

from pipelines.warehouse.database import fetch

SCHEMA: Final = "seeds"
NOTE: Final = f"{SCHEMA}._loaded"


def are_loaded(connection: duckdb.DuckDBPyConnection, project: Path) -> bool:
    """Return whether the tables are those of the project's files, and nobody has changed, emptied or dropped one since.

    Args:
        connection: the warehouse.
        project: dbt's project.
    """
    tables = _tables(connection)
    if not {file.stem for file in _lists(project)} < tables:  # the note is one more
        return False
    noted = fetch(connection, f"select files, contents from {NOTE}") if NOTE.split(".")[1] in tables else []
    return noted == [(_files(project), _contents(connection, project))]


def note(connection: duckdb.DuckDBPyConnection, project: Path) -> None:
    """Note that the tables are those of the project's files.

    Args:
        connection: the warehouse, in which dbt loaded all of them.
        project: dbt's project.
    """
    connection.execute(
        f"create or replace table {NOTE} as select $files as files, $contents as contents",
        {"files": _files(project), "contents": _contents(connection, project)},
    )


def _lists(project: Path) -> list[Path]:
    return sorted((project / "seeds").glob("*.csv"))


def _files(project: Path) -> str:
    """Return a fingerprint of what dbt makes the tables of: the lists, their descriptions and the types of their columns."""
    told = sha256()
    for file in [*_lists(project), *sorted((project / "seeds").glob("*.yml")), project / "dbt_project.yml"]:
        content = file.read_bytes()
        told.update(f"{file.name} {len(content)}\n".encode() + content)
    return told.hexdigest()


def _contents(connection: duckdb.DuckDBPyConnection, project: Path) -> str:
    """Return a fingerprint of the rows in the tables, in whatever order they lie."""
    told = sha256()
    for file in _lists(project):
        [row] = fetch(connection, f'select count(*), sum(hash(list)) from {SCHEMA}."{file.stem}" as list')
        told.update(f"{file.stem} {row}\n".encode())
    return told.hexdigest()


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    query = (
        f"select table_name from duckdb_tables() where database_name = current_database() and schema_name = '{SCHEMA}'"
    )
    return {name for (name,) in fetch(connection, query)}
