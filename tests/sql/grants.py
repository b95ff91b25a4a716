"""A tenant whose apps hold permissions in every way, and use some of them."""

from __future__ import annotations

import json
from typing import Any

from .story import (
    GRAPH_APP,
    LISTS,
    MICROSOFT_TENANT,
    app,
    assignment,
    audit,
    change,
    complete_sign_ins,
    grant,
    outcome,
    sign_in,
    target,
    tell_outcomes,
    window,
)
from .warehouse import Warehouse, ago

PROSEWARE = "61000000-0000-0000-0000-000000000001"
USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
MAIL_READ_ALL = "810c84a8-4a9e-49e6-bf7d-12d183f40d01"
USER_READ_ALL = "df021288-bdef-4463-88db-98f22de89214"
MORE_LISTS = ("group_members", "role_definitions", "role_assignments")
EXTERNAL_MAIL = "https://graph.microsoft.com/Mail.Read"


def here(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A row of the story's well-observed tenant, in this one."""
    return row | {"tenant_id": PROSEWARE} | more


def issued(*scopes: str) -> list[dict[str, str]]:
    """What a sign-in says of the token it gave: the scopes are a JSON list in a text."""
    return [{"key": "Legacy TLS", "value": "False"}, {"key": "Oauth Scope Info", "value": json.dumps(scopes)}]


def use(name: str, days_ago: float, user: str, *scopes: str, **more: Any) -> dict[str, Any]:
    """A person's sign-in for a token of Graph; without scopes it does not say which were issued."""
    details = {"authentication_processing_details": issued(*scopes)} if scopes else {}
    return here(sign_in(name, days_ago, user_id=user, resource_id=GRAPH_APP, **details), **more)


def tell_directory(warehouse: Warehouse) -> None:
    """People, apps, and the group through which an app holds a role."""
    names = ("ann", "bob", "dee", "admin")
    old = {"created_date_time": ago(400)}
    warehouse.insert("users", *(here({"id": name, "account_enabled": name != "dee"}, **old) for name in names))
    warehouse.insert(
        "service_principals",
        here(
            app("graph", app_id=GRAPH_APP, app_owner_organization_id=MICROSOFT_TENANT, display_name="Microsoft Graph")
        ),
        here(app("portal", app_owner_organization_id=MICROSOFT_TENANT)),
        here(app("vm", service_principal_type="ManagedIdentity")),
        *(here(app(name)) for name in ("planner", "reader", "notes", "leaver", "single", "batch", "robot", "idle")),
        here(app("provisioner")),
    )
    warehouse.insert("groups", here({"id": "robots", "display_name": "Robots", "is_assignable_to_role": True}))
    member = {"group_id": "robots", "id": "sp-robot", "odata_type": "#microsoft.graph.servicePrincipal"}
    warehouse.insert("group_members", here(member))
    built_in = {"is_built_in": True}
    warehouse.insert(
        "role_definitions",
        here(
            {"id": USER_ADMINISTRATOR, "template_id": USER_ADMINISTRATOR, "display_name": "User Administrator"},
            **built_in,
        ),
        here({"id": GLOBAL_READER, "template_id": GLOBAL_READER, "display_name": "Global Reader"}, **built_in),
    )
    unit = "/administrativeUnits/unit"
    warehouse.insert(
        "role_assignments",
        here(
            {"id": "r1", "principal_id": "robots", "role_definition_id": USER_ADMINISTRATOR, "directory_scope_id": "/"}
        ),
        here({"id": "r2", "principal_id": "sp-idle", "role_definition_id": GLOBAL_READER, "directory_scope_id": unit}),
    )


def tell_grants_and_roles(warehouse: Warehouse) -> None:
    """What the apps may do."""
    warehouse.insert(
        "oauth2_permission_grants",
        here(grant("planner", " Mail.Read  Tasks.ReadWrite openid offline_access")),
        here(grant("planner", "Mail.Read Files.Read", "Principal", principal_id="ann")),
        here(grant("planner", "Mail.Read", "Principal", principal_id="bob")),
        here(grant("reader", "Mail.Read Calendars.Read")),
        here(grant("notes", "Mail.ReadWrite", "Principal", principal_id="admin")),
        here(grant("leaver", "Mail.Read", "Principal", principal_id="dee")),
        here(grant("portal", "User.Read")),
    )
    roles = (("single", MAIL_READ_ALL), ("batch", MAIL_READ_ALL), ("batch", USER_READ_ALL), ("vm", USER_READ_ALL))
    warehouse.insert(
        "app_role_assigned_to",
        *(here(assignment(f"sp-{name}", "ServicePrincipal", "sp-graph", role)) for name, role in roles),
        here(assignment("sp-idle", "ServicePrincipal", "sp-graph", MAIL_READ_ALL, created_date_time=ago(3))),
        here(assignment("ann", "User", "sp-reader", "r1")),
    )


def tell_uses(warehouse: Warehouse) -> None:
    """Who got tokens for what."""
    robots = {"resource_id": GRAPH_APP}
    warehouse.insert(
        "sign_ins",
        use("planner", 3, "ann", EXTERNAL_MAIL, "openid"),
        use("planner", 5, "bob", "Tasks.ReadWrite", "openid"),
        use("reader", 4, "ann", "Mail.Read"),
        use("reader", 6, "bob"),
        use("portal", 2, "ann"),
        here(sign_in("single", 2, "service_principal", **robots)),
        here(sign_in("batch", 2, "service_principal", **robots)),
        here(sign_in("robot", 2, "service_principal", **robots)),
        here(sign_in("vm", 2, "managed_identity", **robots)),
    )


def tell_audits(warehouse: Warehouse) -> None:
    """An admin consents for himself, an app grants a role to another, an admin gives a role in the directory to a group."""
    entry = "Id: x, ClientId: sp-notes, PrincipalId: admin, ResourceId: sp-graph, ConsentType: Principal"
    consent = [
        change("ConsentContext.IsAdminConsent", "True"),
        change("ConsentAction.Permissions", f"[] => [[{entry}, Scope: Mail.ReadWrite, CreatedDateTime: ]]; "),
    ]
    assigned = [change("AppRole.Id", MAIL_READ_ALL), change("ServicePrincipal.ObjectID", "sp-single")]
    role = [change("Role.TemplateId", USER_ADMINISTRATOR), change("Role.DisplayName", "User Administrator")]
    by_app = {
        "initiated_by__app__display_name": "Provisioner",
        "initiated_by__app__service_principal_id": "sp-provisioner",
    }
    nobody = {"initiated_by__user__id": None, "initiated_by__user__user_principal_name": None}
    warehouse.insert(
        "directory_audits",
        here(audit("Consent to application", 40, [target("sp-notes", changes=consent)], correlation_id="c1")),
        here(
            audit("Add app role assignment to service principal", 90, [target("sp-graph", changes=assigned)]),
            **by_app,
            **nobody,
        ),
        here(audit("Add member to role", 45, [target("robots", "Group", changes=role), target("role", "Role")])),
    )


def tell_grants(warehouse: Warehouse) -> None:
    """Write the tenant into the raw tables."""
    tell_directory(warehouse)
    tell_grants_and_roles(warehouse)
    tell_uses(warehouse)
    tell_audits(warehouse)
    tell_outcomes(
        warehouse,
        *(outcome(PROSEWARE, name) for name in (*LISTS, *MORE_LISTS)),
        *complete_sign_ins(PROSEWARE),
        outcome(PROSEWARE, "directory_audits", **window(60)),
    )
