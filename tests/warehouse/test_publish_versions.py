"""Older DuckDBs, which BI tools carry, against a published file and an export of today.

Not part of the default run, for these have to be installed: `make readers` does that, and sets `DUCKDBS`, the folder that holds one
folder for each version.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from flows import steps
from pipelines import settings
from pipelines.settings import Home
from pipelines.warehouse.export import export
from pipelines.warehouse.mart_keys import keys
from simulator import EVERYONE, Tenant, serve
from tests.parsed import lend

DUCKDBS: Final = os.environ.get("DUCKDBS")
FOLDERS: Final = sorted(Path(DUCKDBS).glob("duckdb-*")) if DUCKDBS else []

READ: Final = """
import json, sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
marts = [row[0] for row in connection.execute("select table_name from duckdb_tables() where schema_name = 'marts' order by 1").fetchall()]
counts = {mart: connection.execute(f"select count(*) from marts.{mart}").fetchone()[0] for mart in marts}
whole = {mart: len(connection.execute(f"from marts.{mart}").fetchall()) for mart in marts}
noted = dict(connection.execute("select mart, row_count from published_mart").fetchall())
bare = connection.execute("select table_name, column_name from duckdb_columns() where schema_name = 'marts' and comment is null").fetchall()
parquet = {mart: connection.execute(f"select count(*) from read_parquet('{sys.argv[2]}/latest/{mart}/**/*.parquet', hive_partitioning = true)").fetchone()[0] for mart in marts}
print(json.dumps({"version": duckdb.__version__, "same": counts == whole == noted == parquet, "marts": marts, "bare": bare}))
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the published file of a simulated tenant, and the folder of its export."""
    tenant = Tenant()
    ada = tenant.user("Ada", created_days_ago=400)
    tenant.app("Payroll", created_days_ago=300).granted("Mail.Read", by=ada, to=EVERYONE, days_ago=5).used_by(
        3, days_ago=2
    )
    home = Home(tmp_path_factory.mktemp("home"))
    folder = tmp_path_factory.mktemp("parquet")
    lend(home)
    with serve(tenant) as server:
        steps.sync(steps.Plan(settings.tenants(server.settings), home))
    export(home, str(folder))
    return home.published, folder


def read(shared: tuple[Path, Path], library: Path | None) -> dict[str, object]:
    """Return what a DuckDB finds: that of the environment, or the one in a folder."""
    env = {**os.environ, **({"PYTHONPATH": str(library)} if library else {})}
    command = [sys.executable, "-c", READ, *map(str, shared)]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))


def holds(found: dict[str, object]) -> bool:
    """Return whether all marts are there with their rows, every column described, in the file and in the export."""
    return (found["same"], found["marts"], found["bare"]) == (True, sorted(keys()), [])


def test_what_is_published_is_whole_and_described(shared: tuple[Path, Path]) -> None:
    """All seventeen marts are in the file and in the export with the same rows, and no column is without its description."""
    assert holds(read(shared, None))
    assert len(keys()) == 17


@pytest.mark.skipif(not FOLDERS, reason="no older DuckDB is installed; `make readers` does it")
@pytest.mark.parametrize("library", FOLDERS, ids=lambda folder: folder.name)
def test_older_versions_read_it(shared: tuple[Path, Path], library: Path) -> None:
    """A DuckDB of 1.x opens the published file and the export, reads every row of every mart, and finds the descriptions."""
    found = read(shared, library)
    assert library.name == f"duckdb-{found['version']}"
    assert holds(found)
