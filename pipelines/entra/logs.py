"""Events, by windows of time; each window is a checkpoint of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import pyarrow as pa
from pyarrow import compute

from pipelines.entra import schema, windows
from pipelines.entra.collection import REACH_DAYS
from pipelines.entra.extraction import Extraction, Rows, batches, listing
from pipelines.entra.ledger import WindowRead
from pipelines.entra.parcel import Parcel
from pipelines.entra.windows import TARGET_ROWS, Read, Span
from pipelines.graph.pages import pages

MOST_ROWS: Final = TARGET_ROWS * 3 // 2
"""A window with more rows than this is cut where it has been read to."""

PAGE_ROWS: Final = 1000
"""Graph gives no more events in one answer."""


def log(x: Extraction) -> Iterator[Parcel]:
    """Yield a parcel for each window that is due, the oldest first.

    The next window is planned when the one before is committed, by the rows that have come.
    """
    wanted = x.span or Span(x.now - timedelta(days=REACH_DAYS), x.now)
    ledger = x.held.reads(x.collection)
    left = [wanted] if x.span else windows.due(wanted, ledger, x.now, x.reread)
    while left:
        window = _Window(x, windows.first(left, windows.length(windows.rows_per_second(ledger))))
        read = window.read(partial(_tell, x, left, ledger))
        ledger.append(read)
        left = windows.without(left, [read.span])
        x.outcome.read(read.span, _seconds(x, left, ledger))
        if not left:
            x.outcome.completed()
        yield window.parcel(read)
    if not x.outcome.is_complete:  # nothing was due
        x.outcome.completed()
        yield x.parcel(())


def _tell(x: Extraction, left: Sequence[Span], ledger: Sequence[Read], so_far: Read) -> None:
    """Note how long the rest will take, while a window is still read."""
    x.outcome.seconds_left = _seconds(x, windows.without(left, [so_far.span]), [*ledger, so_far])


def _seconds(x: Extraction, left: Sequence[Span], ledger: Sequence[Read]) -> float:
    """Return how long the rest will take: what the quota demands, or as fast as it went so far where that is slower."""
    rows = sum(span.length.total_seconds() for span in left) * windows.rows_per_second(ledger)
    requests = math.ceil(rows / PAGE_ROWS)
    return max(
        x.client.governor.expected(x.collection.bucket, requests), rows * x.outcome.elapsed / max(1, x.outcome.rows)
    )


@dataclass
class _Window:
    """A window while it is read.

    Attributes:
        x: what it is read with.
        span: what was asked for; its older part goes where it holds too much.
    """

    x: Extraction
    span: Span
    _oldest: datetime | None = None
    _is_descending: bool = True
    _is_timed: bool = True

    def __post_init__(self) -> None:
        traffic = self.x.outcome.traffic
        self._pages, self._requests = traffic.pages, traffic.requests
        self._read_at = self._asked_at = self.x.time()
        self._reader, self._landing = self.x.of(self.x.collection)
        self._cursor = schema.snake_case(self.x.collection.cursor or "")

    def read(self, tell: Callable[[Read], None]) -> Read:
        """Read it, and return what was read.

        Args:
            tell: told now and then which newer part of it was read so far.
        """
        for batch in batches(self._rows()):
            table = self._reader.read(batch)
            self._look(table[self._cursor])
            self._landing.add(table)
            if newer := self._newer():
                tell(Read(newer, self._read_at, self._landing.rows))
        return Read(self.span, self._read_at, self._landing.rows)

    def parcel(self, read: Read) -> Parcel:
        """Return the window's rows, with the note of what is known by them."""
        x = self.x
        kept = x.time() - timedelta(days=x.collection.retention_days)
        known = windows.known(read.span, kept, self._oldest, self._asked_at)
        landed = self._landing.close()
        if known is None:
            return x.parcel(landed)
        pages, requests = x.outcome.traffic.pages - self._pages, x.outcome.traffic.requests - self._requests
        row = WindowRead(Read(known, min(read.read_at, self._asked_at), read.rows), x.outcome.run_id, pages, requests)
        return x.parcel(landed, row.note(x.outcome.tenant_id, x.collection.name))

    def _rows(self) -> Iterator[Rows]:
        taken = 0
        for page in self.x.counted(pages(self.x.client, listing(self.x.collection, self.span), self.x.outcome.traffic)):
            # Graph's own time: by a clock that is ahead, hours that have not happened yet would count as read.
            self._asked_at = min(self._asked_at, self.x.client.time or self._asked_at)
            taken += len(page.rows)
            yield page.rows
            if taken >= MOST_ROWS and self._cut():
                return

    def _cut(self) -> bool:
        """Give up the older part of the window, if what was read is a whole newer part. Return whether it is."""
        newer = self._newer()
        self.span = newer or self.span
        return newer is not None

    def _newer(self) -> Span | None:
        """Return the newer part of the window that was read whole; None where Graph does not list events backwards."""
        if not (self._is_descending and self._is_timed and self._oldest):
            return None
        # Of the oldest second there may be more to come.
        whole_from = max(self._oldest.replace(microsecond=0) + timedelta(seconds=1), self.span.start)
        return Span(whole_from, self.span.end) if whole_from < self.span.end else None

    def _look(self, times: pa.ChunkedArray) -> None:
        """Note the times of a batch, and whether they go backwards, as Graph lists events unless it does not."""
        self._is_timed &= times.null_count == 0
        oldest, newest = (value.as_py() for value in compute.min_max(times).values())
        if oldest is None:
            return
        backwards = compute.all(compute.less_equal(times[1:], times[:-1])).as_py() is not False
        self._is_descending &= backwards and (self._oldest is None or newest <= self._oldest)
        self._oldest = min(filter(None, (self._oldest, oldest)))
