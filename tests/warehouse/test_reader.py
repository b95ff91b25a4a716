"""A process that stays up reads the file that is there, whole, whatever is swapped in meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import NothingPublished, QueryFailed, WarehouseCorrupt
from pipelines.warehouse.reader import Look, Reader

SUMS = "select count(*) as rows, min(number) as least, max(number) as most from numbers"


def swap(file: Path, number: int) -> None:
    """Put a file in the place that holds a number a thousand times, as publishing does it."""
    made = file.with_suffix(f".{number}.tmp")
    with duckdb.connect(str(made)) as connection:
        connection.execute(
            f"create schema marts; create table marts.numbers as select {number} as number from range(1000)"
        )
    made.replace(file)


def number(look: Look) -> int:
    """The one number of the file that is looked at; half a file would have fewer rows, two files two numbers."""
    [row] = look.rows(SUMS)
    assert row["rows"] == 1000
    assert row["least"] == row["most"]
    return int(row["most"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A published file that holds 1."""
    path = tmp_path / "it's published.duckdb"
    swap(path, 1)
    return path


def test_the_next_look_is_at_the_new_file_and_an_open_one_stays(file: Path) -> None:
    """What a page asks is answered from one file, though another is swapped in between two questions."""
    reader = Reader(file)
    with reader.look() as before:
        assert number(before) == 1
        swap(file, 2)
        with reader.look() as after:
            assert number(after) == 2
            assert after.stamp == reader.stamp != before.stamp
        assert number(before) == 1
    reader.close()


def test_a_frame_comes_from_the_file_that_is_there(file: Path) -> None:
    """Single questions follow the file too, and parameters are bound."""
    reader = Reader(file)
    asked = "select count(*) as n from numbers where number = $number"
    assert reader.ask(asked, {"number": 1})["n"].tolist() == [1000]
    swap(file, 2)
    assert reader.ask(asked, {"number": 1})["n"].tolist() == [0]
    reader.close()


def test_a_replaced_file_is_let_go(file: Path) -> None:
    """Files that are gone do not stay open: a process would hold the disk space of every publish of its life."""
    reader = Reader(file)
    for turn in range(2, 6):
        with reader.look() as look:
            assert number(look) == turn - 1
        swap(file, turn)
    reader.close()
    held = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    assert not [name for name in held if str(file) in name]


def test_many_threads_look_while_files_are_swapped(file: Path) -> None:
    """No look fails, none sees half a file, and none sees an older file than the one before it."""
    reader, over, wrong = Reader(file), threading.Event(), []

    def watch() -> None:
        newest = 0
        while not over.is_set():
            try:
                with reader.look() as look:
                    seen = [number(look), number(look)]
            except Exception as fault:  # noqa: BLE001 - told below
                wrong.append(repr(fault))
                return
            if seen[0] != seen[1] or seen[0] < newest:
                wrong.append(f"{seen} after {newest}")
            newest = seen[0]

    threads = [threading.Thread(target=watch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(2, 22):
        swap(file, turn)
    over.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    with reader.look() as look:
        assert number(look) == 21
    reader.close()


def test_nothing_published_is_told_and_looked_for_again(tmp_path: Path) -> None:
    """A reader may be there before the file is."""
    reader = Reader(tmp_path / "consentry.duckdb")
    with pytest.raises(NothingPublished, match="consentry sync"):
        reader.ask("select 1")
    swap(reader.file, 3)
    with reader.look() as look:
        assert number(look) == 3
    reader.close()


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """The sentence is the same as everywhere."""
    file = tmp_path / "consentry.duckdb"
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(WarehouseCorrupt, match="damaged"):
        Reader(file).ask("select 1")


def test_a_query_that_fails_says_why(file: Path) -> None:
    """DuckDB's own words follow, and the file cannot be written to."""
    reader = Reader(file)
    with pytest.raises(QueryFailed, match="no_such_mart"):
        reader.ask("from no_such_mart")
    with pytest.raises(QueryFailed, match="read-only"):
        reader.ask("insert into published.marts.numbers values (1)")
    reader.close()
