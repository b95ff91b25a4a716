"""The rating seeds as tests read them."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

SEEDS = Path(__file__).parents[1] / "sql" / "seeds"
LISTS = ("graph_permission", "scubagear_rating")
KEY = ("resource_app_id", "permission_type", "permission_id")

Row = dict[str, str]
Key = tuple[str, ...]


@cache
def seed(name: str) -> list[Row]:
    """Return the rows of a seed."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def key(row: Row) -> Key:
    """Return what a permission is found by."""
    return tuple(row[column] for column in KEY)
