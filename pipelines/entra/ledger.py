"""What the job notes about itself, in tables of their own beside those of Graph's rows.

They are committed after the rows that they speak of, never before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pipelines.entra.windows import Read, Span


@dataclass(frozen=True)
class Book:
    """One of the tables.

    Attributes:
        table: its name.
        key: the columns that make a row one.
        types: column -> DuckDB's data type.
    """

    table: str
    key: tuple[str, ...]
    types: dict[str, str]


OUTCOMES: Final = Book(
    "sync_outcomes",
    ("tenant_id", "run_id", "collection"),
    {
        "tenant_id": "text",
        "run_id": "text",
        "collection": "text",
        "table_name": "text",
        "is_required": "bool",
        "outcome": "text",
        "started_at": "timestamptz",
        "finished_at": "timestamptz",
        "window_from": "timestamptz",
        "window_to": "timestamptz",
        "rows": "bigint",
        "pages": "bigint",
        "requests": "bigint",
        "waited_seconds": "double",
        "graph_count": "bigint",
        "reason_kind": "text",
        "reason": "text",
        "missing_permission": "text",
        "missing_permission_id": "text",
        "missing_licence": "text",
        "consent_url": "text",
        "error": "text",
        "error_code": "text",
        "request_id": "text",
    },
)

WINDOWS: Final = Book(
    "sync_windows",
    ("tenant_id", "collection", "window_from", "window_to"),
    {
        "tenant_id": "text",
        "collection": "text",
        "window_from": "timestamptz",
        "window_to": "timestamptz",
        "read_at": "timestamptz",
        "run_id": "text",
        "rows": "bigint",
        "pages": "bigint",
        "requests": "bigint",
    },
)

CURSORS: Final = Book(
    "sync_cursors",
    ("tenant_id", "collection"),
    {
        "tenant_id": "text",
        "collection": "text",
        "link": "text",
        "query": "text",
        "taken_at": "timestamptz",
        "full_at": "timestamptz",
        "counted_at": "timestamptz",
        "graph_count": "bigint",
        "held_count": "bigint",
    },
)

PRUNED: Final = Book(
    "pruned_days",
    ("tenant_id", "collection", "sign_in_date"),
    {
        "tenant_id": "text",
        "collection": "text",
        "sign_in_date": "date",
        "rows": "bigint",
        "pruned_at": "timestamptz",
    },
)

ERASED_PEOPLE: Final = Book(
    "erased_people",
    ("tenant_id", "digest"),
    {"tenant_id": "text", "digest": "text", "salt": "text", "erased_at": "timestamptz"},
)
"""Hashes of the ids, addresses and names of who was erased: they are recognised by them, and not found."""

ERASED_OBJECTS: Final = Book(
    "erased_objects",
    ("tenant_id", "collection", "digest"),
    {"tenant_id": "text", "collection": "text", "digest": "text", "is_listed": "bool"},
)
"""Hashes of the objects that went with them, and whether Graph lists them still: it counts them, too."""

BOOKS: Final = (OUTCOMES, WINDOWS, CURSORS, PRUNED, ERASED_PEOPLE, ERASED_OBJECTS)

Note = tuple[Book, dict[str, Any]]
"""A row for one of the books."""


@dataclass(frozen=True)
class Cursor:
    """Where the changes of a collection were left.

    Attributes:
        link: Graph's delta link; None where the last full round was not whole, and everything must be read again.
        query: what was asked for; a link made for another query is of no use.
        taken_at: when the run began to read whose round gave the link.
        full_at: when the run began to read that last read everything, and found as much as Graph counts; None before there
            was one.
        counted_at: when the run began that last asked for Graph's count, or None.
        graph_count: Graph's count, or None.
        held_count: ours: the objects that are not gone once the round is loaded.
    """

    link: str | None
    query: str
    taken_at: datetime
    full_at: datetime | None
    counted_at: datetime | None = None
    graph_count: int | None = None
    held_count: int | None = None

    def note(self, tenant_id: str, collection: str) -> Note:
        """Return the row for `sync_cursors`."""
        return CURSORS, {"tenant_id": tenant_id, "collection": collection, **vars(self)}


@dataclass(frozen=True)
class WindowRead:
    """A window as `sync_windows` keeps it.

    Attributes:
        read: the window.
        run_id: by which run.
        pages: answers used.
        requests: requests sent.
    """

    read: Read
    run_id: str
    pages: int
    requests: int

    def note(self, tenant_id: str, collection: str) -> Note:
        """Return the row for `sync_windows`."""
        span: Span = self.read.span
        return WINDOWS, {
            "tenant_id": tenant_id,
            "collection": collection,
            "window_from": span.start,
            "window_to": span.end,
            "read_at": self.read.read_at,
            "run_id": self.run_id,
            "rows": self.read.rows,
            "pages": self.pages,
            "requests": self.requests,
        }
