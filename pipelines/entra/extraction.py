"""What a collection is read with, and the parts that every shape of reading shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from pipelines.entra import schema
from pipelines.entra.collection import Collection
from pipelines.entra.discretion import Discretion
from pipelines.entra.held import Held
from pipelines.entra.ledger import Note
from pipelines.entra.outcomes import Outcome
from pipelines.entra.parcel import Landed, Landing, Parcel
from pipelines.entra.rows import RowReader
from pipelines.entra.windows import Span
from pipelines.errors import GraphError
from pipelines.graph.client import GraphClient
from pipelines.graph.pages import Listing, Page

BATCH_ROWS: Final = 10_000
ABSENT: Final = "absent"
REREAD: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Extraction:
    """What a collection is read with.

    Attributes:
        client: Graph.
        outcome: the collection, and the place to note what becomes of it.
        held: what the warehouse has of the tenant.
        spool: a folder for files on their way.
        now: the time at which reading begins, UTC, whole seconds.
        reread: how old a window of a log must have been when it was read to count for good.
        span: for a log, read just this, whatever was read before.
        companions: outcomes of collections that arrive with this one.
        discretion: what may be kept of people.
        reconcile: for what is followed by its changes, read everything and compare it, whatever was read before.
    """

    client: GraphClient
    outcome: Outcome
    held: Held
    spool: Path
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    reread: timedelta = REREAD
    span: Span | None = None
    companions: tuple[Outcome, ...] = ()
    discretion: Discretion = field(default_factory=Discretion)
    reconcile: bool = False

    @property
    def collection(self) -> Collection:
        """What is read."""
        return self.outcome.collection

    def time(self) -> datetime:
        """Return the time that it is by now."""
        return self.now + timedelta(seconds=int(self.outcome.elapsed))

    def of(self, collection: Collection) -> tuple[RowReader, Landing]:
        """Return a reader and a landing for the rows of a collection."""
        constants = {"tenant_id": self.outcome.tenant_id, "_collection": collection.name}
        reader = RowReader(collection.table, constants, self.now, self.discretion)
        return reader, Landing(collection, self.spool)

    def parcel(self, landed: Iterable[Landed], *notes: Note) -> Parcel:
        """Return the parcel of what was read, with what became of it."""
        outcomes = [outcome.note() for outcome in (self.outcome, *self.companions)]
        return Parcel(self.collection.name, list(landed), [*notes, *outcomes])

    def completed(self) -> None:
        """Note that everything was read, of the companions, too."""
        for outcome in (self.outcome, *self.companions):
            outcome.completed()

    def failed(self, fault: GraphError) -> None:
        """Note why not everything was read."""
        for outcome in (self.outcome, *self.companions):
            outcome.failed(fault)

    def add_absent(self, landing: Landing) -> None:
        """Add, to the whole of a collection, the rows that the warehouse holds and it does not name: they are gone."""
        absent = self.held.absent(landing.collection, landing.pause())
        at = pa.repeat(pa.scalar(self.now, schema.ARROW["timestamp"]), absent.num_rows)
        reason = pa.repeat(pa.scalar(ABSENT), absent.num_rows)
        for name, values in {"_deleted_at": at, "_removed_reason": reason}.items():
            absent = absent.set_column(absent.column_names.index(name), name, values)
        landing.add(absent)

    def counted(self, found: Iterator[Page]) -> Iterator[Page]:
        """Yield the pages, their rows counted."""
        for page in found:
            self.outcome.rows += len(page.rows)
            self.outcome.graph_count = page.count if page.count is not None else self.outcome.graph_count
            yield page


def listing(collection: Collection, span: Span | None = None, parent: str = "") -> Listing:
    """Return what to ask Graph for: all of a collection, a span of its events, or a parent's part of it."""
    bounds = [f"{collection.cursor} ge {_iso(span.start)}", f"{collection.cursor} le {_iso(span.end)}"] if span else []
    conditions = [*bounds, *filter(None, (collection.filter,))]
    filter_ = {"$filter": " and ".join(conditions)} if conditions else {}
    path = collection.path.replace("{id}", parent)
    return Listing(path, {**filter_, **collection.params}, collection.headers, collection.bucket, collection.cost)


def expanded(collection: Collection, parents: Collection) -> Listing:
    """Return the listing of a collection's parents with the related rows inside; Graph gives at most twenty of them."""
    related = collection.path.rpartition("/")[2] + ("($select=id)" if collection.parent_key else "")
    params = {"$select": "id", "$expand": related, "$top": "999"}
    return replace(listing(collection), path=parents.path, params=params)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
