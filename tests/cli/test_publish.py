"""`consentry publish`: the file again, Parquet beside it, and what docs/publish.md tells readers to ask."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import duckdb
import pytest

from pipelines.settings import Home
from simulator import Server
from tests.cli.conftest import Person, Said
from tests.parsed import lend
from tests.warehouse.exporting import files, pointer

PAGE = (Path(__file__).parents[2] / "docs" / "publish.md").read_text(encoding="utf-8")
SQL = re.findall(r"^```sql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SHARE = "/srv/share/consentry"


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory, shared_server: Server) -> tuple[Person, Said]:
    """Return somebody whose first sync could not export, for the folder was a file, and what it said."""
    person = Person(tmp_path_factory.mktemp("person"), shared_server.settings)
    taken = person.folder / "taken"
    taken.write_bytes(b"a file")
    lend(Home(person.home))
    return person, person.types("sync", CONSENTRY_PUBLISH_TO=str(taken))


def test_a_run_that_cannot_export_is_degraded(synced: tuple[Person, Said]) -> None:
    """The sentence says why, the exit code is 3, and the file is published."""
    person, said = synced
    assert said.code == 3, said
    assert re.search(
        r"Degraded: published without .*the export \(Parquet could not be written to .*/taken: .*\)", said.out
    )
    assert (person.home / "consentry.duckdb").exists()


def test_the_marts_are_published_again(synced: tuple[Person, Said]) -> None:
    """The file is another one, of a run of its own, and has the same marts."""
    person, _ = synced
    run = "select run_id, (select sum(row_count) from published_mart) as n from published"
    before = person.types("sql", run, "--csv").out.split()[-1].split(",")
    said = person.types("publish")
    after = person.types("sql", run, "--csv").out.split()[-1].split(",")
    assert said.code == 0, said
    assert f"17 marts with {int(float(after[1])):,} rows published" in said.out
    assert (before[0] == after[0], before[1] == after[1]) == (False, True)


def test_what_the_page_says_of_parquet_is_true(synced: tuple[Person, Said]) -> None:
    """The page's command exports, a setting does the same, and each SQL of the page finds rows."""
    person, _ = synced
    share = person.folder / "share"
    (command,) = re.findall(r"^\$ consentry (publish --to .*)$", PAGE, re.MULTILINE)
    said = person.types(*shlex.split(command.replace(SHARE, str(share))))
    assert said.code == 0, said
    assert re.search(r"(\d+) Parquet files, \1 of them new", said.out)
    assert len(pointer(share)["marts"]) == 17
    assert "0 of them new" in person.types("publish", CONSENTRY_PUBLISH_TO=str(share)).out
    assert len(SQL) == 3
    for block in SQL:
        asked = block.replace(SHARE, str(share)).replace("~/consentry", str(person.home))
        with duckdb.connect() as connection:
            answers = [connection.execute(question).fetchall() for question in asked.split(";") if question.strip()]
        assert max(map(len, answers)) > 1, block
    assert not [path for path in files(share) if not path.endswith(".parquet")]


def test_an_address_with_a_secret_is_refused(synced: tuple[Person, Said]) -> None:
    """A SAS token on the command line, or in the setting, ends with code 2 and is not repeated; nothing is published."""
    person, _ = synced
    before = (person.home / "consentry.duckdb").stat().st_ino
    address = "abfss://marts@account.dfs.core.windows.net/x?sig=Zm9vYmFy"
    complaints = [person.errs("publish", "--to", address), person.errs("publish", CONSENTRY_PUBLISH_TO=address)]
    assert all("managed identity" in said and "Zm9vYmFy" not in said for said in complaints)
    assert ("--to holds" in complaints[0], "CONSENTRY_PUBLISH_TO holds" in complaints[1]) == (True, True)
    assert (person.home / "consentry.duckdb").stat().st_ino == before


def test_a_mode_that_makes_no_sense_is_refused(stranger: Person) -> None:
    """The sentence names the ones that do."""
    assert "0600, 0640, 0644" in stranger.errs("publish", CONSENTRY_PUBLISHED_MODE="0777")


def test_without_a_warehouse_the_next_step_is_named(stranger: Person) -> None:
    """Before the first sync there is nothing to publish."""
    assert "sync` (or" in stranger.fails("publish")
