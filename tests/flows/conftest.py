"""A tenant, and what `consentry up` brings up for it: a Prefect server, the deployments and a worker, shared by the session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pytest

from flows.local import descendants
from pipelines.settings import Home
from simulator import Server, populate, serve
from tests.parsed import lend

from .orchestra import COMMANDS, Orchestra, eventually, is_alive
from .receiver import Receiver, receiving

UP: Final = "consentry up"
UP_SECONDS: Final = 240
PLAN_SECONDS: Final = 120


@dataclass(frozen=True)
class Site:
    """Everything a run needs.

    Attributes:
        tenant: the simulated tenant's server.
        orchestra: Prefect's.
        told: whom the webhook tells.
        planned: the minutes of the hour at which the server had planned runs by itself, before the schedules were stopped.
    """

    tenant: Server
    orchestra: Orchestra
    told: Receiver
    planned: frozenset[int]

    @property
    def home(self) -> Home:
        """Where the worker's runs write."""
        return self.orchestra.home


@pytest.fixture(scope="session")
def tenant() -> Iterator[Server]:
    """Return a small tenant, served."""
    with serve(populate(users=12, apps=4, days=3)) as server:
        yield server


@pytest.fixture(scope="session")
def told() -> Iterator[Receiver]:
    """Return somebody who is told through the webhook."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def orchestra(tenant: Server, told: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestra]:
    """Return a Prefect server with its worker, which looks for runs every second. At the end nothing of it is left."""
    folder = tmp_path_factory.mktemp("prefect")
    own = {
        "CONSENTRY_HOME": str(folder / "home"),
        "CONSENTRY_WEBHOOK_URL": told.url,
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }
    made = Orchestra.in_folder(folder, {**tenant.settings, **own})
    assert UP in COMMANDS
    lend(made.home)
    with made.up(UP.split()):
        eventually(lambda: "Consentry is up at" in made.log.read_text(encoding="utf-8") or None, "it is up", UP_SECONDS)
        yield made
        family = [*made.children().values(), *(one for child in made.children().values() for one in descendants(child))]
        assert "Consentry is down." in made.run(["consentry", "down"])
        eventually(lambda: not any(map(is_alive, family)) or None, "nothing of it is left", 20)


@pytest.fixture(scope="session")
def site(tenant: Server, orchestra: Orchestra, told: Receiver) -> Site:
    """Return it all. The schedules rest: a run of theirs would come between those that the tests start."""

    def planned() -> frozenset[int] | None:
        minutes = {datetime.fromisoformat(run["expected_start_time"]).minute for run in orchestra.planned()}
        return frozenset(minutes) if len(minutes) > 3 else None

    found = eventually(planned, "the server plans runs of all schedules", PLAN_SECONDS)
    orchestra.pause()
    return Site(tenant, orchestra, told, found)
