"""A served tenant with odd data, and jobs that read it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.settings import Home
from simulator import Server, Tenant, serve
from tests.collecting import Job, small
from tests.odd_tenant import odd_tenant


@pytest.fixture
def truth() -> Tenant:
    """Return the tenant that is read; a test may change it."""
    return odd_tenant()


@pytest.fixture
def server(truth: Tenant) -> Iterator[Server]:
    """Return the tenant, served."""
    with serve(truth) as served:
        yield served


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home whose warehouse holds the odd tenant's apps and is else empty; making one takes seconds, a copy does not."""
    home = Home(tmp_path_factory.mktemp("prepared") / "home")
    with serve(odd_tenant()) as server:
        Job.on(server, home).run(small("service_principals"))
    return home.path


@pytest.fixture
def job(server: Server, prepared: Path, tmp_path: Path) -> Job:
    """Return a job on the tenant and a warehouse that holds its apps."""
    return Job.on(server, Home(Path(shutil.copytree(prepared, tmp_path / "home"))))


@pytest.fixture
def first_job(server: Server, home: Home) -> Job:
    """Return a job on the tenant and no warehouse yet."""
    return Job.on(server, home)
