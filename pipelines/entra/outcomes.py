"""What became of a collection in a run: the rows of `raw.sync_outcomes`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dlt.common.schema.typing import TTableSchemaColumns

from pipelines.entra.collections import Collection
from pipelines.errors import Denied, GraphError, NotFound, Refused, Unlicensed
from pipelines.graph.client import Traffic

TABLE: Final = "sync_outcomes"
COMPLETE, PARTIAL, DENIED, UNLICENSED, UNAVAILABLE = "complete", "partial", "denied", "unlicensed", "unavailable"
TOLERATED: Final = (Denied, Unlicensed, NotFound)
"""Refusals that a run survives: the tenant does not give this collection, and says so."""

TYPES: Final = {
    "tenant_id": "text",
    "run_id": "text",
    "collection": "text",
    "table_name": "text",
    "is_required": "bool",
    "outcome": "text",
    "started_at": "timestamp",
    "finished_at": "timestamp",
    "window_from": "timestamp",
    "window_to": "timestamp",
    "rows": "bigint",
    "pages": "bigint",
    "requests": "bigint",
    "waited_seconds": "double",
    "graph_count": "bigint",
    "missing_permission": "text",
    "missing_licence": "text",
    "error": "text",
    "error_code": "text",
    "request_id": "text",
}
KEY: Final = ("tenant_id", "run_id", "collection")


@dataclass
class Outcome:
    """One collection in one run, filled while it is read.

    Attributes:
        tenant_id: the tenant's GUID.
        run_id: the run's id.
        collection: what is read.
        started_at: when it began, UTC.
        traffic: requests, pages and waits so far.
        outcome: `partial` until the listing ended.
        finished_at: when it ended, or None.
        since: for events, from when on they were asked for, or None where everything was.
        oldest: for events, the time of the oldest that came.
        window_from: for events, from when on they are known.
        window_to: for events, until when.
        rows: rows received, repeated ones included.
        graph_count: how many Graph says there are, where it does.
        error: what went wrong, or None.
    """

    tenant_id: str
    run_id: str
    collection: Collection
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    traffic: Traffic = field(default_factory=Traffic)
    outcome: str = PARTIAL
    finished_at: datetime | None = None
    since: datetime | None = None
    oldest: datetime | None = None
    window_from: datetime | None = None
    window_to: datetime | None = None
    rows: int = 0
    graph_count: int | None = None
    error: GraphError | None = None

    def opened(self, since: datetime | None) -> None:
        """Note that events are asked for from a moment on, or all of them."""
        self.since = since
        self.window_to = self.started_at

    def saw(self, oldest: datetime | None) -> None:
        """Note the oldest event of a batch."""
        self.oldest = min(filter(None, (self.oldest, oldest)), default=None)

    def completed(self) -> None:
        """Note that the listing was read to its end."""
        self.outcome = COMPLETE
        if self.window_to is not None:
            kept = self.window_to - timedelta(days=self.collection.retention_days)
            self.window_from = known_from(kept, self.since, self.oldest)
        self.finished_at = datetime.now(UTC)

    def failed(self, error: GraphError) -> None:
        """Note why the listing could not be read."""
        self.error = error
        self.finished_at = datetime.now(UTC)
        if self.rows:
            self.outcome = PARTIAL
        elif isinstance(error, Denied):
            self.outcome = DENIED
        else:
            self.outcome = UNLICENSED if isinstance(error, Unlicensed) else UNAVAILABLE

    @property
    def has_failed(self) -> bool:
        """Whether the run cannot count as done with this outcome."""
        tolerated = self.outcome != PARTIAL and isinstance(self.error, TOLERATED)
        return not self.is_complete and (self.collection.is_required or not tolerated)

    @property
    def is_complete(self) -> bool:
        """Whether everything that Graph has of the collection is here."""
        return self.outcome == COMPLETE

    @property
    def missing(self) -> str | None:
        """What the tenant would have to give, in words."""
        if self.outcome == DENIED:
            return f"the permission {self.collection.permission} (application), with admin consent"
        return f"the licence {self.collection.licence}" if self.outcome == UNLICENSED else None

    def row(self) -> dict[str, Any]:
        """Return the row of `raw.sync_outcomes`."""
        refused = self.error if isinstance(self.error, Refused) else None
        return {
            "tenant_id": self.tenant_id,
            "run_id": self.run_id,
            "collection": self.collection.name,
            "table_name": self.collection.table,
            "is_required": self.collection.is_required,
            "outcome": self.outcome,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "window_from": self.window_from,
            "window_to": self.window_to,
            "rows": self.rows,
            "pages": self.traffic.pages,
            "requests": self.traffic.requests,
            "waited_seconds": round(self.traffic.waited_seconds, 3),
            "graph_count": self.graph_count,
            "missing_permission": self.collection.permission if self.outcome == DENIED else None,
            "missing_licence": self.collection.licence if self.outcome == UNLICENSED else None,
            "error": str(self.error) if self.error else None,
            "error_code": refused.code if refused else None,
            "request_id": refused.request_id if refused else None,
        }


def known_from(kept: datetime, since: datetime | None, oldest: datetime | None) -> datetime:
    """Return from when on events are known, after a listing was read to its end.

    What Graph has forgotten is not known: after a long pause it begins where Graph surely keeps events, or at an older event
    that came. (Whether a log is younger than that, the models tell from all of its events.)

    Args:
        kept: from when on Graph surely keeps events, where there are any.
        since: from when on they were asked for, or None where all were.
        oldest: the oldest that came.
    """
    surely = max(filter(None, (since, kept)))
    return min(filter(None, (surely, oldest)))


def dlt_columns() -> TTableSchemaColumns:
    """Return the column hints of `raw.sync_outcomes` for dlt."""
    return {name: {"name": name, "data_type": kind} for name, kind in TYPES.items()}  # type: ignore[typeddict-item]
