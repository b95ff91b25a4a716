"""A lent reading of the dbt project is one that dbt takes; else the tests would read it anew for each home, and only be slow."""

from __future__ import annotations

import warnings

import pytest

from pipelines.settings import Home
from pipelines.warehouse.build import arguments, let_go
from tests.parsed import lend

TAKEN = "Partial parsing enabled, no changes found, skipping parsing"


def test_dbt_takes_what_is_lent(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new home that was lent a reading lists the project's models without reading the project."""
    monkeypatch.setenv("CONSENTRY_WAREHOUSE", str(home.warehouse))
    lend(home)
    said: list[str] = []
    with warnings.catch_warnings(), let_go():
        warnings.simplefilter("ignore")
        from dbt.cli.main import dbtRunner

        runner = dbtRunner(callbacks=[lambda event: said.append(event.info.msg)])
        listed = runner.invoke(arguments(home, "list", "--resource-type", "model", "--select", "dim_app")).result
    assert listed == ["consentry.marts.dim_app"]
    assert TAKEN in said
