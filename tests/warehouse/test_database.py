"""The warehouse file: one writer, sentences for what is wrong with it, and nothing lost by asking."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import duckdb
import pytest

from pipelines.errors import WarehouseBusy, WarehouseCorrupt
from pipelines.settings import Home
from pipelines.warehouse.database import fetch, is_interrupt, opened
from pipelines.warehouse.load import Loader
from pipelines.warehouse.lock import writing

LOCKS: Final = "import sys, pathlib; from pipelines.warehouse.lock import writing\nwith writing(pathlib.Path(sys.argv[1]), 'consentry sync'): print('held', flush=True); sys.stdin.read()"
OPENS: Final = "import sys, duckdb; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


@contextmanager
def holding(script: str, file: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold the file for the block."""
    command = [sys.executable, "-c", script, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@pytest.fixture
def warehouse(home: Home) -> Path:
    """Return a real warehouse file with rows in it."""
    home.path.mkdir()
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create table kept as select range as number, repeat('x', 200) as text from range(50000)")
    return home.warehouse


def count(file: Path) -> int:
    """Return how many rows are kept."""
    with opened(file, read_only=True) as connection:
        return int(fetch(connection, "select count(*) from kept")[0][0])


def test_a_second_writer_is_told_who_the_first_is(warehouse: Path) -> None:
    """The sentence names the holder's verb and process and the file that readers may use; the lock ends with its process."""
    with holding(LOCKS, warehouse) as process:
        with pytest.raises(WarehouseBusy) as caught, writing(warehouse, "consentry build"):
            pytest.fail("two writers")
        assert f"`consentry sync` (process {process.pid}, since " in str(caught.value)
        assert str(warehouse.with_name("consentry.duckdb")) in str(caught.value)
    with writing(warehouse, "consentry build"):
        assert count(warehouse) == 50_000


def test_a_patient_writer_waits_its_turn(warehouse: Path) -> None:
    """With patience the second writer goes on as soon as the first is done, and not before."""
    with holding(LOCKS, warehouse) as process:
        timer = threading.Timer(0.7, process.kill)
        began = time.monotonic()
        timer.start()
        with writing(warehouse, "consentry sync", patience=timedelta(seconds=30)):
            assert 0.6 < time.monotonic() - began < 10
        timer.join()


def test_a_file_that_another_program_holds_is_named(warehouse: Path, home: Home) -> None:
    """A SQL shell that has the warehouse open stops a run in its first step, with its process id, and loses nothing."""
    before = warehouse.read_bytes()
    with holding(OPENS, warehouse) as process:
        opened_twice = rf"{warehouse} is open in another process \(process {process.pid}\)"
        with pytest.raises(WarehouseBusy, match=opened_twice), Loader.on(home):
            pytest.fail("two writers")
        assert warehouse.read_bytes() == before
    assert count(warehouse) == 50_000


HEADERS: Final = 3 * 4096
DAMAGES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "random bytes": lambda data: os.urandom(len(data)),
    "a text": lambda _: b"tenant_id,id\n",
    "nothing": lambda _: b"",
    "a cut header": lambda data: data[:100],
    "a cut file": lambda data: data[: len(data) // 2],
    "flipped bits": lambda data: data[:HEADERS] + bytes(byte ^ 0x10 for byte in data[HEADERS:]),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named_and_left_alone(warehouse: Path, home: Home, damage: str) -> None:
    """A file that is no database, or no longer whole, is told apart from other faults, and not a byte of it changes."""
    damaged = DAMAGES[damage](warehouse.read_bytes())
    warehouse.write_bytes(damaged)
    with (
        pytest.raises(WarehouseCorrupt, match=r"damaged or not a DuckDB database\. Move it away") as caught,
        Loader.on(home),
    ):
        pytest.fail("it can be used")
    assert str(warehouse) in str(caught.value)
    assert warehouse.read_bytes() == damaged


def test_the_warehouse_is_its_owners_alone(home: Home) -> None:
    """What a tenant's logs say is for nobody else on the machine: folder, file and spool are closed to others."""
    with writing(home.warehouse, "consentry sync"), Loader.on(home) as loader:
        (loader.spool / "rows").touch()
    modes = {path.name: path.stat().st_mode & 0o077 for path in (home.path, home.warehouse, loader.spool)}
    assert modes == {"home": 0, "warehouse.duckdb": 0, "spool": 0}


@pytest.fixture
def heeded() -> Iterator[None]:
    """Let Ctrl-C be heard, which a process that was started in the background is deaf to."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded")
def test_an_interrupt_is_known_by_what_duckdb_makes_of_it() -> None:
    """Ctrl-C in a query comes out as DuckDB's own failure, which is told apart from others."""
    with opened(None, threads=1) as connection:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(RuntimeError) as caught:
            fetch(connection, "select count(*) from range(100_000_000_000) as t(x) where sin(x) > 2")
        assert is_interrupt(caught.value)
        assert not is_interrupt(RuntimeError("another"))
