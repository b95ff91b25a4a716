"""Seats that could be freed: by app and licence, and person by person with the evidence."""

from __future__ import annotations

from typing import Any, Final

from dashboard.pages.overview import SEATS_REST_ON
from dashboard.visit import Visit
from dashboard.words import RECLAIM_REASON

MOST: Final = 200


def reclaim(visit: Visit) -> dict[str, Any]:
    """Return what the page of reclaimable seats shows."""
    filters = {
        "app_id": visit.text("app"),
        "sku_id": visit.text("sku"),
        "reason": visit.choice("reason", RECLAIM_REASON),
        "search": visit.text("q"),
    }
    found = visit.ask("reclaim", **filters, **visit.paging)
    return {
        "totals": visit.ask("reclaim_totals", limit=MOST),
        "candidates": found,
        "paging": visit.paged(found, "matching_candidates"),
        "filters": filters,
        "missing": visit.ask("missing_lists", collections=SEATS_REST_ON),
    }
