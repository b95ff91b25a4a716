"""Lists that stand in two rooms say the same."""

from __future__ import annotations

import csv
from pathlib import Path

from pipelines.entra.collections import COLLECTIONS

SEEDS = Path(__file__).parents[1] / "sql" / "seeds"


def test_the_models_know_every_collection() -> None:
    """`coverage` expects exactly the collections that are fetched."""
    with (SEEDS / "collection.csv").open(encoding="utf-8", newline="") as file:
        assert {row["collection"] for row in csv.DictReader(file)} == {collection.name for collection in COLLECTIONS}


def test_what_microsofts_workbook_calls_an_interrupt_is_no_failure() -> None:
    """The codes at which Microsoft's own workbook of sign-ins says that somebody was only asked for something."""
    asked = {16000, 16001, 16003, 50055, 50058, 50059, 50072, 50074, 50125, 50127, 50129, 50140, 50143, 50144}
    asked |= {51006, 52004, 65001, 81010, 81012, 81014}
    with (SEEDS / "sign_in_interrupt_code.csv").open(encoding="utf-8", newline="") as file:
        assert asked <= {int(row["error_code"]) for row in csv.DictReader(file)}
