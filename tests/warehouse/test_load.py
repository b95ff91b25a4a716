"""Loading: what a book says was read is in its table, whatever fails in between."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final

import duckdb
import pytest

from pipelines.entra.collection import Collection
from pipelines.entra.collections import COLLECTIONS
from pipelines.entra.extraction import Extraction
from pipelines.entra.ledger import BOOKS, CURSORS, OUTCOMES
from pipelines.entra.outcomes import Outcome
from pipelines.entra.parcel import Parcel
from pipelines.errors import WarehouseError
from pipelines.settings import Home
from pipelines.warehouse import load
from pipelines.warehouse.load import Loader
from simulator import Server, Tenant, serve
from tests import truth as told
from tests.collecting import Job, small
from tests.odd_tenant import odd_tenant

USERS: Final = small("users")
SIGN_INS: Final = small("sign_ins_interactive")
NAMES: Final = {"users": "display_name", "sign_ins": "app_display_name"}


@pytest.fixture(scope="module")
def truth() -> Tenant:
    """Return a tenant that stays as it is."""
    return odd_tenant()


@pytest.fixture(scope="module")
def server(truth: Tenant) -> Iterator[Server]:
    """Return the tenant, served."""
    with serve(truth) as served:
        yield served


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home whose warehouse has every table and no row."""
    home = Home(tmp_path_factory.mktemp("empty") / "home")
    with Loader.on(home):
        pass
    return home.path


@pytest.fixture
def job(server: Server, empty: Path, tmp_path: Path) -> Job:
    """Return a job on the tenant and an empty warehouse."""
    return Job.on(server, Home(Path(shutil.copytree(empty, tmp_path / "home"))))


def retype(job: Job, collection: Collection, kind: str) -> None:
    """Give a column of the collection's table a type, as a hand in the warehouse might."""
    with duckdb.connect(str(job.home.warehouse)) as connection:
        connection.execute(f"alter table raw.{collection.table} alter {NAMES[collection.table]} type {kind}")


def parcel(loader: Loader, name: str, *ids: str, more: str = "") -> Parcel:
    """Return users of these ids and with these further properties, as if they had been read, with their outcome."""
    outcome = Outcome("t", name, USERS)
    x = Extraction(None, outcome, loader.held("t"), loader.spool)  # type: ignore[arg-type]
    reader, landing = x.of(USERS)
    landing.add(reader.read([f'{{"id":"{id_}"{more}}}'.encode() for id_ in ids]))
    outcome.completed()
    return x.parcel(landing.close())


def event(loader: Loader, name: str, time: str) -> Parcel:
    """Return a sign-in at this time, in JSON, as if it had been read."""
    x = Extraction(None, Outcome("t", name, SIGN_INS), loader.held("t"), loader.spool)  # type: ignore[arg-type]
    reader, landing = x.of(SIGN_INS)
    landing.add(reader.read([f'{{"id":"a","appDisplayName":"{name}","createdDateTime":{time}}}'.encode()]))
    return x.parcel(landing.close())


def held(loader: Loader) -> tuple[list[str], list[str]]:
    """Return the ids of the users that are in the warehouse, and the runs that its book knows."""
    runs = loader.connection.execute(f"select run_id from raw.{OUTCOMES.table} order by 1").fetchall()
    return loader.held("t").ids("users"), [run for (run,) in runs]


@pytest.mark.parametrize("collection", [USERS, SIGN_INS], ids=lambda c: c.name)
def test_rows_that_cannot_be_loaded_do_not_count_as_read(job: Job, truth: Tenant, collection: Collection) -> None:
    """When the rows fail for good, no book says that they were read; once the cause is gone, the next run has them all."""
    retype(job, collection, "integer")
    with pytest.raises(WarehouseError, match="Could not convert string"):
        job.run(collection)
    assert [job.query(f"select count(*) from raw.{book.table}") for book in BOOKS] == [[(0,)]] * len(BOOKS)
    retype(job, collection, "varchar")
    job.run(collection)
    assert told.differences(job.home.warehouse, truth, collection) == []


def test_a_parcel_behind_one_that_failed_is_loaded(empty: Path, tmp_path: Path) -> None:
    """After a load that failed for the moment the next one commits its own rows, and not what was left in their place."""
    home = Home(Path(shutil.copytree(empty, tmp_path / "home")))
    with Loader.on(home) as loader:
        loader.load(parcel(loader, "one", "a"))
        with loader.connection.cursor() as other:
            other.begin()
            other.execute("delete from raw.users")
            with pytest.raises(WarehouseError, match="onflict"):
                loader.load(parcel(loader, "two", "a", "b"))
            other.rollback()
        assert held(loader) == (["a"], ["one"])
        loader.load(parcel(loader, "three", "c"))
        assert held(loader) == (["a", "c"], ["one", "three"])


def test_parcels_are_committed_together_or_not_at_all(empty: Path, tmp_path: Path) -> None:
    """Rows and notes of several parcels arrive in one load; where rows of one cannot be written, no book says that any were read."""
    home = Home(Path(shutil.copytree(empty, tmp_path / "home")))
    with Loader.on(home) as loader:
        loader.load(parcel(loader, "one", "a"), event(loader, "two", '"2026-11-20T12:00:00Z"'))
        assert held(loader) == (["a"], ["one", "two"])
        loads = "select _dlt_load_id from raw.users union select _dlt_load_id from raw.sign_ins"
        assert len(loader.connection.execute(loads).fetchall()) == 1
        loader.connection.execute("alter table raw.users alter display_name type integer")
        named = parcel(loader, "three", "b", more=',"displayName":"Ann"')
        with pytest.raises(WarehouseError, match="Could not convert string"):
            loader.load(event(loader, "four", '"2026-11-20T13:00:00Z"'), named)
        assert held(loader) == (["a"], ["one", "two"])


@pytest.mark.parametrize("torn", ["normalize/extracted", "load/normalized"])
def test_a_package_that_was_torn_blocks_nothing(empty: Path, tmp_path: Path, torn: str) -> None:
    """A package that a killed run had begun to make, or to clear, is no obstacle for the next one."""
    home = Home(Path(shutil.copytree(empty, tmp_path / "home")))
    (home.path / "dlt" / "entra" / torn / "1795489955.5562723").mkdir(parents=True)
    with Loader.on(home) as loader:
        loader.load(parcel(loader, "one", "a"))
        assert held(loader) == (["a"], ["one"])


def test_the_same_rows_over_and_over_are_there_once(empty: Path, tmp_path: Path) -> None:
    """A parcel whose rows repeat, loaded many times, leaves each row once, as it came last."""
    home = Home(Path(shutil.copytree(empty, tmp_path / "home")))
    with Loader.on(home) as loader:
        for number in range(5):
            loader.load(parcel(loader, f"run {number}", "a", "b", "a"))
        assert held(loader) == (["a", "b"], [f"run {number}" for number in range(5)])
        arrivals = loader.connection.execute("select id, _arrival from raw.users order by 1").fetchall()
    assert arrivals == [("a", 2), ("b", 1)]


TIMES: Final[dict[str, tuple[str, str]]] = {
    "null, then a time": ("null", '"2026-11-20T12:00:00Z"'),
    "no time, then one": ('"yesterday"', '"2026-11-20T12:00:00Z"'),
    "a time, then null": ('"2026-11-20T12:00:00Z"', "null"),
    "more digits": ('"2026-11-20T12:00:00Z"', '"2026-11-20T12:00:00.9Z"'),
    "fewer digits": ('"2026-11-20T12:00:00.9Z"', '"2026-11-20T12:00:00Z"'),
}
"""What Graph may say of one event's time, first and then."""


@pytest.mark.parametrize("name", TIMES)
def test_an_event_is_there_once_whatever_its_time_was(empty: Path, tmp_path: Path, name: str) -> None:
    """An event whose time was missing, unreadable or told with other digits, and that comes again, is there once, as it came last."""
    home = Home(Path(shutil.copytree(empty, tmp_path / "home")))
    with Loader.on(home) as loader:
        for number, time in enumerate(TIMES[name]):
            loader.load(event(loader, f"run {number}", time))
        found = loader.connection.execute("select id, app_display_name from raw.sign_ins").fetchall()
    assert found == [("a", "run 1")]


def test_a_note_that_cannot_be_written_leaves_none(empty: Path, tmp_path: Path) -> None:
    """Notes of one parcel are written all or not at all, and the failure is told as the warehouse's."""
    home = Home(Path(shutil.copytree(empty, tmp_path / "home")))
    with Loader.on(home) as loader:
        good = Outcome("t", "good", USERS).note()
        bad: Any = (OUTCOMES, {**Outcome("t", "bad", USERS).note()[1], "rows": "many"})
        with pytest.raises(WarehouseError, match="many"):
            loader.load(Parcel("users", [], [good, bad]))
        assert held(loader) == ([], [])


def test_an_older_warehouse_gains_what_it_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a raw table, a book or a book's column is missing, opening makes it, and keeps the rows."""
    home = Home(tmp_path / "home")
    with monkeypatch.context() as earlier:
        earlier.setattr(load, "COLLECTIONS", [USERS])
        with Loader.on(home) as loader:
            loader.load(parcel(loader, "one", "a", "b"))
            loader.connection.execute(f"alter table raw.{OUTCOMES.table} drop column error_code")
            loader.connection.execute(f"drop table raw.{CURSORS.table}")
    with Loader.on(home) as loader:
        assert held(loader) == (["a", "b"], ["one"])
        found = loader.connection.execute("select table_name, column_name from information_schema.columns").fetchall()
    assert {(OUTCOMES.table, "error_code"), (CURSORS.table, "link")} <= set(found)
    assert {table for table, _ in found} >= {collection.table for collection in COLLECTIONS}


def test_no_interrupt_breaks_into_dlt(empty: Path, tmp_path: Path) -> None:
    """Whatever dlt does for a parcel, it does with Ctrl-C put off: a query that it makes and that is broken off, it may do without."""
    home = Home(Path(shutil.copytree(empty, tmp_path / "home")))
    usual, open_to = signal.getsignal(signal.SIGINT), set[str]()

    def watch(frame: FrameType, event: str, _: object) -> None:
        file = frame.f_code.co_filename
        if event == "call" and "/dlt/" in file and "/dlt/common/runtime/signals" not in file:
            watched.add(frame.f_code.co_name)
            if signal.getsignal(signal.SIGINT) is usual:
                open_to.add(frame.f_code.co_name)

    watched = set[str]()
    with Loader.on(home) as loader:
        made = parcel(loader, "one", "a")
        sys.setprofile(watch)
        try:
            loader.load(made)
        finally:
            sys.setprofile(None)
    assert "_external_conn_database" in watched
    assert open_to == set()
