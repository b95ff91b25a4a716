"""One limit: never more in any span than it allows, and no waiting without need."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.graph.bucket import CUT, LEAST, RECOVERY, SLACK, Bucket, Spent
from pipelines.graph.limits import Limit

FIVE_IN_TEN = Limit(5, 10)
SPAN = 10 * (1 + SLACK)

limits = st.builds(Limit, units=st.integers(1, 40), seconds=st.floats(0.5, 60))
shares = st.floats(0, 1)
gaps = st.floats(0, 0.3)
"""Of the limit's span."""

round_trips = st.floats(0, 3)
"""Of the slack: answers may take longer than a request is allowed to travel."""

troubles = st.sampled_from(["", "", "", "429", "busy elsewhere", "cheaper"])


def run(bucket: Bucket, wishes: list[int], now: float = 0.0) -> list[float]:
    """Return when each of these units were spent, by somebody who waits as told."""
    times = []
    for units in wishes:
        now += bucket.wait(units, now)
        bucket.spend(units, now)
        times.append(now)
    return times


@dataclass
class Asked:
    """A request on its way: when its answer comes, and when Graph counted it."""

    spent: Spent
    answered: float
    arrived: float


@given(
    limit=limits,
    story=st.lists(st.tuples(gaps, st.integers(1, 5), round_trips, shares, troubles), min_size=2, max_size=80),
)
def test_no_span_holds_more_than_the_limit(limit: Limit, story: list[tuple[float, int, float, float, str]]) -> None:
    """Whatever is wished for, and however differently requests are delayed, Graph never counts more than it allows."""
    bucket, now, slack, asked = Bucket(limit), 0.0, limit.seconds * SLACK, list[Asked]()
    for gap, wished, round_trip, share, trouble in story:
        units = min(wished, limit.units)
        now += gap * limit.seconds
        for earlier in asked:
            if earlier.answered <= now:
                bucket.settle(earlier.spent, earlier.answered)
        now += bucket.wait(units, now)
        spent = bucket.spend(units, now)
        # All of the slack but for what rounding takes.
        asked.append(Asked(spent, now + round_trip * slack, now + share * min(round_trip, 0.999) * slack))
        befall(bucket, trouble, spent, now)
    for one in asked:
        inside = [
            other.spent.units for other in asked if one.arrived - limit.seconds + 1e-4 < other.arrived <= one.arrived
        ]
        assert sum(inside) <= limit.units


def befall(bucket: Bucket, trouble: str, spent: Spent, now: float) -> None:
    """Let something happen to a request."""
    if trouble == "429":
        bucket.throttled(now, now)
    elif trouble == "busy elsewhere":
        bucket.reported(1.2, now)
    elif trouble == "cheaper":
        bucket.correct(spent, 1)


@given(limit=limits, wishes=st.lists(st.integers(1, 3), min_size=200, max_size=200))
def test_the_limit_is_used_while_there_is_work(limit: Limit, wishes: list[int]) -> None:
    """Somebody who always has more to ask gets 0.95 of the limit, but for what is left over by requests of several units."""
    units = [min(wish, limit.units) for wish in wishes]
    times = run(Bucket(limit), units)
    given_until = dict(zip(times, accumulate(units), strict=True))
    possible = (times[-1] / limit.seconds + 1) * limit.units
    left_over = (max(units) - 1) / limit.units
    assert given_until[times[-1]] >= (0.95 - left_over) * possible - limit.units


def test_waits_are_exact() -> None:
    """What fits goes at once; the next waits until the first has left the span, and its slack."""
    assert run(Bucket(FIVE_IN_TEN), [1] * 11) == pytest.approx([0] * 5 + [SPAN] * 5 + [2 * SPAN])


def test_answers_that_come_soon_save_the_slack() -> None:
    """What was answered has been counted: the next fits one span later."""
    bucket = Bucket(Limit(1, 10))
    spent = bucket.spend(1, 0.0)
    bucket.settle(spent, 0.1)
    assert bucket.wait(1, 1.0) == pytest.approx(9.1)
    bucket.settle(spent, 5.0)
    assert bucket.wait(1, 5.0) == pytest.approx(5.1)


def test_more_than_the_limit_goes_alone() -> None:
    """A request that costs more than there ever is waits until nothing else is spent, rather than for ever."""
    assert run(Bucket(FIVE_IN_TEN), [1, 8, 1]) == pytest.approx([0, SPAN, 2 * SPAN])


def test_a_429_leaves_less_and_time_brings_it_back() -> None:
    """The allowance is cut once for all requests that were under way, and recovers step by step."""
    bucket = Bucket(FIVE_IN_TEN)
    bucket.throttled(sent_at=1.0, now=2.0)
    bucket.throttled(sent_at=1.5, now=2.5)
    assert bucket.share(2.5) == pytest.approx(CUT, abs=0.01)
    assert bucket.share(12.0) == pytest.approx(CUT + RECOVERY)
    assert bucket.share(100.0) == 1.0
    bucket.throttled(sent_at=100.0, now=100.0)
    bucket.throttled(sent_at=100.5, now=101.0)
    assert bucket.share(101.0) == pytest.approx(CUT * CUT, abs=0.01)


def test_part_of_a_unit_is_a_unit_in_a_longer_span() -> None:
    """A limit of one request is cut by waiting longer, and never to nothing; the slack grows to a span at most."""
    bucket, now = Bucket(Limit(1, 1)), 0.0
    for _ in range(50):
        bucket.throttled(sent_at=now, now=now)
        now += 1e-6
    bucket.spend(1, now)
    assert bucket.wait(1, now) == pytest.approx(1 / LEAST + 1, rel=0.01)


def test_a_429_doubles_the_slack_for_a_while() -> None:
    """A request that came too soon for Graph gives later ones longer to arrive, and that is forgotten slowly."""
    bucket = Bucket(FIVE_IN_TEN)
    assert bucket.slack(0.0) == pytest.approx(10 * SLACK)
    bucket.throttled(sent_at=0.0, now=0.0)
    assert bucket.slack(0.0) == pytest.approx(20 * SLACK)
    assert bucket.slack(250.0) == pytest.approx(20 * SLACK / 2**0.5)
    assert bucket.slack(5000.0) == pytest.approx(10 * SLACK)


@pytest.mark.parametrize(("used", "share"), [(0.85, 1.0), (0.5, 1.0), (1.1, 0.7), (1.8, LEAST)])
def test_what_others_use_is_left_to_them(used: float, share: float) -> None:
    """Where Graph counts clearly more than was spent here, the difference is not asked for before 429s tell."""
    bucket = Bucket(Limit(10, 10))
    bucket.spend(8, 0.0)
    bucket.reported(used, 0.0)
    assert bucket.share(0.0) == pytest.approx(share)


def test_a_hold_is_for_everybody() -> None:
    """Nothing passes until the longest `Retry-After` is over, also where no limit is kept."""
    for bucket in (Bucket(FIVE_IN_TEN), Bucket(None)):
        bucket.hold(7.0, now=0.0)
        bucket.hold(3.0, now=1.0)
        assert bucket.wait(1, 1.0) == pytest.approx(6.0)
        assert bucket.wait(1, 7.0) == 0.0


def test_a_correction_counts() -> None:
    """What a request really cost decides what fits beside it."""
    bucket = Bucket(FIVE_IN_TEN)
    spent = bucket.spend(1, 0.0)
    bucket.correct(spent, 3)
    assert bucket.wait(2, 0.0) == 0.0
    assert bucket.wait(3, 0.0) == pytest.approx(SPAN)
    bucket.correct(spent, 1)
    assert bucket.wait(4, 0.0) == 0.0


@given(limit=limits, before=st.lists(st.integers(1, 5), max_size=20), units=st.integers(1, 200))
def test_what_is_expected_comes_true(limit: Limit, before: list[int], units: int) -> None:
    """The time that so many single units are expected to take is the time that they take."""
    bucket = Bucket(limit)
    now = [0.0, *run(bucket, [min(wish, limit.units) for wish in before])][-1]
    expected = bucket.expected(units, now)
    assert run(bucket, [1] * units, now)[-1] - now == pytest.approx(expected, abs=0.001)
