"""Where the shapes of a picture stand. The templates draw them; nothing here knows a colour."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from dashboard.report.content import Part
from dashboard.report.source import Row

WIDTH: Final = 640
"""Of all pictures, in units of their own; they scale with the page."""

LABEL: Final = 150
NUMBER: Final = 50
BAR: Final = WIDTH - LABEL - NUMBER
ROW: Final = 30

STATES: Final = ("used", "unused", "unknown")
BANDS: Final = ("critical", "high", "medium", "low")
STEPS: Final = 10
SHADES: Final = 4
SEAT_BARS: Final = 10
MOST_COLUMNS: Final = 122
LONGEST_LABEL: Final = 22


@dataclass(frozen=True)
class Segment:
    """A piece of a bar: what it stands for, where it begins, how wide it is, and its number."""

    kind: str
    x: float
    width: float
    number: int


@dataclass(frozen=True)
class Bar:
    """A bar of a picture: its label, its height on the picture, its pieces, and their sum."""

    label: str
    y: float
    segments: tuple[Segment, ...]
    total: int


@dataclass(frozen=True)
class Cell:
    """A cell of the grid of impact and likelihood: where it is, how many apps are in it, and how dark that makes it."""

    column: int
    row: int
    apps: int
    shade: int


@dataclass(frozen=True)
class Column:
    """A day of a picture, or the first of a few: where its column stands, how wide and high it is, and its numbers."""

    day: date
    x: float
    width: float
    height: float
    grants_height: float
    changes: int
    grants: int


@dataclass(frozen=True)
class Span:
    """A stretch of time that a log is known of; without a width, nothing is."""

    label: str
    y: float
    x: float
    width: float
    words: str


@dataclass(frozen=True)
class Reach:
    """Logs on a line of time: what is known of each, and where the window that use was looked for in begins."""

    spans: tuple[Span, ...]
    start: datetime
    end: datetime
    window_x: float


def bands(part: Part) -> list[Bar]:
    """Lay out the bars of scored apps by band, split by use. Bands without an app have an empty bar."""
    found = {row["risk_band"]: row for row in part["apps_by_band"]}
    counts = [[int(found[band][f"{state}_apps"]) if band in found else 0 for state in STATES] for band in BANDS]
    return _bars(list(BANDS), counts, STATES)


def seats(part: Part) -> list[Bar]:
    """Lay out the bars of the apps and licences with the most seats that could be freed."""
    rows = [row for row in part["seats_by_app"] if row["seats"]][:SEAT_BARS]
    return _bars([_short(row["display_name"]) for row in rows], [[int(row["seats"])] for row in rows], ("seats",))


def matrix(part: Part) -> list[Cell]:
    """Lay out the grid of scored apps by impact (upwards) and likelihood (to the right)."""
    most = max((row["apps"] for row in part["matrix"]), default=1)
    return [
        Cell(row["likelihood_step"], STEPS - 1 - row["impact_step"], row["apps"], _shade(row["apps"], most))
        for row in part["matrix"]
    ]


def days(part: Part, height: float) -> list[Column]:
    """Lay out columns of the time that changes are shown of, also where there is none: a day each, or a few where it is long.

    Args:
        part: of the report.
        height: of the highest column.
    """
    first, last = part.since.date(), (part.window_to or part.since).date()
    span = max(1, math.ceil(((last - first).days + 1) / MOST_COLUMNS))
    starts = [first + timedelta(days=number) for number in range(0, (last - first).days + 1, span)]
    sums = [[0, 0] for _ in starts]
    for row in part["change_days"]:
        found = sums[min((row["change_date"] - first).days // span, len(sums) - 1)]
        found[0] += row["changes"]
        found[1] += row["grants"]
    scale = height / max([1, *(changes for changes, _ in sums)])
    step = WIDTH / len(starts)
    return [
        Column(day, number * step + step * 0.1, step * 0.8, changes * scale, grants * scale, changes, grants)
        for number, (day, (changes, grants)) in enumerate(zip(starts, sums, strict=True))
    ]


def reach(part: Part) -> Reach | None:
    """Lay out from when to when each log is known; None where none was ever read."""
    logs = [row for row in part["coverage"] if row["usage_rung"] is not None or row["collection"] == "directory_audits"]
    starts = [row["known_from"] for row in logs if row["known_from"]]
    end = part.window_to
    if not starts or end is None:
        return None
    window_from: datetime = part.tenant["window_from"] or end
    start = min(*starts, window_from)
    scale = BAR / max((end - start) / timedelta(hours=1), 1.0)
    spans = tuple(_span(row, number * ROW, start, scale) for number, row in enumerate(logs))
    return Reach(spans, start, end, LABEL + NUMBER + _hours(window_from - start) * scale)


def _bars(labels: Sequence[str], counts: Sequence[Sequence[int]], kinds: Sequence[str]) -> list[Bar]:
    scale = BAR / max([1, *map(sum, counts)])
    return [
        Bar(label, number * ROW, tuple(_segments(row, kinds, scale)), sum(row))
        for number, (label, row) in enumerate(zip(labels, counts, strict=True))
    ]


def _segments(counts: Sequence[int], kinds: Sequence[str], scale: float) -> list[Segment]:
    starts = [sum(counts[:number]) for number in range(len(counts))]
    return [
        Segment(kind, LABEL + start * scale, count * scale, count)
        for kind, start, count in zip(kinds, starts, counts, strict=True)
        if count
    ]


def _shade(apps: int, most: int) -> int:
    """Return how dark a cell is, from 1 to `SHADES`; by the logarithm, so that a few apps show beside many."""
    return 1 if most <= 1 else 1 + round((SHADES - 1) * math.log(apps) / math.log(most))


def _span(row: Row, y: float, start: datetime, scale: float) -> Span:
    known_from, known_to = row["known_from"], row["known_to"]
    left = LABEL + NUMBER
    if not known_from:
        return Span(row["collection"], y, left, 0.0, f"not known: {row['what_is_missing']}")
    words = f"{known_from:%Y-%m-%d} to {known_to:%Y-%m-%d}"
    return Span(
        row["collection"], y, left + _hours(known_from - start) * scale, _hours(known_to - known_from) * scale, words
    )


def _hours(span: timedelta) -> float:
    return span / timedelta(hours=1)


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
