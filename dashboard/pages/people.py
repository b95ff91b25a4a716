"""People: search, and one person's apps and exposure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dashboard.pages.changes import newest
from dashboard.visit import NotHere, Visit

KINDS: Final[Mapping[str, str]] = {"guest": "guests", "privileged": "privileged roles", "disabled": "switched off"}
SORTS: Final[Mapping[str, str]] = {
    "consents": "most own consents",
    "name": "name",
    "away": "longest away",
}
MOST: Final = 200


def people(visit: Visit) -> dict[str, Any]:
    """Return what the page of all people shows."""
    filters = {"search": visit.text("q"), "kind": visit.choice("kind", KINDS)}
    sort = visit.choice("sort", SORTS, "consents")
    found = visit.ask("people", **filters, sort=sort, **visit.paging)
    return {
        "people": found,
        "paging": visit.paged(found, "matching_people"),
        "filters": filters,
        "sort": sort,
        "kinds": KINDS,
        "sorts": SORTS,
        "missing": visit.ask("missing_lists", collections="users,sign_ins_interactive,oauth2_permission_grants"),
    }


def person(visit: Visit) -> dict[str, Any]:
    """Return what the page of one person shows.

    Raises:
        NotHere: the file does not know the person.
    """
    user_id = visit.text("id")
    found = visit.ask("person", user_id=user_id)
    if not found.rows:
        raise NotHere(
            f"No person {user_id or ''} is in the published file; the directory does not list such an account."
        )
    return {
        "title": found.first["display_name"] or found.first["user_principal_name"] or user_id,
        "person": found,
        "apps": visit.ask("person_apps", user_id=user_id, limit=MOST),
        "exposure": visit.ask("person_exposure", user_id=user_id, limit=MOST),
        "changes": visit.ask("changes", **newest(user_id=user_id)),
    }
