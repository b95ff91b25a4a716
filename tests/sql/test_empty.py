"""The dbt project on a warehouse that nothing was ever synced to."""

from __future__ import annotations

from .warehouse import Warehouse


def test_an_empty_warehouse_builds(warehouse: Warehouse) -> None:
    """Before the first sync every mart exists, is empty and passes its tests."""
    results = warehouse.dbt("build", "--exclude-resource-type", "unit_test")
    assert {status for _, status, _ in results} <= {"success", "pass"}
    assert warehouse.rows("select * from marts.app_overview") == []
    assert warehouse.rows("select * from marts.coverage") == []
