"""`consentry sync`, then questions to what it published."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from pipelines.entra.collections import COLLECTIONS
from pipelines.settings import Home
from simulator import Server, serve
from tests.cli.conftest import Person, Said
from tests.odd_tenant import odd_tenant
from tests.parsed import lend

QUESTION = "select display_name, is_enabled, 1 as n, null::integer as nothing from dim_app where display_name in ('robot', '\N{GREEK CAPITAL LETTER RHO}ayroll') order by 1"


@dataclass(frozen=True)
class Synced:
    """A sync of a tenant without a licence for sign-ins.

    Attributes:
        person: who ran it.
        said: what it said.
        server: the tenant.
    """

    person: Person
    said: Said
    server: Server


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synced]:
    """Return a sync that was run; it takes some seconds."""
    with serve(odd_tenant(premium=False)) as server:
        person = Person(tmp_path_factory.mktemp("person"), server.settings)
        lend(Home(person.home))
        server.faults.throttle("/users", retry_after="0.1")
        server.faults.drop("/groups")
        yield Synced(person, person.types("sync"), server)


def test_a_sync_says_what_it_did_and_what_it_could_not(synced: Synced) -> None:
    """Each collection has its line, what is missing is named, and the exit code says degraded."""
    assert (synced.said.code, synced.said.err) == (3, "")
    lines = {line.split()[0]: line for line in synced.said.out.splitlines() if line.strip()}
    assert {collection.name for collection in COLLECTIONS} <= set(lines)
    assert "needs the licence Microsoft Entra ID P1 or P2" in lines["sign_ins_interactive"]
    assert "7 rows" in lines["users"]
    assert str(synced.person.home / "consentry.duckdb") in synced.said.out


def test_nothing_secret_is_written(synced: Synced) -> None:
    """No file under the home folder holds the client secret or the beginning of a token."""
    secret = synced.server.tenant.registration.secret.encode()
    files = [path for path in synced.person.home.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert [path.name for path in files if secret in (data := path.read_bytes()) or b"eyJhbGciOi" in data] == []


def test_answers_come_as_a_table_as_csv_and_as_json(synced: Synced) -> None:
    """The same rows in three forms; text keeps its characters, and nothing is nothing rather than a word for it."""
    as_table = synced.person.types("sql", QUESTION).out
    assert "2 rows" in as_table
    assert "robot" in as_table
    answer = list(csv.reader(io.StringIO(synced.person.types("sql", QUESTION, "--csv").out)))
    assert answer[0] == ["display_name", "is_enabled", "n", "nothing"]
    assert [row[1:] for row in answer[1:]] == [["True", "1", ""]] * 2
    rows = [json.loads(line) for line in synced.person.types("sql", QUESTION, "--json").out.splitlines()]
    assert [row["display_name"] for row in rows] == [row[0] for row in answer[1:]]
    assert rows[-1] == {"display_name": rows[-1]["display_name"], "is_enabled": True, "n": 1, "nothing": None}
    assert {row["display_name"] for row in rows} == {"robot", "\N{GREEK CAPITAL LETTER RHO}ayroll"}


def test_columns_of_one_name_are_told_apart(synced: Synced) -> None:
    """A join that repeats a name gives both values, also as JSON; so do values that JSON has no form for."""
    query = "select 1 as id, 2 as id, interval 3 days as span"
    row = json.loads(synced.person.types("sql", query, "--json").out)
    assert (row["id"], row["id_1"]) == (1, 2)
    assert "3" in row["span"]


@pytest.mark.parametrize(
    "query", ["selec 1", "select no_such from app_overview", "from no_such", "delete from dim_app"]
)
def test_a_query_that_cannot_be_answered_is_explained(synced: Synced, query: str) -> None:
    """DuckDB's own reason is told in place of a traceback, and the published file stays."""
    before = (synced.person.home / "consentry.duckdb").read_bytes()
    assert synced.person.fails("sql", query).startswith("The query failed. ")
    assert (synced.person.home / "consentry.duckdb").read_bytes() == before


def test_missing_is_not_unused(synced: Synced) -> None:
    """Without sign-ins every app's use is unknown, and the reason is the licence."""
    query = "select distinct usage_state, unknown_explanation from app_overview where is_scored"
    rows = [json.loads(line) for line in synced.person.types("sql", query, "--json").out.splitlines()]
    assert {row["usage_state"] for row in rows} == {"unknown"}
    assert all("No premium licence" in row["unknown_explanation"] for row in rows)
    assert "Unknown, which is not unused" in synced.person.types("summary").out


def test_a_query_may_begin_with_a_comment(synced: Synced) -> None:
    """The files of questions begin with dashes, and are no option for that."""
    said = synced.person.types("sql", "-- How many apps are there?\nselect count(*) as apps from dim_app", "--csv")
    assert (said.code, said.out.splitlines()[0]) == (0, "apps")
