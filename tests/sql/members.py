"""A tenant whose people come to apps through groups, and whose apps have owners and hold roles."""

from __future__ import annotations

from typing import Any

from .leavers import gone
from .story import LISTS, app, assignment, complete_sign_ins, outcome, sign_in, tell_outcomes
from .warehouse import Warehouse, ago

TAILSPIN = "40000000-0000-0000-0000-000000000001"
MORE_LISTS = (
    "group_members",
    "group_owners",
    "application_owners",
    "service_principal_owners",
    "role_definitions",
    "role_assignments",
)


def here(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A row of the story's well-observed tenant, in this one."""
    return row | {"tenant_id": TAILSPIN} | more


def member(group: str, identity: str, kind: str = "user", **more: Any) -> dict[str, Any]:
    """A member of a group."""
    return here({"group_id": group, "id": identity, "odata_type": f"#microsoft.graph.{kind}"} | more)


def owner(of: str, identity: str, kind: str = "user", **more: Any) -> dict[str, Any]:
    """An owner; `of` names the column of what is owned and its id."""
    column, _, value = of.partition("=")
    return here({column: value, "id": identity, "odata_type": f"#microsoft.graph.{kind}"} | more)


def role(principal: str, definition: str, scope: str = "/", **more: Any) -> dict[str, Any]:
    """A directory role that somebody holds."""
    row = {"id": f"{principal}-{definition}", "principal_id": principal, "role_definition_id": definition}
    return here(row | {"directory_scope_id": scope} | more)


def tell_people(warehouse: Warehouse) -> None:
    """People, groups and who is in which."""
    old = {"created_date_time": ago(400)}
    names = ("ann", "bob", "cyd", "dee", "eve")
    warehouse.insert("users", *(here({"id": name, "display_name": name.title()}, **old) for name in names))
    warehouse.insert("users", here({"id": "zoe"}, **old, **gone()), here({"id": "new"}, created_date_time=ago(3)))
    names = ("staff", "inner", "crew", "admins")
    groups = [{"id": name, "display_name": name.title(), "security_enabled": True} for name in names]
    warehouse.insert("groups", *(here(group) for group in groups))
    warehouse.insert(
        "group_members",
        *(member("staff", name) for name in ("ann", "bob", "cyd", "zoe", "new")),
        member("staff", "dee", **gone("deleted")),
        member("staff", "inner", "group"),
        member("inner", "eve"),
        member("crew", "ann"),
        member("crew", "bob"),
        member("admins", "sp-robot", "servicePrincipal"),
    )
    warehouse.insert("group_owners", owner("group_id=staff", "ann"), owner("group_id=staff", "bob", **gone("absent")))


def tell_rights(warehouse: Warehouse) -> None:
    """What apps there are, who is assigned, who owns them and which roles they hold."""
    warehouse.insert("service_principals", *(here(app(name)) for name in ("wiki", "robot", "plain")))
    warehouse.insert("applications", here({"id": "o-robot", "app_id": "app-robot", "created_date_time": ago(400)}))
    warehouse.insert(
        "app_role_assigned_to",
        here(assignment("staff", "Group", "sp-wiki", "r1", principal_display_name="Staff")),
        here(assignment("crew", "Group", "sp-wiki", "r1", principal_display_name="Crew")),
        here(assignment("ann", "User", "sp-wiki", "r1")),
    )
    warehouse.insert("application_owners", owner("application_id=o-robot", "ann"))
    warehouse.insert(
        "service_principal_owners",
        owner("service_principal_id=sp-robot", "ann"),
        owner("service_principal_id=sp-robot", "sp-plain", "servicePrincipal"),
        owner("service_principal_id=sp-robot", "zoe"),
        owner("service_principal_id=sp-robot", "bob", **gone("absent")),
    )
    warehouse.insert(
        "role_definitions",
        here({"id": "d1", "display_name": "Global Reader"}),
        here({"id": "d2", "display_name": "User Administrator"}),
    )
    warehouse.insert(
        "role_assignments",
        role("sp-robot", "d1"),
        role("admins", "d2", "/administrativeUnits/au"),
        role("sp-plain", "d1", **gone("absent")),
        role("ann", "d1"),
    )
    warehouse.insert(
        "risky_service_principals",
        here({"id": "sp-robot", "app_id": "app-robot", "risk_level": "high", "risk_state": "atRisk"}),
        here({"id": "sp-plain", "risk_level": "low", "risk_state": "atRisk"}, **gone("absent")),
    )


def tell_mailed(warehouse: Warehouse) -> None:
    """Another tenant, whose groups receive mail: one is assigned to an app, one was deleted, one is assigned to nothing."""
    tenant, names = "mailed", ("staff", "former", "news")
    row = {"tenant_id": tenant, "mail_enabled": True, "security_enabled": True}
    warehouse.insert("service_principals", app("wiki", tenant))
    warehouse.insert("users", *({"tenant_id": tenant, "id": name, "created_date_time": ago(400)} for name in names))
    warehouse.insert("groups", *(row | {"id": name} | (gone() if name == "former" else {}) for name in names))
    warehouse.insert("group_members", *(member(name, name) | {"tenant_id": tenant} for name in names))
    assigned = [assignment(name, "Group", "sp-wiki", "r", tenant_id=tenant) for name in ("staff", "former")]
    warehouse.insert("app_role_assigned_to", *assigned)
    lists = [outcome(tenant, name) for name in (*LISTS, *MORE_LISTS)]
    tell_outcomes(warehouse, *lists, *complete_sign_ins(tenant))


def tell_members(warehouse: Warehouse) -> None:
    """Write both tenants into the raw tables."""
    tell_mailed(warehouse)
    tell_people(warehouse)
    tell_rights(warehouse)
    warehouse.insert("sign_ins", here(sign_in("wiki", 3, user_id="bob")))
    lists = [outcome(TAILSPIN, name) for name in (*LISTS, *MORE_LISTS)]
    tell_outcomes(warehouse, *lists, *complete_sign_ins(TAILSPIN))
