"""Warehouses for the tests of the dbt project. Building one takes seconds, so a module shares it."""

from __future__ import annotations

import pytest

from .grants import tell_grants
from .ladder import tell_ladder
from .leavers import tell_leavers
from .members import tell_members
from .ratings import tell_ratings
from .reading import tell_reading
from .risks import tell_risks
from .roundabout import tell_roundabout
from .story import tell
from .usage import tell_usage
from .warehouse import Warehouse
from .woodgrove import tell_woodgrove


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """A warehouse with empty raw tables."""
    made = Warehouse(tmp_path_factory.mktemp("warehouse"))
    made.create()
    return made


@pytest.fixture(scope="session")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The stories, built by dbt with every data test of the project; its unit tests have a test of their own."""
    made = Warehouse(tmp_path_factory.mktemp("story"))
    made.create()
    tell(made)
    tell_leavers(made)
    tell_members(made)
    tell_ladder(made)
    tell_reading(made)
    tell_woodgrove(made)
    tell_grants(made)
    tell_ratings(made)
    tell_usage(made)
    tell_risks(made)
    tell_roundabout(made)
    failed = [
        row for row in made.dbt("build", "--exclude-resource-type", "unit_test") if row[1] not in {"success", "pass"}
    ]
    assert failed == []
    return made
