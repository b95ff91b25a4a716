"""Lucerne: ordinary apps beside apps in an attacker's hands. Each is named after what it is there for."""

from __future__ import annotations

from typing import Any

from .grants import MORE_LISTS
from .story import (
    GRAPH_APP,
    LISTS,
    MICROSOFT_TENANT,
    ROLE_MANAGEMENT,
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

LUCERNE = "62000000-0000-0000-0000-000000000001"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
MAIL_READ_WRITE = "e2a3a72e-5f79-4c64-b1b1-878b674786c9"
EXCHANGE_APP = "00000002-0000-0ff1-ce00-000000000000"
FULL_ACCESS = "dc890d15-9560-4a4c-9b7f-a736ec74ec40"
RCLONE = "b15665d9-eda6-4092-8539-0eec376afd59"
PEOPLE = ("ann", "bob", "cyd", "dee", "eve", "fay", "gus", "hal", "ida", "jan")
CAUGHT = ("bob", "cyd", "hal", "ida", "jan")
OTHER_LISTS = ("service_principal_owners", "application_owners", "risky_service_principals")
MAIL = "Mail.ReadWrite Mail.Send User.Read"

ORDINARY = ("suite", "backup", "planner", "robot", "rotating", "fresh", "odd")
MALICIOUS = (
    "phish",
    "twin",
    "hub",
    "tunnel",
    "namesake",
    "dormant",
    "turned",
    "courier",
    "rclone",
    "convicted",
    "spawned",
    "wave",
)


def here(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A row of the story's well-observed tenant, in this one."""
    return row | {"tenant_id": LUCERNE} | more


def own(name: str, **more: Any) -> dict[str, Any]:
    """An app that the tenant registered three years ago."""
    return here(app(name, app_owner_organization_id=LUCERNE, created_date_time=ago(1000)), **more)


def vendor(name: str, **more: Any) -> dict[str, Any]:
    """A vendor's app with a verified publisher and a home page, half a year old."""
    site = f"https://{name}.example"
    known = {"verified_publisher__verified_publisher_id": "1", "verified_publisher__display_name": name.title()}
    return here(app(name), homepage=site, reply_urls=[f"{site}/callback"], **known) | more


def key(name: str, began: float, ends: float) -> dict[str, Any]:
    """A credential that began so many days ago and ends in so many."""
    return {"keyId": name, "startDateTime": ago(began).isoformat(), "endDateTime": ago(-ends).isoformat()}


def registration(name: str, **more: Any) -> dict[str, Any]:
    """The registration of an own app."""
    row = {"id": f"object-{name}", "app_id": f"app-{name}", "display_name": name.title()}
    return here(row | {"created_date_time": ago(1000)}) | more


def consent(name: str, days_ago: float, scope: str, by: str, *, everyone: bool = False) -> dict[str, Any]:
    """The audit of a consent: of a person for themselves, or of the admin for everyone."""
    kind = "AllPrincipals" if everyone else "Principal"
    entry = f"Id: x, ClientId: sp-{name}, PrincipalId: {'' if everyone else by}, ResourceId: sp-graph, ConsentType: {kind}, Scope: {scope}, CreatedDateTime: , ExpiryTime: "
    changes = [
        change("ConsentContext.IsAdminConsent", str(everyone)),
        change("ConsentAction.Permissions", f"[] => [[{entry}]]; "),
    ]
    row = audit("Consent to application", days_ago, [target(f"sp-{name}", changes=changes)])
    actor = {"initiated_by__user__id": by, "initiated_by__user__user_principal_name": f"{by}@lucerne"}
    return here(row, id=f"consent-{name}-{by}", correlation_id=f"consent-{name}-{by}", **actor)


def secret_added(name: str, key_id: str, days_ago: float) -> dict[str, Any]:
    """The audit of a secret that the admin added to a registration."""
    keys = f"[KeyIdentifier={key_id},KeyType=Password,KeyUsage=Verify,DisplayName=]"
    described = {"displayName": "KeyDescription", "oldValue": "[]", "newValue": f'["{keys}"]'}
    changed = [target(f"object-{name}", "Application", [described])]
    row = audit("Update application – Certificates and secrets management ", days_ago, changed)  # noqa: RUF001 - as Entra writes it
    return here(row, id=f"secret-{key_id}")


def owner_added(name: str, owner: str, days_ago: float) -> dict[str, Any]:
    """The audit of somebody whom the admin made an owner of a registration."""
    named = [change("Application.ObjectID", f"object-{name}")]
    row = audit("Add owner to application", days_ago, [target(owner, "User", named)])
    return here(row, id=f"owner-{name}-{owner}")


def given_by_app(name: str, role: str, days_ago: float, giver: str, giver_name: str) -> dict[str, Any]:
    """The audit of an application permission of Exchange that another app gave."""
    changes = [change("AppRole.Id", role), change("ServicePrincipal.ObjectID", f"sp-{name}")]
    row = audit(
        "Add app role assignment to service principal",
        days_ago,
        [target("sp-exchange", changes=changes), target(f"sp-{name}")],
    )
    nobody = {"initiated_by__user__id": None, "initiated_by__user__user_principal_name": None}
    actor = {"initiated_by__app__service_principal_id": giver, "initiated_by__app__display_name": giver_name}
    return here(row, id=f"given-{name}", correlation_id=f"given-{name}", **nobody, **actor)


def tell_people(warehouse: Warehouse) -> None:
    """Ten people, one of them the administrator, and the accounts' roles."""
    users = [{"id": name, "display_name": f"{name.title()} Hall", "account_enabled": True} for name in PEOPLE]
    users.append({"id": "admin", "display_name": "Ada Root", "account_enabled": True})
    warehouse.insert(
        "users",
        *(
            here(user, user_type="Member", user_principal_name=f"{user['id']}@lucerne", created_date_time=ago(900))
            for user in users
        ),
    )
    role = {"id": GLOBAL_ADMINISTRATOR, "template_id": GLOBAL_ADMINISTRATOR, "display_name": "Global Administrator"}
    warehouse.insert("role_definitions", here(role, is_built_in=True))
    held = {"id": "admin-role", "principal_id": "admin", "role_definition_id": GLOBAL_ADMINISTRATOR}
    warehouse.insert("role_assignments", here(held, directory_scope_id="/"))


def tell_ordinary(warehouse: Warehouse) -> None:
    """Software as companies have it: some of it powerful, some old, some new, one with an unlucky name."""
    warehouse.insert(
        "service_principals",
        here(
            app("graph", app_id=GRAPH_APP, app_owner_organization_id=MICROSOFT_TENANT, display_name="Microsoft Graph")
        ),
        vendor("suite"),
        vendor("backup"),
        vendor("planner"),
        own("robot"),
        own("rotating"),
        vendor("fresh", created_date_time=ago(8)),
        here(app("odd", display_name="Micr0soft Graph", reply_urls=["http://localhost", "http://odd.example"])),
    )
    warehouse.insert(
        "applications",
        registration("robot", key_credentials=[key("r1", 200, 300)]),
        registration("rotating", password_credentials=[key("old", 360, 5), key("new", 3, 362)]),
    )
    owners = {"odata_type": "#microsoft.graph.user", "id": "ann"}
    warehouse.insert(
        "application_owners",
        *(here(owners, application_id=f"object-{name}") for name in ("robot", "rotating")),
    )
    warehouse.insert(
        "oauth2_permission_grants",
        here(grant("suite", "Mail.ReadWrite Calendars.ReadWrite User.Read")),
        here(grant("planner", "Calendars.Read User.Read", "Principal", principal_id="ann")),
        here(grant("planner", "Calendars.Read User.Read", "Principal", principal_id="bob")),
        here(grant("fresh", "User.Read Files.Read", "Principal", principal_id="cyd")),
    )
    warehouse.insert(
        "app_role_assigned_to",
        here(assignment("sp-backup", "ServicePrincipal", "sp-graph", ROLE_MANAGEMENT)),
        here(assignment("sp-robot", "ServicePrincipal", "sp-graph", MAIL_READ_WRITE)),
        here(assignment("sp-rotating", "ServicePrincipal", "sp-graph", MAIL_READ_WRITE)),
    )
    warehouse.insert("directory_audits", consent("fresh", 8, "User.Read Files.Read", "cyd"))
    home = {"location__country_or_region": "DE"}
    warehouse.insert(
        "sign_ins",
        *(here(sign_in("suite", 2, user_id=name), **home) for name in PEOPLE),
        *(here(sign_in(name, 1, "service_principal"), **home) for name in ("backup", "robot", "rotating")),
        here(sign_in("planner", 2), **home),
        here(sign_in("fresh", 7, user_id="cyd"), **home),
    )


def tell_attacks(warehouse: Warehouse) -> None:
    """Apps made for an attack, and honest ones that were turned."""
    young = {"created_date_time": ago(5)}
    warehouse.insert(
        "service_principals",
        here(app("phish", display_name="Invoice Viewer", reply_urls=["https://198.51.100.7/cb"], **young)),
        here(app("twin", display_name="Micrоsоft Secure Mail", **young)),  # noqa: RUF001 - Cyrillic letters are the point
        here(app("hub", display_name="Upgrade", reply_urls=["http://localhost:8080"], **young)),
        here(app("tunnel", display_name="Calendar Helper", reply_urls=["https://1f2e.ngrok-free.app/cb"], **young)),
        own("namesake", display_name="Eve Hall", **young),
        own("dormant"),
        own("turned"),
        own("courier"),
        here(app("rclone", app_id=RCLONE)),
        here(
            app("exchange", app_id=EXCHANGE_APP, app_owner_organization_id=MICROSOFT_TENANT, display_name="Exchange"),
        ),
        own("spawned", display_name="Mail Sync Service", **young),
        here(app("wave", display_name="Meeting Notes", homepage="https://notes.example", **young)),
        here(app("convicted", disabled_by_microsoft_status="DisabledDueToViolationOfServicesAgreement")),
    )
    warehouse.insert(
        "applications",
        registration("namesake", password_credentials=[key("n1", 4.9, 700)], **young),
        registration("dormant", password_credentials=[key("d1", 4, 700)]),
        registration("turned", key_credentials=[key("t0", 300, 400)], password_credentials=[key("t1", 6, 700)]),
        registration("spawned", password_credentials=[key("s1", 5, 700)], **young),
        registration("courier", password_credentials=[key("c0", 400, 100)]),
    )
    warehouse.insert(
        "oauth2_permission_grants",
        here(grant("phish", MAIL, "Principal", principal_id="dee")),
        here(grant("twin", "Mail.Read", "Principal", principal_id="fay")),
        here(grant("hub", "Mail.Read Files.Read.All")),
        here(grant("tunnel", MAIL, "Principal", principal_id="gus")),
        here(grant("namesake", MAIL, "Principal", principal_id="eve")),
        here(grant("turned", "Mail.ReadWrite")),
        *(here(grant("wave", MAIL, "Principal", principal_id=name)) for name in CAUGHT),
    )
    warehouse.insert(
        "app_role_assigned_to",
        here(assignment("sp-dormant", "ServicePrincipal", "sp-graph", ROLE_MANAGEMENT)),
        here(assignment("sp-spawned", "ServicePrincipal", "sp-exchange", FULL_ACCESS, created_date_time=ago(4))),
        here(assignment("sp-courier", "ServicePrincipal", "sp-graph", MAIL_READ_WRITE)),
    )
    warehouse.insert(
        "directory_audits",
        consent("phish", 5, MAIL, "dee"),
        consent("twin", 5, "Mail.Read", "fay"),
        consent("hub", 5, "Mail.Read Files.Read.All", "admin", everyone=True),
        consent("tunnel", 5, MAIL, "gus"),
        consent("namesake", 5, MAIL, "eve"),
        consent("turned", 5, "Mail.ReadWrite", "admin", everyone=True),
        *(consent("wave", 4 - place / 24, MAIL, name) for place, name in enumerate(CAUGHT)),
        given_by_app("spawned", FULL_ACCESS, 4, "sp-dormant", "Dormant"),
        secret_added("dormant", "d1", 4),
        secret_added("turned", "t1", 6),
        owner_added("turned", "eve", 7),
        owner_added("namesake", "eve", 4),
    )
    home, abroad = {"location__country_or_region": "DE"}, {"location__country_or_region": "NG"}
    warehouse.insert(
        "sign_ins",
        here(sign_in("phish", 4, user_id="dee"), **home),
        here(sign_in("twin", 4, user_id="fay"), **home),
        here(sign_in("hub", 4, user_id="hal"), **home),
        here(sign_in("tunnel", 4, user_id="gus"), **home),
        here(sign_in("namesake", 4, user_id="eve"), **home),
        here(sign_in("turned", 20, "service_principal"), **home),
        here(sign_in("courier", 28, "service_principal"), **home),
        here(sign_in("courier", 2, "service_principal"), **abroad),
    )


def tell_risks(warehouse: Warehouse) -> None:
    """Write the tenant into the raw tables, read whole and lately."""
    tell_people(warehouse)
    tell_ordinary(warehouse)
    tell_attacks(warehouse)
    tell_outcomes(
        warehouse,
        *(outcome(LUCERNE, name) for name in (*LISTS, *MORE_LISTS, *OTHER_LISTS)),
        *(row for row in complete_sign_ins(LUCERNE)),
        outcome(LUCERNE, "directory_audits", **window(60)),
    )
