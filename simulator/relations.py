"""Who may do what: grants and assignments between the objects of a tenant, and the events that tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator import ids
from simulator.audits import consent_events
from simulator.directory import Row

if TYPE_CHECKING:
    from simulator.tenant import Tenant


def grant(
    tenant: Tenant, client: Row, resource: Row, scope: str, principal: Row | None, *, by: Row | None, at: int | None
) -> None:
    """Add a delegated permission grant, or widen the one there is.

    Args:
        tenant: Where.
        client: The app's service principal.
        resource: The API's.
        scope: The permissions, separated by spaces.
        principal: The user it is for; None for everyone.
        by: Who consented.
        at: When, in ticks; the audit log has the consent only if both are known.
    """
    grants = tenant.directory.grants
    principal_id = principal["id"] if principal else None
    key = ids.grant_id(client["id"], resource["id"], principal_id)
    known = grants.get(key)
    if known is not None:
        grants.update(key, {"scope": f"{known['scope'].rstrip()} {scope.strip()}"})
    else:
        known = grants.add(
            {
                "id": key,
                "clientId": client["id"],
                "consentType": "Principal" if principal else "AllPrincipals",
                "principalId": principal_id,
                "resourceId": resource["id"],
                "scope": scope,
            }
        )
    if at is not None and by is not None:
        for event in consent_events(client, resource, by, {**known, "scope": scope}, at):
            tenant.audits.add(event)


def revoke(tenant: Tenant, client: Row, resource: Row, principal: Row | None, scopes: frozenset[str]) -> None:
    """Take scopes out of a delegated permission grant; the grant ends when none is left, or none is named.

    Raises:
        LookupError: There is no such grant.
    """
    grants = tenant.directory.grants
    key = ids.grant_id(client["id"], resource["id"], principal["id"] if principal else None)
    known = grants.get(key)
    left = [scope for scope in known["scope"].split() if scope not in scopes] if known and scopes else []
    if left:
        grants.update(key, {"scope": " " + " ".join(left)})
    else:
        grants.remove(key)


def unassign(tenant: Tenant, principal: Row, resource: Row, role_id: str) -> None:
    """End an app role assignment.

    Raises:
        LookupError: There is no such assignment.
    """
    tenant.directory.assignments.remove(ids.assignment_id(principal["id"], resource["id"], role_id))


def risk(principal: Row, level: str, state: str, detail: str, updated: str) -> Row:
    """The riskyServicePrincipal of an app."""
    return {
        "id": principal["id"],
        "appId": principal["appId"],
        "displayName": principal["displayName"],
        "servicePrincipalType": principal["servicePrincipalType"],
        "accountEnabled": principal["accountEnabled"],
        "isEnabled": principal["accountEnabled"],
        "isProcessing": False,
        "riskLevel": level,
        "riskState": state,
        "riskDetail": detail,
        "riskLastUpdatedDateTime": updated,
    }


def assign(tenant: Tenant, principal: Row, kind: str, resource: Row, role_id: str, created: str) -> None:
    """Add an app role assignment; `kind` is `User`, `Group` or `ServicePrincipal`."""
    tenant.directory.assignments.add(
        {
            "id": ids.assignment_id(principal["id"], resource["id"], role_id),
            "deletedDateTime": None,
            "appRoleId": role_id,
            "createdDateTime": created,
            "principalDisplayName": principal["displayName"],
            "principalId": principal["id"],
            "principalType": kind,
            "resourceDisplayName": resource["displayName"],
            "resourceId": resource["id"],
        }
    )
