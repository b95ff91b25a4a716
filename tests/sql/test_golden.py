"""The marts, compared with what people reviewed: their contract, and whole golden stories."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.contract import marts as declared
from docs.table_pages import contract

from .goldens import STORIES, Story, write
from .warehouse import Warehouse


def lines(folder: Path) -> dict[str, list[str]]:
    """The files of a story, line by line."""
    return {file.name: file.read_text(encoding="utf-8").splitlines() for file in folder.glob("*.csv")}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_story_is_as_reviewed(marts: Warehouse, story: Story, tmp_path: Path) -> None:
    """Each mart has the rows of the golden file, and no mart is without one; `make docs` rewrites them for review."""
    write(marts, story, tmp_path)
    assert lines(tmp_path) == lines(story.folder)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_story_is_told_in_words(story: Story) -> None:
    """Whoever reviews the files has something to compare them with."""
    assert "## Apps" in (story.folder / "story.md").read_text(encoding="utf-8")


def test_the_contract_is_as_built(marts: Warehouse) -> None:
    """The contract that is published with the docs is that of the tables dbt made: names, order, types, nulls and comments."""
    columns = marts.rows(
        """
        select table_name || '.' || column_name as name, lower(data_type) as kind, is_nullable, comment
        from duckdb_columns()
        where schema_name = 'marts'
        order by table_name, column_index
        """
    )
    built = [
        f"{column['name']} {column['kind']}{'' if column['is_nullable'] else ' not null'}: {column['comment']}"
        for column in columns
    ]
    tables = {mart.name for mart in declared()}
    assert [line for line in contract().splitlines() if line.partition(" ")[0] not in tables] == built
