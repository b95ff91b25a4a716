"""What changed, day by day."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from dashboard.visit import Visit

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "power": ("permissions gained", "permission_granted,permission_widened,directory_role_added"),
    "less": ("permissions lost", "permission_revoked,directory_role_removed"),
    "apps": ("apps come", "app_added"),
    "gone": ("apps gone or switched", "app_removed,app_disabled,app_enabled"),
    "credentials": ("credentials", "credential_added,credential_removed"),
    "owners": ("owners and publishers", "owner_added,owner_removed,publisher_changed"),
    "replies": ("reply addresses", "reply_url_added,reply_url_removed"),
    "consents": ("more consents", "consenting_users_up"),
}
TIERS: Final[Mapping[str, str]] = {
    "critical": "critical",
    "critical,high": "critical or high",
    "critical,high,medium": "medium and above",
}
DAYS: Final[Mapping[str, str]] = {"7": "last 7 days", "30": "last 30 days", "90": "last 90 days"}

FILTERS: Final = ("app_id", "user_id", "days", "kind", "tier", "search")
RECENT: Final = 20


def newest(limit: int = RECENT, **filters: Any) -> dict[str, Any]:
    """Return what to ask for the newest changes with, where all filters but these are left out."""
    return dict.fromkeys(FILTERS) | filters | {"limit": limit, "offset": 0}


def changes(visit: Visit) -> dict[str, Any]:
    """Return what the timeline shows."""
    kind, days = visit.choice("kind", KINDS), visit.choice("days", DAYS)
    filters = {"kind": kind, "days": days, "tier": visit.choice("tier", TIERS), "search": visit.text("q")}
    asked = filters | {"kind": KINDS[kind][1] if kind else None, "days": int(days) if days else None}
    found = visit.ask("changes", app_id=visit.text("app"), user_id=None, **asked, **visit.paging)
    return {
        "changes": found,
        "days": [(day, list(rows)) for day, rows in groupby(found.rows, key=lambda row: row["change_date"])],
        "paging": visit.paged(found, "matching_changes"),
        "filters": filters,
        "kinds": KINDS,
        "tiers": TIERS,
        "spans": DAYS,
        "missing": visit.ask(
            "missing_lists", collections="directory_audits,service_principals,oauth2_permission_grants"
        ),
    }
