"""A made-up tenant and a real one never share a folder."""

from __future__ import annotations

import json

import duckdb
import pytest

from flows import steps
from pipelines.cli.demo import Simulator
from pipelines.errors import SettingsError
from pipelines.settings import Home, Tenant


@pytest.fixture
def used(home: Home) -> Home:
    """Return a home with a warehouse."""
    home.path.mkdir()
    duckdb.connect(str(home.warehouse)).close()
    return home


def test_a_sync_refuses_the_demos_folder(used: Home, tenant: Tenant) -> None:
    """A tenant's sync into the demo's folder ends with a sentence before anything is read."""
    used.simulator.mkdir()
    (used.simulator / "tenant.json").write_text(json.dumps({"tenant_id": "another"}))
    with pytest.raises(SettingsError, match="CONSENTRY_HOME"):
        steps.sync(steps.Plan([tenant], used))


def test_the_demo_refuses_a_tenants_folder(used: Home) -> None:
    """The demo in a folder with a warehouse that it did not make ends with a sentence, and starts nothing."""
    with pytest.raises(SettingsError, match="CONSENTRY_HOME"):
        Simulator(used).ensure([])
    assert not used.simulator.exists()
