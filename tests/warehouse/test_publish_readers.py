"""Eight readers, each a process of its own, that query in a loop while fifty publishes go through, and exports of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from pipelines.settings import Home
from pipelines.warehouse.export import export
from pipelines.warehouse.publish import publish

PUBLISHES: Final = int(os.environ.get("PUBLISHES", "50"))
"""`make readers` sets more, and rows that a reader needs longer for."""
ROWS: Final = int(os.environ.get("ROWS", "500"))
EXPORT_EVERY: Final = int(os.environ.get("EXPORT_EVERY", "3"))
"""Publishes; the last one is exported, too."""
READERS: Final = 8

WHOLE: Final = "select max(made), min(made), count(*), sum(number) from"

READER: Final = f"""
import json, sys, time, duckdb
source, folder, last, rows = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
seen, reads = [], 0


def file():
    with duckdb.connect(folder, read_only=True) as connection:
        of_marts = [connection.execute("{WHOLE} marts." + mart).fetchone() for mart in ("one", "fct_app_day")]
        contents = connection.execute("select distinct row_count from published_mart").fetchall()
        run = connection.execute("select run_id from published").fetchone()[0]
    assert contents == [(rows,)], contents
    return of_marts, run


def pointer():
    with open(folder + "/latest.json") as opened:
        told = json.load(opened)
    paths = {{mart: [folder + "/" + f["path"] for f in told["files"] if f["mart"] == mart] for mart in told["marts"]}}
    of_marts = [duckdb.execute("{WHOLE} read_parquet($1)", [paths[mart]]).fetchone() for mart in ("one", "fct_app_day")]
    return of_marts, told["run_id"]


def names():
    one = duckdb.execute("{WHOLE} read_parquet($1)", [folder + "/latest/one/one.parquet"]).fetchone()
    return [one, one], "run-" + str(one[0])


print("reading", flush=True)
while not seen or seen[-1] < last:
    (one, facts), run = {{"file": file, "pointer": pointer, "names": names}}[source]()
    assert one == facts == (one[0], one[0], rows, rows * (rows - 1) // 2), (one, facts)
    assert run == "run-" + str(one[0]), (run, one)
    seen.append(one[0])
    reads += 1
    time.sleep(0.05)
print(json.dumps({{"reads": reads, "generations": len(set(seen)), "in_order": seen == sorted(seen)}}))
"""
"""Reads until it sees the last generation; each time all marts must be of one generation, with all of its rows, and in order."""


def generation(home: Home, made: int) -> None:
    """Make two marts of one generation in the warehouse, the second with rows of two months, and publish them."""
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(
            f"create or replace table marts.one as select {made} as made, range as number from range({ROWS})"
        )
        connection.execute(
            "create or replace table marts.fct_app_day as select *, date '2026-01-01' + (number % 50)::int as sign_in_date from marts.one"
        )
    publish(home, f"run-{made}")


@contextmanager
def readers(wanted: list[tuple[str, Path]]) -> Iterator[list[subprocess.Popen[str]]]:
    """Start the readers, wait until all of them read, and end those that are left after the block."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", READER, source, str(path), str(PUBLISHES), str(ROWS)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for source, path in wanted
    ]
    try:
        for reader in started:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "reading\n"
        yield started
    finally:
        for reader in started:
            if reader.poll() is None:
                reader.kill()
            reader.communicate()


def told(reader: subprocess.Popen[str]) -> dict[str, Any]:
    """Return what a reader says at its end, which must be a good one."""
    said, complaint = reader.communicate(timeout=120)
    assert (reader.returncode, complaint) == (0, "")
    return dict(json.loads(said))


@pytest.mark.timeout(1800)
def test_readers_see_no_error_and_no_half_state(home: Home, tmp_path: Path) -> None:
    """Of the published file and by latest.json a reader sees marts of one publish only, and by names that stay whole files."""
    folder = tmp_path / "parquet"
    home.path.mkdir()
    generation(home, 1)
    export(home, str(folder))
    wanted = [*[("file", home.published)] * 4, *[("pointer", folder)] * 3, ("names", folder)]
    assert len(wanted) == READERS
    with readers(wanted) as started:
        for made in range(2, PUBLISHES + 1):
            generation(home, made)
            if made % EXPORT_EVERY == 0 or made == PUBLISHES:
                export(home, str(folder))
        ends = [told(reader) for reader in started]
    assert all(end["in_order"] for end in ends)
    assert all(end["generations"] > 2 for end in ends), ends
