"""Kills: whenever a run dies, the next one ends with the tenant's rows, each once."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from pipelines.settings import Home
from simulator import App, Server, Tenant, User, serve
from tests import truth as told
from tests.collecting import Job, small
from tests.dying import DEAD
from tests.odd_tenant import odd_tenant

ROOT: Final = Path(__file__).parents[2]
DEATHS: Final = {
    "in the middle of the extraction": ("sign_ins_interactive", "Extract", "sign_ins", 1),
    "before the cursor is written down": ("sign_ins_interactive", "Extract", "Resources", 2),
    "after the first file of a log is loaded": ("sign_ins_interactive", "Load", "Jobs", 1),
    "before the package is called loaded": ("sign_ins_interactive", "Load", "Jobs", 5),
    "after the first file of a list is loaded": ("users", "Load", "Jobs", 1),
}
"""When a run dies: the collection, dlt's step, its counter and how far that is."""


@pytest.fixture(scope="module")
def killed(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Home]:
    """Return the homes in which a second run died, by the moment at which it did."""
    truth = odd_tenant()
    good = Home(Path(shutil.copytree(prepared, tmp_path_factory.mktemp("good") / "home")))
    with serve(truth) as server:
        Job.on(server, good).run(small("users"), small("sign_ins_interactive"))
        homes = {name: Path(shutil.copytree(good.path, tmp_path_factory.mktemp("killed") / "home")) for name in DEATHS}
        change(truth)
        assert kill(server, homes) == [DEAD] * len(DEATHS)
    return {name: Home(path) for name, path in homes.items()}


def change(truth: Tenant) -> None:
    """Change the tenant between the first run and the second one."""
    people = [User(truth, row) for row in truth.directory.users.rows()]
    truth.remove(people[4])
    people[1].update(displayName="Changed")
    app = [App(truth, row) for row in truth.directory.service_principals.rows()][1]
    app.signed_in(people[1], days_ago=0.01, times=5)


def kill(server: Server, homes: dict[str, Path]) -> list[int]:
    """Let a run die in each home. Return the exit codes."""
    deaths: list[dict[str, Any]] = [
        {"home": str(homes[name]), "collection": collection, "step": step, "counter": counter, "count": count}
        for name, (collection, step, counter, count) in DEATHS.items()
    ]
    plan = json.dumps({"settings": server.settings, "deaths": deaths})
    command = [sys.executable, "-m", "tests.dying", plan]
    return list(json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout))


@pytest.mark.parametrize("name", DEATHS)
def test_the_run_after_a_kill_makes_good(killed: dict[str, Home], name: str) -> None:
    """Wherever the run died, the next one ends equal to the tenant, and leaves nothing lying about."""
    truth = odd_tenant()
    change(truth)
    collection = small(DEATHS[name][0])
    with serve(truth) as server:
        job = Job.on(server, killed[name])
        job.run(collection, run_id="after")
    assert told.differences(job.home.warehouse, truth, collection) == []
    assert job.query("select outcome from raw.sync_outcomes where run_id = 'after'") == [("complete",)]
    assert list((job.home.path / "spool").iterdir()) == []
