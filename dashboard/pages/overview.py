"""The first page: what an administrator should do on Monday morning, and how things stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboard.charts import ALL_KINDS, by_day
from dashboard.pages.changes import newest
from dashboard.visit import Visit

DAYS: Final = 60
RECENT_DAYS: Final = 7
SHOWN: Final = 8
SEATS_REST_ON: Final = (
    "app_role_assigned_to,group_members,users,subscribed_skus,sign_ins_interactive,sign_ins_non_interactive"
)


@dataclass(frozen=True)
class Advice:
    """How a thing to do is said.

    Attributes:
        one: with one thing.
        many: with several.
        worst: how the worst of them are told.
        why: what to do about it.
        page: where they are listed.
        filters: of that page.
    """

    one: str
    many: str
    worst: str
    why: str
    page: str
    filters: Mapping[str, str]


TO_DO: Final[Mapping[str, Advice]] = {
    "dangerous": Advice(
        "app at critical or high risk",
        "apps at critical or high risk",
        "{} critical",
        "Read why, worst first, and do what each reason says.",
        "apps",
        {"band": "critical,high", "status": "on"},
    ),
    "power_gained": Advice(
        "powerful permission granted this week",
        "powerful permissions granted this week",
        "{} critical",
        "Ask whoever consented, and revoke what nobody can explain.",
        "changes",
        {"days": "7", "kind": "power", "tier": "critical,high"},
    ),
    "dangerous_unused": Advice(
        "dangerous app that nobody uses",
        "dangerous apps that nobody uses",
        "{} critical",
        "Switch these off: proven unused, nobody will miss them.",
        "apps",
        {"band": "critical,high", "usage": "unused", "status": "on"},
    ),
    "new_apps": Advice(
        "app came this week",
        "apps came this week",
        "",
        "See who let them in, and what they may do.",
        "changes",
        {"days": "7", "kind": "apps"},
    ),
    "ending_credentials": Advice(
        "app of our own loses its last secret or certificate within 30 days",
        "apps of our own lose their last secret or certificate within 30 days",
        "{} within a week",
        "Renew it before the app stops, or let the app go.",
        "apps",
        {"ownership": "own", "credentials": "ending"},
    ),
    "seats": Advice(
        "seat can be freed",
        "seats can be freed",
        "of {} people",
        "Take back what verifiably nobody uses.",
        "reclaim",
        {},
    ),
    "unknown_apps": Advice(
        "app about whose use nobody can tell",
        "apps about whose use nobody can tell",
        "{} at critical or high risk",
        "Unknown is not unused: see what is missing, and why.",
        "apps",
        {"usage": "unknown", "status": "on"},
    ),
}


def overview(visit: Visit) -> dict[str, Any]:
    """Return what the first page shows."""
    to_do = visit.ask("to_do")
    days, used = visit.ask("known_days", days=DAYS, kinds=ALL_KINDS), visit.ask("use_by_day", days=DAYS)
    return {
        "to_do": to_do,
        "tasks": [(row, TO_DO[row["what"]]) for row in to_do.rows if row["things"]],
        "missing_for_seats": visit.ask("missing_lists", collections=SEATS_REST_ON),
        "bands": visit.ask("apps_by_band"),
        "riskiest": visit.ask("riskiest_apps", limit=SHOWN),
        "people": visit.ask("people_totals"),
        "coverage": visit.ask("coverage_totals"),
        "unknown": visit.ask("unknown_reasons"),
        "changes": visit.ask("changes", **newest(SHOWN, days=RECENT_DAYS)),
        "used": used,
        "chart": by_day(days.rows, used.rows, "successes"),
    }
