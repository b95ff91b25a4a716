"""What became of a collection in a run: the rows of `raw.sync_outcomes`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from pipelines.entra.collection import Collection
from pipelines.entra.ledger import OUTCOMES, Note
from pipelines.entra.permissions import IDS
from pipelines.entra.reasons import PERMISSION, Access, Reason
from pipelines.entra.windows import Span
from pipelines.errors import Denied, GraphError, NotFound, NotInCloud, Refused, Unlicensed
from pipelines.graph.client import Traffic

COMPLETE, PARTIAL, DENIED, UNLICENSED, UNAVAILABLE = "complete", "partial", "denied", "unlicensed", "unavailable"
NOT_NEEDED: Final = "not_needed"
TOLERATED: Final = (Denied, Unlicensed, NotFound, NotInCloud)
"""Refusals that a run survives: the tenant or its cloud does not give this collection, and says so."""


@dataclass
class Outcome:
    """One collection in one run, filled while it is read.

    Attributes:
        tenant_id: the tenant's GUID.
        run_id: the run's id.
        collection: what is read.
        access: what was known before Graph was asked.
        started_at: when it began, UTC.
        traffic: requests, pages and waits so far.
        outcome: `partial` until the listing ended.
        finished_at: when it ended, or None.
        window_from: for events, since when this run read them.
        window_to: for events, until when.
        rows: rows received, repeated ones included.
        ends_at: for events, when the rest will have been read, as far as one can tell.
        graph_count: how many Graph says there are, where it does.
        error: what went wrong, or None.
    """

    tenant_id: str
    run_id: str
    collection: Collection
    access: Access = field(default_factory=Access)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    traffic: Traffic = field(default_factory=Traffic)
    outcome: str = PARTIAL
    finished_at: datetime | None = None
    window_from: datetime | None = None
    window_to: datetime | None = None
    rows: int = 0
    ends_at: datetime | None = None
    graph_count: int | None = None
    error: GraphError | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since it began, to its end where it ended."""
        return ((self.finished_at or datetime.now(UTC)) - self.started_at).total_seconds()

    @property
    def seconds_left(self) -> float:
        """How long the rest will take; 0 where nothing is known to be left. It counts down from what it was set to."""
        if self.ends_at is None or self.finished_at is not None:
            return 0.0
        return max(0.0, (self.ends_at - datetime.now(UTC)).total_seconds())

    @seconds_left.setter
    def seconds_left(self, seconds: float) -> None:
        self.ends_at = datetime.now(UTC) + timedelta(seconds=seconds)

    def read(self, span: Span, seconds_left: float) -> None:
        """Note a window that was read, and how long the rest will take."""
        self.window_from = min(filter(None, (self.window_from, span.start)))
        self.window_to = max(filter(None, (self.window_to, span.end)))
        self.seconds_left = seconds_left

    def completed(self) -> None:
        """Note that the listing was read to its end."""
        self._end(COMPLETE)

    def spared(self) -> None:
        """Note that nothing was read, because a better source of the same was."""
        self._end(NOT_NEEDED)

    def failed(self, error: GraphError) -> None:
        """Note why the listing could not be read."""
        self.error = error
        if self.rows or self.window_to:
            self._end(PARTIAL)
        elif isinstance(error, Denied):
            self._end(DENIED)
        else:
            self._end(UNLICENSED if isinstance(error, Unlicensed) else UNAVAILABLE)

    def _end(self, outcome: str) -> None:
        self.outcome = outcome
        self.finished_at = datetime.now(UTC)

    @property
    def has_failed(self) -> bool:
        """Whether the run cannot count as done with this outcome."""
        tolerated = self.outcome != PARTIAL and isinstance(self.error, TOLERATED)
        return not self.is_complete and (self.collection.is_required or not tolerated)

    @property
    def is_complete(self) -> bool:
        """Whether nothing of the collection is lacking."""
        return self.outcome in (COMPLETE, NOT_NEEDED)

    @property
    def reason(self) -> Reason | None:
        """Why the collection is not complete; None where it is, or where its reading has not ended."""
        return Reason.of(self.error, self.collection, self.access.granted) if self.error else None

    @property
    def missing(self) -> str | None:
        """What the tenant would have to give, in words."""
        return self.reason.missing if self.reason and self.outcome in (DENIED, UNLICENSED) else None

    @property
    def missing_permission(self) -> str | None:
        """The application permission that Graph misses."""
        is_it = self.outcome == DENIED and self.reason and self.reason.kind == PERMISSION
        return self.collection.permission if is_it else None

    @property
    def missing_licence(self) -> str | None:
        """The licence that Graph misses."""
        return self.collection.licence if self.outcome == UNLICENSED else None

    def note(self) -> Note:
        """Return the row for `sync_outcomes`."""
        refused = self.error if isinstance(self.error, Refused) else None
        permission = self.missing_permission
        return OUTCOMES, {
            "tenant_id": self.tenant_id,
            "run_id": self.run_id,
            "collection": self.collection.name,
            "table_name": self.collection.table,
            "is_required": self.collection.is_required,
            "outcome": self.outcome,
            "started_at": self.started_at,
            "finished_at": self.finished_at or datetime.now(UTC),  # of a run that is killed, the last that is known
            "window_from": self.window_from,
            "window_to": self.window_to,
            "rows": self.rows,
            "pages": self.traffic.pages,
            "requests": self.traffic.requests,
            "waited_seconds": round(self.traffic.waited_seconds, 3),
            "graph_count": self.graph_count,
            "reason_kind": self.reason.kind if self.reason else None,
            "reason": self.reason.words if self.reason else None,
            "missing_permission": permission,
            "missing_permission_id": IDS[permission] if permission else None,
            "missing_licence": self.missing_licence,
            "consent_url": self.access.consent_url if permission else None,
            "error": str(self.error) if self.error else None,
            "error_code": refused.code if refused else None,
            "request_id": refused.request_id if refused else None,
        }
