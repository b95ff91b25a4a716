"""Time windows of a log, planned as values before anything is asked.

Nothing here reads or writes. What was read stands in the ledger (`raw.sync_windows`); from it and the time follows what is
due, and from the rows seen how much of it the next window may hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

TARGET_ROWS: Final = 100_000
"""What a window should hold: a few minutes of the quota, one package that loads in little memory."""

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=30)
CHEAP_ROWS: Final = 150_000
"""Up to so many rows, five minutes of the quota, everything that is young is read again; beyond, only what changes most."""

RECENT: Final = timedelta(hours=2)
"""Of a busy log's young part, what is read again at once: 99 % of events are there after five minutes."""

PACE_READS: Final = 20
JOINS: Final = 1.5
"""How many windows' length is still read as one."""

SHRINKS_TO: Final = 1 / 4
"""How much of a window is asked for next where Graph could not answer all of it: each try may take ten minutes."""

LEAST: Final = timedelta(hours=1)
"""What Graph cannot answer for so short a time is not a matter of the length."""


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of time, both ends included.

    Attributes:
        start: UTC, whole seconds.
        end: likewise, not before the start.
    """

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


@dataclass(frozen=True)
class Read:
    """A window that was read whole and committed.

    Attributes:
        span: the window.
        read_at: when reading it began; what came later may be missing.
        rows: how many rows came.
    """

    span: Span
    read_at: datetime
    rows: int

    def settled(self, reread: timedelta) -> Span | None:
        """Return the part that was old enough when it was read; nothing lands in it any more."""
        end = min(self.span.end, self.read_at - reread)
        return Span(self.span.start, end) if end > self.span.start else None


def due(wanted: Span, ledger: Sequence[Read], now: datetime, reread: timedelta) -> list[Span]:
    """Return what is to be read: what never was, and what was read so young that rows may have landed since.

    Args:
        wanted: how far back and up to when the log is wanted.
        ledger: what was read.
        now: the time.
        reread: how old a window must have been when it was read to count for good.
    """
    settled = [span for read in ledger if (span := read.settled(reread))]
    unsettled = without([wanted], settled)
    covered = [read.span for read in ledger]
    again = within(unsettled, covered)
    if rows_per_second(ledger) * sum(span.length.total_seconds() for span in again) <= CHEAP_ROWS:
        return unsettled
    young = Span(now - reread, max(span.end for span in covered) - RECENT)
    return without(unsettled, within([young], covered)) if young.start < young.end else unsettled


def length(pace: float, rows: int = TARGET_ROWS) -> timedelta:
    """Return how long a window may be to hold about so many rows.

    Args:
        pace: rows per second, 0 where nothing is known.
        rows: how many.
    """
    if pace <= 0:
        return LONGEST
    return timedelta(seconds=int(min(max(rows / pace, SHORTEST.total_seconds()), LONGEST.total_seconds())))


def shorter(span: Span) -> timedelta | None:
    """Return how long a window may be where this one was too much, or None where a shorter one is no help."""
    if span.length <= LEAST * JOINS:
        return None
    return max(LEAST, timedelta(seconds=int(span.length.total_seconds() * SHRINKS_TO)))


def first(spans: Sequence[Span], longest: timedelta) -> Span:
    """Return the next window: the oldest stretch that is due, which Graph forgets first, cut to the length.

    A rest of less than half a window joins it.
    """
    span = spans[0]
    return span if span.length <= longest * JOINS else Span(span.start, span.start + longest)


def known(span: Span, kept: datetime, oldest: datetime | None, asked_at: datetime) -> Span | None:
    """Return the part of a window that is known after it was read to its end.

    What Graph has forgotten is not known: it begins where Graph surely keeps events, or at an older event that came. (Whether
    a log is younger than that, the models tell from all of its events.)

    Args:
        span: the window.
        kept: from when on Graph surely keeps events, where there are any.
        oldest: the oldest event that came.
        asked_at: Graph's time when it was asked; nothing is known of what came later.
    """
    start, end = max(span.start, min(filter(None, (kept, oldest)))), min(span.end, asked_at)
    return Span(start, end) if start < end else None


def rows_per_second(ledger: Sequence[Read]) -> float:
    """Return how busy the log has been lately."""
    lately = sorted(ledger, key=lambda read: (read.read_at, read.span.end))[-PACE_READS:]
    seconds = sum(read.span.length.total_seconds() for read in lately)
    return sum(read.rows for read in lately) / seconds if seconds else 0.0


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, overlapping and touching ones as one."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """Return what is left of the spans, in order."""
    left = merged(spans)
    for hole in merged(taken):
        left = [part for span in left for part in _around(span, hole)]
    return left


def within(spans: Iterable[Span], bounds: Iterable[Span]) -> list[Span]:
    """Return the parts of the spans that lie within the bounds, in order."""
    bounding = merged(bounds)
    parts = [Span(max(s.start, b.start), min(s.end, b.end)) for s in merged(spans) for b in bounding if _overlap(s, b)]
    return merged(parts)


def _around(span: Span, hole: Span) -> list[Span]:
    if not _overlap(span, hole):
        return [span]
    parts = [(span.start, hole.start), (hole.end, span.end)]
    return [Span(start, end) for start, end in parts if start < end]


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
