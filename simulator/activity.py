"""Sign-ins by the million: who uses what, spread over working hours, drawn all at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from simulator.apps import App
from simulator.catalogue import MicrosoftApp
from simulator.handles import User
from simulator.instants import TICKS_PER_DAY, TICKS_PER_SECOND, parse, ticks_of
from simulator.outcomes import INTERACTIVE, KINDS, MANAGED_IDENTITY, NON_INTERACTIVE, SERVICE_PRINCIPAL, SHARES
from simulator.sign_ins import Client, Columns
from simulator.tenant import Tenant

DAYS_AHEAD = 3
# Nothing that begins in the last minutes before the anchor counts as seen by then: it may still be on its way.
_UNSEEN_SECONDS = 300
_SHORTEST_DELAY, _LONGEST_DELAY = 20, 290
_KIND_SHARES = {INTERACTIVE: 0.27, NON_INTERACTIVE: 0.53, SERVICE_PRINCIPAL: 0.15, MANAGED_IDENTITY: 0.05}
# Activity by hour of the day (UTC) on a working day; machines do not sleep.
_OFFICE = np.array([1, 1, 1, 1, 2, 4, 12, 40, 85, 100, 95, 85, 60, 80, 95, 85, 65, 40, 20, 12, 8, 5, 3, 2], dtype=float)
_WEEKEND = 0.12
_SATURDAY = 5
_REDRAWS = 8

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


def without_principal(app: MicrosoftApp) -> Client:
    """A Microsoft app that has no service principal in the tenant."""
    return Client(app.app_id, app.name, "", app.owner_tenant_id)


def age_in_days(app: App) -> float:
    """How old an app was at the anchor."""
    return (ticks_of(app.tenant.anchor) - parse(app.row["createdDateTime"])) / TICKS_PER_DAY


class Usage:
    """Who uses which app: pairs with a weight and the time in which the pair is active.

    Args:
        tenant: Whose sign-in log it becomes.
        people: The users; the first is always active.
    """

    def __init__(self, tenant: Tenant, people: Sequence[User]) -> None:
        self._tenant = tenant
        anchor = ticks_of(tenant.anchor)
        self.actors = np.array([tenant.actor_index(person.row) for person in people], dtype=np.int64)
        self._index = {person.id: number for number, person in enumerate(people)}
        self.starts = np.array([parse(person.row["createdDateTime"]) for person in people], dtype=np.int64)
        # Who left did so some time in the last two months.
        left = [anchor - (5 + number * 7 % 55) * TICKS_PER_DAY for number in range(len(people))]
        self.ends = np.array(
            [2**62 if person.row["accountEnabled"] else end for person, end in zip(people, left, strict=True)],
            dtype=np.int64,
        )
        self.alone_by_kind: dict[str, list[tuple[int, float]]] = {SERVICE_PRINCIPAL: [], MANAGED_IDENTITY: []}
        self._people: list[Numbers] = []
        self._clients: list[Numbers] = []
        self._weights: list[Floats] = []
        self._starts: list[Numbers] = []
        self._chance = np.random.default_rng(tenant.seed + 17)

    def everyone(self, client: Client, *, weight: float) -> None:
        """Everybody uses the app."""
        self._add(client, np.arange(len(self.actors)), weight, 0)

    def some(self, client: Client, *, share: float, weight: float) -> None:
        """A part of the people use the app."""
        size = max(1, int(share * len(self.actors)))
        self._add(client, self._chance.choice(len(self.actors), size, replace=False), weight, 0)

    def by(self, client: Client, users: Sequence[User], *, weight: float, created_days_ago: float) -> None:
        """These people use the app, from its creation on."""
        created = ticks_of(self._tenant.anchor) - int(created_days_ago * TICKS_PER_DAY)
        self._add(client, np.array([self._index[user.id] for user in users]), weight, created)

    def alone(self, client: Client, kind: str, *, weight: float) -> None:
        """The app signs in by itself."""
        self.alone_by_kind[kind].append((self._tenant.client_index(client), weight))

    def pairs(self) -> tuple[Numbers, Numbers, Floats, Numbers, Numbers]:
        """Person, client, weight, first and last tick of every pair."""
        people = np.concatenate(self._people)
        starts = np.maximum(np.concatenate(self._starts), self.starts[people])
        return people, np.concatenate(self._clients), np.concatenate(self._weights), starts, self.ends[people]

    def _add(self, client: Client, people: Numbers, weight: float, created: int) -> None:
        index = self._tenant.client_index(client)
        self._people.append(people.astype(np.int64))
        self._clients.append(np.full(len(people), index, dtype=np.int64))
        # People differ: some live in an app, most open it now and then.
        self._weights.append(weight * self._chance.lognormal(0, 0.8, len(people)))
        self._starts.append(np.full(len(people), created, dtype=np.int64))


def generate(tenant: Tenant, usage: Usage, seen: int, days: int, seed: int) -> None:
    """Fill the sign-in log.

    Args:
        tenant: Whose log it is.
        usage: Who uses what.
        seen: How many sign-ins can be seen at the anchor, exactly.
        days: How far back they go.
        seed: Makes the draw.
    """
    chance = np.random.default_rng(seed)
    shares = {k: s for k, s in _KIND_SHARES.items() if usage.alone_by_kind.get(k, True)}
    split = np.floor(seen * np.array(list(shares.values())) / sum(shares.values())).astype(int)
    split[0] += seen - split.sum()
    for kind, count in zip(shares, split.tolist(), strict=True):
        times = _times(tenant.anchor, days, count, kind, chance)
        if kind in usage.alone_by_kind:
            actors, clients = np.full(len(times), -1), _clients(usage.alone_by_kind[kind], len(times), chance)
        else:
            actors, clients, times = _pairs(usage, times, chance)
        _log(tenant, kind, times, actors, clients, chance, count)


def _times(anchor: datetime, days: int, count: int, kind: str, chance: np.random.Generator) -> Numbers:
    """Ticks, `count` of them seen at the anchor and as many again after it as the following days deserve."""
    now = int(anchor.timestamp())
    edges = np.arange(now - days * 86_400, now + DAYS_AHEAD * 86_400 + 1, 3600, dtype=np.int64)
    weight = np.concatenate([[0.0], np.cumsum(_shape(edges[:-1], kind))])
    middle = float(np.interp(now - _UNSEEN_SECONDS, edges, weight))
    later = round(count * (weight[-1] - middle) / middle)
    drawn = np.concatenate([chance.random(count) * middle, middle + chance.random(later) * (weight[-1] - middle)])
    seconds = np.interp(drawn, weight, edges).astype(np.int64)
    # Rounding must not carry an event over the border of what is seen.
    seconds[:count] = np.minimum(seconds[:count], now - _UNSEEN_SECONDS - 1)
    ticks: Numbers = seconds * TICKS_PER_SECOND + chance.integers(0, TICKS_PER_SECOND, len(seconds))
    return ticks


def _shape(hours: Numbers, kind: str) -> Floats:
    by_itself = kind in {SERVICE_PRINCIPAL, MANAGED_IDENTITY}
    office = np.full(24, 50.0) if by_itself else _OFFICE + (15 if kind == NON_INTERACTIVE else 0)
    # 1970-01-01 was a Thursday.
    weekday = (hours // 86_400 + 3) % 7
    calm = np.where(weekday >= _SATURDAY, 1.0 if by_itself else _WEEKEND, 1.0)
    shaped: Floats = office[(hours // 3600) % 24] * calm
    return shaped


def _clients(candidates: Sequence[tuple[int, float]], count: int, chance: np.random.Generator) -> Numbers:
    indexes = np.array([index for index, _ in candidates])
    weights = np.array([weight for _, weight in candidates])
    return chance.choice(indexes, count, p=weights / weights.sum())


def _pairs(usage: Usage, times: Numbers, chance: np.random.Generator) -> tuple[Numbers, Numbers, Numbers]:
    """For each time a pair that is active then; the first person's own where none was found."""
    people, clients, weights, starts, ends = usage.pairs()
    bounds = np.cumsum(weights)
    drawn = np.searchsorted(bounds, chance.random(len(times)) * bounds[-1])
    for _ in range(_REDRAWS):
        wrong = np.flatnonzero((times < starts[drawn]) | (times >= ends[drawn]))
        drawn[wrong] = np.searchsorted(bounds, chance.random(len(wrong)) * bounds[-1])
    wrong = np.flatnonzero((times < starts[drawn]) | (times >= ends[drawn]))
    always = int(np.flatnonzero(people == 0)[0])
    drawn[wrong] = always
    return usage.actors[people[drawn]], clients[drawn], times


def _log(
    tenant: Tenant, kind: str, ticks: Numbers, actors: Numbers, clients: Numbers, chance: np.random.Generator, seen: int
) -> None:
    index, count = KINDS.index(kind), len(ticks)
    delays = chance.integers(_SHORTEST_DELAY, _LONGEST_DELAY, count)
    # What is not among the seen arrives after the anchor, even if it began shortly before.
    until_anchor = (ticks_of(tenant.anchor) - ticks[seen:]) // TICKS_PER_SECOND + 2
    delays[seen:] = np.maximum(delays[seen:], until_anchor)
    codes = np.array([0, *SHARES[kind]])
    shares = np.array([1 - sum(SHARES[kind].values()), *SHARES[kind].values()])
    resources = np.array([tenant.resource_index(row) for row in _apis(tenant)])
    if kind == INTERACTIVE:
        # Entra keeps these to the second, some others to fewer digits than seven.
        ticks = ticks // TICKS_PER_SECOND * TICKS_PER_SECOND
    tenant.sign_ins.extend(
        index,
        Columns.of(
            ticks=ticks,
            number=tenant.sign_ins.numbers(index, count),
            actor=actors,
            client=clients,
            resource=chance.choice(resources, count),
            error=chance.choice(codes, count, p=shares),
            delay=delays,
        ),
    )


def _apis(tenant: Tenant) -> list[dict[str, object]]:
    apis = [row for row in tenant.directory.service_principals.rows() if row.get("appRoles")]
    return apis[:3]
