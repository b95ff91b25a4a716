"""The published marts as a page for the terminal."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from pipelines.cli.console import say, table
from pipelines.warehouse.marts import Marts

BANDS: Final = ("critical", "high", "medium", "low")
SHOWN: Final = 5
SOURCES: Final = {
    "sign_ins": "single sign-ins",
    "summarized_sign_ins": "counts by day",
    "activity_report": "the report of last use",
}
"""What a state of usage may rest on, best first."""


def print_summary(marts: Marts) -> None:
    """Print apps by risk, apps unused, apps unknown and why, and what was collected."""
    apps = marts["app_overview"]
    judged = apps[apps["is_scored"]]
    own = len(apps) - len(judged)
    tenants = apps["tenant_id"].nunique()
    users = int((~marts["dim_user"]["is_deleted"]).sum())
    where = f"the directories of {tenants:,} tenants" if tenants > 1 else "the directory"
    say(
        f"{len(judged):,} apps are not Microsoft's own ({own:,} more are); {users:,} users are in {where}.",
        style="bold",
    )
    say()
    _risk(judged)
    _lower_bound(judged)
    _riskiest(judged)
    _unused(judged)
    _unknown(judged)
    _collected(marts["coverage"])


def _risk(apps: pd.DataFrame) -> None:
    rows: list[list[object]] = []
    for band in BANDS:
        those = apps[apps["risk_band"] == band]
        states = those["usage_state"].value_counts()
        rows.append([band, len(those), *(int(states.get(state, 0)) for state in ("used", "unused", "unknown"))])
    table(
        "Apps by risk", {"risk": "left", "apps": "right", "used": "right", "unused": "right", "unknown": "right"}, rows
    )


def _lower_bound(apps: pd.DataFrame) -> None:
    missing = apps["missing_risk_evidence"].dropna()
    if len(missing):
        say(f"These scores are lower bounds: never collected were {missing.iloc[0]}.", style="yellow")
        say()


def _riskiest(apps: pd.DataFrame) -> None:
    top = apps.sort_values(["risk_score", "display_name"], ascending=[False, True]).head(SHOWN)
    rows: list[list[object]] = [
        [app.risk_score, app.display_name, app.usage_state, app.risk_titles] for app in top.itertuples()
    ]
    table("The riskiest", {"score": "right", "app": "left", "usage": "left", "first reasons": "left"}, rows)


def _unused(apps: pd.DataFrame) -> None:
    unused = apps[apps["usage_state"] == "unused"].sort_values(["risk_score", "display_name"], ascending=[False, True])
    counts = unused["usage_source"].value_counts()
    sources = [f"{int(counts[name]):,} known by {words}" for name, words in SOURCES.items() if counts.get(name)]
    known = f" ({', '.join(sources)})" if sources else ""
    say(
        f"Unused: {len(unused):,} apps had no success in the whole window by any kind of sign-in that they could have{known}.",
        style="bold",
    )
    if len(unused):
        named = ", ".join(unused["display_name"].head(SHOWN))
        more = f" and {len(unused) - SHOWN:,} more" if len(unused) > SHOWN else ""
        say(f"  {named}{more}")
    say()


def _unknown(apps: pd.DataFrame) -> None:
    unknown = apps[apps["usage_state"] == "unknown"]
    if unknown.empty:
        say("Unknown: none. What is missing would be named here, never counted as unused.", style="bold")
        say()
        return
    counted = unknown.groupby("unknown_explanation").size().sort_values(ascending=False)
    rows: list[list[object]] = [[count, reason] for reason, count in counted.items()]
    table("Unknown, which is not unused", {"apps": "right", "why": "left"}, rows)


def _collected(coverage: pd.DataFrame) -> None:
    several = coverage["tenant_id"].nunique() > 1
    ordered = coverage.sort_values(["tenant_id", "collection"])
    rows: list[list[object]] = [
        [
            *([c.tenant_id] if several else []),
            *(c.collection, c.outcome, _number(c.fetched_rows), _day(c.collected_from), _hours(c.stale_hours)),
        ]
        for c in ordered.itertuples()
    ]
    columns = {"collection": "left", "outcome": "left", "rows": "right", "known from": "right", "hours old": "right"}
    table("What was collected by the last run", {"tenant": "left", **columns} if several else columns, rows)
    gaps = ordered.dropna(subset=["what_is_missing"])
    if len(gaps):
        say("What is missing, and why", style="bold")
        for gap in gaps.itertuples():
            say(f"  {f'{gap.tenant_id} ' if several else ''}{gap.collection}: {gap.what_is_missing}")
        say()


def _number(value: Any) -> str:
    return "" if pd.isna(value) else f"{int(value):,}"


def _day(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:%Y-%m-%d}"


def _hours(value: Any) -> str:
    return "" if pd.isna(value) else f"{value:.1f}"
