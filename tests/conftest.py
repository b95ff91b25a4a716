"""Real things for every test: a simulated tenant behind HTTPS, and folders of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import settings
from pipelines.settings import Home, Tenant
from simulator import Server, serve
from simulator import Tenant as SimulatedTenant

for name in [name for name in os.environ if name.startswith("CONSENTRY_")]:
    del os.environ[name]  # a developer's own tenant is nobody's test data


@pytest.fixture(scope="session")
def quiet_server() -> Iterator[Server]:
    """Return a served tenant with nobody in it, for tests that only need tokens."""
    with serve(SimulatedTenant()) as server:
        yield server


@pytest.fixture
def tenant(quiet_server: Server) -> Tenant:
    """Return the settings of a tenant that gives tokens."""
    return settings.tenant(quiet_server.settings)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return an empty home folder."""
    return Home(tmp_path / "home")
