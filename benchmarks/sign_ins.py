"""What it costs to bring sign-ins from HTTPS into the warehouse, against DuckDB's own reading of the same rows.

Processes of their own do the same work apart, so that each way's processor time is its own:
  floor      DuckDB's `read_json` of the rows as NDJSON, columns declared, into a table of a file
  consentry  the simulator's pages over HTTPS -> the four collections of sign-ins, committed with cursor and outcome
  directory  the other collections, without which there are no marts (users, apps, grants …; per row of theirs)
  marts      the dbt models and data tests over them, and the published file
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
from dotenv import dotenv_values

from flows.steps import Plan, Unwatched, collect
from pipelines import settings
from pipelines.entra import schema
from pipelines.entra.collections import COLLECTIONS
from pipelines.entra.shapes import listing
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.pages import pages
from pipelines.settings import Home
from pipelines.warehouse.build import build
from pipelines.warehouse.load import Loader
from pipelines.warehouse.publish import publish

TYPES = {
    "string": "VARCHAR",
    "json": "JSON",
    "boolean": "BOOLEAN",
    "integer": "BIGINT",
    "double": "DOUBLE",
    "timestamp": "TIMESTAMPTZ",
}
SIGN_INS = [collection for collection in COLLECTIONS if collection.table == "sign_ins"]


def main() -> None:
    """Run one way, or all of them and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sign-ins", type=int, default=200_000)
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.way:
        print(json.dumps(measured(arguments.way, arguments.folder)))
    else:
        compare(arguments.sign_ins)


def compare(count: int) -> None:
    """Start a simulator, run every way in a process of its own and print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulator = start(folder, count)
        try:
            spool_ndjson(folder)
            results = {way: in_a_process(way, folder) for way in WAYS}
        finally:
            simulator.terminate()
            simulator.wait()
    floor = results["floor"]["cpu_per_million"]
    print(f"\n{results['floor']['rows']:,} sign-ins, {results['floor']['megabytes']:,} MB of JSON")
    print(
        "| way | CPU s per million rows | times the floor | rows/s | peak RSS MB |\n| --- | ---: | ---: | ---: | ---: |"
    )
    for way, result in results.items():
        cpu = result["cpu_per_million"]
        print(f"| {way} | {cpu:.1f} | {cpu / floor:.1f} | {result['rows_per_second']:,.0f} | {result['rss']:,.0f} |")


def start(folder: Path, count: int) -> subprocess.Popen[str]:
    """Start the simulator in a process of its own and wait until it answers."""
    command = [
        sys.executable,
        "-m",
        "simulator",
        "--home",
        str(folder / "simulator"),
        "--users",
        "2000",
        "--apps",
        "300",
    ]
    process = subprocess.Popen([*command, "--days", "30", "--sign-ins", str(count)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "ready":
            return process
    raise SystemExit("the simulator did not start")


def client(folder: Path) -> GraphClient:
    """Return a client on the simulator."""
    return GraphClient(tenant(folder))


def tenant(folder: Path) -> settings.Tenant:
    """Return the simulator's settings."""
    return settings.tenant({k: v for k, v in dotenv_values(folder / "simulator" / "simulator.env").items() if v})


def spool_ndjson(folder: Path) -> None:
    """Keep the rows as the file that the floor reads."""
    with client(folder) as graph, (folder / "sign_ins.ndjson").open("wb") as file:
        for collection in SIGN_INS:
            for page in pages(graph, listing(collection), Traffic()):
                file.writelines(bytes(row) + b"\n" for row in page.rows)


def in_a_process(way: str, folder: Path) -> dict[str, Any]:
    """Return what a way measures in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.sign_ins", "--way", way, "--folder", str(folder)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(printed.splitlines()[-1]))


def measured(way: str, folder: Path) -> dict[str, Any]:
    """Run a way and return its rows, processor time and memory."""
    before, cpu_before = time.perf_counter(), time.process_time()
    count = WAYS[way](folder)
    cpu, wall = time.process_time() - cpu_before, time.perf_counter() - before
    return {
        "rows": count,
        "megabytes": (folder / "sign_ins.ndjson").stat().st_size // 1_000_000,
        "cpu_per_million": cpu / count * 1e6,
        "rows_per_second": count / wall,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def floor(folder: Path) -> int:
    """DuckDB's own reading, with the columns and types of the raw table."""
    declared = ", ".join(f"'{key}': '{_declared(kind)}'" for key, kind in schema.tree("sign_ins").items())
    connection = duckdb.connect(str(folder / "floor.duckdb"))
    connection.execute(
        f"set threads = 2; set TimeZone = 'UTC'; create table sign_ins as from read_json('{folder}/sign_ins.ndjson', format = 'newline_delimited', columns = {{{declared}}})"
    )
    connection.execute("checkpoint")
    return int(connection.execute("select count(*) from sign_ins").fetchall()[0][0])


def _declared(kind: Any) -> str:
    if isinstance(kind, dict):
        return "STRUCT(" + ", ".join(f'"{key}" {_declared(value)}' for key, value in kind.items()) + ")"
    return TYPES[kind]


def consentry(folder: Path) -> int:
    """The product's own collecting step."""
    plan = Plan(tenant(folder), Home(folder / "home"))
    loader = Loader(plan.home, plan.tenant.tenant_id)
    plan.home.path.mkdir()
    with client(folder) as graph:
        loader.prepare()
        outcomes = [collect(plan, collection, loader, graph, Unwatched()) for collection in SIGN_INS]
    assert all(outcome.is_complete for outcome in outcomes), outcomes
    return sum(outcome.rows for outcome in outcomes)


def directory(folder: Path) -> int:
    """The other collections, without which there are no marts."""
    plan = Plan(tenant(folder), Home(folder / "home"))
    loader = Loader(plan.home, plan.tenant.tenant_id)
    with client(folder) as graph:
        outcomes = [collect(plan, c, loader, graph, Unwatched()) for c in COLLECTIONS if c not in SIGN_INS]
    return sum(outcome.rows for outcome in outcomes)


def marts(folder: Path) -> int:
    """Build, test and publish."""
    home = Home(folder / "home")
    build(home)
    publish(home, "benchmark")
    connection = duckdb.connect(str(home.warehouse), read_only=True)
    return int(connection.execute("select count(*) from raw.sign_ins").fetchall()[0][0])


WAYS = {"floor": floor, "consentry": consentry, "directory": directory, "marts": marts}

if __name__ == "__main__":
    os.environ.setdefault("DO_NOT_TRACK", "1")
    main()
