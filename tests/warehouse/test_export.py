"""Exports: Parquet that other tools read, whole at every moment, and only what changed is written."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines.errors import ExportFailed, NothingPublished, SettingsError
from pipelines.settings import Home, storage
from pipelines.warehouse.export import export
from tests.warehouse.exporting import change_day, files, pointed, pointer, published, rows

AT_ONCE = timedelta(0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return where to export to; nothing is there yet."""
    return tmp_path / "shared" / "parquet"


def test_each_mart_has_a_folder_and_facts_have_one_a_month(home: Home, folder: Path) -> None:
    """A reader that knows names of folders only finds all rows, and facts have their month as a column of dates."""
    exported = export(published(home), str(folder))
    assert (exported.files, exported.written) == (3, 3)
    assert rows(folder, "one") == [(1, number) for number in range(10)]
    facts = rows(folder, "fct_app_day")
    assert len(facts) == 40
    assert {(row[2].month, row[-1]) for row in facts} == {(1, date(2026, 1, 1)), (2, date(2026, 2, 1))}
    assert [path.name for path in sorted((folder / "latest" / "fct_app_day").iterdir())] == [
        "month=2026-01-01",
        "month=2026-02-01",
    ]


def test_the_pointer_says_what_the_files_are(home: Home, folder: Path) -> None:
    """latest.json has the run, the rows, the key, and the descriptions of tables and columns; its files hold the marts."""
    export(published(home), str(folder))
    told = pointer(folder)
    assert told["run_id"] == "run-1"
    assert told["marts"]["one"]["description"] == "One's rows"
    assert told["marts"]["one"]["columns"][0] == {
        "name": "made",
        "type": "INTEGER",
        "description": "The generation",
    }
    assert told["marts"]["fct_app_day"]["rows"] == 40
    assert told["marts"]["fct_app_day"]["key"] == ["tenant_id", "app_id", "sign_in_date", "sign_in_kind"]
    assert sum(pq.read_metadata(folder / path).num_rows for path in pointed(folder, "fct_app_day")) == 40


def test_only_what_changed_is_written(home: Home, folder: Path) -> None:
    """Another export of the same marts writes nothing; after a change of one day, that month's file alone."""
    export(published(home), str(folder))
    before = pointed(folder, "fct_app_day")
    assert export(published(home), str(folder)).written == 0
    assert pointed(folder, "fct_app_day") == before
    change_day(home, "2026-02-03")
    assert export(home, str(folder)).written == 1
    after = pointed(folder, "fct_app_day")
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)
    assert [row[4] for row in rows(folder, "fct_app_day") if row[2] == date(2026, 2, 3)] == [1000]


def test_a_file_that_was_replaced_stays_for_those_who_read_it(home: Home, folder: Path) -> None:
    """The files of the state before stay for a while, and go when that is over."""
    export(published(home), str(folder))
    (old,) = pointed(folder, "one")
    export(published(home, 2), str(folder))
    with duckdb.connect() as connection:
        assert connection.execute(f"select distinct made from '{folder / old}'").fetchall() == [(1,)]
    assert rows(folder, "one")[0] == (2, 0)
    export(published(home, 3), str(folder), AT_ONCE)
    assert not (folder / old).exists()
    assert len(files(folder)) == 6


def test_a_month_that_is_gone_goes(home: Home, folder: Path) -> None:
    """A month without rows any longer has no file, in neither place."""
    export(published(home), str(folder))
    export(published(home, days=5), str(folder), AT_ONCE)
    assert len(rows(folder, "fct_app_day")) == 5
    assert not [path for path in files(folder) if "2026-02" in path]


def test_a_mart_without_rows_has_its_columns(home: Home, folder: Path) -> None:
    """A reader of a mart that is empty finds its columns and no rows, rather than no file."""
    export(published(home, days=0), str(folder))
    assert rows(folder, "fct_app_day") == []
    (path,) = pointed(folder, "fct_app_day")
    assert pq.read_schema(folder / path).names[:3] == ["tenant_id", "app_id", "sign_in_date"]


@pytest.mark.parametrize("lost", ["latest", "files", "latest/_published.json"])
def test_what_an_export_that_died_left_is_put_right(home: Home, folder: Path, lost: str) -> None:
    """Where one died before it was done, the next brings everything up to date, and clears what nobody knows of."""
    export(published(home), str(folder))
    if lost == "files":  # it had added files and said nothing of them
        stray = folder / "files" / "one" / "20200101T000000000000Z.parquet"
        shutil.copy(folder / pointed(folder, "one")[0], stray)
    elif lost == "latest":  # it had replaced one of the files and not the others
        stray = folder / "latest" / "one" / ".one.parquet.0.tmp"
        stray.write_bytes(b"half")
        other = folder / "latest" / "one" / "one.parquet"
        other.unlink()  # it is a link to the file that latest.json names
        other.write_bytes(b"of another time")
        (folder / "latest" / "_published.json").unlink()
    else:
        stray = folder / lost
        stray.unlink()
    export(home, str(folder))
    assert stray.exists() == (lost == "latest/_published.json")
    assert len(rows(folder, "one")) == 10
    assert len(files(folder)) == 6


def test_what_others_put_into_the_folder_stays(home: Home, folder: Path) -> None:
    """An export removes its own files only."""
    others = [folder / "latest" / "notes.txt", folder / "latest" / "one" / "mine.parquet", folder / "files" / "x" / "y"]
    for other in others:
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text("mine", encoding="utf-8")
    export(published(home), str(folder), AT_ONCE)
    assert [other.read_text(encoding="utf-8") for other in others] == ["mine"] * 3


@pytest.mark.parametrize(("mode", "folders"), [("0600", 0o700), ("0640", 0o750), ("0644", 0o755)])
def test_only_whom_the_settings_name_can_read_it(home: Home, folder: Path, mode: str, folders: int) -> None:
    """The published file and what is exported have the mode of CONSENTRY_PUBLISHED_MODE, and folders let in who may read."""
    shared = Home(home.path, published_mode=storage.mode(mode))
    export(published(shared), str(folder))
    assert shared.published.stat().st_mode & 0o777 == int(mode, 8)
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {int(mode, 8)}
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_dir()} == {folders}


def test_whoever_may_read_no_longer_cannot_read_what_was_there(home: Home, folder: Path) -> None:
    """Another mode is given to files that did not change, too."""
    export(published(Home(home.path, published_mode=0o644)), str(folder))
    export(published(Home(home.path, published_mode=0o600)), str(folder))
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_dir()} == {0o700}


def test_the_pointer_forgets_what_is_gone(home: Home, folder: Path) -> None:
    """It names replaced files only as long as they stay, however many exports there were."""
    for made in range(1, 5):
        export(published(home, made), str(folder), AT_ONCE)
    assert pointer(folder)["retired"] == []


def test_a_folder_that_cannot_be_written_is_named(home: Home, folder: Path) -> None:
    """The sentence names the folder; nothing is left of the attempt, and the published file stays."""
    folder.parent.mkdir()
    folder.write_bytes(b"a file")
    before = published(home).published.read_bytes()
    with pytest.raises(ExportFailed, match=rf"{folder}.*what was there before stays"):
        export(home, str(folder))
    assert home.published.read_bytes() == before
    assert sorted(path.name for path in home.path.iterdir()) == ["consentry.duckdb", "warehouse.duckdb"]


def test_a_pointer_of_something_else_is_not_overwritten(home: Home, folder: Path) -> None:
    """A latest.json that is none of ours stops the export."""
    folder.mkdir(parents=True)
    (folder / "latest.json").write_text("<html>", encoding="utf-8")
    with pytest.raises(ExportFailed, match="name an empty folder"):
        export(published(home), str(folder))
    assert (folder / "latest.json").read_text(encoding="utf-8") == "<html>"


def test_before_the_first_publish_there_is_nothing_to_export(home: Home, folder: Path) -> None:
    """Without a published file the sentence says which command makes it."""
    with pytest.raises(NothingPublished, match="consentry sync"):
        export(home, str(folder))


@pytest.mark.parametrize(
    "address",
    [
        "abfss://marts@account.dfs.core.windows.net/x?sv=2024&sig=Zm9vYmFy",
        "ftp://reader:Zm9vYmFy@host/x",
        "s3://key:Zm9vYmFy@bucket/x",
        "abfss://marts@account.dfs.core.windows.net/x#Zm9vYmFy",
    ],
)
def test_an_address_with_a_secret_is_refused_and_not_repeated(address: str) -> None:
    """The sentence says where credentials come from instead, and does not show the secret."""
    with pytest.raises(SettingsError, match="environment or a managed identity") as refused:
        storage.address("--to", address)
    assert "Zm9vYmFy" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("memory://x", "no folder can be written"),
        ("https://account.blob.core.windows.net/x", "no folder can be written"),
        ("simplecache::s3://bucket/x", "one"),
        ("abfss:///x", "names no container"),
    ],
)
def test_an_address_where_nothing_stays_is_refused(address: str, why: str) -> None:
    """What cannot be written to, or forgets, is refused with a sentence."""
    with pytest.raises(SettingsError, match=why):
        storage.address("--to", address)


def test_a_kind_of_storage_whose_package_is_not_there_is_named(home: Home) -> None:
    """The sentence says what to install."""
    with pytest.raises(SettingsError, match=r"s3://.*s3fs"):
        export(published(home), "s3://bucket/x")


def test_a_kind_of_storage_that_nobody_knows_is_named(home: Home) -> None:
    """The sentence names the protocol."""
    with pytest.raises(SettingsError, match="gopher://"):
        export(published(home), "gopher://host/x")
