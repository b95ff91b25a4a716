"""Directory roles: Entra's built-in ones with their real template ids, and who holds them."""

from __future__ import annotations

from simulator import catalogue, ids
from simulator.directory import Row


def definitions() -> list[Row]:
    """The unifiedRoleDefinitions that every tenant has; the id of a built-in role is that of its template."""
    return [
        {
            "id": role.id,
            "description": role.description,
            "displayName": role.name,
            "isBuiltIn": True,
            "isEnabled": True,
            "isPrivileged": role.is_privileged,
            "resourceScopes": ["/"],
            "templateId": role.id,
            "version": "1",
            "rolePermissions": [{"allowedResourceActions": [role.action], "condition": None}],
        }
        for role in catalogue.directory_roles()
    ]


def assignment(principal_id: str, name: str, scope: str) -> Row:
    """The unifiedRoleAssignment of a built-in role to a principal.

    Args:
        principal_id: A user, a group or a service principal.
        name: The display name of the role.
        scope: `/` for the tenant, or `/` and the id of a directory object.

    Raises:
        LookupError: There is no such role.
    """
    role_id = role_named(name)
    return {
        "id": ids.role_assignment_id(role_id, principal_id, scope),
        "principalId": principal_id,
        "roleDefinitionId": role_id,
        "directoryScopeId": scope,
        "appScopeId": None,
        "condition": None,
    }


def role_named(name: str) -> str:
    """The template id of a built-in role.

    Raises:
        LookupError: There is none of this name.
    """
    for role in catalogue.directory_roles():
        if role.name == name:
            return role.id
    raise LookupError(f"there is no directory role '{name}'")
