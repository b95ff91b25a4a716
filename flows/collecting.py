"""One tenant's collections, read side by side where they need not wait for one another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

import duckdb

from flows.crew import Crew
from pipelines.entra.collection import CHANGES, MEMBERS, Collection
from pipelines.entra.collections import DIRECTORY, LOGS, named
from pipelines.entra.discretion import Discretion
from pipelines.entra.extraction import REREAD, Extraction
from pipelines.entra.outcomes import Outcome
from pipelines.entra.parcel import Parcel
from pipelines.entra.reading import parcels, spared
from pipelines.entra.reasons import Access
from pipelines.entra.windows import Span
from pipelines.errors import CollectionFailed, ConsentryError, GraphError, Halted, SettingsError, Unreachable
from pipelines.graph.client import GraphClient
from pipelines.identity.consent import consent_url
from pipelines.settings import Tenant
from pipelines.warehouse.database import explained
from pipelines.warehouse.load import Loader

SCOPES: Final = {
    "all": DIRECTORY + LOGS,
    "directory": DIRECTORY,
    "logs": LOGS,
}
"""What a run may be limited to."""

Runner = Callable[..., Any]
"""Carries a step out, plainly or as a Prefect task: called with the step's name, the step and its arguments."""


class Watcher(Protocol):
    """Is told how a run goes on, by several threads."""

    def started(self, outcome: Outcome) -> None:
        """A collection is being read; the outcome is filled meanwhile."""

    def committed(self, outcome: Outcome) -> None:
        """A part of a collection is in the warehouse."""

    def finished(self, outcome: Outcome) -> None:
        """A collection was read, or could not be."""

    def building(self, node: str) -> None:
        """A seed, model or data test ended."""


@dataclass(frozen=True)
class What:
    """What to read of each tenant.

    Attributes:
        run_id: names the run in the warehouse.
        collections: what is wanted, in the order it is read in.
        reread: how old a window of a log must have been when it was read to count for good.
        span: for a backfill, the time whose events are read, whatever was read before.
        reconcile: whether the directory is read whole and compared, whatever its changes say.
        now: the time that the run begins at, UTC, whole seconds.
    """

    run_id: str
    collections: Sequence[Collection] = SCOPES["all"]
    reread: timedelta = REREAD
    span: Span | None = None
    reconcile: bool = False
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    _began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Insist that there is something to read.

        Raises:
            SettingsError: a backfill of collections that are no logs, or a reconciliation of logs.
        """
        if self.reconcile and (self.span or not any(c.shape == CHANGES for c in self.collections)):
            raise SettingsError(
                "A reconciliation reads the directory whole and compares it, and logs have nothing to compare; leave the times out, and make the scope `directory`."
            )
        if self.span and not self.chosen():
            raise SettingsError(
                "A backfill reads logs again, and the directory has none; leave the scope out, or make it `logs`."
            )

    def time(self) -> datetime:
        """Return the time that it is by now; a run may take hours."""
        return self.now + timedelta(seconds=int(time.monotonic() - self._began))

    def chosen(self) -> list[Collection]:
        """Return the collections that are read for themselves; a backfill reads logs only."""
        return [c for c in self.collections if c.shape != MEMBERS and (c.cursor or not self.span)]

    def companions(self, collection: Collection) -> list[Collection]:
        """Return the collections that arrive with another one."""
        return [c for c in self.collections if c.shape == MEMBERS and c.parent == collection.name]


@dataclass
class Collected:
    """What a run got of one tenant.

    Attributes:
        tenant: whose.
        outcomes: one for each collection that was begun.
        fault: why it ended early, or why it does not suffice.
    """

    tenant: Tenant
    outcomes: list[Outcome] = field(default_factory=list)
    fault: ConsentryError | None = None


class Collecting:
    """Reads one tenant.

    Args:
        tenant: which.
        client: its Graph.
        what: what to read.
        loader: knows what the warehouse holds.
        crew: commits what is read.
        run: carries the steps out.
        watcher: told how it goes on.
    """

    def __init__(
        self,
        tenant: Tenant,
        client: GraphClient,
        what: What,
        loader: Loader,
        crew: Crew,
        run: Runner,
        watcher: Watcher,
    ):
        self._what = what
        self._warehouse = loader.home.warehouse
        self._spool = loader.spool
        self._held = loader.held(tenant.tenant_id)
        self._discretion = Discretion(loader.home.privacy, self._held)
        self._crew = crew
        self._run = run
        self._watcher = watcher
        self._client = client
        self._access = Access()
        self._by_name: dict[str, Outcome] = {}
        self.collected = Collected(tenant)

    def collect(self) -> Collected:
        """Read the collections of each lane one after the other, and the lanes side by side."""
        collections = self._what.chosen()
        names = dict.fromkeys(c.lane for c in collections)
        first = self._first(collections)
        lanes = [partial(self._lane, [c for c in collections if c.lane == name and c not in first]) for name in names]
        with self._client:
            try:
                self._sign_in()
                self._crew.fork([partial(self._lane, first)])
                self._crew.fork(lanes)
            except ConsentryError as fault:
                self.collected.fault = fault
        self.collected.fault = self.collected.fault or _lacking(self.collected.outcomes)
        return self.collected

    def _first(self, collections: Sequence[Collection]) -> list[Collection]:
        """Return what is read before the rest: by people's names, where they are pseudonymised, the names of apps are told from theirs."""
        return [c for c in collections if c.table == "users"] if self._discretion.is_pseudonymous else []

    def _sign_in(self) -> None:
        """Get an access token, so that wrong credentials are found before anything is asked, and learn the tenant's size."""
        self._client.sign_in()
        self._access = Access(self._client.granted(), consent_url(self.collected.tenant))
        self._client.governor.sized(self._held.live(named("users")))

    def _lane(self, collections: Iterable[Collection]) -> None:
        try:
            for collection in collections:
                self._run(f"collect {collection.name}", self._collect, collection)
        except Halted:
            return  # somebody else failed, and says why
        except ConsentryError as fault:
            self.collected.fault = self.collected.fault or fault
            self._client.halt()
        except BaseException:
            self._client.halt()  # the others would read for nothing
            raise

    def _collect(self, collection: Collection) -> Outcome:
        """Read one collection into its raw tables and return what became of it.

        A fault of Graph's becomes the outcome, so that the others are still read.

        Raises:
            Unreachable: nobody answers any more; the others would find the same.
            IdentityError: Entra gave no token.
            WarehouseError: the warehouse, or what is on its way to it, could not be written.
        """
        outcome, *companions = (self._outcome(c) for c in (collection, *self._what.companions(collection)))
        extraction = Extraction(
            self._client,
            outcome,
            self._held,
            self._spool,
            self._what.time(),
            self._what.reread,
            self._what.span,
            tuple(companions),
            self._discretion,
            self._what.reconcile,
        )
        self._watcher.started(outcome)
        try:
            for parcel in self._parcels(extraction):
                self._crew.commit(parcel)
                self._watcher.committed(outcome)
        except GraphError as fault:
            if isinstance(fault, (Unreachable, Halted)):
                raise
        except (OSError, duckdb.Error) as fault:
            raise explained(self._warehouse, fault) from fault
        finally:
            for ended in (outcome, *companions):
                self._watcher.finished(ended)
        if collection.name == "users":
            self._client.governor.sized(self._held.live(collection))
        return outcome

    def _parcels(self, extraction: Extraction) -> Iterable[Parcel]:
        better = extraction.collection.instead_of
        if better is not None and better in self._by_name and self._by_name[better].is_complete:
            return [spared(extraction)]
        return parcels(extraction)

    def _outcome(self, collection: Collection) -> Outcome:
        outcome = Outcome(self.collected.tenant.tenant_id, self._what.run_id, collection, self._access)
        self._by_name[collection.name] = outcome
        self.collected.outcomes.append(outcome)
        return outcome


def backfill(read_from: datetime | None, read_to: datetime | None, now: datetime | None = None) -> Span | None:
    """Return the span that a backfill reads, or None where none is asked for. A time without a zone is UTC.

    Raises:
        SettingsError: the span does not begin before it ends, or lies in the future.
    """
    if read_from is None and read_to is None:
        return None
    if read_from is None:
        raise SettingsError("A backfill needs the time from which to read; without an end it reads up to now.")
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    start, end = (_utc(time) for time in (read_from, min(_utc(read_to), moment) if read_to else moment))
    if start >= end:
        raise SettingsError(
            f"A backfill from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC reads nothing; give a time that lies before the end and before now."
        )
    return Span(start, end)


def _utc(time: datetime) -> datetime:
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def _lacking(outcomes: Sequence[Outcome]) -> CollectionFailed | None:
    failed = [outcome for outcome in outcomes if outcome.has_failed]
    if not failed:
        return None
    lines = "\n".join(f"  {outcome.collection.name}: {_why(outcome)}" for outcome in failed)
    return CollectionFailed(
        f"{len(failed)} of {len(outcomes)} collections could not be read:\n{lines}\n"
        "The others were loaded. Run `consentry sync` again to go on."
    )


def _why(outcome: Outcome) -> str:
    lacking = f" It needs {outcome.missing}." if outcome.missing else ""
    return f"{outcome.error}{lacking}"
