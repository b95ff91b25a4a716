"""A whole tenant from a few numbers: people, groups, apps and what they did. Equal numbers make equal tenants."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from simulator import activity, catalogue, ids
from simulator.apps import EVERYONE, App
from simulator.catalogue import EXCHANGE_APP_ID, SHAREPOINT_APP_ID
from simulator.clock import Clock
from simulator.handles import User
from simulator.outcomes import MANAGED_IDENTITY, SERVICE_PRINCIPAL
from simulator.standing import Inhabitants, settle
from simulator.tenant import DEFAULT_ROLES, Tenant

_GIVEN = ("Ada", "Björn", "Chloé", "Dmitri", "Elif", "Farah", "Grace", "Håkon", "Inês", "Jürgen", "Kateřina", "Łukasz", "Mei", "Nils", "Olu", "Priya", "Quentin", "Renée", "Søren", "Thảo", "Uwe", "Vera", "Wiebke", "Xavier", "Yuki", "Zoë", "Александра", "李")  # fmt: skip
_FAMILY = ("Abe", "Brandt", "Çelik", "Dvořák", "Eriksson", "Fernández", "García", "Hopper", "Ivanova", "Jansen", "Kowalski", "Lovelace", "Müller", "Nguyễn", "O'Neill", "Papadopoulos", "Quispe", "Rossi", "Sørensen", "Tan", "Usman", "Vogel", "Weiß", "Xu", "Yilmaz", "Zhang")  # fmt: skip
_DEPARTMENTS = ("Finance", "Sales", "Engineering", "Marketing", "Human Resources", "Legal", "Operations", "Customer Support")  # fmt: skip
_TITLES = ("Analyst", "Manager", "Specialist", "Director", "Assistant", "Engineer")
_OFFICES = ("Berlin", "München", "Amsterdam", "London", "New York", "Zürich")
_SCOPES = (
    ("openid", "profile", "email"),
    ("User.Read", "openid", "profile", "offline_access"),
    ("User.Read", "Calendars.ReadWrite", "offline_access"),
    ("User.Read", "User.ReadBasic.All", "People.Read"),
    ("User.Read", "Files.ReadWrite.All", "offline_access"),
    ("User.Read", "Mail.Read", "Contacts.Read", "offline_access"),
    ("User.Read", "Mail.ReadWrite", "Mail.Send", "offline_access"),
    ("User.Read", "Sites.Read.All", "Group.Read.All"),
    ("User.Read", "Directory.Read.All", "offline_access"),
)
_ROLES = ("User.Read.All", "Group.Read.All", "Mail.Read", "Calendars.Read", "Files.Read.All", "Directory.Read.All", "Sites.FullControl.All", "Mail.Send")  # fmt: skip
# Look-alikes of Microsoft's names: zeros, Cyrillic letters, words nobody at Microsoft would use.
_SUSPECTS = ("Micros0ft Outlook Sync", "Outl\u043e\u043ek Backup", "SharePoint Online Client Extensibilty", "Upgrade", "OneDrive Document Scan")  # fmt: skip
# Microsoft's apps most tenants have a service principal of; further ones sign in without one.
_MICROSOFT_PRESENT = 40
_MICROSOFT_ABSENT = 8
_RETENTION_DAYS = 30


@dataclass(frozen=True)
class Size:
    """How much there is.

    Attributes:
        users: People, guests included.
        apps: Service principals that are not Microsoft's.
        days: How far back sign-ins go.
        sign_ins: How many of them can be seen at the anchor; about nine per user and day when None.
    """

    users: int = 200
    apps: int = 60
    days: int = 30
    sign_ins: int | None = None

    @property
    def events(self) -> int:
        """Sign-ins that can be seen at the anchor."""
        return 9 * self.users * self.days if self.sign_ins is None else self.sign_ins


def populate(  # noqa: PLR0913 - the numbers a tenant is made of
    *,
    users: int = 200,
    apps: int = 60,
    days: int = 30,
    seed: int = 1,
    now: datetime | None = None,
    sign_ins: int | None = None,
    clock: Clock | None = None,
    anchor: datetime | None = None,
    premium: bool = True,
    workload_premium: bool = True,
    roles: Iterable[str] = DEFAULT_ROLES,
) -> Tenant:
    """Make a tenant.

    Args:
        users: People, at least 1.
        apps: Apps of others and of the tenant itself, Microsoft's not counted.
        days: How far back sign-ins go.
        seed: Equal seeds and numbers make equal tenants.
        now: The present, standing still; the real time when omitted.
        sign_ins: Exactly how many can be seen at the anchor.
        clock: Used instead of one made from `now`.
        anchor: The time everything is counted from; `now` when omitted. Events go on until three days after it.
        premium: Whether the tenant has a licence for sign-in logs.
        workload_premium: Whether it has one for the risks of workload identities.
        roles: Application permissions of the app that reads the tenant.
    """
    size = Size(users, apps, days, sign_ins)
    if users < 1 or apps < 0 or days < 1:
        raise ValueError(f"a tenant has at least 1 user, 0 apps and 1 day; got {users}, {apps} and {days}")
    fixed = Clock() if now is None else Clock.fixed(now)
    tenant = Tenant(
        seed=seed, clock=clock or fixed, anchor=anchor, premium=premium, workload_premium=workload_premium, roles=roles
    )
    chance = random.Random(seed)  # noqa: S311 - a seeded tenant, not a secret
    people = _people(tenant, size, chance)
    _groups(tenant, people, chance)
    usage = activity.Usage(tenant, people)
    _microsoft(tenant, usage)
    _reader(tenant, usage)
    made = _apps(tenant, size, chance)
    for number, app in enumerate(made):
        _permit(app, number, people, size, chance, usage)
    suspects = [app for app in made if app.row["displayName"] in _SUSPECTS]
    dormant = [app for number, app in enumerate(made) if _fate(number) == "dormant" and _is_product(app)]
    settle(tenant, Inhabitants(people, made, suspects, dormant, days))
    activity.generate(tenant, usage, size.events, size.days, seed)
    return tenant


def _people(tenant: Tenant, size: Size, chance: random.Random) -> list[User]:
    people = [tenant.user("Grace Hopper", department="IT", job_title="IT Administrator", created_days_ago=1400)]
    people += [_person(tenant, number, chance) for number in range(1, size.users)]
    return people


def _person(tenant: Tenant, number: int, chance: random.Random) -> User:
    name = f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)}"
    guest, new, gone = _happens(chance, 0.06), _happens(chance, 0.05), _happens(chance, 0.07)
    alias = f"{ids.guid('upn', tenant.seed, number)}" if _happens(chance, 0.01) else f"user{number:06d}"
    address = f"{alias}_partner.example#EXT#@{tenant.domain}" if guest else f"{alias}@{tenant.domain}"
    return tenant.user(
        name,
        department=None if guest else chance.choice(_DEPARTMENTS),
        job_title=None if guest else chance.choice(_TITLES),
        guest=guest,
        enabled=not gone,
        created_days_ago=chance.uniform(1, 25) if new else chance.uniform(60, 1300),
        upn=address,
        licensed=_happens(chance, 0.9),
        mail=f"{alias}@partner.example" if guest else address,
        officeLocation=chance.choice(_OFFICES),
        preferredLanguage=chance.choice(("de-DE", "en-US", None)),
        employeeId=None if guest else f"{100_000 + number}",
        onPremisesSyncEnabled=True if _happens(chance, 0.5) and not guest else None,
    )


def _groups(tenant: Tenant, people: Sequence[User], chance: random.Random) -> None:
    everyone = tenant.group("All Company", "microsoft365", description="Everyone")
    tenant.group("Announcements", "distribution", members=people[:20])
    tenant.group("Security Alerts", "mail-enabled security", members=people[:3])
    for name in _DEPARTMENTS:
        staff = [person for person in people if person.row["department"] == name]
        team = tenant.group(name, "security", members=staff, dynamic=_happens(chance, 0.5))
        tenant.group(f"{name} Team", "microsoft365", members=staff[: len(staff) // 2], visibility="Private")
        everyone.include(team)
    for number in range(len(people) // 50):
        kind = chance.choice(("security", "microsoft365"))
        tenant.group(f"Project {number + 1}", kind, members=chance.sample(people, min(8, len(people))))


def _microsoft(tenant: Tenant, usage: activity.Usage) -> None:
    known = catalogue.microsoft_apps()
    present = [tenant.microsoft_app(app.app_id) for app in known[:_MICROSOFT_PRESENT]]
    for app_id in (EXCHANGE_APP_ID, SHAREPOINT_APP_ID):
        usage.everyone(tenant.microsoft_app(app_id).client(), weight=4.0)
    for app in present[8:20]:
        usage.some(app.client(), share=0.3, weight=1.0)
    for absent in islice(known, _MICROSOFT_PRESENT, _MICROSOFT_PRESENT + _MICROSOFT_ABSENT):
        usage.everyone(activity.without_principal(absent), weight=0.7)


def _reader(tenant: Tenant, usage: activity.Usage) -> None:
    app = tenant.app("Consentry", own=True, app_id=tenant.registration.client_id, created_days_ago=120, secret_ends_in_days=200)  # fmt: skip
    app.holds(*tenant.registration.roles, days_ago=120)
    usage.alone(app.client(), SERVICE_PRINCIPAL, weight=1.0)


def _apps(tenant: Tenant, size: Size, chance: random.Random) -> list[App]:
    numbers = list(range(max(size.apps, len(catalogue.products()))))
    chance.shuffle(numbers)
    suspects = min(len(_SUSPECTS), size.apps // 10)
    identities, own = size.apps // 12, size.apps // 8
    made = [_suspect(tenant, name, chance) for name in _SUSPECTS[:suspects]]
    made += [tenant.app(f"func-{n:03d}", kind="ManagedIdentity", created_days_ago=chance.uniform(20, 600)) for n in range(identities)]  # fmt: skip
    made += [_own(tenant, number, chance) for number in range(own)]
    rest = size.apps - len(made)
    return made + [_product(tenant, catalogue.product(number), chance) for number in numbers[:rest]]


def _suspect(tenant: Tenant, name: str, chance: random.Random) -> App:
    urls = ["http://localhost:8400", f"https://{ids.guid(name)[:8]}.sync-update.example/cb"]
    return tenant.app(name, created_days_ago=chance.uniform(1, 12), reply_urls=urls)


def _own(tenant: Tenant, number: int, chance: random.Random) -> App:
    return tenant.app(
        f"{chance.choice(_DEPARTMENTS)} Automation {number + 1}",
        own=True,
        created_days_ago=chance.uniform(30, 900),
        secret_ends_in_days=chance.uniform(-60, 400) if _happens(chance, 0.6) else None,
        certificate_ends_in_days=chance.uniform(-30, 700) if _happens(chance, 0.5) else None,
        reply_urls=[f"https://automation{number + 1}.{tenant.domain}/signin-oidc"],
    )


def _product(tenant: Tenant, product: catalogue.Product, chance: random.Random) -> App:
    verified = bool(product.certification) and _happens(chance, 0.8)
    site = product.website.rstrip("/") or "https://vendor.example"
    return tenant.app(
        product.name,
        app_id=product.app_id,
        publisher="verified" if verified else "unverified",
        created_days_ago=chance.uniform(1, 20) if _happens(chance, 0.1) else chance.uniform(40, 1200),
        enabled=_happens(chance, 0.97),
        reply_urls=[f"{site}/auth/callback"],
        homepage=site,
        appRoleAssignmentRequired=_happens(chance, 0.15),
    )


def _permit(
    app: App, number: int, people: list[User], size: Size, chance: random.Random, usage: activity.Usage
) -> None:
    """Give an app its permissions and its users, by the kind of app it is."""
    age = activity.age_in_days(app)
    if app.row["servicePrincipalType"] == "ManagedIdentity":
        app.holds(chance.choice(_ROLES[:5]), days_ago=age)
        usage.alone(app.client(), MANAGED_IDENTITY, weight=1.0)
    elif app.row["displayName"] in _SUSPECTS:
        victims = chance.sample(people, min(2, len(people)))
        _consent(app, _SCOPES[6], victims, age, size)
        usage.by(app.client(), victims, weight=0.5, created_days_ago=age)
    elif app.row["appOwnerOrganizationId"] == app.tenant.id:
        app.holds(*chance.sample(_ROLES, 2), days_ago=age)
        usage.alone(app.client(), SERVICE_PRINCIPAL, weight=2.0)
    else:
        _adopt(app, number, people, size, chance, usage)


def _adopt(app: App, number: int, people: list[User], size: Size, chance: random.Random, usage: activity.Usage) -> None:
    """Let some people use a product: many, few, formerly, or nobody at all."""
    age = activity.age_in_days(app)
    fate = _fate(number)
    share = {"popular": 0.4, "team": 0.08, "few": 0.01, "dormant": 0.05, "unused": 0.005}[fate]
    users = chance.sample(people, max(1, min(int(share * len(people)), 400)))
    scopes = chance.choice(_SCOPES)
    if fate == "popular":
        app.granted(*scopes, to=EVERYONE, by=people[0], days_ago=_logged(age, size))
        app.assigned(*users[:50], days_ago=age)
    if fate != "popular" or _happens(chance, 0.3):
        _consent(app, scopes if fate != "popular" else ("Files.Read",), users[:40], age, size)
    if _happens(chance, 0.12):
        app.holds(chance.choice(_ROLES), days_ago=age, by=people[0] if age < size.days else None)
        usage.alone(app.client(), SERVICE_PRINCIPAL, weight=0.5)
    if fate in {"popular", "team", "few"}:
        usage.by(app.client(), users, weight=1.0, created_days_ago=age)


def _fate(number: int) -> str:
    return ("popular", "team", "team", "few", "few", "dormant", "unused")[number % 7]


def _is_product(app: App) -> bool:
    """Whether the app is one of others that people sign in to."""
    own = app.row["appOwnerOrganizationId"] in {app.tenant.id, None}
    return not own and app.row["displayName"] not in _SUSPECTS


def _consent(app: App, scopes: Sequence[str], users: Sequence[User], age: float, size: Size) -> None:
    for number, user in enumerate(users):
        days_ago = age * (1 - number / (len(users) + 1))
        app.granted(*scopes, by=user, days_ago=_logged(days_ago, size))
    if age < min(size.days, _RETENTION_DAYS) and users:
        app.added(by=users[0], days_ago=age)


def _happens(chance: random.Random, probability: float) -> bool:
    return chance.random() < probability


def _logged(days_ago: float, size: Size) -> float | None:
    """The age of an event if the audit log still has it."""
    return days_ago if days_ago < min(size.days, _RETENTION_DAYS) else None
