"""A lent reading of the dbt project is one that dbt takes; else the tests would read it anew for each home, and only be slow."""

from __future__ import annotations

import warnings

from pipelines.settings import Home
from pipelines.warehouse.build import invoke
from tests.parsed import lend

TAKEN = "Partial parsing enabled, no changes found, skipping parsing"


def test_dbt_takes_what_is_lent(home: Home) -> None:
    """A new home that was lent a reading lists the project's models without reading the project."""
    lend(home)
    said: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        command = ("list", "--resource-type", "model", "--select", "dim_app")
        listed = invoke(home, *command, callbacks=[lambda event: said.append(event.info.msg)]).result
    assert listed == ["consentry.marts.dim_app"]
    assert TAKEN in said
