"""A tenant from which everything goes: soft deleted, deleted for good, or no longer listed."""

from __future__ import annotations

from typing import Any

from .story import (
    GRAPH_APP,
    LISTS,
    MICROSOFT_TENANT,
    app,
    assignment,
    complete_sign_ins,
    grant,
    outcome,
    sign_in,
    tell_outcomes,
)
from .warehouse import Warehouse, ago

FABRIKAM = "30000000-0000-0000-0000-000000000001"


def gone(reason: str = "changed", days_ago: float = 2) -> dict[str, Any]:
    """What a raw row says once its object is gone."""
    return {"_deleted_at": ago(days_ago), "_removed_reason": reason}


def person(name: str, **more: Any) -> dict[str, Any]:
    """A user, half a year old."""
    return {"tenant_id": FABRIKAM, "id": name, "user_principal_name": f"{name}@fabrikam"} | more


def here(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A row of the story's well-observed tenant, in this one."""
    return row | {"tenant_id": FABRIKAM} | more


def tell_leavers(warehouse: Warehouse) -> None:
    """Write the tenant into the raw tables."""
    warehouse.insert(
        "service_principals",
        here(app("kept")),
        here(app("left", **gone())),
        here(app("replaced", **gone("deleted"))),
        here(app("replaced", id="sp-replacement")),
        here(app("graph", app_id=GRAPH_APP, app_owner_organization_id=MICROSOFT_TENANT)),
        here(app("oldapi", **gone())),
    )
    warehouse.insert("applications", {"tenant_id": FABRIKAM, "id": "o", "app_id": "app-withdrawn", **gone("deleted")})
    warehouse.insert("users", person("ann"), person("zoe", **gone()), person("old", deleted_date_time=ago(9)))
    warehouse.insert("groups", {"tenant_id": FABRIKAM, "id": "team", "security_enabled": True, **gone("absent")})
    warehouse.insert(
        "oauth2_permission_grants",
        here(grant("kept", "User.Read")),
        here(grant("kept", "Mail.Read", "Principal", principal_id="ann", **gone("deleted"))),
        here(grant("kept", "Files.Read", "Principal", principal_id="zoe")),
        here(grant("left", "Mail.ReadWrite")),
        here(grant("kept", "Old.Read", id="grant-oldapi", resource_id="sp-oldapi")),
    )
    warehouse.insert(
        "app_role_assigned_to",
        here(assignment("ann", "User", "sp-kept", "r1")),
        here(assignment("ann", "User", "sp-kept", "r2", **gone("absent"))),
        here(assignment("zoe", "User", "sp-kept", "r1")),
        here(assignment("team", "Group", "sp-kept", "r1")),
    )
    warehouse.insert("sign_ins", here(sign_in("left", 5)), here(sign_in("kept", 40)))
    lists = [outcome(FABRIKAM, name) for name in LISTS]
    tell_outcomes(warehouse, *lists, *complete_sign_ins(FABRIKAM))
