"""A tenant with APIs of three owners and roles of two kinds, whose names all promise the same power."""

from __future__ import annotations

from typing import Any

from .story import MICROSOFT_TENANT, VENDOR_TENANT, app, complete_sign_ins, outcome, tell_outcomes
from .warehouse import Warehouse

NORTHWIND = "60000000-0000-0000-0000-000000000001"
KEY_VAULT = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
INTUNE = "c161e42e-d4df-4a3d-9b42-e7a3c31f59d4"
DEFENDER = "fc780465-2017-40d4-a0c5-307022471b92"
DIRECTORY_SYNC = "6bf85cfa-ac8a-4be5-b5de-425a0d0dc016"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"


def api(name: str, owner: str, *values: str, **more: Any) -> dict[str, Any]:
    """An API that defines scopes and, of the same names, roles."""
    scopes = [{"id": f"{name}-{value}-scope".lower(), "value": value, "isEnabled": True} for value in values]
    roles = [
        {"id": f"{name}-{value}-role".lower(), "value": value, "isEnabled": True, "allowedMemberTypes": ["Application"]}
        for value in values
    ]
    owned = {"app_owner_organization_id": owner, "oauth2_permission_scopes": scopes, "app_roles": roles}
    return app(name, NORTHWIND, **owned, **more)


def tell_ratings(warehouse: Warehouse) -> None:
    """Write the APIs, roles and grants into the raw tables."""
    warehouse.insert(
        "service_principals",
        api("vendor", VENDOR_TENANT, "Mail.ReadWrite.All", "openid", display_name="Microsoft Mail"),
        api("own", NORTHWIND, "RoleManagement.ReadWrite.Directory"),
        api("substrate", MICROSOFT_TENANT, "Mail.ReadWrite.All", "Opaque", ""),
        api("vault", MICROSOFT_TENANT, "user_impersonation", app_id=KEY_VAULT),
        api("storage", MICROSOFT_TENANT, "user_impersonation"),
        api("intune", MICROSOFT_TENANT, "scep_challenge_provider", app_id=INTUNE),
        api("defender", MICROSOFT_TENANT, "Machine.LiveResponse", "Machine.Read.All", app_id=DEFENDER),
        api("sync", MICROSOFT_TENANT, "ADSynchronization.ReadWrite.All", app_id=DIRECTORY_SYNC),
        app("client", NORTHWIND),
    )
    warehouse.insert(
        "role_definitions",
        {
            "tenant_id": NORTHWIND,
            "id": GLOBAL_ADMINISTRATOR,
            "template_id": GLOBAL_ADMINISTRATOR,
            "display_name": "Global Administrator",
            "is_built_in": True,
        },
        {"tenant_id": NORTHWIND, "id": "own-role", "display_name": "Global Administrator 2", "is_built_in": False},
    )
    grant = {"tenant_id": NORTHWIND, "client_id": "sp-client", "consent_type": "AllPrincipals"}
    warehouse.insert(
        "oauth2_permission_grants",
        grant | {"id": "to-vendor", "resource_id": "sp-vendor", "scope": "Mail.ReadWrite.All profile"},
        grant | {"id": "to-substrate", "resource_id": "sp-substrate", "scope": "Chat.ReadWrite.All"},
    )
    lists = ("service_principals", "oauth2_permission_grants", "app_role_assigned_to", "role_definitions")
    tell_outcomes(warehouse, *(outcome(NORTHWIND, name) for name in lists), *complete_sign_ins(NORTHWIND))
