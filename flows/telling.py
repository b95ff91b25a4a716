"""What a person reads of a run: Markdown tables of what was collected, what changed, and how fresh it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

import pandas as pd

from pipelines.entra.outcomes import Outcome
from pipelines.entra.readiness import Readiness
from pipelines.warehouse.differences import DORMANT, GRANTED, NEW, RAISED, Difference

HEADINGS: Final = {
    NEW: "New apps",
    RAISED: "Apps that became dangerous",
    GRANTED: "New grants of dangerous permissions",
    DORMANT: "Apps that nobody uses any more",
}

MOST_LINES: Final = 100
"""Of each kind of change; the rest is counted. The mart has them all."""

_MARKUP: Final = re.compile(r"([\\`*\[\]<>|#!~])")  # an underscore within a word is none


def plain(text: str) -> str:
    """Return a text on one line that Markdown shows as it is: a tenant's apps are named by strangers."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def outcomes(found: Sequence[Outcome], names: Mapping[str, str]) -> str:
    """Return what a run collected as a table.

    Args:
        found: the outcomes of all tenants.
        names: tenants' ids -> their names; of several tenants each line says whose it is.
    """
    headings, sides = ["collection", "outcome", "rows", "pages", "requests", "waited s", "why not complete"], "llrrrrl"
    rows = [_cells(outcome) for outcome in found]
    if len(names) > 1:
        headings, sides = ["tenant", *headings], f"l{sides}"
        rows = [[names[outcome.tenant_id], *cells] for outcome, cells in zip(found, rows, strict=True)]
    return table(headings, sides, rows)


def lacking(outcome: Outcome) -> str:
    """Return why a collection is not complete, on one line; nothing where it is."""
    return " ".join(outcome.reason.words.split()) if outcome.reason else ""


def changes(differences: Sequence[Difference] | None, names: Mapping[str, str]) -> str:
    """Return what nobody was told yet of the published file, a table for each kind of change.

    Args:
        differences: in the order of their kinds; None where there was no file to compare with.
        names: tenants' ids -> their names.
    """
    if differences is None:
        return "Nothing to compare with: this is the first file that was published. What changes from now on stands here after each run."
    found = {kind: list(ones) for kind, ones in groupby(differences, lambda one: one.kind)}
    counts = ", ".join(f"{heading.lower()}: {len(found.get(kind, []))}" for kind, heading in HEADINGS.items())
    parts = [_part(heading, found[kind], names) for kind, heading in HEADINGS.items() if kind in found]
    return "\n\n".join([f"Since the last run that told it: {counts}.", *parts])


def freshness(coverage: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Return from when to when each collection is known, and how old that is, as a table.

    Args:
        coverage: the mart.
        names: tenants' ids -> their names.
    """
    ordered = coverage.sort_values(["tenant_id", "collection"])
    rows = [
        [
            *([names.get(c["tenant_id"], c["tenant_id"])] if len(names) > 1 else []),
            *(
                str(c["collection"]),
                str(c["outcome"]),
                _time(c["known_from"]),
                _time(c["known_to"]),
                _hours(c["age_hours"]),
            ),
            "" if pd.isna(c["what_is_missing"]) else str(c["what_is_missing"]),
        ]
        for c in ordered.to_dict("records")
    ]
    headings = ["collection", "outcome", "known from", "known to", "hours old", "what is missing, and why"]
    several = ["tenant"] if len(names) > 1 else []
    return table([*several, *headings], "l" * len(several) + "llllrl", rows)


def readiness(found: Sequence[Readiness]) -> str:
    """Return what a check found as a table: what of each tenant would not be collected, and why."""
    rows = [
        [one.tenant.name, outcome.collection.name, outcome.outcome, lacking(outcome)]
        for one in found
        for outcome in one.lacking
    ]
    asked = sum(len(one.outcomes) for one in found)
    said = f"{asked - len(rows)} of {asked} collections can be read."
    return f"{said}\n\n{table(['tenant', 'collection', 'outcome', 'why'], 'llll', rows)}" if rows else said


def table(headings: Sequence[str], sides: str, rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table.

    Args:
        headings: of its columns.
        sides: for each column `l` or `r`.
        rows: their cells.
    """
    rules = ["---:" if side == "r" else "---" for side in sides]
    return "\n".join([_line(headings), _line(rules), *(_line([plain(cell) for cell in row]) for row in rows)])


def _part(heading: str, found: Sequence[Difference], names: Mapping[str, str]) -> str:
    rows = [
        [
            *([names.get(one.tenant_id, one.tenant_id)] if len(names) > 1 else []),
            *(one.app_name, one.risk_band or "", "" if one.risk_score is None else str(one.risk_score), one.what),
        ]
        for one in found[:MOST_LINES]
    ]
    several = ["tenant"] if len(names) > 1 else []
    drawn = table([*several, "app", "risk", "score", "what"], "l" * len(several) + "llrl", rows)
    left = len(found) - len(rows)
    more = f"\n\n… and {left:,} more; ask the marts for them." if left else ""
    return f"## {heading}\n\n{drawn}{more}"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(outcome: Outcome) -> list[str]:
    traffic = outcome.traffic
    counts = [f"{outcome.rows:,}", str(traffic.pages), str(traffic.requests), f"{traffic.waited_seconds:.1f}"]
    return [outcome.collection.name, outcome.outcome, *counts, lacking(outcome)]


def _time(moment: Any) -> str:
    return "" if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M}"


def _hours(hours: Any) -> str:
    return "" if pd.isna(hours) else f"{hours:.1f}"
