"""A tenant, a Prefect server with the deployments of prefect.yaml, and its worker: all real, shared by the session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dotenv import dotenv_values

from pipelines.settings import Home
from simulator import Server, populate, serve

from .orchestra import ROOT, Orchestra, documented, eventually


@dataclass(frozen=True)
class Site:
    """Everything a run needs.

    Attributes:
        tenant: the simulated tenant's server.
        orchestra: Prefect's.
        home: where the worker's runs write.
        log: what the worker printed.
    """

    tenant: Server
    orchestra: Orchestra
    home: Home
    log: Path


@pytest.fixture(scope="session")
def tenant() -> Iterator[Server]:
    """Return a small tenant, served."""
    with serve(populate(users=12, apps=4, days=3)) as server:
        yield server


@pytest.fixture(scope="session")
def orchestra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestra]:
    """Return a Prefect server that holds the pool and the deployments."""
    made = Orchestra.in_folder(tmp_path_factory.mktemp("prefect"))
    with made.running(documented("prefect server start"), "server", {}):
        eventually(made.is_up, "the Prefect server answers", 60)
        made.run(documented("prefect work-pool create"))
        made.run(documented("prefect --no-prompt deploy"))
        made.run(documented("prefect automation create"))
        yield made


@pytest.fixture(scope="session")
def site(tenant: Server, orchestra: Orchestra, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return it all, with a worker that looks for runs every second.

    The schedules rest: at seven past the hour a run of theirs would come between those that the tests start.
    """
    orchestra.pause()
    home = Home(tmp_path_factory.mktemp("home"))
    own = dict.fromkeys(dotenv_values(ROOT / ".env"), "")  # a developer's .env stands in the folder that is deployed
    settings = {**own, **tenant.settings, "CONSENTRY_HOME": str(home.path), "PREFECT_WORKER_QUERY_SECONDS": "1"}
    with orchestra.running(documented("prefect worker start"), "worker", settings) as log:
        yield Site(tenant, orchestra, home, log)
