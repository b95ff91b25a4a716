"""Which answers of the marts a collection feeds, in the words of the models' own seeds."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import Final

from pipelines.entra.outcomes import Outcome
from pipelines.warehouse.build import PROJECT

SINGLE: Final = "sign_ins"
"""The rung of usage sources on which each sign-in is known; the seed `usage_source` orders them."""

STANDS_IN: Final[Mapping[str, str]] = {
    "summarized_sign_ins": "with counts by day",
    "activity_report": "with the time of the last use only",
}
"""What the lower rungs know."""


def unknown(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Return, for each collection that could not be read, which answers that leaves unknown.

    Args:
        outcomes: of all collections of a tenant.
    """
    found = list(outcomes)
    readable = {outcome.collection.name for outcome in found if outcome.is_complete}
    collections = {row["collection"]: row for row in _seed("collection")}
    lacking = [outcome.collection.name for outcome in found if not outcome.is_complete]
    return {name: _sentence(name, collections[name], readable) for name in lacking}


def _sentence(name: str, collection: Mapping[str, str], readable: set[str]) -> str:
    evidence = "; risk scores are lower bounds" if collection["is_risk_evidence"] == "true" else ""
    return f"{collection['feeds']}{_instead(name, readable)}{evidence}"


def _instead(name: str, readable: set[str]) -> str:
    """Return, of a list of single sign-ins, what the usage of apps is known from in its place."""
    rungs = _seed("usage_source")
    kinds = [row["sign_in_kind"] for row in rungs if (row["collection"], row["usage_rung"]) == (name, SINGLE)]
    if not kinds:
        return ""
    lower = [row for row in rungs if row["sign_in_kind"] in kinds and row["collection"] in readable]
    if not lower:
        return "; whether an app is used in this way stays unknown"
    best = min(lower, key=lambda row: int(row["rung_order"]))
    return f"; {best['collection']} stands in, {STANDS_IN[best['usage_rung']]}"


def _seed(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
