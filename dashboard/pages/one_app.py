"""One app: whether it is used and by whom, what it may do, why it has its score, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboard.charts import OF_PEOPLE, by_day
from dashboard.pages.apps import STATES
from dashboard.pages.changes import newest
from dashboard.visit import NotHere, Visit

DAYS: Final = 90
MOST_PERMISSIONS: Final = 200


def one_app(visit: Visit) -> dict[str, Any]:
    """Return what the page of one app shows.

    Raises:
        NotHere: the file does not know the app.
    """
    app_id = visit.text("id")
    app = visit.ask("app", app_id=app_id)
    if not app.rows:
        raise NotHere(
            f"No app {app_id or ''} is in the published file. It may belong to another tenant, or was deleted: only apps that are there are shown."
        )
    filters = {"usage": visit.choice("usage", STATES), "search": visit.text("q")}
    people = visit.ask("app_people", app_id=app_id, **filters, **visit.paging)
    by_people = _is_by_people(app.first)
    kinds = OF_PEOPLE if by_people else _own_kind(app.first)
    days, used = visit.ask("known_days", days=DAYS, kinds=kinds), visit.ask("app_days", app_id=app_id, days=DAYS)
    return {
        "title": app.first["display_name"],
        "app": app,
        "factors": visit.ask("app_factors", app_id=app_id),
        "permissions": visit.ask("app_permissions", app_id=app_id, limit=MOST_PERMISSIONS),
        "used": used,
        "chart": by_day(days.rows, used.rows, "people" if by_people else "successes"),
        "measure": "people" if by_people else "sign-ins",
        "people": people,
        "paging": visit.paged(people, "matching_people"),
        "filters": filters,
        "changes": visit.ask("changes", **newest(app_id=app_id)),
    }


def _is_by_people(app: Mapping[str, Any]) -> bool:
    return app["app_kind"] != "managed_identity" and bool(app["active_users"] or not app["successes"])


def _own_kind(app: Mapping[str, Any]) -> str:
    """Return the kind of the sign-ins of an app as itself."""
    return "managed_identity" if app["app_kind"] == "managed_identity" else "service_principal"
