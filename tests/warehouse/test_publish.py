"""Publishing: readers see a whole file, always, and only after everything passed."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Final

import duckdb
import pytest

from pipelines.errors import BuildFailed, NothingPublished, QueryFailed, WarehouseCorrupt
from pipelines.settings import Home
from pipelines.warehouse.build import build
from pipelines.warehouse.database import fetch, opened
from pipelines.warehouse.marts import Marts
from pipelines.warehouse.publish import publish
from tests.parsed import lend

PUBLISHES: Final = 20
READER: Final = """
import json, sys, duckdb
seen, reads = [], 0
print("reading", flush=True)
while not seen or seen[-1] < int(sys.argv[2]):
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        answer = connection.execute("select (select max(made) from marts.one), (select max(made) from marts.two), (select count(*) from marts.one)").fetchall()[0]
    assert answer[0] == answer[1] and answer[2] == 1000, answer
    seen.append(answer[0])
    reads += 1
print(json.dumps({"reads": reads, "generations": sorted(set(seen)), "in_order": seen == sorted(seen)}))
"""
"""Opens the published file again and again, until it sees the last generation of marts; each time they must be whole."""

PATIENT_READER: Final = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print(connection.execute("select max(made), count(*) from marts.one").fetchall(), flush=True)
sys.stdin.readline()
print(connection.execute("select max(made), count(*) from marts.one").fetchall(), flush=True)
"""
"""Asks the same of one connection twice, the second time when it is told to."""


def make_marts(home: Home, made: int = 1) -> None:
    """Make two marts of one generation in the warehouse, with comments."""
    home.path.mkdir(exist_ok=True)
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema if not exists marts")
        for name in ("one", "two"):
            query = f"create or replace table marts.{name} as select {made} as made, range as number from range(1000)"
            connection.execute(query)
        connection.execute("comment on table marts.one is 'One''s rows'")
        connection.execute("comment on column marts.one.made is 'The \"generation\"'")


@pytest.fixture
def published(home: Home) -> Home:
    """Return a home with a published file of generation 1."""
    make_marts(home)
    publish(home, "run-1")
    return home


def generation(file: Path) -> int:
    """Return the generation of the marts in a file."""
    with opened(file, read_only=True) as connection:
        return int(fetch(connection, "select max(made) from marts.one")[0][0])


def test_the_marts_are_published_whole(home: Home) -> None:
    """Every mart is there with its rows, and the file says when and by which run it was made."""
    make_marts(home)
    made = publish(home, "run-1")
    assert (made.file, made.tables) == (home.published, {"one": 1000, "two": 1000})
    with opened(home.published, read_only=True) as connection:
        assert fetch(connection, "select run_id, published_at <= now() from published") == [("run-1", True)]
    assert sorted(path.name for path in home.path.iterdir()) == ["consentry.duckdb", "warehouse.duckdb"]


def test_older_readers_can_open_it(published: Home) -> None:
    """The file has the storage format that DuckDB 1.2 and later read, not the one of the DuckDB that wrote it."""
    with opened(None) as connection:
        connection.execute(f"attach '{published.published}' as published (read_only)")
        stored = fetch(
            connection, "select tags['storage_version'] from duckdb_databases() where database_name = 'published'"
        )
    assert stored == [("v1.2.0+",)]


def test_descriptions_travel_with_the_tables(published: Home) -> None:
    """Comments of tables and columns are in the published file, whatever they are made of."""
    with opened(published.published, read_only=True) as connection:
        tables = fetch(
            connection, "select table_name, comment from duckdb_tables() where schema_name = 'marts' order by 1"
        )
        columns = fetch(
            connection,
            "select column_name, comment from duckdb_columns() where schema_name = 'marts' and comment is not null",
        )
    assert tables == [("one", "One's rows"), ("two", None)]
    assert columns == [("made", 'The "generation"')]


def test_a_reader_never_meets_half_a_file(published: Home) -> None:
    """While a file is published twenty times, a reader in another process opens whole files only, in their order."""
    command = [sys.executable, "-c", READER, str(published.published), str(PUBLISHES)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
        for made in range(2, PUBLISHES + 1):
            make_marts(published, made)
            publish(published, f"run-{made}")
        said, complaint = reader.communicate(timeout=60)
    assert (reader.returncode, complaint) == (0, "")
    told = json.loads(said)
    assert told["in_order"]
    assert len(told["generations"]) > 2
    assert told["reads"] >= PUBLISHES


def test_an_open_reader_goes_on_with_its_file(published: Home) -> None:
    """A connection that was open before a publish keeps its rows; it neither blocks the publish nor fails."""
    command = [sys.executable, "-c", PATIENT_READER, str(published.published)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "[(1, 1000)]\n"
        make_marts(published, 2)
        publish(published, "run-2")
        assert reader.communicate("go on\n", timeout=60)[0] == "[(1, 1000)]\n"
    assert generation(published.published) == 2


def test_a_build_that_fails_publishes_nothing(published: Home) -> None:
    """When a model fails, the message names it, and the published file stays the same to the byte."""
    before = published.published.read_bytes()
    lend(published)
    with pytest.raises(BuildFailed, match=r"stg_entra__users: .*raw(?s:.*)Nothing was published"):
        build(published)
    assert published.published.read_bytes() == before


def test_without_marts_nothing_is_published(published: Home) -> None:
    """A warehouse that was never built does not take the place of what was published before."""
    before = published.published.read_bytes()
    with duckdb.connect(str(published.warehouse)) as connection:
        connection.execute("drop schema marts cascade")
    with pytest.raises(BuildFailed, match="run `consentry build` first"):
        publish(published, "run-2")
    assert published.published.read_bytes() == before


def test_a_warehouse_that_is_damaged_publishes_nothing(published: Home) -> None:
    """A damaged warehouse is named, the published file stays, and no half-made file is left."""
    before = published.published.read_bytes()
    published.warehouse.write_bytes(b"damaged" * 1000)
    with pytest.raises(WarehouseCorrupt, match=str(published.warehouse)):
        publish(published, "run-2")
    assert published.published.read_bytes() == before
    assert sorted(path.name for path in published.path.iterdir()) == ["consentry.duckdb", "warehouse.duckdb"]


def test_what_a_killed_publish_left_is_cleared(published: Home) -> None:
    """Half-made files of a publish that died go with the next one."""
    for name in ("consentry.99999.tmp", "consentry.99999.tmp.wal"):
        (published.path / name).write_bytes(b"half")
    publish(published, "run-2")
    assert sorted(path.name for path in published.path.iterdir()) == ["consentry.duckdb", "warehouse.duckdb"]


def test_a_reader_that_sorts_on_the_disk_is_left_alone(published: Home) -> None:
    """DuckDB makes a folder beside the file for a query that does not fit its memory; it is the reader's, and no publish fails of it."""
    spilled = published.published.with_suffix(".duckdb.tmp") / "duckdb_temp_storage-0.tmp"
    spilled.parent.mkdir()
    spilled.write_bytes(b"rows")
    publish(published, "run-2")
    assert spilled.read_bytes() == b"rows"


def test_marts_are_frames(published: Home) -> None:
    """A mart is a frame by its name, a query takes values, and names need no schema."""
    with Marts.open(published.published) as marts:
        assert marts.names == ["one", "two"]
        assert marts["one"].columns.tolist() == ["made", "number"]
        assert marts["one"]["number"].tolist() == list(range(1000))
        assert marts.sql("select number from two where number > $1 order by 1", [997])["number"].tolist() == [998, 999]
        with pytest.raises(KeyError, match="there is no mart 'three'; there are one, two"):
            marts["three"]
        with pytest.raises(QueryFailed, match=r"(?s)query failed.*no_such_column"):
            marts.sql("select no_such_column from one")


@pytest.mark.parametrize("statement", ["delete from one", "create table marts.three (i int)", "drop table one"])
def test_readers_cannot_write(published: Home, statement: str) -> None:
    """The published file is open to read only: a statement that would change it fails and changes nothing."""
    before = published.published.read_bytes()
    with Marts.open(published.published) as marts, pytest.raises(QueryFailed, match="read-only"):
        marts.sql(statement)
    assert published.published.read_bytes() == before


def test_before_the_first_publish_the_next_step_is_named(home: Home) -> None:
    """Without a published file the sentence names it and the command that makes it."""
    with (
        pytest.raises(NothingPublished, match=r"consentry\.duckdb yet; run `consentry sync`"),
        Marts.open(home.published),
    ):
        pytest.fail("there is nothing to open")


def test_the_file_says_what_it_is(home: Home) -> None:
    """It has the version that made it, the newest moment that is known of, the key of each mart, and a version of its columns."""
    home.path.mkdir()
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.app_usage as select * from (values ('a', '1', timestamptz '2026-03-02 00:00Z'), ('b', '1', timestamptz '2026-03-01 00:00Z'), ('b', '2', timestamptz '2026-02-01 00:00Z')) as usage(tenant_id, app_id, window_to)"
        )
    stamp = "select version, as_of = timestamptz '2026-03-01 00:00Z', schema_version from published"
    publish(home, "run-1")
    with opened(home.published, read_only=True) as connection:
        ((version, is_as_of, schema),) = fetch(connection, stamp)
        assert fetch(connection, "from published_mart") == [("app_usage", 3, ["tenant_id", "app_id"])]
        bare = "select column_name from duckdb_columns() where schema_name = 'main' and table_name like 'published%' and comment is null"
        assert fetch(connection, bare) == []
    assert (version, is_as_of) == (metadata.version("consentry"), True)
    publish(home, "run-2")
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("alter table marts.app_usage add column trend varchar")
    with opened(home.published, read_only=True) as connection:
        assert fetch(connection, stamp)[0][2] == schema
    publish(home, "run-3")
    with opened(home.published, read_only=True) as connection:
        assert fetch(connection, stamp)[0][2] != schema


def test_rows_that_are_looked_up_together_stand_together(home: Home) -> None:
    """Rows come in the order of the mart's key, those of exposures in that of people: a look-up skips most of the file."""
    home.path.mkdir()
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema marts")
        for mart in ("app_user_usage", "user_exposure"):
            rows = "select 't' as tenant_id, (range * 7919) % 997 as app_id, (range * 104729) % 1009 as user_id from range(20000)"
            connection.execute(f"create table marts.{mart} as {rows}")
    publish(home, "run-1")
    with opened(home.published, read_only=True) as connection:
        apps = fetch(connection, "select app_id, user_id from marts.app_user_usage")
        people = fetch(connection, "select user_id, app_id from marts.user_exposure")
    assert (apps, people) == (sorted(apps), sorted(people))


def test_marts_that_did_not_pass_their_tests_are_not_published(published: Home) -> None:
    """After a build that failed, publishing by itself is refused, and the last good file stays."""
    before = published.published.read_bytes()
    lend(published)
    with pytest.raises(BuildFailed, match="Nothing was published"):
        build(published)
    with pytest.raises(BuildFailed, match="its tests did not pass; run `consentry build`"):
        publish(published, "run-2")
    assert published.published.read_bytes() == before
