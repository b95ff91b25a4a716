"""What is known, what is not, and why."""

from __future__ import annotations

from typing import Any

from dashboard.visit import Visit


def coverage(visit: Visit) -> dict[str, Any]:
    """Return what the page of coverage shows."""
    return {
        "coverage": visit.ask("coverage"),
        "totals": visit.ask("coverage_totals"),
        "unknown": visit.ask("unknown_reasons"),
    }
