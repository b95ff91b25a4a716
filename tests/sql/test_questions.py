"""Questions that people ask of the published file have answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.asked import Question, questions, read
from docs.contract import marts as declared
from pipelines.settings import Home
from pipelines.warehouse.marts import Marts
from pipelines.warehouse.publish import publish

from .warehouse import Warehouse


@pytest.fixture(scope="module")
def published(marts: Warehouse) -> Iterator[Marts]:
    """The stories' published file, as `consentry sql` opens it."""
    with Marts.open(publish(Home(marts.folder), "run-1").file) as opened:
        yield opened


@pytest.mark.parametrize("asked", questions(), ids=lambda asked: f"{asked.mart}/{asked.file.stem}")
def test_a_question_has_an_answer(published: Marts, asked: Question) -> None:
    """The file runs as it stands, comments and all, and finds rows unless it says that it may not."""
    found = published.sql(asked.file.read_text(encoding="utf-8"))
    assert len(found) or asked.may_be_empty
    assert found.columns.is_unique


@pytest.mark.parametrize("asked", questions(), ids=lambda asked: f"{asked.mart}/{asked.file.stem}")
def test_a_question_is_about_its_mart(asked: Question) -> None:
    """The folder names a table that the query reads, and the answer has an order."""
    assert re.search(rf"(from|join) {asked.mart}\b", asked.sql)
    assert "order by" in asked.sql


def test_every_mart_is_asked_at_least_twice() -> None:
    """No table is without a use, and no folder without a table."""
    asked = Counter(question.mart for question in questions())
    assert asked.keys() == {mart.name for mart in declared()}
    assert min(asked.values()) >= 2
    assert asked.total() >= 25


def test_no_question_is_asked_twice() -> None:
    """Each is another one."""
    assert max(Counter(question.text for question in questions()).values()) == 1


def test_a_file_without_a_question_is_refused(tmp_path: Path) -> None:
    """What it answers would be missing on the page."""
    file = tmp_path / "statement.sql"
    file.write_text("-- All apps.\nselect * from dim_app order by app_id\n")
    with pytest.raises(ValueError, match="asks a question"):
        read(file)


def test_a_question_may_say_how_to_read_it_and_that_it_may_be_empty(tmp_path: Path) -> None:
    """Comments after the question are its note; comments within the query stay there."""
    file = tmp_path / "asked.sql"
    file.write_text("-- Which apps\n-- are there?\n-- All of them.\n-- may be empty\nselect 1 -- one\n")
    assert read(file) == Question(file, "Which apps are there?", "All of them.", "select 1 -- one", may_be_empty=True)
