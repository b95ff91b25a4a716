"""Directory audit events: who consented to what, as Entra logs it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from simulator import ids
from simulator.directory import Row
from simulator.instants import parse, written


class AuditLog:
    """The audit events of a tenant, newest last."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, Row]] = []
        self._sorted = True

    def add(self, row: Row) -> None:
        """Put an event into the log, in any order."""
        self._rows.append((parse(row["activityDateTime"]), row))
        self._sorted = False

    def rows(self) -> list[tuple[int, Row]]:
        """All events as (tick, row), oldest first."""
        if not self._sorted:
            self._rows.sort(key=lambda pair: (pair[0], pair[1]["id"]))
            self._sorted = True
        return self._rows


def consent_events(app: Row, resource: Row, actor: Row, grant: Row, at: int) -> list[Row]:
    """The two records of one consent: the grant that was added and the consent itself; they share a correlation id.

    Args:
        app: The client's service principal.
        resource: The API's service principal.
        actor: The user who consented.
        grant: The oAuth2PermissionGrant that came of it.
        at: When, in ticks.
    """
    correlation = ids.guid("consent", grant["id"], at)
    everyone = grant["consentType"] == "AllPrincipals"
    scope = grant["scope"]
    added = [
        ("DelegatedPermissionGrant.Scope", None, scope),
        ("DelegatedPermissionGrant.ConsentType", None, grant["consentType"]),
        ("ServicePrincipal.ObjectID", None, app["id"]),
        ("ServicePrincipal.DisplayName", None, app["displayName"]),
        ("ServicePrincipal.AppId", None, app["appId"]),
    ]
    permissions = (
        f"[] => [[Id: {grant['id']}, ClientId: {app['id']}, PrincipalId: {grant['principalId'] or ''}, "
        f"ResourceId: {resource['id']}, ConsentType: {grant['consentType']}, Scope: {scope}, CreatedDateTime: , "
        "LastModifiedDateTime ]];"
    )
    consented = [
        ("ConsentContext.IsAdminConsent", None, str(everyone or actor.get("jobTitle") == "IT Administrator")),
        ("ConsentContext.IsAppOnly", None, "False"),
        ("ConsentContext.OnBehalfOfAll", None, str(everyone)),
        ("ConsentContext.Tags", None, "WindowsAzureActiveDirectoryIntegratedApp"),
        ("ConsentAction.Permissions", None, permissions),
        ("TargetId.ServicePrincipalNames", None, app["appId"]),
    ]
    return [
        event("Add delegated permission grant", actor, [_target(resource, added)], at, correlation),
        event("Consent to application", actor, [_target(app, consented)], at + 1_234_500, correlation),
    ]


def assignment_event(app: Row, resource: Row, actor: Row, role: str, at: int) -> Row:
    """The record of an application permission given to an app."""
    changed = [
        ("AppRole.Value", None, role),
        ("ServicePrincipal.ObjectID", None, app["id"]),
        ("ServicePrincipal.DisplayName", None, app["displayName"]),
        ("ServicePrincipal.AppId", None, app["appId"]),
    ]
    correlation = ids.guid("assignment", app["id"], resource["id"], role, at)
    return event("Add app role assignment to service principal", actor, [_target(resource, changed)], at, correlation)


def creation_event(app: Row, actor: Row, at: int) -> Row:
    """The record of a service principal that came into the tenant."""
    changed = [("AppPrincipalId", None, app["appId"]), ("DisplayName", None, app["displayName"])]
    return event("Add service principal", actor, [_target(app, changed)], at, ids.guid("creation", app["id"], at))


def credential_events(
    holder: Row, kind: str, principal: Row, before: Sequence[Row], added: Row, actor: Row, at: int
) -> list[Row]:
    """The two records of a secret or certificate that was added: what was done, and the update that it was.

    Args:
        holder: The application or the service principal that has it.
        kind: Which of them, `Application` or `ServicePrincipal`.
        principal: The app's service principal.
        before: The credentials there were.
        added: The new one.
        actor: Who did it.
        at: When, in ticks.
    """
    descriptions = [_key_description(credential) for credential in (*before, added)]
    names = [("Included Updated Properties", None, "KeyDescription")]
    if kind == "ServicePrincipal":
        names.append(("TargetId.ServicePrincipalNames", None, principal["appId"]))
    changed = [("KeyDescription", descriptions[:-1], descriptions), *names]
    done, update = {
        # Entra writes the first with a blank at its end.
        "Application": ("Update application \u2013 Certificates and secrets management ", "Update application"),
        "ServicePrincipal": ("Add service principal credentials", "Update service principal"),
    }[kind]
    correlation = ids.guid("credential", added["keyId"], at)
    return [
        event(done, actor, [_target(holder, changed, kind)], at, correlation),
        event(update, actor, [_target(holder, names, kind)], at + 2_500_000, correlation),
    ]


def _key_description(credential: Row) -> str:
    certificate = credential.get("type") == "AsymmetricX509Cert"
    key_type = "AsymmetricX509Cert" if certificate else "Password"
    return f"[KeyIdentifier={credential['keyId']},KeyType={key_type},KeyUsage=Verify,DisplayName={credential['displayName']}]"


def event(activity: str, actor: Row, targets: Sequence[Row], at: int, correlation: str) -> Row:
    """One audit event of the core directory."""
    return {
        "id": f"Directory_{correlation}_{ids.guid(activity)[:5].upper()}_{at % 100_000_000}",
        "category": "ApplicationManagement",
        "correlationId": correlation,
        "result": "success",
        "resultReason": "",
        "activityDisplayName": activity,
        "activityDateTime": written(at),
        "loggedByService": "Core Directory",
        "operationType": {"Consent": "Assign", "Update": "Update"}.get(activity.split(maxsplit=1)[0], "Add"),
        "initiatedBy": {"user": _initiator(actor), "app": None},
        "targetResources": list(targets),
        "additionalDetails": [{"key": "User-Agent", "value": "EvoSTS"}, {"key": "AppId", "value": targets[0]["id"]}],
    }


def _initiator(actor: Row) -> Row:
    return {
        "id": actor["id"],
        "displayName": None,
        "userPrincipalName": actor["userPrincipalName"],
        "ipAddress": "192.0.2.10",
    }


def _target(row: Row, changed: Sequence[tuple[str, Any, Any]], kind: str = "ServicePrincipal") -> Row:
    return {
        "id": row["id"],
        "displayName": row["displayName"],
        "type": kind,
        "userPrincipalName": None,
        "groupType": None,
        # Values are JSON texts themselves: a string stands in quotes of its own.
        "modifiedProperties": [
            {"displayName": name, "oldValue": None if old is None else json.dumps(old), "newValue": json.dumps(new)}
            for name, old, new in changed
        ],
    }
