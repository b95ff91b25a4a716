"""Events, by windows of time; each window is a checkpoint of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec
import pyarrow as pa
from pyarrow import compute

from pipelines.entra import extraction, schema, windows
from pipelines.entra.collection import REACH_DAYS
from pipelines.entra.extraction import Extraction, listing
from pipelines.entra.ledger import WindowRead
from pipelines.entra.parcel import Parcel
from pipelines.entra.windows import LONGEST, TARGET_ROWS, Read, Span
from pipelines.errors import GraphError, Halted, ServerFailed, TooSlow
from pipelines.graph.pages import Page, pages

MOST_ROWS: Final = TARGET_ROWS * 3 // 2
"""A window with more rows than this is cut where it has been read to; one with twice as many that cannot be cut is given up."""

PAGE_ROWS: Final = 1000
"""Graph gives no more events in one answer."""

DISORDER: Final = timedelta(minutes=1)
"""How far an event may stand behind older ones in a list that still counts as newest first."""

DISORDER_SHARE: Final = 0.1
"""The same, as a share of the time that was read: of a list that runs forwards every event stands behind all older ones."""


def log(x: Extraction) -> Iterator[Parcel]:
    """Yield a parcel for each window that is due, the oldest first.

    The next window is planned when the one before is committed, by the rows that have come. One that is too much for Graph, or
    too much for one package, is asked for in shorter ones.

    Raises:
        GraphError: Graph could not answer; of a window that was read in part, the whole newer part was yielded before.
    """
    wanted = x.span or Span(x.now - timedelta(days=REACH_DAYS), x.now)
    ledger = x.held.reads(x.collection)
    left = [wanted] if x.span else windows.due(wanted, ledger, x.now, x.reread)
    most = LONGEST
    while left:
        window = _Window(x, windows.first(left, min(most, windows.length(windows.rows_per_second(ledger)))))
        read = window.read(partial(_tell, x, left, ledger))
        if read is None:
            most = windows.shorter(window.span) or most
            continue
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
        span: what was asked for; its older part goes where it holds too much, or could not be read.
    """

    x: Extraction
    span: Span
    _waiting: list[msgspec.Raw] = field(default_factory=list)

    def __post_init__(self) -> None:
        traffic = self.x.outcome.traffic
        self._pages, self._requests = traffic.pages, traffic.requests
        self._read_at = self._asked_at = self.x.time()
        self._reader, self._landing = self.x.of(self.x.collection)
        self._order = _Order()
        self._cursor = schema.snake_case(self.x.collection.cursor or "")

    def read(self, tell: Callable[[Read], None]) -> Read | None:
        """Read it, and return what was read; None where it should be asked for in shorter windows.

        Args:
            tell: told now and then which newer part of it was read so far.

        Raises:
            GraphError: nothing of it could be read, and shorter windows are no help.
        """
        try:
            is_read = self._read_pages(tell)
        except Halted:
            raise
        except GraphError as fault:
            self._land()
            is_read = self._cut()
            if not (is_read or self._may_shrink(fault)):
                raise
        if not is_read:
            self._landing.clear()
            return None
        return Read(self.span, self._read_at, self._landing.rows)

    def parcel(self, read: Read) -> Parcel:
        """Return the window's rows, with the note of what is known by them."""
        x = self.x
        # By a clock that is behind, days that Graph has forgotten would count as kept.
        now = max(filter(None, (x.time(), x.client.time)))
        kept = now - timedelta(days=x.collection.retention_days)
        known = windows.known(read.span, kept, self._order.oldest, self._asked_at)
        landed = self._landing.close()
        if known is None:
            return x.parcel(landed)
        pages, requests = x.outcome.traffic.pages - self._pages, x.outcome.traffic.requests - self._requests
        row = WindowRead(Read(known, min(read.read_at, self._asked_at), read.rows), x.outcome.run_id, pages, requests)
        return x.parcel(landed, row.note(x.outcome.tenant_id, x.collection.name))

    def _read_pages(self, tell: Callable[[Read], None]) -> bool:
        """Read to the end, or as far as is good. Return whether what was read is a whole, newer part or all of the window."""
        found = pages(self.x.client, listing(self.x.collection, self.span), self.x.outcome.traffic)
        for page in self.x.counted(found):
            # Graph's own time: by a clock that is ahead, hours that have not happened yet would count as read.
            self._asked_at = min(self._asked_at, self.x.client.time or self._asked_at)
            if page.starts_over and self._is_begun_anew():
                return True
            self._take(page, tell)
            if self._landing.rows >= MOST_ROWS and self._cut():
                return True
            if self._landing.rows >= 2 * MOST_ROWS and windows.shorter(self.span):
                return False
        self._land()
        return True

    def _is_begun_anew(self) -> bool:
        """Keep the newer part that was read before the list began again, or else forget all of it. Return whether it was kept."""
        self._land()
        if self._cut():
            return True
        self._landing.clear()
        self._order = _Order()
        return False

    def _take(self, page: Page, tell: Callable[[Read], None]) -> None:
        self._waiting.extend(page.rows)
        if len(self._waiting) < extraction.BATCH_ROWS:
            return
        self._land()
        if newer := self._newer():
            tell(Read(newer, self._read_at, self._landing.rows))

    def _land(self) -> None:
        """Land what waits."""
        rows, self._waiting = self._waiting, []
        table = self._reader.read(rows)
        self._order.look(table[self._cursor])
        self._landing.add(table)

    def _cut(self) -> bool:
        """Give up the older part of the window, if what was landed is a whole newer part. Return whether it is."""
        newer = self._newer()
        self.span = newer or self.span
        return newer is not None

    def _newer(self) -> Span | None:
        """Return the newer part of the window that was read whole; None where that cannot be told."""
        whole_from = self._order.whole_from()
        if whole_from is None:
            return None
        start = max(whole_from, self.span.start)
        return Span(start, self.span.end) if start < self.span.end else None

    def _may_shrink(self, fault: GraphError) -> bool:
        return isinstance(fault, (TooSlow, ServerFailed)) and windows.shorter(self.span) is not None


@dataclass
class _Order:
    """How the events of a list follow one another: newest first, as Graph lists them, unless it does not.

    Attributes:
        oldest: the time of the oldest event, or None.
        newest: that of the newest.
        disorder: how far an event stood behind an older one at most.
        is_timed: whether every event told its time.
    """

    oldest: datetime | None = None
    newest: datetime | None = None
    disorder: timedelta = timedelta(0)
    is_timed: bool = True

    def look(self, times: pa.ChunkedArray) -> None:
        """Take note of the times of the next events."""
        self.is_timed &= times.null_count == 0
        oldest, newest = (value.as_py() for value in compute.min_max(times).values())
        if oldest is None:
            return
        self.disorder = max(self.disorder, self._disorder(times.drop_null().combine_chunks(), newest))
        self.oldest = min(filter(None, (self.oldest, oldest)))
        self.newest = max(filter(None, (self.newest, newest)))

    def whole_from(self) -> datetime | None:
        """Return the second from which on no event is still to come; None where that cannot be told."""
        if not (self.is_timed and self.oldest and self.newest):
            return None
        if self.disorder > min(DISORDER, (self.newest - self.oldest) * DISORDER_SHARE):
            return None
        # Of the last second there may be more to come.
        return (self.oldest + self.disorder).replace(microsecond=0) + timedelta(seconds=1)

    def _disorder(self, times: pa.Array, newest: datetime) -> timedelta:
        """Return how far one of the next events stands behind an older one."""
        since = times.cast(pa.int64())
        within = compute.max(compute.subtract(since, compute.cumulative_min(since))).as_py()
        before = newest - self.oldest if self.oldest else timedelta(0)
        return max(timedelta(microseconds=within), before)
