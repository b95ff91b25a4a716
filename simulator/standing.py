"""Who answers for what in a populated tenant: owners, directory roles, risks, new credentials, and uses of long ago.

It draws from a chance of its own, so that the rest of a tenant is the same with and without it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.apps import App
from simulator.catalogue import EXCHANGE_APP_ID
from simulator.handles import Group, User
from simulator.outcomes import INTERACTIVE
from simulator.tenant import Tenant

_ADMINISTRATORS = ("Global Administrator", "User Administrator", "Application Administrator", "Helpdesk Administrator", "Global Reader", "Security Reader", "Reports Reader", "Groups Administrator", "License Administrator", "Privileged Role Administrator")  # fmt: skip
_ROLES_OF_APPS = ("Directory Readers", "Global Reader", "Security Reader", "User Administrator", "Application Administrator")  # fmt: skip
_MOST_ADMINISTRATORS = 60
# Nobody answers for these shares of them.
_OWNERLESS_GROUPS, _OWNERLESS_APPS, _OWNERLESS_PRODUCTS = 0.2, 0.3, 0.8
_APPS_WITH_ROLES, _RISKY_APPS, _NEW_CREDENTIALS = 0.02, 0.01, 0.15
_LONG_AGO = (40, 300)


@dataclass(frozen=True)
class Inhabitants:
    """What a tenant was populated with.

    Attributes:
        people: The first is an administrator.
        apps: All that are not Microsoft's.
        suspects: Those of them that look wrong.
        dormant: Those that were used once.
        days: How far back sign-ins go.
    """

    people: Sequence[User]
    apps: Sequence[App]
    suspects: Sequence[App]
    dormant: Sequence[App]
    days: int


def settle(tenant: Tenant, there: Inhabitants) -> None:
    """Give a tenant's groups and apps owners, roles, risks, credentials and a past."""
    chance = random.Random(tenant.seed + 23)  # noqa: S311 - a seeded tenant, not a secret
    _owners(tenant, there, chance)
    _administrators(there, chance)
    _app_roles(there, chance)
    _risks(there, chance)
    _credentials(there, chance)
    _past(tenant, there, chance)


def _owners(tenant: Tenant, there: Inhabitants, chance: random.Random) -> None:
    for row in tenant.directory.groups.rows():
        if chance.random() >= _OWNERLESS_GROUPS:
            Group(tenant, row).owned_by(*_some(there.people, chance))
    own = [app for app in there.apps if app.application]
    for app in there.apps:
        ownerless = _OWNERLESS_APPS if app.application else _OWNERLESS_PRODUCTS
        if chance.random() >= ownerless:
            app.owned_by(*_some(there.people, chance))
    # Automation owns other automation.
    for owner, owned in zip(own[0::5], own[1::5], strict=False):
        owned.owned_by(owner)


def _some(people: Sequence[User], chance: random.Random) -> list[User]:
    return chance.sample(people, min(chance.choice((1, 1, 2, 3)), len(people)))


def _administrators(there: Inhabitants, chance: random.Random) -> None:
    there.people[0].holds_role("Global Administrator")
    size = min(max(1, len(there.people) // 40), _MOST_ADMINISTRATORS, len(there.people) - 1)
    for number, user in enumerate(chance.sample(there.people[1:], size)):
        user.holds_role(_ADMINISTRATORS[number % len(_ADMINISTRATORS)])


def _app_roles(there: Inhabitants, chance: random.Random) -> None:
    regular = [app for app in there.apps if app not in there.suspects]
    holders = chance.sample(regular, min(len(regular), max(1, int(_APPS_WITH_ROLES * len(regular)))))
    for app in holders:
        app.holds_role(chance.choice(_ROLES_OF_APPS))


def _risks(there: Inhabitants, chance: random.Random) -> None:
    for app in there.suspects[:3]:
        app.is_risky("high", "atRisk", days_ago=chance.uniform(0.2, 5))
    for app in chance.sample(there.apps, int(_RISKY_APPS * len(there.apps))):
        state, detail = chance.choice((("dismissed", "adminDismissedAllRiskForServicePrincipal"), ("remediated", "none"), ("atRisk", "none")))  # fmt: skip
        if app not in there.suspects:
            app.is_risky(chance.choice(("low", "medium")), state, detail=detail, days_ago=chance.uniform(1, 200))


def _credentials(there: Inhabitants, chance: random.Random) -> None:
    within = min(there.days, 30) - 1
    for app in there.apps:
        own = app.application is not None
        if (own and chance.random() < _NEW_CREDENTIALS) or app in there.suspects[:1]:
            kind = chance.choice(("secret", "secret", "certificate"))
            app.credential_added(kind, by=there.people[0], days_ago=chance.uniform(0.1, max(0.2, within)))


def _past(tenant: Tenant, there: Inhabitants, chance: random.Random) -> None:
    oldest, newest = _LONG_AGO[1], max(_LONG_AGO[0], there.days + 5)
    for app in there.dormant:
        user = chance.choice(there.people)
        app.signed_in(user, days_ago=chance.uniform(newest, oldest + newest), dropped=True)
    mail = tenant.microsoft_app(EXCHANGE_APP_ID)
    for user in [user for user in there.people if not user.row["accountEnabled"]][::2]:
        mail.signed_in(user, days_ago=chance.uniform(newest, oldest + newest), kind=INTERACTIVE, dropped=True)
