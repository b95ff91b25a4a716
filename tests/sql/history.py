"""A tenant that is looked at several times, and changes in between; and another one that is synced on days of its own."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import duckdb

from .story import GRAPH_APP, LISTS, MICROSOFT_TENANT, ROLE_MANAGEMENT, app, assignment, audit, change, grant, outcome
from .story import target as named_target
from .warehouse import NOW, Warehouse

NORTHWIND = "40000000-0000-0000-0000-000000000001"
SOUTHRIDGE = "40000000-0000-0000-0000-000000000002"
PRIVILEGED = "e8611ab8-c189-46e8-94e1-60213ab1f814"
OWNERS = ("service_principal_owners", "application_owners")
ROLES = ("role_definitions", "role_assignments", "group_members")


def day(number: float) -> datetime:
    """The moment this many days after the first look."""
    return NOW + timedelta(days=number)


def northwind(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A row of the story's well-observed tenant, in this one."""
    return row | {"tenant_id": NORTHWIND} | more


def sync(warehouse: Warehouse, tenant: str, number: float, *lists: str) -> None:
    """Note that the lists, else all of them, were read whole on a day."""
    times = {"started_at": day(number) - timedelta(minutes=30), "finished_at": day(number), "run_id": f"run-{number}"}
    names = lists or (*LISTS, *OWNERS, *ROLES, "directory_audits")
    warehouse.insert("sync_outcomes", *(outcome(tenant, name, **times) for name in names))


def heard(activity: str, number: float, *targets: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An audit of the admin's on a day."""
    event = {
        "id": f"{activity}-{number}",
        "activity_date_time": day(number),
        "correlation_id": f"c-{activity}-{number}",
    }
    return northwind(audit(activity, 0, list(targets))) | event | more


def by(person: str) -> dict[str, str]:
    """A person as the actor of an audit."""
    return {"initiated_by__user__id": person, "initiated_by__user__user_principal_name": f"{person}@northwind"}


def key(name: str) -> dict[str, Any]:
    """A client secret."""
    return {
        "keyId": name,
        "displayName": name.upper(),
        "startDateTime": day(-30).isoformat(),
        "endDateTime": day(90).isoformat(),
    }


def described(*names: str) -> str:
    """Client secrets as audits list them, in JSON text."""
    return json.dumps(
        [f"[KeyIdentifier={name},KeyType=Password,KeyUsage=Verify,DisplayName={name.upper()}]" for name in names]
    )


def consent(scope: str, person: str, client: str = "sp-crm") -> list[dict[str, Any]]:
    """The property in which a consent's audit tells of one person's grant."""
    entry = f"Id: x, ClientId: {client}, PrincipalId: {person}, ResourceId: sp-graph, ConsentType: Principal, Scope: {scope}"
    return [change("ConsentAction.Permissions", f"[] => [[{entry}, CreatedDateTime: , LastModifiedDateTime ]];")]


def granted(scope: str, client: str, consent_type: str, old: str | None = None) -> dict[str, Any]:
    """The target of an audit of a delegated grant of Microsoft Graph's scopes."""
    changes = [
        change("DelegatedPermissionGrant.Scope", scope, old),
        change("DelegatedPermissionGrant.ConsentType", consent_type),
    ]
    return named_target("sp-graph", changes=[*changes, change("ServicePrincipal.ObjectID", client)])


def change_rows(warehouse: Warehouse, *statements: str) -> None:
    """Change raw rows, as a later sync would."""
    with duckdb.connect(str(warehouse.file)) as connection:
        for statement in statements:
            connection.execute(statement)


def tell_first_look(warehouse: Warehouse) -> None:
    """What stands when both tenants are looked at for the first time, and one consent before that."""
    warehouse.insert(
        "service_principals",
        northwind(
            app(
                "payroll", verified_publisher__verified_publisher_id="1", verified_publisher__display_name="Payroll Inc"
            ),
            reply_urls=["https://payroll.example/cb"],
        ),
        northwind(app("crm")),
        northwind(app("daemon", app_owner_organization_id=NORTHWIND)),
        northwind(app("left")),
        northwind(
            app("graph", app_id=GRAPH_APP, app_owner_organization_id=MICROSOFT_TENANT, display_name="Microsoft Graph")
        ),
        app("payroll", SOUTHRIDGE),
    )
    warehouse.insert(
        "applications",
        {"tenant_id": NORTHWIND, "id": "object-daemon", "app_id": "app-daemon", "display_name": "Daemon"}
        | {"password_credentials": [key("k1")]},
    )
    people = ("ann", "bob", "cyd", "dee", "eve")
    warehouse.insert(
        "users", *({"tenant_id": NORTHWIND, "id": name, "user_principal_name": f"{name}@northwind"} for name in people)
    )
    warehouse.insert(
        "service_principal_owners", {"tenant_id": NORTHWIND, "service_principal_id": "sp-payroll", "id": "ann"}
    )
    warehouse.insert(
        "oauth2_permission_grants",
        northwind(grant("payroll", "User.Read")),
        northwind(grant("left", "User.Read")),
        northwind(grant("crm", "Mail.Read", "Principal", principal_id="ann")),
    )
    warehouse.insert(
        "directory_audits",
        heard("Consent to application", -20, named_target("sp-crm", changes=consent("Mail.Read", "ann")), **by("ann")),
    )
    sync(warehouse, NORTHWIND, 0)
    sync(warehouse, SOUTHRIDGE, 0)


def tell_second_look(warehouse: Warehouse) -> None:
    """A week later much has changed; of some of it audits tell, of some Graph gives the date."""
    tell_changed_apps(warehouse)
    tell_changed_permissions(warehouse)
    sync(warehouse, NORTHWIND, 7)


def tell_changed_apps(warehouse: Warehouse) -> None:
    """Apps that came, went and changed."""
    change_rows(
        warehouse,
        f"update raw.service_principals set _deleted_at = '{day(5)}', _removed_reason = 'changed' where id = 'sp-left'",
        "update raw.service_principals set account_enabled = false where id = 'sp-crm'",
        f"""update raw.service_principals set reply_urls = '["https://payroll.example/cb", "https://new.example"]',
            verified_publisher__verified_publisher_id = '2', verified_publisher__display_name = 'Paychex'
            where id = 'sp-payroll' and tenant_id = '{NORTHWIND}'""",
        'update raw.applications set password_credentials = \'[{"keyId": "k2", "displayName": "K2"}]\' where id = \'object-daemon\'',
        f"update raw.service_principal_owners set _deleted_at = '{day(5)}' where id = 'ann'",
    )
    warehouse.insert(
        "service_principals",
        northwind(app("notes", created_date_time=day(3))),
        northwind(app("quiet", created_date_time=day(4), verified_publisher__verified_publisher_id="3")),
    )
    warehouse.insert(
        "service_principal_owners", {"tenant_id": NORTHWIND, "service_principal_id": "sp-payroll", "id": "bob"}
    )
    warehouse.insert(
        "role_definitions",
        {
            "tenant_id": NORTHWIND,
            "id": PRIVILEGED,
            "template_id": PRIVILEGED,
            "display_name": "Privileged Role Administrator",
            "is_built_in": True,
        },
    )
    warehouse.insert(
        "role_assignments",
        {
            "tenant_id": NORTHWIND,
            "id": "role-1",
            "role_definition_id": PRIVILEGED,
            "principal_id": "sp-daemon",
            "directory_scope_id": "/",
        },
    )
    secrets = [change("KeyDescription", None) | {"oldValue": described("k1"), "newValue": described("k1", "k2")}]
    role = [change("Role.TemplateId", PRIVILEGED), change("Role.DisplayName", "Privileged Role Administrator")]
    owner = [change("ServicePrincipal.ObjectID", "sp-payroll")]
    vanished = named_target("sp-vanished", changes=[change("AppPrincipalId", "app-vanished")]) | {
        "displayName": "Vanished"
    }
    warehouse.insert(
        "directory_audits",
        heard("Add service principal", 3, named_target("sp-notes", changes=[change("AppPrincipalId", "app-notes")])),
        heard("Add service principal", 4.5, vanished),
        heard("Remove service principal", 4.6, vanished),
        heard(
            "Update application \u2013 Certificates and secrets management ",
            2,
            named_target("object-daemon", "Application", secrets),
        ),
        heard(
            "Update application",
            2.001,
            named_target("object-daemon", "Application", [change("Included Updated Properties", "KeyDescription")]),
        ),
        heard("Add owner to service principal", 4, named_target("bob", "User", owner), named_target("sp-payroll")),
        heard("Add member to role", 6, named_target("sp-daemon", changes=role), named_target("r", "Role")),
        heard("Add member to role", 6.1, named_target("ann", "User", changes=role), named_target("r", "Role")),
    )


def tell_changed_permissions(warehouse: Warehouse) -> None:
    """Permissions that were granted and revoked."""
    change_rows(
        warehouse,
        f"update raw.oauth2_permission_grants set scope = 'User.Read Mail.Read' where client_id = 'sp-payroll' and tenant_id = '{NORTHWIND}'",
    )
    warehouse.insert("oauth2_permission_grants", northwind(grant("crm", "Mail.Read", "Principal", principal_id="bob")))
    warehouse.insert(
        "app_role_assigned_to",
        northwind(assignment("sp-payroll", "ServicePrincipal", "sp-graph", ROLE_MANAGEMENT, created_date_time=day(5))),
    )
    removed = granted("", "sp-crm", "AllPrincipals", "Files.Read")
    warehouse.insert(
        "directory_audits",
        heard(
            "Add delegated permission grant",
            1,
            granted("User.Read Mail.Read", "sp-payroll", "AllPrincipals", "User.Read"),
        ),
        heard(
            "Add delegated permission grant",
            2,
            granted("Mail.Read", "sp-crm", "Principal"),
            correlation_id="c",
            **by("bob"),
        ),
        heard(
            "Consent to application",
            2.0001,
            named_target("sp-crm", changes=consent("Mail.Read", "bob")),
            correlation_id="c",
            **by("bob"),
        ),
        heard("Add delegated permission grant", 3, granted("Files.Read", "sp-crm", "AllPrincipals")),
        heard("Remove delegated permission grant", 4, removed),
    )


def tell_other_tenant(warehouse: Warehouse) -> None:
    """Only the other tenant is synced; its app is enabled no more. Of the first one a list could not be read."""
    change_rows(
        warehouse, f"update raw.service_principals set account_enabled = false where tenant_id = '{SOUTHRIDGE}'"
    )
    sync(warehouse, SOUTHRIDGE, 8)


def tell_third_look(warehouse: Warehouse) -> None:
    """Weeks later three more people have consented, grants were read anew and nothing else could be."""
    warehouse.insert(
        "oauth2_permission_grants",
        *(northwind(grant("crm", "Mail.Read", "Principal", principal_id=name)) for name in ("cyd", "dee", "eve")),
    )
    sync(warehouse, NORTHWIND, 40, "oauth2_permission_grants")
    times = {"started_at": day(39.9), "finished_at": day(40), "run_id": "run-40"}
    warehouse.insert("sync_outcomes", outcome(NORTHWIND, "service_principals", "partial", **times))
