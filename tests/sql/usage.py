"""A tenant whose people use apps much, little and not at all, whose logs reach back 65 days, and who hold licences."""

from __future__ import annotations

from typing import Any

from .story import KINDS, MICROSOFT_TENANT, app, assignment, outcome, sign_in, tell_outcomes, window
from .warehouse import Warehouse, ago

NORTHWIND = "61000000-0000-0000-0000-000000000001"
YOUNG = "61000000-0000-0000-0000-000000000002"
E5, VISIO = "06ebc4ee-1bb5-47dd-8120-11054fc54ade", "c5928f49-12ba-48f7-ada3-0d743a3601d5"
LISTS = (
    "users",
    "groups",
    "group_members",
    "service_principals",
    "applications",
    "app_role_assigned_to",
    "service_principal_owners",
    "application_owners",
    "role_definitions",
    "role_assignments",
    "subscribed_skus",
)


def here(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A row of this tenant."""
    return row | {"tenant_id": NORTHWIND} | more


def used(name: str, user: str, *days: float, kind: str = "interactive", **more: Any) -> list[dict[str, Any]]:
    """Sign-ins of one person, a day each, in the afternoon before the story's morning."""
    return [sign_in(name, day - 0.4, kind, tenant_id=NORTHWIND, user_id=user, **more) for day in days]


def licence(sku: str, group: str | None = None, state: str = "Active") -> dict[str, Any]:
    """A licence as a user's licenseAssignmentStates tell of it."""
    return {"skuId": sku, "assignedByGroup": group, "state": state, "error": "None"}


def tell_apps(warehouse: Warehouse) -> None:
    """Apps that people come to in several ways."""
    proxy = ["WindowsAzureActiveDirectoryIntegratedApp", "WindowsAzureActiveDirectoryOnPremApp"]
    managed = {"service_principal_type": "ManagedIdentity", "app_owner_organization_id": None}
    closed = {"app_role_assignment_required": True}
    here_apps = (
        app("crm", app_role_assignment_required=False),
        app("wiki", **closed),
        app("vault", preferred_single_sign_on_mode="password"),
        app("bookmark", preferred_single_sign_on_mode="linked"),
        app("intranet", tags=proxy),
        app("portal", tags=proxy),
        app("robot"),
        app("vm", **managed),
        app("teams", app_owner_organization_id=MICROSOFT_TENANT),
        app("off", account_enabled=False),
        app("banned", disabled_by_microsoft_status="DisabledDueToViolationOfServicesAgreement"),
        app("launched", created_date_time=ago(20)),
        app("fading"),
    )
    warehouse.insert("service_principals", *(here(row) for row in here_apps))


def tell_people(warehouse: Warehouse) -> None:
    """People, guests and what they hold."""
    old = {"created_date_time": ago(400), "account_enabled": True, "user_type": "Member"}
    lists: dict[str, list[dict[str, Any]]] = {
        "ann": [licence(E5)],
        "bob": [licence(E5, "desk")],
        "cyd": [licence(E5), licence(E5, "desk"), licence(VISIO, "desk", "Error")],
        "off": [licence(E5, "desk"), licence(VISIO)],
        "new": [licence(E5)],
    }
    people: dict[str, dict[str, Any]] = {
        "ann": {},
        "bob": {},
        "cyd": {},
        "dee": {},
        "gus": {"user_type": "Guest"},
        "off": {"account_enabled": False},
        "new": {"created_date_time": ago(3)},
        "gone": {"_deleted_at": ago(2), "_removed_reason": "deleted"},
    }
    for name, more in people.items():
        row = {"id": name, "display_name": name.title(), "license_assignment_states": lists.get(name, [])}
        warehouse.insert("users", here(row | old | more))
    skus = [{"id": "s1", "sku_id": E5, "sku_part_number": "SPE_E5"}]
    warehouse.insert("subscribed_skus", *(here(sku) for sku in skus))


def tell_rights(warehouse: Warehouse) -> None:
    """Groups, assignments, owners and roles."""
    group = {"security_enabled": True, "mail_enabled": False}
    news = {"id": "news", "display_name": "News", "security_enabled": False, "mail_enabled": True}
    warehouse.insert("groups", here({"id": "desk", "display_name": "Desk"} | group), here(news))
    members = [("desk", "bob"), ("desk", "cyd"), ("desk", "off"), ("desk", "dee"), ("news", "gus")]
    warehouse.insert(
        "group_members",
        *(here({"group_id": of, "id": who, "odata_type": "#microsoft.graph.user"}) for of, who in members),
    )
    warehouse.insert(
        "app_role_assigned_to",
        here(assignment("ann", "User", "sp-wiki", "r")),
        here(assignment("cyd", "User", "sp-wiki", "r")),
        here(assignment("dee", "User", "sp-wiki", "r", created_date_time=ago(3))),
        here(assignment("new", "User", "sp-wiki", "r", created_date_time=ago(40))),
        here(assignment("desk", "Group", "sp-wiki", "g", principal_display_name="Desk")),
        here(assignment("news", "Group", "sp-wiki", "n", principal_display_name="News")),
        here(assignment("desk", "Group", "sp-crm", "c", principal_display_name="Desk")),
        here(assignment("cyd", "User", "sp-vault", "v")),
    )
    owner = {"service_principal_id": "sp-crm", "odata_type": "#microsoft.graph.user"}
    warehouse.insert("service_principal_owners", *(here(owner | {"id": name}) for name in ("ann", "gus")))
    warehouse.insert(
        "role_assignments",
        here({"id": "ra", "principal_id": "ann", "role_definition_id": "62e90394-69f5-4237-9190-012177145e10"}),
    )


def tell_sign_ins(warehouse: Warehouse) -> None:
    """Who came when: much, now and then, lately, and no more."""
    month = range(1, 31)
    warehouse.insert(
        "sign_ins",
        *used("crm", "ann", *(day for day in month if day <= 16)),
        *used("crm", "ann", 1, 2, kind="non_interactive"),
        *used("crm", "bob", 1, 3, 5, 7, 9),
        *used("crm", "gus", 8),
        *used("crm", "ann", 35, 40),
        *used("crm", "dee", 2, code=50126),
        *used("wiki", "bob", 2),
        *used("portal", "ann", 2),
        *used("teams", "ann", 4),
        *used("off", "ann", 5),
        *used("launched", "ann", 3),
        *(row for user in ("ann", "bob", "dee") for row in used("fading", user, 45)),
        *used("fading", "ann", 12),
        *(sign_in("robot", day, "service_principal", tenant_id=NORTHWIND) for day in (2, 3, 31, 32, 33, 34)),
        *(sign_in("vm", day, "managed_identity", tenant_id=NORTHWIND) for day in range(1, 20)),
    )


def tell_young(warehouse: Warehouse) -> None:
    """A tenant whose logs begin ten days ago: what is seen is at least so much."""
    warehouse.insert("service_principals", app("crm", YOUNG), app("quiet", YOUNG), app("sleepy", YOUNG))
    rows = [sign_in("crm", day, tenant_id=YOUNG, user_id="ann") for day in (1, 2, 3)]
    warehouse.insert("sign_ins", *rows)
    warehouse.insert("app_role_assigned_to", assignment("bob", "User", "sp-quiet", "r", tenant_id=YOUNG))
    tell_outcomes(
        warehouse,
        *(outcome(YOUNG, f"sign_ins_{kind}", **window(10)) for kind in KINDS),
        *(outcome(YOUNG, name) for name in LISTS),
    )


def tell_usage(warehouse: Warehouse) -> None:
    """Write both tenants into the raw tables."""
    tell_apps(warehouse)
    tell_people(warehouse)
    tell_rights(warehouse)
    tell_sign_ins(warehouse)
    tell_outcomes(
        warehouse,
        *(outcome(NORTHWIND, f"sign_ins_{kind}", **window(65)) for kind in KINDS),
        *(outcome(NORTHWIND, name) for name in LISTS),
    )
    tell_young(warehouse)
