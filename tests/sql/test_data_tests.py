"""Data tests in a build: those of one model run with it, and the others after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pipelines.errors import BuildFailed
from pipelines.settings import Home
from pipelines.warehouse.build import HELD, Built, build, invoke
from tests.parsed import lend

from .story import CONTOSO, app, outcome
from .warehouse import Warehouse

USERS = "select count(*) as users from marts.dim_user"
ADA = {"tenant_id": CONTOSO, "id": "ada"}
ALONE = ("build", "--select", "dim_user", "--exclude", "test_type:generic")


@pytest.fixture(scope="module")
def built(warehouse: Warehouse) -> tuple[Warehouse, Built]:
    """A small tenant's warehouse, built, and what the build did."""
    warehouse.insert("users", ADA, ADA | {"id": "ben"})
    warehouse.insert("service_principals", app("payroll", CONTOSO))
    warehouse.insert("sync_outcomes", outcome(CONTOSO, "users"), outcome(CONTOSO, "service_principals"))
    home = Home(warehouse.folder)
    lend(home)
    return warehouse, build(home)


@pytest.fixture(scope="module")
def declared(warehouse: Warehouse) -> list[Any]:
    """The data tests that a build is to run."""
    home = Home(warehouse.folder)
    lend(home)
    manifest = invoke(home, "parse").result
    tests = [node for node in manifest.nodes.values() if node.resource_type == "test" and "full_scan" not in node.tags]
    return [test for test in tests if not test.original_file_path.startswith("seeds")]


def held(declared: list[Any]) -> Iterator[Any]:
    """Return those that dbt does not run as nodes."""
    return (test for test in declared if getattr(test, "test_metadata", None) and test.test_metadata.name in HELD)


def test_a_build_counts_every_data_test(built: tuple[Warehouse, Built], declared: list[Any]) -> None:
    """What a build counts is every test that is declared, in a model or after it; those in a model ask of it alone."""
    assert {len(test.depends_on.nodes) for test in held(declared)} == {1}
    assert built[1].tests == len(declared)


def test_a_model_that_fails_its_tests_fails_the_build(built: tuple[Warehouse, Built]) -> None:
    """Somebody who is in the raw rows twice fails the view of people; the message names the test and how many, and the marts stay."""
    warehouse, _ = built
    warehouse.insert("users", ADA)
    with pytest.raises(
        BuildFailed, match=r"Data tests failed: unique_together_stg_entra__users_tenant_id__user_id \(1\)"
    ):
        build(Home(warehouse.folder))
    assert warehouse.row(USERS) == {"users": 2}


def test_a_table_that_fails_its_tests_stays_as_it_was(built: tuple[Warehouse, Built]) -> None:
    """Its rows and its tests are one transaction."""
    warehouse, _ = built
    [(name, status, message)] = [row for row in warehouse.dbt(*ALONE) if row[0] == "dim_user"]
    assert (name, status) == ("dim_user", "error")
    assert "unique_together_dim_user_tenant_id__user_id (1)" in message
    assert warehouse.row(USERS) == {"users": 2}
    assert {row[1] for row in warehouse.dbt(*ALONE, "--exclude-resource-type", "unit_test", "test")} == {"success"}
    assert warehouse.row(USERS) == {"users": 3}
