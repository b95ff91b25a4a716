"""A tenant that was attacked, in the words that Entra's logs really use: lists in quotes, ids in pairs, apps that are gone again."""

from __future__ import annotations

import json
from typing import Any

from pipelines.pseudonyms import NOBODY

from .story import (
    CONTOSO,
    GRAPH_APP,
    LISTS,
    app,
    assignment,
    audit,
    change,
    complete_sign_ins,
    outcome,
    sign_in,
    target,
    tell_outcomes,
)
from .warehouse import Warehouse

VANISHED = "9375c06d-0000-4000-8000-000000000001"
RENTED = "5bee10b5-0000-4000-8000-000000000002"
PLANTED = "7e0db0a1-0000-4000-8000-000000000003"
INTUNE = "243333ab-4d21-40cb-a475-36241daa0842"
FILES = "01d4889c-1287-42c6-ac1f-5d1e02578ef6"
NAMES_OF_GRAPH = f"{GRAPH_APP}/graph.example;{GRAPH_APP};https://graph.microsoft.com"


def listed(name: str, new: list[Any], old: list[Any] | None = None) -> dict[str, Any]:
    """A changed property that may have several values, as audits write it."""
    return {"displayName": name, "oldValue": json.dumps(old or []), "newValue": json.dumps(new)}


def key(name: str) -> str:
    """A secret as audits describe it."""
    return f"[KeyIdentifier={name},KeyType=Password,KeyUsage=Verify,DisplayName={name.upper()}]"


def federation(issuer: str, subject: str | None = "robot") -> dict[str, Any]:
    """A federated credential as audits write it."""
    expression = None if subject else "claims['sub'] matches 'repo:evil/*'"
    named = {"Name": "deploy", "Issuer": issuer, "Subject": subject, "ClaimsMatchingExpressionValue": expression}
    return named | {"Id": "f1", "Audiences": ["api://AzureADTokenExchange"], "EncodingVersion": 2}


def grant_of(person: str, scope: str | None, old: str | None) -> dict[str, Any]:
    """The target of an audit of a person's grant: Microsoft Graph's service principal."""
    changes = [
        change("DelegatedPermissionGrant.Scope", scope, old),
        change("DelegatedPermissionGrant.ConsentType", scope and "Principal", old and "Principal"),
        change("DelegatedPermissionGrant.PrincipalId", scope and person, old and person),
        change("ServicePrincipal.ObjectID", "sp-mail"),
    ]
    return target("sp-graph", changes=changes)


def role_of(new: str | None, old: str | None) -> dict[str, Any]:
    """The target of an audit of an app role that the app called mail gets or loses: Microsoft Graph's service principal."""
    changes = [change("AppRole.Id", new and FILES, old and FILES), change("AppRole.Value", new, old)]
    return target(
        "sp-graph", changes=[*changes, change("ServicePrincipal.AppId", new and "app-mail", old and "app-mail")]
    )


def tell_attack(warehouse: Warehouse) -> None:
    """What stands after the attack, and what was heard of it."""
    warehouse.insert(
        "service_principals",
        app("graph", app_id=GRAPH_APP, display_name="Microsoft Graph"),
        app("mail"),
        app("daemon", app_owner_organization_id=CONTOSO),
    )
    warehouse.insert(
        "applications",
        {"tenant_id": CONTOSO, "id": "object-daemon", "app_id": "app-daemon", "display_name": "Daemon"},
    )
    warehouse.insert("organization", {"tenant_id": CONTOSO, "id": CONTOSO, "display_name": "Contoso"})
    warehouse.insert("app_role_assigned_to", assignment("sp-mail", "ServicePrincipal", "sp-graph", FILES))
    warehouse.insert(
        "users",
        *({"tenant_id": CONTOSO, "id": name, "user_principal_name": f"{name}@contoso"} for name in ("ann", "bob")),
    )
    warehouse.insert(
        "sign_ins",
        sign_in("mail", 1, user_id="ann"),
        sign_in("mail", 2, user_id=NOBODY, user_principal_name="{PII Removed}@x"),
    )
    tell_vanished(warehouse)
    tell_turned(warehouse)
    names = (*LISTS, "organization", "directory_audits")
    tell_outcomes(warehouse, *complete_sign_ins(CONTOSO), *(outcome(CONTOSO, name) for name in names))


def tell_vanished(warehouse: Warehouse) -> None:
    """Apps that nobody found in the lists: they came, got what they needed, and went; one left what it got behind."""
    names = [change("TargetId.ServicePrincipalNames", f"{VANISHED};https://identity.example/x")]
    came = [listed("AccountEnabled", [True]), listed("AppPrincipalId", [VANISHED]), listed("DisplayName", ["Helper"])]
    went = [{"displayName": "AppPrincipalId", "oldValue": json.dumps([VANISHED]), "newValue": "[]"}]
    got = [
        change("AppRole.Id", INTUNE),
        change("AppRole.Value", "DeviceManagementManagedDevices.ReadWrite.All"),
        change("ServicePrincipal.ObjectID", "sp-rented"),
        change("ServicePrincipal.AppId", RENTED),
        change("TargetId.ServicePrincipalNames", NAMES_OF_GRAPH),
    ]
    warehouse.insert("app_role_assigned_to", assignment("sp-rented", "ServicePrincipal", "sp-graph", INTUNE))
    warehouse.insert("app_role_assigned_to", assignment("ann", "User", "sp-rented", INTUNE))
    owned = [change("Application.ObjectID", "object-planted"), change("Application.AppId", PLANTED)]
    helper = {"displayName": "Helper"}
    warehouse.insert(
        "directory_audits",
        audit("Add service principal", 9, [target("sp-helper", changes=came) | helper]),
        audit(
            "Add service principal credentials",
            8,
            [target("sp-helper", changes=[listed("KeyDescription", [key("k1")]), *names]) | helper],
        ),
        audit("Remove service principal", 7, [target("sp-helper", changes=went) | helper]),
        audit(
            "Add app role assignment to service principal",
            6,
            [target("sp-graph", changes=got), target("sp-rented") | {"displayName": "Intune App"}],
        ),
        audit(
            "Create application \u2013 Certificates and secrets management ",
            5,
            [
                target("object-planted", "Application", [listed("KeyDescription", [key("k2")])])
                | {"displayName": "Planted"}
            ],
        ),
        audit("Add owner to application", 5.5, [target("bob", "User", owned), target("object-planted", "Application")]),
    )


def tell_turned(warehouse: Warehouse) -> None:
    """A consent that was amended and taken back by an administrator, and an old app that trusts a stranger's tokens."""
    ann = {
        "initiated_by__user__id": "ann",
        "initiated_by__user__user_principal_name": "ann@contoso",
        "correlation_id": "c",
    }
    amended = [grant_of("ann", " User.Read Mail.Read", " User.Read")]
    trusted = [federation("https://token.example"), federation("https://evil.example/oidc")]
    open_to_all = federation("https://actions.example", None)
    changes = [
        [listed("FederatedIdentityCredentials", trusted[:1])],
        [listed("FederatedIdentityCredentials", trusted[1:], trusted[:1])],
        [listed("FederatedIdentityCredentials", [*trusted[1:], open_to_all], trusted[1:])],
    ]
    warehouse.insert(
        "directory_audits",
        # Entra really writes both, and both say that the grant grew.
        audit("Add delegated permission grant", 4, amended, **ann),
        audit("Remove delegated permission grant", 3.9999, amended, **ann),
        audit("Remove delegated permission grant", 2, [grant_of("ann", None, " User.Read Mail.Read")]),
        # The portal acted for the person, and an application's grant names the app by nothing but its app id.
        audit(
            "Add app role assignment to service principal",
            1.5,
            [role_of("Files.Read.All", None)],
            initiated_by__app__service_principal_id="sp-portal",
            initiated_by__app__display_name="ADIbizaUX",
        ),
        audit("Remove app role assignment from service principal", 1, [role_of(None, "Files.Read.All")]),
        audit("Remove service principal", 0.5, [target("sp-mail")]),
        audit("Restore service principal", 0.4, [target("sp-mail")]),
        *(
            audit("Update application", 3 - number, [target("object-daemon", "Application", changed)])
            for number, changed in enumerate(changes)
        ),
    )
