"""Woodgrove, the tenant of the golden story: what golden/woodgrove/story.md tells in words, as raw rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from .leavers import gone
from .members import MORE_LISTS
from .story import (
    GRAPH_APP,
    KINDS,
    LISTS,
    MICROSOFT_TENANT,
    VENDOR_TENANT,
    app,
    assignment,
    audit,
    change,
    grant,
    outcome,
    sign_in,
    target,
    tell_outcomes,
    window,
)
from .warehouse import NOW, Warehouse, ago

WOODGROVE = "a0000000-0000-0000-0000-000000000001"
PERFECTDATA = "ff8d92dc-3d82-41d6-bcbd-b9174d163620"
DIRECTORY_READ_WRITE = "19dbc75e-c2e2-444c-a770-ec69d8559fc7"
FILES_READ = "01d4889c-1287-42c6-ac1f-5d1e02578ef6"
MAIL_READ = "810c84a8-4a9e-49e6-bf7d-12d183f40d01"
DEPARTMENTS = {"ada": "IT", "ben": "Support", "cleo": "Design", "dan": "Design", "finn": "Support", "hana": "Support"}


def here(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A row of this tenant."""
    return row | {"tenant_id": WOODGROVE} | more


def verified(publisher: str) -> dict[str, str]:
    """What a service principal says of a publisher whom Microsoft verified."""
    return {
        "verified_publisher__verified_publisher_id": f"mpn-{publisher}",
        "verified_publisher__display_name": publisher,
    }


def credential(name: str, begun: float, ends: float) -> dict[str, str]:
    """A secret or certificate, issued and ending so many days ago."""
    return {"keyId": name, "startDateTime": ago(begun).isoformat(), "endDateTime": ago(ends).isoformat()}


def visit(name: str, days_ago: float, user: str = "ben", **more: Any) -> dict[str, Any]:
    """A person's sign-in to an app, from Germany unless said otherwise."""
    place = {"location__country_or_region": "DE", "user_principal_name": f"{user}@woodgrove.example"}
    return sign_in(name, days_ago, **(place | {"tenant_id": WOODGROVE, "user_id": user} | more))


def working_days(newest: int, oldest: int) -> list[int]:
    """How many days ago the working days of a span were."""
    return [day for day in range(newest, oldest + 1) if (NOW - timedelta(days=day)).weekday() < 5]


def scopes(*names: str) -> dict[str, Any]:
    """What a sign-in says of the scopes that were put into the token."""
    return {"authentication_processing_details": [{"key": "Oauth Scope Info", "value": json.dumps(names)}]}


def tell_directory(warehouse: Warehouse) -> None:
    """People and groups."""
    old = {"created_date_time": ago(700), "account_enabled": True, "user_type": "Member"}
    people: dict[str, dict[str, Any]] = {name: {"department": place} for name, place in DEPARTMENTS.items()}
    people["dan"] |= {"account_enabled": False}
    people |= {"eva": {"user_type": "Guest"}, "gus": {"created_date_time": ago(5)}, "ivo": gone(days_ago=60)}
    warehouse.insert(
        "users",
        *(
            here(
                old
                | {
                    "id": name,
                    "display_name": name.title(),
                    "user_principal_name": f"{name}@woodgrove.example",
                    "mail": f"{name}@woodgrove.example",
                }
                | more
            )
            for name, more in people.items()
        ),
    )
    group = {"created_date_time": ago(600), "security_enabled": True, "mail_enabled": False, "group_types": []}
    warehouse.insert(
        "groups",
        here(group, id="support", display_name="Support"),
        here(group, id="night-shift", display_name="Night shift"),
        here(
            group,
            id="campaign",
            display_name="Campaign",
            group_types=["Unified"],
            mail_enabled=True,
            mail="c@w.example",
        ),
        here(group, id="role-holders", display_name="Role holders", is_assignable_to_role=True),
    )
    members = {
        "support": ("ben", "finn", "hana", "gus", "ivo"),
        "night-shift": ("cleo",),
        "campaign": ("cleo", "eva"),
    }
    user, nested = {"odata_type": "#microsoft.graph.user"}, {"odata_type": "#microsoft.graph.group"}
    robot = {"odata_type": "#microsoft.graph.servicePrincipal"}
    warehouse.insert(
        "group_members",
        *(here(user, group_id=name, id=person) for name, persons in members.items() for person in persons),
        here(nested, group_id="support", id="night-shift"),
        here(robot, group_id="role-holders", id="sp-oldcrm"),
    )
    warehouse.insert("group_owners", here(user, group_id="campaign", id="cleo"))
    warehouse.insert("organization", {"tenant_id": WOODGROVE, "id": WOODGROVE, "display_name": "Woodgrove"})


def tell_apps(warehouse: Warehouse) -> None:
    """The apps, and who owns them."""
    signing = credential("saml", 300, -430) | {"usage": "Sign", "customKeyIdentifier": "saml"}
    invoices = {"id": "scope-ledger", "value": "Ledger.Read", "isEnabled": True}
    warehouse.insert(
        "service_principals",
        *(
            here(row)
            for row in (
                app(
                    "graph",
                    app_id=GRAPH_APP,
                    app_owner_organization_id=MICROSOFT_TENANT,
                    display_name="Microsoft Graph",
                ),
                app("zendesk", app_role_assignment_required=True, reply_urls=["https://w.zendesk.example/sso"])
                | verified("Zendesk, Inc."),
                app("figma", reply_urls=["https://figma.example/cb"]) | verified("Figma, Inc."),
                app("mailwise", display_name="MailWise", reply_urls=["http://mailwise.example/cb"]),
                app("backup", display_name="Backup Bot", app_owner_organization_id=WOODGROVE),
                app("oldcrm", display_name="Old CRM", created_date_time=ago(900)),
                app("teams", display_name="Micrоsоft Teams", created_date_time=ago(3)),  # noqa: RUF001 - Cyrillic is the point
                app("cli", display_name="Deploy CLI", app_owner_organization_id=WOODGROVE),
                app(
                    "payslips",
                    display_name="Payslips",
                    preferred_single_sign_on_mode="saml",
                    key_credentials=[signing],
                )
                | verified("Payroll Inc"),
                app("intranet", display_name="Intranet link", preferred_single_sign_on_mode="linked"),
                app("vm", display_name="vm-nightly", service_principal_type="ManagedIdentity")
                | {"app_owner_organization_id": None},
                app("agent", display_name="Helpdesk agent", service_principal_type="ServiceIdentity"),
                app("perfectdata", app_id=PERFECTDATA, display_name="PerfectData Software", created_date_time=ago(40)),
                app("notes", display_name="Fresh Notes", created_date_time=ago(5)),
                app("invoices", display_name="Invoices API", app_owner_organization_id=WOODGROVE)
                | {"oauth2_permission_scopes": [invoices | {"adminConsentDisplayName": "Read the ledger"}]},
                app("forms", display_name="Feedback Forms", account_enabled=False),
                app("retired", display_name="Retired", **gone(days_ago=20)),
            )
        ),
    )
    warehouse.insert(
        "applications",
        here(
            {"id": "object-backup", "app_id": "app-backup", "display_name": "Backup Bot"},
            created_date_time=ago(500),
            password_credentials=[credential("expired", 385, 20), credential("current", 120, -60)],
            key_credentials=[credential("decade", 500, -3150)],
        ),
        here(
            {"id": "object-cli", "app_id": "app-cli", "display_name": "Deploy CLI", "created_date_time": ago(200)},
            public_client__redirect_uris=["http://localhost"],
            password_credentials=[credential("deploy", 168, -12)],
        ),
        here(
            {"id": "object-invoices", "app_id": "app-invoices", "display_name": "Invoices API"},
            created_date_time=ago(300),
            web__redirect_uris=["http://localhost:8080/cb"],
            password_credentials=[credential("forgotten", 385, 20)],
        ),
    )
    user = {"odata_type": "#microsoft.graph.user"}
    warehouse.insert(
        "application_owners",
        *(here(user, application_id="object-backup", id=name) for name in ("ben", "eva")),
        here(user, application_id="object-cli", id="ben"),
    )
    warehouse.insert("service_principal_owners", here(user, service_principal_id="sp-figma", id="cleo"))
    risk = {"id": "sp-perfectdata", "app_id": PERFECTDATA, "risk_level": "high", "risk_state": "atRisk"}
    warehouse.insert("risky_service_principals", here(risk))


def tell_access(warehouse: Warehouse) -> None:
    """Who is assigned to which app."""
    groups = {"support": "zendesk", "campaign": "figma"}
    people = {"ada": "zendesk", "cleo": "figma", "dan": "figma", "hana": "figma"}
    warehouse.insert(
        "app_role_assigned_to",
        *(
            here(assignment(name, "Group", f"sp-{to}", f"{to}-access", principal_display_name=name.title()))
            for name, to in groups.items()
        ),
        *(here(assignment(name, "User", f"sp-{to}", f"{to}-access")) for name, to in people.items()),
        here(assignment("gus", "User", "sp-figma", "figma-access", created_date_time=ago(3))),
        here(assignment("hana", "User", "sp-forms", "forms-access")),
    )


def consented(name: str, days_ago: float, wanted: str, by: str, **more: Any) -> dict[str, Any]:
    """The audit of a person's consent for themselves."""
    entry = f"Id: x, ClientId: sp-{name}, PrincipalId: {by}, ResourceId: sp-graph, ConsentType: Principal"
    text = f"[] => [[{entry}, Scope: {wanted}, CreatedDateTime: , ExpiryTime: ]]; "
    changes = [change("ConsentContext.IsAdminConsent", "False"), change("ConsentAction.Permissions", text)]
    actor = {"initiated_by__user__id": by, "initiated_by__user__user_principal_name": f"{by}@woodgrove.example"}
    row = audit("Consent to application", days_ago, [target(f"sp-{name}", changes=changes)], **(actor | more))
    return here(row, id=f"audit-consent-{name}-{by}")


def tell_permissions(warehouse: Warehouse) -> None:
    """What the apps may do, who let them and when."""
    wide = "Mail.Read Mail.Send Calendars.Read offline_access"
    lured = "Mail.ReadWrite Files.ReadWrite.All offline_access"
    warehouse.insert(
        "oauth2_permission_grants",
        *(
            here(row)
            for row in (
                grant("zendesk", "User.Read openid profile"),
                grant("figma", "User.Read"),
                grant("mailwise", wide),
                grant("teams", lured, "Principal", principal_id="finn"),
                grant("teams", lured, "Principal", principal_id="eva"),
                grant("perfectdata", "Mail.ReadWrite", "Principal", principal_id="dan"),
                grant("notes", "Notes.Read openid", "Principal", principal_id="cleo"),
                grant("payslips", "Ledger.Read", resource_id="sp-invoices"),
                grant("forms", "Files.Read", "Principal", principal_id="ivo"),
                grant("cli", "Directory.AccessAsUser.All", "Principal", principal_id="ben"),
            )
        ),
    )
    warehouse.insert(
        "app_role_assigned_to",
        here(assignment("sp-backup", "ServicePrincipal", "sp-graph", MAIL_READ, created_date_time=ago(400))),
        here(assignment("sp-backup", "ServicePrincipal", "sp-graph", FILES_READ, created_date_time=ago(4))),
        here(assignment("sp-oldcrm", "ServicePrincipal", "sp-graph", DIRECTORY_READ_WRITE, created_date_time=ago(900))),
    )
    warehouse.insert(
        "role_definitions",
        here({"id": "d-reader", "display_name": "Global Reader", "template_id": "d-reader", "is_built_in": True}),
        here({"id": "d-users", "display_name": "User Administrator", "template_id": "d-users", "is_built_in": True}),
    )
    unit = "/administrativeUnits/branches"
    warehouse.insert(
        "role_assignments",
        here({"id": "r1", "principal_id": "sp-backup", "role_definition_id": "d-reader", "directory_scope_id": "/"}),
        here({"id": "r2", "principal_id": "role-holders", "role_definition_id": "d-users", "directory_scope_id": unit}),
        here({"id": "r3", "principal_id": "ada", "role_definition_id": "d-users", "directory_scope_id": "/"}),
    )
    granted = [
        change("DelegatedPermissionGrant.Scope", wide),
        change("DelegatedPermissionGrant.ConsentType", "AllPrincipals"),
        change("ServicePrincipal.ObjectID", "sp-mailwise"),
    ]
    assigned = [change("AppRole.Id", FILES_READ), change("ServicePrincipal.ObjectID", "sp-backup")]
    ada = {"initiated_by__user__id": "ada", "initiated_by__user__user_principal_name": "ada@woodgrove.example"}
    admin = [change("ConsentContext.IsAdminConsent", "True")]
    warehouse.insert(
        "directory_audits",
        here(
            audit(
                "Add delegated permission grant",
                50,
                [target("sp-graph", changes=granted), target("sp-mailwise")],
                correlation_id="mailwise",
                **ada,
            )
        ),
        here(
            audit(
                "Consent to application", 50, [target("sp-mailwise", changes=admin)], correlation_id="mailwise", **ada
            )
        ),
        here(audit("Add app role assignment to service principal", 4, [target("sp-graph", changes=assigned)], **ada)),
        consented("teams", 3, lured, "finn"),
        consented("teams", 2.9, lured, "eva"),
        consented("notes", 5, "Notes.Read openid", "cleo"),
        consented("zendesk", 6, "Mail.Read", "hana", result="failure"),
    )


def daily_use() -> Iterable[dict[str, Any]]:
    """The use that goes on from week to week."""
    month, month_before = working_days(1, 14), working_days(35, 44)
    yield from (visit("zendesk", day, user) for day in month for user in ("ben", "hana"))
    yield from (visit("zendesk", day, "ben") for day in month_before)
    yield from (visit("figma", day, "cleo") for day in month[::2])
    yield from (visit("figma", day, "eva", user_type="guest") for day in (8, 15))
    mail = scopes("Mail.Read") | {"kind": "non_interactive", "resource_id": GRAPH_APP}
    yield from (visit("mailwise", day, "ben", **mail) for day in (1, 2, 5, 6))
    night = {"tenant_id": WOODGROVE, "kind": "service_principal", "resource_id": GRAPH_APP}
    yield from (sign_in("backup", day + 0.2, **night) for day in (1, 2, 3, 33))


def tell_sign_ins(warehouse: Warehouse) -> None:
    """Who signed in to which app."""
    guessed = {"code": 50126, "app_id": PERFECTDATA, "location__country_or_region": "NG"}
    warehouse.insert(
        "sign_ins",
        *daily_use(),
        visit("zendesk", 20, "ada"),
        visit("figma", 50, "dan"),
        visit("oldcrm", 45, "hana"),
        visit(
            "teams", 2.8, "finn", location__country_or_region="NG", resource_id=GRAPH_APP, **scopes("Mail.ReadWrite")
        ),
        visit("teams", 2.7, "eva", code=65001),
        visit("cli", 9, "ben"),
        visit("payslips", 10, "hana", resource_id="app-invoices"),
        visit("payslips", 38, "ben"),
        *(visit("perfectdata", 1 + n / 10, user, **guessed) for n, user in enumerate(("ada", "ben", "cleo", "finn"))),
        visit("oldcrm", 6, "finn", code=50105),
        visit("viewer", 12, "hana", app_display_name="Strange Viewer", app_owner_tenant_id=VENDOR_TENANT),
    )


def tell_woodgrove(warehouse: Warehouse) -> None:
    """Write the tenant into the raw tables."""
    for tell in (tell_directory, tell_apps, tell_access, tell_permissions, tell_sign_ins):
        tell(warehouse)
    denied = {"missing_permission": "AuditLog.Read.All", "error_code": "Authorization_RequestDenied"}
    tell_outcomes(
        warehouse,
        *(outcome(WOODGROVE, name) for name in (*LISTS, *MORE_LISTS, "risky_service_principals", "organization")),
        *(outcome(WOODGROVE, f"sign_ins_{kind}", **window(65)) for kind in KINDS if kind != "managed_identity"),
        outcome(WOODGROVE, "sign_ins_managed_identity", "denied", **denied, **window()),
        outcome(WOODGROVE, "directory_audits", **window(60)),
    )
