"""Summarized sign-ins: how often the same user or app signed in to the same API from the same address in a window.

Source of the shape: Microsoft Graph beta reference, "summarizedSignIn resource type" and
"auditLogRoot: getSummarizedNonInteractiveSignIns".
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulator import ids, instants
from simulator.directory import Row
from simulator.odata.filters import Comparison
from simulator.outcomes import KINDS, MANAGED_IDENTITY, SERVICE_PRINCIPAL, outcome
from simulator.sign_in_rows import address, conditional_access_status, managed_identity, status, variants
from simulator.sign_ins import Columns
from simulator.sources import PlacedSource
from simulator.views import Place, View, bounds, conjuncts

if TYPE_CHECKING:
    from simulator.tenant import Tenant

# The windows of the function's parameter, in hours.
WINDOWS = {"h1": 1, "h6": 6, "d1": 24}
_BY_ITSELF = frozenset({SERVICE_PRINCIPAL, MANAGED_IDENTITY})
_FAR = 2**62
# Any variant of an address but 0.
_USUAL = 1

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Groups of sign-ins, arrays of the same length, sorted by the first six: those tell one group from another.

    Attributes:
        window: When the window of each begins, in ticks.
        actor: Number of the user, -1 for none.
        client: Number of the app.
        resource: Number of the API.
        error: The result code.
        trip: 1 when the address is another than the usual one.
        sign_ins: How many there are.
        first: When the first of them was, in ticks.
    """

    window: Numbers
    actor: Numbers
    client: Numbers
    resource: Numbers
    error: Numbers
    trip: Numbers
    sign_ins: Numbers
    first: Numbers

    def __len__(self) -> int:
        return len(self.window)

    def key(self, number: int) -> list[int]:
        """What tells a group from the others."""
        return [int(getattr(self, name)[number]) for name in _KEY]


_KEY = [field.name for field in fields(Groups)][:6]


@dataclass(frozen=True)
class SummarySource(PlacedSource):
    """The summaries of one kind of sign-in; the parent of a view is the name of the window."""

    kind: str

    def placed(self, tenant: Tenant, view: View, start: Place | None) -> Iterator[tuple[Place, Row]]:
        """The summaries behind a place, by window, user and app."""
        groups = self._groups(tenant, view)
        begin = bisect_right(range(len(groups)), list(start), key=groups.key) if start else 0
        for number in range(begin, len(groups)):
            key = groups.key(number)
            row = self._row(tenant, view.parent, key, int(groups.sign_ins[number]), int(groups.first[number]))
            if view.accepts(row):
                yield key, row

    def count(self, tenant: Tenant, view: View) -> int:
        """How many summaries there are."""
        return len(self._groups(tenant, view)) if view.condition is None else super().count(tenant, view)

    def _groups(self, tenant: Tenant, view: View) -> Groups:
        size = WINDOWS[view.parent] * 3600 * instants.TICKS_PER_SECOND
        since, until = bounds(view.condition, "aggregationDateTime")
        app_ids = _app_ids(view)
        return tenant.sign_ins.remember(
            ("summaries", self.kind, size, since, until, app_ids),
            view.visible_at,
            lambda at: _grouped(tenant, KINDS.index(self.kind), size, (since, until), app_ids, at),
        )

    def _row(self, tenant: Tenant, window: str, key: list[int], sign_ins: int, first: int) -> Row:
        start, actor, client_number, resource_number, code, trip = key
        log, end = tenant.sign_ins, outcome(code)
        user = log.actors[actor] if actor >= 0 else None
        client, resource = log.clients[client_number], log.resources[resource_number]
        ip = address(self.kind, user.id if user else client.app_id, 0 if trip else _USUAL)
        alone = self.kind in _BY_ITSELF
        return {
            "id": ids.guid("summary", tenant.seed, self.kind, window, *key),
            "aggregationDateTime": instants.written(start),
            "firstSignInDateTime": instants.written(first),
            "signInCount": sign_ins,
            "appId": client.app_id,
            "appDisplayName": client.display_name,
            "userPrincipalName": user.sign_in_name if user else None,
            "ipAddress": ip,
            "conditionalAccessStatus": conditional_access_status(self.kind, end),
            "resourceDisplayName": resource.display_name,
            "resourceId": resource.app_id,
            "servicePrincipalName": client.display_name if alone else None,
            "servicePrincipalId": client.service_principal_id if alone else "",
            "tenantId": tenant.id,
            "status": status(self.kind, end),
            "managedServiceIdentity": managed_identity(client) if self.kind == MANAGED_IDENTITY else None,
            "agent": {"agentType": "notAgentic", "parentAppId": None},
        }


def _app_ids(view: View) -> tuple[str, ...]:
    """The app ids that the filter asks for, all of which a row must have."""
    parts = (part for part in conjuncts(view.condition) if isinstance(part, Comparison) and part.path == "appId")
    return tuple(str(part.value).casefold() for part in parts)


def _grouped(
    tenant: Tenant, kind: int, size: int, window: tuple[int, int], app_ids: tuple[str, ...], visible_at: int
) -> Groups:
    log = tenant.sign_ins
    columns = log.columns(kind)
    # Whole windows: those that begin inside the bounds.
    since, until = (max(-_FAR, min(_FAR, -(-bound // size) * size)) for bound in window)
    low, high = np.searchsorted(columns.ticks, [since, until], "left").tolist()
    mask = log.visible(columns, slice(low, high), visible_at)
    for app_id in app_ids:
        mask &= columns.client[low:high] == log.clients.numbers.get(app_id, -1)
    places = np.flatnonzero(mask) + low
    key = (
        columns.ticks[places] // size * size,
        columns.actor[places],
        columns.client[places],
        columns.resource[places],
        columns.error[places],
        _trips(tenant, kind, columns, places),
    )
    # Sorting is stable: inside a group the sign-ins stay in the order of their times.
    order = np.lexsort(key[::-1])
    ordered = [part[order].astype(np.int64) for part in key]
    new = np.ones(len(order), dtype=bool)
    if len(order):
        new[1:] = np.any([part[1:] != part[:-1] for part in ordered], axis=0)
    starts = np.flatnonzero(new)
    counts = np.diff(np.append(starts, len(order)))
    told = dict(zip(_KEY, (part[starts] for part in ordered), strict=True))
    return Groups(**told, sign_ins=counts, first=columns.ticks[places][order][starts])


def _trips(tenant: Tenant, kind: int, columns: Columns, places: Numbers) -> Numbers:
    """1 for each sign-in whose address is another than the usual one of the user, or of the app that signs in alone."""
    alone = KINDS[kind] in _BY_ITSELF
    log = tenant.sign_ins
    names = [client.app_id for client in log.clients] if alone else [actor.id for actor in log.actors]
    numbers = (columns.client if alone else columns.actor)[places]
    travels = np.zeros(len(names), dtype=bool)
    for number in np.unique(numbers).tolist():
        travels[number] = address(KINDS[kind], names[number], 0) != address(KINDS[kind], names[number], _USUAL)
    away = variants(kind, columns.number[places], tenant.seed) == 0
    return np.asarray(away & travels[numbers], dtype=np.int64)
