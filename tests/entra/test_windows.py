"""Windows: what is due, how it is cut, and what is known of it, against a set of seconds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.entra import windows
from pipelines.entra.collections import named
from pipelines.entra.windows import LONGEST, SHORTEST, TARGET_ROWS, Read, Span

NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REACH: Final = timedelta(days=30)


def second(number: int) -> datetime:
    """Return a moment on a short scale."""
    return NOW + timedelta(seconds=number)


def span(start: int, end: int) -> Span:
    """Return a span on that scale."""
    return Span(second(start), second(end))


def seconds(spans: Iterable[Span]) -> set[int]:
    """Return the seconds that begin in the spans, the end excluded."""
    whole = ((int((s - NOW).total_seconds()) for s in (one.start, one.end)) for one in spans)
    return {number for start, end in whole for number in range(start, end)}


def in_order(spans: list[Span]) -> bool:
    """Whether no span is empty, and each begins behind the one before."""
    return all(s.start < s.end for s in spans) and all(a.end < b.start for a, b in pairwise(spans))


SPANS: Final = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: span(pair[0], pair[0] + pair[1])), max_size=8
)


@given(spans=SPANS, others=SPANS)
def test_spans_are_sets_of_seconds(spans: list[Span], others: list[Span]) -> None:
    """Joined, cut out and cut to, spans hold exactly the seconds that sets would, in order and without touching."""
    left, right = seconds(spans), seconds(others)
    for found, wanted in (
        (windows.merged([*spans, *others]), left | right),
        (windows.without(spans, others), left - right),
        (windows.within(spans, others), left & right),
    ):
        assert seconds(found) == wanted
        assert in_order(windows.merged(found))


READS: Final = st.lists(
    st.tuples(st.integers(-60, 55), st.integers(1, 40), st.integers(0, 30), st.integers(0, 5)).map(
        lambda n: Read(span(n[0], min(n[0] + n[1], 60)), second(min(n[0] + n[1], 60) + n[2]), n[3])
    ),
    max_size=6,
)


@given(ledger=READS, reread=st.integers(0, 40))
def test_a_quiet_log_owes_every_second_that_is_not_settled(ledger: list[Read], reread: int) -> None:
    """Due is exactly what was never read at the age at which it counts for good, and nothing else."""
    age = timedelta(seconds=reread)
    good = {s for read in ledger for s in seconds([read.span]) if second(s + 1) <= read.read_at - age}
    due = windows.due(span(0, 60), ledger, second(60), age)
    assert seconds(due) == set(range(60)) - good
    assert in_order(due)


BUSY: Final = st.lists(st.integers(1, 5 * 3600), min_size=30, max_size=60)
"""The seconds between a day or two of runs, hourly ones and others."""


@given(gaps=BUSY, pace=st.sampled_from([0.5, 2.0, 5.0, 60.0]), reread=st.integers(0, 48))
@hypothesis_settings(max_examples=50, deadline=None)
def test_a_busy_log_settles_in_the_end(gaps: list[int], pace: float, reread: int) -> None:
    """However busy the log and whenever it is read: all is read up to now, all that was old enough when a run began counts for good after it, and what is new is never put off."""
    age, now, ledger = reread * HOUR, NOW, list[Read]()
    for gap in gaps:
        wanted = Span(now - REACH, now)
        due = windows.due(wanted, ledger, now, age)
        never = windows.without([wanted], [read.span for read in ledger])
        assert windows.without(never, due) == []
        ledger += [Read(s, now, int(pace * s.length.total_seconds())) for s in due]
        settled = [s for read in ledger if (s := read.settled(age))]
        assert windows.without([wanted], [read.span for read in ledger]) == []
        assert windows.without([Span(wanted.start, now - age)], settled) == []
        now += timedelta(seconds=gap)


def test_a_busy_log_is_not_read_again_every_hour() -> None:
    """Of a busy log an hourly run reads what is new, the last two hours, and the hour that came of age: each row four times."""
    ledger, now, pace = list[Read](), NOW, 5.0
    for _ in range(60):
        before = sum(read.rows for read in ledger)
        due = windows.due(Span(now - REACH, now), ledger, now, DAY)
        ledger += [Read(s, now, int(pace * s.length.total_seconds())) for s in due]
        now += HOUR
    assert (sum(read.rows for read in ledger) - before) / (pace * 3600) == pytest.approx(4, abs=0.2)


@given(spans=SPANS.filter(bool), longest=st.integers(1, 30))
def test_windows_cover_what_is_due(spans: list[Span], longest: int) -> None:
    """Taken one by one, windows cover exactly what is due, the oldest first; none is longer than one and a half times the length."""
    left, taken = windows.merged(spans), list[Span]()
    while left:
        taken.append(windows.first(left, timedelta(seconds=longest)))
        assert taken[-1].start == left[0].start
        left = windows.without(left, [taken[-1]])
    assert sum((s.length for s in taken), timedelta()) == timedelta(seconds=len(seconds(spans)))
    assert seconds(taken) == seconds(spans)
    assert max(s.length for s in taken) <= 1.5 * timedelta(seconds=longest)


@given(pace=st.floats(0, 1e6))
def test_the_length_follows_the_rows(pace: float) -> None:
    """A window is as long as about 100,000 rows take, never less than a minute nor more than a month."""
    length = windows.length(pace)
    assert SHORTEST <= length <= LONGEST
    if SHORTEST < length < LONGEST:
        assert length.total_seconds() * pace == pytest.approx(TARGET_ROWS, rel=0.02)
    elif pace:
        assert (length == SHORTEST) == (TARGET_ROWS / pace < SHORTEST.total_seconds() + 1)


@given(seconds=st.integers(1, 30 * 86_400))
def test_shorter_windows_come_to_an_end(seconds: int) -> None:
    """A window that was too much is followed by a really shorter one, whatever rest joins it, and after a few there is none."""
    left, tries = span(0, seconds), 0
    while (longest := windows.shorter(left)) is not None:
        shorter = windows.first([left], longest)
        assert shorter.length < left.length
        left, tries = shorter, tries + 1
    assert tries <= 6
    assert left.length <= 1.5 * HOUR


def test_how_busy_a_log_is_is_told_by_its_last_windows() -> None:
    """A log that grew busy is cut shorter after a few windows, whatever it was long ago."""
    quiet = [Read(span(-n - 1, -n), second(-n), 0) for n in range(1000, 0, -1)]
    busy = [Read(span(n, n + 1), second(n + 1), 500) for n in range(20)]
    assert windows.rows_per_second([*quiet, *busy]) == 500
    assert windows.rows_per_second([]) == 0


@pytest.mark.parametrize(
    ("collection", "since", "oldest", "known_from"),
    [
        ("sign_ins_interactive", 30, None, 30),
        ("sign_ins_interactive", 0.1, 0.05, 0.1),
        ("sign_ins_interactive", 45, None, 30),
        ("sign_ins_interactive", 45, 31, 31),
        ("sign_ins_interactive", 45, 3, 30),
        ("sign_ins_interactive", 30, 29.9, 30),
        ("directory_audits", 30, None, 7),
        ("directory_audits", 30, 29, 29),
        ("directory_audits", 30, 3, 7),
    ],
)
def test_what_is_known_begins_where_graph_surely_keeps_events(
    collection: str, since: float, oldest: float | None, known_from: float
) -> None:
    """Coverage reaches back as far as Graph keeps events or an older event shows, never over days that it forgot."""
    first = None if oldest is None else NOW - oldest * DAY
    known = windows.known(Span(NOW - since * DAY, NOW), NOW - named(collection).retention_days * DAY, first, NOW)
    assert known == Span(NOW - known_from * DAY, NOW)


def test_of_what_is_forgotten_nothing_is_known() -> None:
    """A window that Graph no longer keeps, and that gave no event, is not known."""
    assert windows.known(Span(NOW - 30 * DAY, NOW - 8 * DAY), NOW - 7 * DAY, None, NOW) is None
