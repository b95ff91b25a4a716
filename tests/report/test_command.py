"""`consentry report` as a person runs it, and what it refuses."""

from __future__ import annotations

import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dashboard.report.content import MOST_TENANTS, Choice, chosen, since_of
from dashboard.report.places import ALL, HTML, XLSX, Place, place, write
from dashboard.report.source import Source
from pipelines.cli.report import period
from pipelines.errors import SettingsError
from tests.cli.conftest import Person
from tests.dashboard.files import BLIND

from .conftest import rows


@pytest.fixture
def reader(two: Path, tmp_path: Path) -> Person:
    """Somebody whose home has a published file and no settings."""
    (tmp_path / "data").mkdir()
    shutil.copy(two, tmp_path / "data" / "consentry.duckdb")
    return Person(tmp_path)


def test_a_report_is_written_and_said(reader: Person) -> None:
    """All formats come with one command, are named with their paths, and only their owner can read them."""
    said = reader.types("report", "--format", "all")
    assert (said.code, said.err) == (0, "")
    written = sorted((reader.home / "reports").iterdir())
    assert [file.name for file in written] == [
        "consentry-report-2026-03-31-apps.csv",
        "consentry-report-2026-03-31-changes.csv",
        "consentry-report-2026-03-31-coverage.csv",
        "consentry-report-2026-03-31-reasons.csv",
        "consentry-report-2026-03-31-seats-by-app.csv",
        "consentry-report-2026-03-31-seats.csv",
        "consentry-report-2026-03-31.html",
        "consentry-report-2026-03-31.xlsx",
    ]
    assert all(f"Wrote {file} (" in said.out for file in written)
    assert {stat.S_IMODE(file.stat().st_mode) for file in written} == {0o600}
    assert stat.S_IMODE((reader.home / "reports").stat().st_mode) == 0o700
    assert "It names people" in said.out
    page = next(file for file in written if file.suffix == ".html").read_text(encoding="utf-8")
    assert "see the workbook consentry-report-2026-03-31.xlsx" in page


def test_a_report_is_not_replaced_by_accident(reader: Person) -> None:
    """A file that is there stays as it is and the command says what to do; `--overwrite` replaces it as a whole."""
    file = reader.folder / "board.html"
    file.write_text("somebody else's")
    assert "Add --overwrite" in reader.errs("report", "--output", "board.html")
    assert file.read_text() == "somebody else's"
    assert (
        reader.types("report", "--output", "board.html", "--overwrite", "--tenant", BLIND, "--without-people").code == 0
    )
    assert "Blindholm" in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in reader.folder.iterdir()) == ["board.html", "data"]


def test_without_a_published_file_the_next_step_is_said(tmp_path: Path) -> None:
    """Nobody gets an empty report."""
    assert "run `consentry sync`" in Person(tmp_path).fails("report")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--tenant", "contoso"], "holds no apps of tenant contoso. It holds "),
        (["--since", "2027-01-01"], "name an earlier time with --since"),
        (["--days", "0"], "--days"),
        (["--top", "101"], "--top"),
        (["--format", "pdf"], "--format"),
        (["--output", "report.csv"], "several files"),
    ],
)
def test_bad_options_are_explained(reader: Person, words: list[str], sentence: str) -> None:
    """Each gives a sentence and exit code 2, and writes nothing."""
    assert sentence in " ".join(reader.errs("report", *words).split())
    assert not (reader.home / "reports").exists()


def test_a_place_follows_from_output_and_format(tmp_path: Path) -> None:
    """A folder takes any format, an ending says its own, and without either a page goes to the usual folder."""
    usual = tmp_path / "reports"
    assert place(None, None, usual) == Place(usual, "", (HTML,))
    assert place(tmp_path / "board", ALL, usual).folder == tmp_path / "board"
    assert place(tmp_path / "board.xlsx", None, usual) == Place(tmp_path, "board", (XLSX,))
    (tmp_path / "file").touch()
    for output, form in ((tmp_path / "board.html", XLSX), (tmp_path / "file", None)):
        with pytest.raises(SettingsError):
            place(output, form, usual)


def test_one_tenant_stands_in_the_name(tmp_path: Path) -> None:
    """Reports of two tenants into one folder do not collide."""
    as_of = datetime(2026, 3, 31, tzinfo=UTC)
    where = Place(tmp_path, "", (HTML,))
    assert where.file(as_of, ("t1",), ".html").name == "consentry-report-t1-2026-03-31.html"
    assert where.file(as_of, (), ".html").name == "consentry-report-2026-03-31.html"


def test_a_report_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """Where one file cannot be made, none of them is replaced, and nothing half made is left."""
    first, second = tmp_path / "a.html", tmp_path / "b.xlsx"
    first.write_text("old")

    def fails(file: Path) -> None:
        file.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write({first: Path.touch, second: fails}, overwrite=True)
    assert first.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_a_time_is_named_in_one_way() -> None:
    """`--since` and `--days` exclude each other; without both it is a week."""
    assert period(None, None) == (None, 7)
    assert period(datetime(2026, 3, 1), None) == (datetime(2026, 3, 1, tzinfo=UTC), 7)  # noqa: DTZ001 - as it is typed
    with pytest.raises(SettingsError, match="leave one of them out"):
        period(datetime(2026, 3, 1), 3)  # noqa: DTZ001


def test_days_count_back_from_the_data() -> None:
    """A report of old data shows the days before those, not the days before today."""
    newest = datetime(2026, 3, 31, 6, tzinfo=UTC)
    assert since_of(newest, Choice(days=7)) == datetime(2026, 3, 24, 6, tzinfo=UTC)


def test_too_many_tenants_for_a_page_are_refused(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page stays of a size that a mail takes; the sentence says how to choose."""
    with Source.open(two) as source:
        assert len(chosen(source, Choice())) == 2
        monkeypatch.setattr("dashboard.report.content.MOST_TENANTS", 1)
        with pytest.raises(SettingsError, match="Name up to 1 with --tenant"):
            chosen(source, Choice())
    assert MOST_TENANTS == 20


def test_every_rule_that_names_nobody_is_a_rule(two: Path) -> None:
    """The list of rules whose evidence may stay without people has no name that no rule has."""
    from dashboard.report.content import IMPERSONAL_RULES
    from pipelines.warehouse.build import PROJECT

    known = {row[0] for row in rows(two, f"select rule_id from read_csv('{PROJECT / 'seeds' / 'risk_rule.csv'}')")}
    assert set(IMPERSONAL_RULES) <= known
    assert known - set(IMPERSONAL_RULES) == {
        "privileged_people",
        "name_of_a_person",
        "credential_added",
        "credential_then_power",
        "guest_owner",
        "owner_added",
        "recently_widened",
    }
