"""A real Superset with the bundle in it, over a published file of a simulated tenant.

`make superset` installs one and says where by SUPERSET_BIN; without it these tests are skipped. SUPERSET_PUBLISHED names another
published file to hold the bundle against, for example one's own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import steps
from pipelines import settings
from pipelines.cli.superset import write
from pipelines.settings import Home
from simulator import serve
from simulator.populate import populate

from .server import Superset

PROGRAMS = os.environ.get("SUPERSET_BIN", "")
GIVEN = os.environ.get("SUPERSET_PUBLISHED", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a Superset where there is none."""
    for item in items:
        if Path(__file__).parent in item.path.parents and not PROGRAMS:
            item.add_marker(pytest.mark.skip(reason="needs an Apache Superset of its own: make superset"))


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published file: the given one, or that of a tenant with new apps, and risks that may not be read."""
    place = tmp_path_factory.mktemp("published") / "consentry.duckdb"
    if GIVEN:
        shutil.copyfile(GIVEN, place)
        return place
    tenant = populate(users=120, apps=50, days=20, seed=7)
    for number in range(6):
        tenant.app(f"Pilot {number}", created_days_ago=3 + number)
    home = Home(place.parent)
    with serve(tenant) as server:
        server.faults.deny("/identityProtection/riskyServicePrincipals")
        steps.sync(steps.Plan(settings.tenants(server.settings), home))
    return home.published


@pytest.fixture(scope="session")
def bundle(file: Path) -> Path:
    """The bundle, as `consentry superset` writes it."""
    made = file.with_name("bundle.zip")
    write(made, file)
    return made


@pytest.fixture(scope="session")
def superset(file: Path, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    """A Superset that imported the bundle, as a person would who has the command line."""
    made = Superset(Path(PROGRAMS), tmp_path_factory.mktemp("superset") / "home")
    made.prepare()
    made.run("import-dashboards", "--path", str(bundle), "--username", "admin")
    with made.serving():
        yield made
