"""A build of a warehouse that nothing was ever synced to."""

from __future__ import annotations

from pipelines.settings import Home
from pipelines.warehouse.build import build
from tests.parsed import lend

from .warehouse import Warehouse


def test_an_empty_warehouse_builds(warehouse: Warehouse) -> None:
    """Before the first sync every mart exists, is empty and passes its tests."""
    home = Home(warehouse.folder)
    lend(home)
    assert build(home).tests
    assert warehouse.rows("select * from marts.app_overview") == []
    assert warehouse.rows("select * from marts.coverage") == []
