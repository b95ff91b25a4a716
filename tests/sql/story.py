"""The story the marts are checked against: one well-observed tenant, and others that lack one thing each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from .warehouse import NOW, Warehouse, ago

CONTOSO = "10000000-0000-0000-0000-000000000001"
GRAPH_APP = "00000003-0000-0000-c000-000000000000"
MICROSOFT_TENANT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
VENDOR_TENANT = "20000000-0000-0000-0000-000000000001"
ROLE_MANAGEMENT = "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"
KINDS = ("interactive", "non_interactive", "service_principal", "managed_identity")
LISTS = ("users", "groups", "service_principals", "applications", "oauth2_permission_grants", "app_role_assigned_to")


def outcome(tenant: str, collection: str, result: str = "complete", **more: Any) -> dict[str, Any]:
    """A row of sync_outcomes: one collection of the newest run."""
    table = "sign_ins" if collection.startswith("sign_ins_") else collection
    row = {"tenant_id": tenant, "run_id": "run-1", "collection": collection, "table_name": table, "outcome": result}
    times = {"started_at": NOW - timedelta(minutes=30), "finished_at": NOW, "rows": 1, "is_required": False}
    return row | times | more


def window(since: float = 31, until: float = 0.02) -> dict[str, datetime]:
    """A collected window, in days before now."""
    return {"window_from": ago(since), "window_to": ago(until)}


def complete_sign_ins(tenant: str, *but: str) -> list[dict[str, Any]]:
    """Complete outcomes of every sign-in kind, except some."""
    return [outcome(tenant, f"sign_ins_{kind}", **window()) for kind in KINDS if kind not in but]


def tell_outcomes(warehouse: Warehouse, *outcomes: dict[str, Any]) -> None:
    """Write outcomes, and of those that read a window to its end the window."""
    warehouse.insert("sync_outcomes", *outcomes)
    names = ("tenant_id", "collection", "window_from", "window_to", "run_id")
    windows = [row for row in outcomes if row["outcome"] == "complete" and "window_from" in row]
    warehouse.insert(
        "sync_windows", *({name: row[name] for name in names} | {"read_at": row["started_at"]} for row in windows)
    )


def app(name: str, tenant: str = CONTOSO, **more: Any) -> dict[str, Any]:
    """A third-party service principal, half a year old; its ids are made of its name."""
    row = {"tenant_id": tenant, "id": f"sp-{name}", "app_id": f"app-{name}", "display_name": name.title()}
    kind = {"service_principal_type": "Application", "app_owner_organization_id": VENDOR_TENANT}
    return row | kind | {"account_enabled": True, "created_date_time": ago(180), "_arrival": 1} | more


def sign_in(name: str, days_ago: float, kind: str = "interactive", code: int | None = 0, **more: Any) -> dict[str, Any]:
    """A sign-in of one app; `more` overrides what is usual for its kind."""
    row = {"tenant_id": CONTOSO, "_collection": f"sign_ins_{kind}", "app_id": f"app-{name}", "status__error_code": code}
    people = kind in ("interactive", "non_interactive")
    principal = {"user_id": "ann"} if people else {"service_principal_id": f"sp-{name}"}
    row |= principal | {"created_date_time": ago(days_ago)} | more
    key = [row["tenant_id"], row["app_id"], kind, days_ago, code, row.get("user_id")]
    return {"id": "/".join(map(str, key))} | row


def grant(name: str, scope: str, consent_type: str = "AllPrincipals", **more: Any) -> dict[str, Any]:
    """A delegated grant of Microsoft Graph's scopes to one app."""
    principal = more.get("principal_id")
    row = {"tenant_id": CONTOSO, "id": f"grant-{name}-{consent_type}-{principal}", "client_id": f"sp-{name}"}
    return row | {"resource_id": "sp-graph", "consent_type": consent_type, "scope": scope} | more


def assignment(principal: str, kind: str, resource: str, role: str, **more: Any) -> dict[str, Any]:
    """An app role assignment."""
    row = {"tenant_id": CONTOSO, "id": f"assignment-{principal}-{role}", "principal_id": principal}
    row |= {"principal_type": kind, "resource_id": resource, "app_role_id": role, "created_date_time": ago(90)}
    return row | more


def change(name: str, new: str | None, old: str | None = None) -> dict[str, Any]:
    """A changed property as audits write it: the values are JSON inside JSON."""
    return {"displayName": name, "oldValue": old and json.dumps(old), "newValue": new and json.dumps(new)}


def target(identity: str, kind: str = "ServicePrincipal", changes: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """A target of an audit."""
    return {"id": identity, "type": kind, "modifiedProperties": list(changes)}


def audit(activity: str, days_ago: float, targets: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A successful audit event by the admin."""
    row = {"tenant_id": CONTOSO, "id": f"audit-{activity}-{days_ago}", "activity_display_name": activity}
    row |= {"activity_date_time": ago(days_ago), "result": "success", "target_resources": targets}
    return row | {"initiated_by__user__id": "admin", "initiated_by__user__user_principal_name": "admin@contoso"} | more


def tell_apps(warehouse: Warehouse) -> None:
    """Apps of Contoso, each named after what it is there for."""
    secret = {"keyId": "k1", "startDateTime": ago(100).isoformat(), "endDateTime": ago(-3000).isoformat()}
    expired = {"keyId": "k2", "startDateTime": ago(100).isoformat(), "endDateTime": ago(1).isoformat()}
    signing = {"keyId": "k3", "usage": "Sign", "customKeyIdentifier": "saml"} | {
        key: secret[key] for key in ("startDateTime", "endDateTime")
    }
    warehouse.insert(
        "service_principals",
        app("payroll", verified_publisher__verified_publisher_id="1", verified_publisher__display_name="Payroll Inc"),
        app("dusty", reply_urls=["http://dusty.example/cb", "https://*.dusty.example", "http://localhost:80/x"]),
        app("fresh", created_date_time=ago(5)),
        app("undated", created_date_time=None),
        app("former"),
        app("edge"),
        app("daemon", app_owner_organization_id=CONTOSO),
        app("vm", service_principal_type="ManagedIdentity", app_owner_organization_id=None),
        app("agent", service_principal_type="ServiceIdentity"),
        app(
            "api",
            app_owner_organization_id=CONTOSO,
            oauth2_permission_scopes=[
                {
                    "id": "SCOPE-1",
                    "value": "Invoices.Read",
                    "isEnabled": True,
                    "adminConsentDisplayName": "Read invoices",
                },
            ],
        ),
        app("graph", app_id=GRAPH_APP, app_owner_organization_id=MICROSOFT_TENANT, display_name="Microsoft Graph"),
        app("outlook", app_owner_organization_id=MICROSOFT_TENANT),
        app("twin", display_name="Micrоsоft Graph"),  # noqa: RUF001 - Cyrillic letters are the point
        app("newcomer", created_date_time=ago(20)),
        app("saml", key_credentials=[signing], password_credentials=[{**signing, "usage": None, "keyId": "k4"}]),
        app("nameless", app_id=None),
    )
    warehouse.insert(
        "applications",
        {
            "tenant_id": CONTOSO,
            "id": "object-daemon",
            "app_id": "app-daemon",
            "display_name": "Daemon",
            "created_date_time": ago(180),
            "password_credentials": [secret, expired],
            "public_client__redirect_uris": ["http://localhost"],
        },
    )
    warehouse.insert("organization", {"tenant_id": CONTOSO, "id": CONTOSO, "display_name": "Contoso"})


def tell_sign_ins(warehouse: Warehouse) -> None:
    """Who signed in to Contoso's apps."""
    warehouse.insert(
        "sign_ins",
        sign_in("payroll", 3),
        sign_in("payroll", 3.01),
        sign_in("payroll", 4, "non_interactive", user_id="bob"),
        sign_in("payroll", 5, code=50126, user_id="cyd"),
        *(
            sign_in("dusty", day, code=code)
            for day, code in [(1, 50126), (2, 50140), (3, 65001), (4, 53003), (5, None)]
        ),
        sign_in("former", 40),
        sign_in("edge", 29.99),
        sign_in("daemon", 1, "service_principal", app_id=None),
        sign_in("vm", 2, "managed_identity", app_display_name=""),
        sign_in("ghost", 2, app_id="905fcf26-4eb7-48a0-9ff0-8dcc7194b5ba", app_display_name="Sway"),
        sign_in("stranger", 3, app_display_name="Wanderer", app_owner_tenant_id=VENDOR_TENANT),
        sign_in("stranger", 2, app_display_name="Stranger", app_owner_tenant_id=VENDOR_TENANT),
        sign_in("payroll", 6, resource_id="app-api"),
        sign_in("nobody", 6, app_id="", user_id=""),
    )


def tell_permissions(warehouse: Warehouse) -> None:
    """What Contoso's apps may do, and who consented."""
    entry = "Id: x, ClientId: sp-newcomer, PrincipalId: bob, ResourceId: sp-graph, ConsentType: Principal"
    consent_text = f"[] => [[{entry}, Scope: Notes.Read openid, CreatedDateTime: , ExpiryTime: ]]; "
    warehouse.insert(
        "oauth2_permission_grants",
        grant("payroll", " User.Read  Mail.Read mail.read"),
        grant("payroll", "Files.Read.All Made.Up", "Principal", principal_id="ann"),
        grant("newcomer", "Notes.Read openid", "Principal", principal_id="bob"),
        grant("lost", "User.Read"),
        grant("daemon", "Invoices.Read", resource_id="sp-api"),
        grant("blank", "  "),
    )
    warehouse.insert(
        "app_role_assigned_to",
        assignment("sp-dusty", "ServicePrincipal", "sp-graph", ROLE_MANAGEMENT),
        assignment("sp-daemon", "ServicePrincipal", "sp-missing", "00000000-0000-0000-0000-00000000beef"),
        assignment("ann", "User", "sp-payroll", "r1"),
        assignment("dee", "User", "sp-payroll", "r2"),
        assignment("eve", "User", "sp-payroll", "r3", created_date_time=ago(3)),
        assignment("staff", "Group", "sp-payroll", "r1"),
    )
    granted = [
        change("DelegatedPermissionGrant.Scope", "User.Read Mail.Read", "User.Read"),
        change("DelegatedPermissionGrant.ConsentType", "AllPrincipals"),
        change("ServicePrincipal.ObjectID", "sp-payroll"),
    ]
    assigned = [change("AppRole.Id", ROLE_MANAGEMENT), change("ServicePrincipal.ObjectID", "sp-dusty")]
    admin = [change("ConsentContext.IsAdminConsent", "True")]
    one = [change("ConsentContext.IsAdminConsent", "False"), change("ConsentAction.Permissions", consent_text)]
    warehouse.insert(
        "directory_audits",
        audit(
            "Add delegated permission grant",
            50,
            [target("sp-graph", changes=granted), target("sp-payroll")],
            correlation_id="c1",
        ),
        audit("Consent to application", 50, [target("sp-payroll", changes=admin)], correlation_id="c1"),
        audit(
            "Consent to application",
            9,
            [target("sp-newcomer", changes=one)],
            correlation_id="c2",
            initiated_by__user__id="bob",
            initiated_by__user__user_principal_name="bob@contoso",
        ),
        audit("Add app role assignment to service principal", 90, [target("sp-graph", changes=assigned)]),
        audit("Consent to application", 8, [target("sp-payroll", changes=one)], result="failure"),
    )


def tell_people(warehouse: Warehouse) -> None:
    """Contoso's directory."""
    people = [
        {
            "tenant_id": CONTOSO,
            "id": name,
            "display_name": name.title(),
            "account_enabled": name != "dee",
            "user_type": "Member",
            "user_principal_name": f"{name}@contoso",
        }
        for name in ("ann", "bob", "dee")
    ]
    warehouse.insert("users", *people)
    shapes = {
        "unified": (["Unified"], True, False),
        "security": ([], False, True),
        "dynamic": (["DynamicMembership"], False, True),
        "mail-security": ([], True, True),
        "distribution": ([], True, False),
    }
    warehouse.insert(
        "groups",
        *(
            {"tenant_id": CONTOSO, "id": name, "group_types": types, "mail_enabled": mail, "security_enabled": security}
            for name, (types, mail, security) in shapes.items()
        ),
    )


LACKING = {
    "unlicensed": [
        outcome("unlicensed", f"sign_ins_{kind}", "unlicensed", missing_licence="Entra ID P1", **window())
        for kind in KINDS
    ],
    "denied": [
        *complete_sign_ins("denied", "service_principal"),
        outcome("denied", "sign_ins_service_principal", "denied", missing_permission="AuditLog.Read.All", **window()),
    ],
    "failing": [
        *complete_sign_ins("failing", "interactive"),
        outcome("failing", "sign_ins_interactive", "partial", error="the page token expired", **window()),
    ],
    "partway": complete_sign_ins("partway", "non_interactive"),
    "gappy": [
        *complete_sign_ins("gappy", "interactive"),
        outcome("gappy", "sign_ins_interactive", **window(31, 11)),
        outcome("gappy", "sign_ins_interactive", run_id="run-2", **window(10, 0.02)),
    ],
    "patched": [
        *complete_sign_ins("patched", "interactive"),
        outcome("patched", "sign_ins_interactive", **window(31, 11)),
        outcome("patched", "sign_ins_interactive", run_id="run-2", **window(11.1, 0.02)),
    ],
    "young": [*complete_sign_ins("young", "interactive"), outcome("young", "sign_ins_interactive", **window(7))],
    "no-robots": complete_sign_ins("no-robots", "managed_identity"),
}


def tell(warehouse: Warehouse) -> None:
    """Write the whole story into the raw tables."""
    tell_apps(warehouse)
    tell_sign_ins(warehouse)
    tell_permissions(warehouse)
    tell_people(warehouse)
    tell_outcomes(
        warehouse,
        *(outcome(CONTOSO, name) for name in LISTS),
        *complete_sign_ins(CONTOSO),
        outcome(CONTOSO, "directory_audits", **window(60)),
    )
    for tenant, outcomes in LACKING.items():
        tell_outcomes(warehouse, *outcomes)
        warehouse.insert("service_principals", app("payroll", tenant))
        warehouse.insert("sign_ins", sign_in("busy", 2, tenant_id=tenant))
