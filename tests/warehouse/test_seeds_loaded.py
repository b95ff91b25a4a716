"""Lists are loaded again where the project's files or the tables are not what was noted, and only there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.warehouse import seeds

FILES = {
    "seeds/host.csv": "host,is_free\na.example,true\n",
    "seeds/tier.csv": "tier\nhigh\n",
    "seeds/_seeds.yml": "version: 2\n",
    "dbt_project.yml": "name: project\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two lists."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def warehouse(project: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse that holds them, which is noted."""
    with duckdb.connect() as connection:
        assert not seeds.are_loaded(connection, project)
        connection.execute("create schema seeds")
        for name in ("host", "tier"):
            connection.execute(f"create table seeds.{name} as from '{project}/seeds/{name}.csv'")
        assert not seeds.are_loaded(connection, project), "nothing is noted yet"
        seeds.note(connection, project)
        assert seeds.are_loaded(connection, project)
        yield connection


@pytest.mark.parametrize("name", FILES)
def test_a_changed_file_is_loaded_again(project: Path, warehouse: duckdb.DuckDBPyConnection, name: str) -> None:
    """Rows, descriptions and types of columns; until the table is noted again, and not if the change is taken back."""
    (project / name).write_text(FILES[name] + "# more\n")
    assert not seeds.are_loaded(warehouse, project)
    (project / name).write_text(FILES[name])
    assert seeds.are_loaded(warehouse, project)
    (project / name).write_text(FILES[name] + "# more\n")
    seeds.note(warehouse, project)
    assert seeds.are_loaded(warehouse, project)


def test_a_new_list_is_loaded(project: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    """A list that has no table yet."""
    (project / "seeds" / "word.csv").write_text("word\nplain\n")
    assert not seeds.are_loaded(warehouse, project)


@pytest.mark.parametrize(
    "change",
    [
        "update seeds.host set is_free = false",
        "insert into seeds.host values ('b.example', true)",
        "insert into seeds.tier from seeds.tier",
        "delete from seeds.tier",
        "drop table seeds.tier",
        "alter table seeds.host drop column is_free",
    ],
)
def test_a_changed_table_is_loaded_again(project: Path, warehouse: duckdb.DuckDBPyConnection, change: str) -> None:
    """A load that failed half way, or somebody's hand: the note is of what the tables held."""
    warehouse.execute(change)
    assert not seeds.are_loaded(warehouse, project)
