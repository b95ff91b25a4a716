"""CSV files and workbooks hold the whole lists, and nothing in them is a formula."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from dashboard.report.cells import FORMULA, csv_column, is_formula
from dashboard.report.content import Choice, gather
from dashboard.report.lists import LISTS, lists
from dashboard.report.places import CSV, XLSX, Place
from dashboard.report.sheets import write_workbook
from dashboard.report.source import Source
from dashboard.report.writing import make
from tests.dashboard.files import BLIND, WOODGROVE

from .conftest import HOSTILE, rows

NAMES = [each.name for each in LISTS]


def csv_files(file: Path, folder: Path, choice: Choice | None = None) -> dict[str, list[list[str]]]:
    """Write the lists of a published file as CSV and return their cells, by the list's name."""
    written = make(file, choice or Choice(), Place(folder, "lists", (CSV,)), overwrite=False)
    return {path.stem.removeprefix("lists-"): _cells(path) for path in written}


def _cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.reader(opened))


def workbook(file: Path, folder: Path, choice: Choice | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """Write a workbook of a published file and return its cells, by sheet."""
    [written] = make(file, choice or Choice(), Place(folder, "book", (XLSX,)), overwrite=False)
    return sheets(written)


def sheets(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the cells of a workbook, by sheet."""
    book = openpyxl.load_workbook(path)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_csv_files_hold_the_marts(story: Path, tmp_path: Path) -> None:
    """Each list has its file with all its rows; scores, instants and what is not known come back as they were."""
    found = csv_files(story, tmp_path, Choice(days=90))
    assert list(found) == NAMES
    heading, *apps = found["apps"]
    scores = rows(story, "select display_name, cast(risk_score as varchar) from app_overview where is_scored")
    name, score, owners = (heading.index(column) for column in ("display_name", "risk_score", "publisher_name"))
    assert sorted((row[name], row[score]) for row in apps) == sorted(scores)
    assert {row[owners] for row in apps if row[name] == "MailWise"} == {""}
    heading, *changes = found["changes"]
    moments = rows(story, "select strftime(changed_at, '%Y-%m-%dT%H:%M:%SZ') from permission_change")
    assert sorted(row[heading.index("changed_at")] for row in changes) == sorted(moment for (moment,) in moments)
    assert {row[0] for row in apps + changes} == {WOODGROVE}
    assert len(found["reasons"]) == 1 + rows(story, "select count(*) from app_risk_factor")[0][0]  # type: ignore[operator]


def test_a_workbook_holds_the_marts(story: Path, tmp_path: Path) -> None:
    """Each list has its sheet; numbers are numbers, truths are truths, instants are dates, and unknown is empty."""
    found = workbook(story, tmp_path, Choice(days=90))
    assert list(found) == ["about", *NAMES]
    heading, *apps = found["apps"]
    of = {
        name: heading.index(name)
        for name in ("display_name", "risk_score", "is_publisher_verified", "last_used_at", "entitled_users")
    }
    scored = rows(
        story,
        "select display_name, risk_score, is_publisher_verified, cast(last_used_at as timestamp), entitled_users from app_overview where is_scored",
    )
    assert sorted((tuple(row[place] for place in of.values()) for row in apps), key=str) == sorted(scored, key=str)
    about = [cell for row in found["about"] for cell in row if cell is not None]
    assert "run-1" in about
    assert any("Whether 4 apps are used" in str(cell) for cell in about)
    assert about.count(16) == 1


def test_lists_of_several_tenants_are_told_apart(two: Path, tmp_path: Path) -> None:
    """The first column says whose row it is, in files and sheets."""
    for _, *cells in (csv_files(two, tmp_path)["apps"], workbook(two, tmp_path)["apps"]):
        assert [row[0] for row in cells] == [WOODGROVE] * 16 + [BLIND] * 16


@pytest.mark.parametrize("name", HOSTILE)
def test_what_looks_like_a_formula_is_found_by_both(name: str) -> None:
    """Python and DuckDB agree on what could be a formula, and the marked text is the text with an apostrophe."""
    with duckdb.connect() as connection:
        marked = connection.execute(
            f"select {csv_column('said', 'VARCHAR')} from (select $1 as said)", [name]
        ).fetchall()
    assert marked == [(f"'{name}" if is_formula(name) else name,)]


def test_harmless_text_is_left_alone() -> None:
    """Names with signs inside, numbers in words and addresses stay as they are."""
    assert [
        text for text in ("a=b", "Teams - old", "me@woodgrove.example", "2+2", "", "(=1)") if is_formula(text)
    ] == []
    assert "'" not in FORMULA


def test_no_cell_of_a_csv_file_is_a_formula(hostile: Path, tmp_path: Path) -> None:
    """Hostile names stand in the files, each behind an apostrophe, also those in lists."""
    cells = [cell for table in csv_files(hostile, tmp_path, Choice(days=90)).values() for row in table for cell in row]
    assert [cell for cell in cells if is_formula(cell)] == []
    assert {f"'{name}" for name in HOSTILE if is_formula(name)} <= set(cells)


def test_no_cell_of_a_workbook_is_a_formula(hostile: Path, tmp_path: Path) -> None:
    """Hostile names are text in the workbook, and stay text when somebody edits the cell."""
    [written] = make(hostile, Choice(days=90), Place(tmp_path, "book", (XLSX,)), overwrite=False)
    cells = [cell for sheet in openpyxl.load_workbook(written) for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "b", "d", "inlineStr"}
    assert all(cell.hyperlink is None for cell in cells)
    looking_so = [cell for cell in cells if isinstance(cell.value, str) and is_formula(cell.value)]
    assert len(looking_so) > 20
    assert all(cell.style is not None and cell.quotePrefix for cell in looking_so)


def test_a_sheet_that_is_full_says_so(story: Path, tmp_path: Path) -> None:
    """What a sheet has no room for is counted in its last row, and the list of sheets tells how many rows there are."""
    with Source.open(story) as source:
        write_workbook(tmp_path / "book.xlsx", source, gather(source, Choice()), most=11)
    found = sheets(tmp_path / "book.xlsx")
    assert len(found["apps"]) == 11
    assert str(found["apps"][-1][0]).startswith("And 7 more: a sheet has room for 11 rows here.")
    assert len(found["seats"]) == 5
    assert ("apps", 16) in {(row[0], row[3]) for row in found["about"] if len(row) > 3}


def test_people_can_be_left_out_of_lists(story: Path, tmp_path: Path) -> None:
    """No list is about people then, and no cell of the others holds one's name or address."""
    choice = Choice(days=90, with_people=False)
    found = csv_files(story, tmp_path, choice)
    assert list(found) == [each.name for each in lists(choice)]
    assert "seats" not in found
    said = " ".join(cell for table in found.values() for row in table for cell in row)
    said += " ".join(str(cell) for table in workbook(story, tmp_path, choice).values() for row in table for cell in row)
    people = rows(story, "select display_name, user_principal_name from dim_user")
    assert [person for person in people if f" {person[0]} " in said or str(person[1]) in said] == []
    assert "woodgrove.example" not in said
