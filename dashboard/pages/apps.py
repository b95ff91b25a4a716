"""All apps, filtered and sorted, with a picture of use against risk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboard.charts import heat
from dashboard.queries import Answer
from dashboard.visit import Visit
from dashboard.words import OWNERSHIP, USE_CLASS

BANDS: Final[Mapping[str, str]] = {
    "critical,high": "critical or high",
    "critical": "critical",
    "high": "high",
    "medium": "medium",
    "low": "low",
}
SORTS: Final[Mapping[str, str]] = {
    "risk": "highest risk",
    "users": "most people",
    "permissions": "worst permissions",
    "last_used": "last used",
    "seats": "most free seats",
    "name": "name",
}
STATES: Final = ("used", "unused", "unknown")
SCORES: Final = tuple(range(90, -1, -10))
"""The steps of ten of the picture, by their lowest score; 100 is in the highest."""

TOP: Final = 90


def apps(visit: Visit) -> dict[str, Any]:
    """Return what the page of all apps shows."""
    filters: dict[str, Any] = {
        "search": visit.text("q"),
        "ownership": visit.choice("ownership", OWNERSHIP),
        "usage": visit.choice("usage", STATES),
        "band": visit.choice("band", BANDS),
        "unknown_reason": visit.text("reason"),
        "credentials": visit.choice("credentials", ("ending",)),
    }
    lowest = visit.number("score_from")
    cell = {
        "use_class": visit.choice("use_class", USE_CLASS),
        "score_from": lowest,
        "score_to": None if lowest is None or lowest >= TOP else lowest + 10,
    }
    sort = visit.choice("sort", SORTS, "risk")
    found = visit.ask("apps", **filters, **cell, sort=sort, **visit.paging)
    grid = visit.ask("apps_grid", **filters)
    return {
        "apps": found,
        "paging": visit.paged(found, "matching_apps"),
        "grid": grid,
        "fields": _fields(grid),
        "filters": filters | cell,
        "sort": sort,
        "bands": BANDS,
        "sorts": SORTS,
        "states": STATES,
        "scores": SCORES,
        "top": TOP,
    }


def _fields(grid: Answer) -> dict[tuple[str, int], dict[str, Any]]:
    """Return the fields of the picture that have apps in them."""
    most = max((row["apps"] for row in grid.rows), default=0)
    return {(row["use_class"], row["score_from"]): row | {"heat": heat(row["apps"], most)} for row in grid.rows}
