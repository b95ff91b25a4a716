"""The page on extending: its changes fit the project as it is, and a collection added by them works. `make extend` does the rest."""

from __future__ import annotations

from typing import Final

import pytest

from tests.extending import CONSOLE, DIFF, Copy, Step, steps

FIRST: Final = "Add a collection"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Return a copy of the project."""
    return Copy.made(tmp_path_factory.mktemp("extend") / "project")


def of(part: str, language: str) -> list[Step]:
    """Return the blocks of a part of the page."""
    return [step for step in steps() if (step.part, step.language) == (part, language)]


def test_a_collection_can_be_added_as_the_page_says(copy: Copy) -> None:
    """The changes apply one after the other, and the commands below them succeed: the table's own tests, and the docs made anew."""
    for step in of(FIRST, DIFF):
        copy.do(step)
    for step in of(FIRST, CONSOLE):
        copy.do(step)
    assert "`domains`" in (copy.folder / "docs" / "permissions.md").read_text(encoding="utf-8")


def test_the_other_changes_of_the_page_fit(copy: Copy) -> None:
    """Each change applies to the project as the ones before it left it."""
    for step in (one for one in steps() if one.language == DIFF and one.part != FIRST):
        copy.do(step)


def test_every_part_has_its_commands() -> None:
    """No part of the page changes something and does not show that it works."""
    parts = {step.part for step in steps() if step.language == DIFF}
    assert len(parts) == 5
    assert all(of(part, CONSOLE) for part in parts)
