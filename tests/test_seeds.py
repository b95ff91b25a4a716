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
