"""A small tenant whose data is odd in the ways that real data is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from simulator import EVERYONE, App, Group, Tenant, User

NOW = datetime(2026, 11, 20, 12, 0, 0, 250_000, tzinfo=UTC)

ODD_USERS: tuple[dict[str, Any], ...] = (
    {"name": "Zoë Ångström", "department": "Größe & Maß", "job_title": '"quoted", \\ and ; commas'},
    {"name": "李 小龍", "employeeOrgData": {"costCenter": None, "division": "香港 🚀"}},
    {"name": "Nul\u2028Separator", "createdDateTime": "2024-02-29T23:59:59.1234567Z"},
    {"name": "Tab\tand\nnewline", "createdDateTime": "2025-01-01T00:00:00.5+00:00", "businessPhones": []},
    {"name": " leading space ", "otherMails": ["a@x.example", "b'c@x.example"], "mobilePhone": ""},
    {"name": "b5a1c1de-0000-4000-8000-000000000001", "upn": "B5A1C1DE-0000-4000-8000-000000000001@contoso.example"},
    {
        "name": "Guest Çelik",
        "guest": True,
        "onPremisesSyncEnabled": True,
        "passwordPolicies": "None, DisableStrongPassword",
    },
)


def odd_tenant(*, seed: int = 1, **options: Any) -> Tenant:
    """Return the tenant; its clock stands still."""
    tenant = Tenant(NOW, seed=seed, **options)
    people = [tenant.user(**facts) for facts in ODD_USERS]
    tenant.group("Sécurité", members=people[:2]).owned_by(people[0])
    tenant.group("Leere Gruppe", "microsoft365", dynamic=True, description=None)
    _apps(tenant, people)
    return tenant


def users(tenant: Tenant) -> list[User]:
    """Return the tenant's users, the oldest first."""
    return [User(tenant, row) for row in tenant.directory.users.rows()]


def groups(tenant: Tenant) -> list[Group]:
    """Return the tenant's groups."""
    return [Group(tenant, row) for row in tenant.directory.groups.rows()]


def apps(tenant: Tenant) -> list[App]:
    """Return the tenant's apps; the first is Microsoft Graph."""
    return [App(tenant, row) for row in tenant.directory.service_principals.rows()]


def _apps(tenant: Tenant, people: list[User]) -> None:
    mailer = tenant.app(
        "\N{GREEK CAPITAL LETTER RHO}ayroll", reply_urls=["https://x.example/cb?a=1&b=%20", "urn:odd:'quoted'"]
    )
    mailer.granted("Mail.Read", "offline_access", by=people[0], days_ago=3)
    mailer.granted("User.Read", to=EVERYONE, by=people[1], days_ago=2)
    mailer.assigned(people[0], people[2]).added(by=people[0], days_ago=9)
    own = tenant.app("Eigene App", own=True, secret_ends_in_days=-3, certificate_ends_in_days=90, notes=None)
    own.holds("Mail.Send", "User.Read.All", by=people[0], days_ago=5)
    own.assigned(*people).owned_by(people[1], mailer).holds_role("Directory Readers").is_risky()
    robot = tenant.app("robot", kind="ManagedIdentity")
    _sign_ins(mailer, own, robot, people)


def _sign_ins(mailer: App, own: App, robot: App, people: list[User]) -> None:
    for number, user in enumerate(people):
        mailer.signed_in(user, days_ago=number + 1 / 3, error=(0, 50126, 65001)[number % 3])
        mailer.signed_in(user, days_ago=number / 7 + 1e-7, kind="nonInteractiveUser")
        own.signed_in(days_ago=number + 0.7)
        robot.signed_in(days_ago=number + 0.123456)
