"""What a sync would find in a tenant, asked without reading it: the first row of each collection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from pipelines.entra import licences
from pipelines.entra.collection import SNAPSHOT, WINDOW, Collection
from pipelines.entra.collections import COLLECTIONS
from pipelines.entra.extraction import listing
from pipelines.entra.outcomes import Outcome
from pipelines.entra.permissions import IDS, holding
from pipelines.entra.reasons import ROLE, Access, least_role
from pipelines.entra.windows import Span
from pipelines.errors import ConsentryError, GraphError, Halted, Unreachable
from pipelines.graph.client import GraphClient
from pipelines.graph.governor import AppLimits, Governor
from pipelines.graph.pages import pages
from pipelines.graph.retry import Policy
from pipelines.identity.consent import consent_url
from pipelines.settings import Tenant

CHECK: Final = "check"
"""What stands in place of a run's id."""

POLICY: Final = Policy(attempts=3, throttled_attempts=5)
"""A person waits for the answer; a sync is more patient."""

RECENT: Final = timedelta(hours=1)
"""How much of a log is asked for: Graph need not search the rest."""

SKUS: Final = "subscribed_skus"
"""The collection that tells the tenant's licences."""

MOST_SKEW: Final = timedelta(minutes=5)
"""How far Entra lets a clock be wrong (Microsoft identity platform, lifetime of tokens and assertions)."""


@dataclass
class Readiness:
    """What is known of one tenant before a sync.

    Attributes:
        tenant: which.
        access: what the access token allows.
        plans: the service plans of its licences in force; None where they cannot be read.
        skew: how far this machine's clock is ahead of Graph's; None where Graph did not answer.
        outcomes: what a sync would find, of each collection that was asked for.
        fault: why not all of them were.
    """

    tenant: Tenant
    access: Access = field(default_factory=Access)
    plans: frozenset[str] | None = None
    skew: timedelta | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    fault: ConsentryError | None = None

    @property
    def would_fail(self) -> bool:
        """Whether a sync of this tenant would fail."""
        return self.fault is not None or any(outcome.has_failed for outcome in self.outcomes)

    @property
    def is_whole(self) -> bool:
        """Whether a sync would collect everything, and at the right time."""
        return not (self.would_fail or self.lacking or self.is_clock_wrong)

    @property
    def lacking(self) -> list[Outcome]:
        """What a sync would not collect."""
        return [outcome for outcome in self.outcomes if not outcome.is_complete]

    @property
    def is_clock_wrong(self) -> bool:
        """Whether this machine's clock differs from Graph's by more than Entra forgives."""
        return self.skew is not None and abs(self.skew) > MOST_SKEW

    @property
    def to_grant(self) -> dict[str, str]:
        """The fewest permissions that open what Graph denied, with their ids.

        One that another one of them opens is left out, and so is what the token holds: granting that again changes nothing.
        """
        denied = {name for outcome in self.outcomes if (name := outcome.missing_permission)}
        missing = {name for name in denied if holding(name, self.access.granted) is None}
        fewest = [name for name in missing if holding(name, missing - {name}) is None]
        return {name: IDS[name] for name in sorted(fewest)}

    @property
    def denied_nevertheless(self) -> list[Outcome]:
        """What Graph denies though the token holds a permission that opens it."""
        denied = [outcome for outcome in self.outcomes if outcome.missing_permission]
        return [one for one in denied if holding(one.collection.permission, self.access.granted)]

    @property
    def roles(self) -> list[str]:
        """The directory roles that Graph wants the app to have besides its permissions."""
        wanted = [outcome for outcome in self.outcomes if outcome.reason and outcome.reason.kind == ROLE]
        return sorted({least_role(outcome.collection) for outcome in wanted})

    @property
    def licences(self) -> dict[str, bool | None]:
        """Each licence that a collection needs, and whether the tenant has it; None where neither its list nor Graph tells."""
        return {name: self._has(name) for name in sorted(licences.PLANS)}

    def _has(self, licence: str) -> bool | None:
        if any(outcome.missing_licence == licence for outcome in self.outcomes):
            return False
        return None if self.plans is None else licences.held(licence, self.plans)


def examine(tenant: Tenant, app: AppLimits | None = None, told: Callable[[str], None] = lambda _: None) -> Readiness:
    """Return what a sync would find in a tenant. Whatever goes wrong is part of the answer.

    Args:
        tenant: which.
        app: the limits of its app in all tenants.
        told: told the name of each collection before it is asked for.
    """
    found = Readiness(tenant, Access(consent_url=consent_url(tenant)))
    try:
        with GraphClient(tenant, POLICY, governor=Governor(tenant, app)) as client:
            found.access = replace(found.access, granted=client.granted())
            _ask(client, found, told)
    except ConsentryError as fault:
        found.fault = fault
    return found


def _ask(client: GraphClient, found: Readiness, told: Callable[[str], None]) -> None:
    probe = _Probe(client, found)
    for collection in COLLECTIONS:
        told(collection.name)
        found.outcomes.append(probe.outcome(collection))
        found.skew = client.skew
        if collection.name == SKUS and not isinstance(skus := probe.seen[SKUS], GraphError):
            found.plans = licences.plans(skus)


class _Probe:
    """Asks for the beginning of each collection, once.

    Args:
        client: Graph.
        found: what is known of the tenant.
    """

    def __init__(self, client: GraphClient, found: Readiness):
        self._client = client
        self._found = found
        self._now = datetime.now(UTC).replace(microsecond=0)
        self.seen: dict[str, list[msgspec.Raw] | GraphError] = {}

    def outcome(self, collection: Collection) -> Outcome:
        """Return what a sync would find.

        Raises:
            Unreachable: nobody answers; the others would find the same.
        """
        outcome = Outcome(self._found.tenant.tenant_id, CHECK, collection, self._found.access)
        better = collection.instead_of
        if better is not None and not isinstance(self.seen[better], GraphError):
            outcome.spared()
            return outcome
        try:
            self.seen[collection.name] = self._beginning(collection, outcome)
        except (Unreachable, Halted):
            raise
        except GraphError as fault:
            self.seen[collection.name] = fault
            outcome.failed(fault)
        else:
            outcome.completed()
        return outcome

    def _beginning(self, collection: Collection, outcome: Outcome) -> list[msgspec.Raw]:
        """Return the first rows; what belongs to something is asked for of the first object that it may belong to."""
        parent = ""
        if collection.parent is not None:
            parents = self.seen[collection.parent]
            if isinstance(parents, GraphError):
                raise parents
            if not parents:
                return []
            parent = str(msgspec.json.decode(parents[0])["id"])
        recent = Span(self._now - RECENT, self._now) if collection.shape == WINDOW else None
        asked = listing(_small(collection), recent, parent)
        return next(pages(self._client, asked, outcome.traffic)).rows


def _small(collection: Collection) -> Collection:
    """Return the collection in pages as small as Graph makes them; some lists have one size only."""
    if collection.shape == SNAPSHOT and "$top" not in collection.params:
        return collection
    return replace(collection, params={**collection.params, "$top": "1"})
