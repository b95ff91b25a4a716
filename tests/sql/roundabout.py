"""Tenants whose sign-ins do not say what they seem to: people come through other apps, from other tenants and to other tenants."""

from __future__ import annotations

from typing import Any

from .story import KINDS, LISTS, app, assignment, complete_sign_ins, outcome, sign_in, tell_outcomes, window
from .warehouse import Warehouse, ago

ROUNDABOUT = "roundabout"
DEAF = "deaf"
LATE = "late"
OUTBOUND = {
    "home_tenant_id": ROUNDABOUT,
    "resource_tenant_id": "partner",
    "cross_tenant_access_type": "b2bCollaboration",
}
INBOUND = {
    "home_tenant_id": "partner",
    "resource_tenant_id": ROUNDABOUT,
    "cross_tenant_access_type": "b2bCollaboration",
}


def people(tenant: str, *names: str) -> list[dict[str, Any]]:
    """Members of a tenant, for more than a year."""
    return [{"tenant_id": tenant, "id": name, "user_type": "Member", "created_date_time": ago(400)} for name in names]


def assigned(tenant: str, name: str, *persons: str) -> list[dict[str, Any]]:
    """Assignments of people to an app."""
    return [assignment(one, "User", f"sp-{name}", name, tenant_id=tenant) for one in persons]


def came(name: str, *days: float, **more: Any) -> list[dict[str, Any]]:
    """Sign-ins to an app on some days."""
    return [sign_in(name, day, **({"tenant_id": ROUNDABOUT} | more)) for day in days]


def tell_roundabout(warehouse: Warehouse) -> None:
    """Add the tenants."""
    closed = {"app_role_assignment_required": True}
    own = {"app_owner_organization_id": ROUNDABOUT}
    warehouse.insert(
        "service_principals",
        *(app(name, ROUNDABOUT, **closed) for name in ("crm", "saml")),
        app("payments", ROUNDABOUT, **closed, **own),
        app("shop", ROUNDABOUT, **own),
        app("open", ROUNDABOUT, app_role_assignment_required=False),
        app("undated", ROUNDABOUT, created_date_time=None),
    )
    names = ("ann", "bob", "cyd", "dee", "fay")
    warehouse.insert("users", *people(ROUNDABOUT, *names))
    warehouse.insert(
        "groups", {"tenant_id": ROUNDABOUT, "id": "desk", "display_name": "Desk", "security_enabled": True}
    )
    in_group = {"tenant_id": ROUNDABOUT, "group_id": "desk", "odata_type": "#microsoft.graph.user"}
    warehouse.insert("group_members", in_group | {"id": "dee"})
    warehouse.insert(
        "app_role_assigned_to",
        *assigned(ROUNDABOUT, "payments", "ann", "bob"),
        *assigned(ROUNDABOUT, "crm", "ann", "cyd", "fay"),
        *assigned(ROUNDABOUT, "open", "bob"),
        assignment("desk", "Group", "sp-crm", "crm-desk", tenant_id=ROUNDABOUT),
    )
    warehouse.insert(
        "sign_ins",
        *came("shop", *range(1, 29), resource_id="app-payments"),
        *came("crm", 2, 3, **OUTBOUND),
        *came("partners", 2, 3, app_owner_tenant_id="partner", **OUTBOUND),
        *came("crm", 4, user_id="cyd", **INBOUND),
        *came("crm", 1, 2, 3, user_id="fay", code=53003),
        *came("saml", 5, 6, resource_id="app-saml"),
        *came("undated", *range(1, 21)),
    )
    lists = [outcome(ROUNDABOUT, name) for name in (*LISTS, "group_members")]
    tell_outcomes(warehouse, *complete_sign_ins(ROUNDABOUT), *lists)
    tell_deaf(warehouse)
    tell_late(warehouse)


def tell_deaf(warehouse: Warehouse) -> None:
    """A tenant that hears nothing of its managed identities."""
    warehouse.insert(
        "service_principals",
        app("service", DEAF, app_owner_organization_id=DEAF),
        app("vm", DEAF, app_owner_organization_id=DEAF, service_principal_type="ManagedIdentity"),
    )
    refused = outcome(DEAF, "sign_ins_managed_identity", "unavailable")
    lists = [outcome(DEAF, name) for name in LISTS]
    tell_outcomes(warehouse, *complete_sign_ins(DEAF, "managed_identity"), refused, *lists)


def tell_late(warehouse: Warehouse) -> None:
    """A tenant that was allowed to read one kind of sign-in three days ago."""
    warehouse.insert("service_principals", app("daily", LATE))
    warehouse.insert("users", *people(LATE, "ann"))
    warehouse.insert("sign_ins", *came("daily", *range(1, 30), tenant_id=LATE))
    logs = [outcome(LATE, f"sign_ins_{kind}", **window(3 if kind == "non_interactive" else 31)) for kind in KINDS]
    tell_outcomes(warehouse, *logs, *(outcome(LATE, name) for name in LISTS))
