"""The retry decision, as a table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import (
    BadAnswer,
    Denied,
    ExpiredPageToken,
    ForeignLink,
    GraphError,
    NotFound,
    Refused,
    ServerFailed,
    Throttled,
    TokenRejected,
    TooSlow,
    Unlicensed,
    Unreachable,
)
from pipelines.graph.retry import Again, GiveUp, Policy, decide, seconds

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
POLICY = Policy()


def throttled(retry_after: str | None) -> Throttled:
    """Return a 429."""
    return Throttled("busy", status=429, retry_after=retry_after)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("7", 7.0),
        ("2.128", 2.128),
        ("0", 0.0),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_in_all_its_forms(header: str | None, expected: float | None) -> None:
    """Numbers, fractions and dates are understood; anything else counts as missing."""
    assert seconds(header, NOW) == expected


@pytest.mark.parametrize("error", [throttled("2.5"), ServerFailed("down", status=503, retry_after="2.5")])
def test_graph_is_given_the_time_it_asks_for(error: Refused) -> None:
    """A `Retry-After` is waited for as it is, without jitter."""
    assert decide(error, 1, NOW, 0.9) == Again(2.5)


def test_a_wait_beyond_patience_is_given_up() -> None:
    """Nobody waits a day because a header says so."""
    assert decide(throttled("86400"), 1, NOW, 0.5) == GiveUp()


@pytest.mark.parametrize(
    "error", [Unreachable("gone"), BadAnswer("cut"), ServerFailed("down", status=500), throttled(None)]
)
def test_a_fault_that_may_pass_is_waited_out(error: GraphError) -> None:
    """Without a `Retry-After` the wait doubles, and half of it is jitter."""
    waits = [decide(error, attempt, NOW, 0.0) for attempt in (1, 2, 3)]
    assert waits == [Again(0.5), Again(1.0), Again(2.0)]


@pytest.mark.parametrize(
    "error",
    [
        Denied("no", status=403),
        Unlicensed("no", status=403),
        NotFound("no", status=404),
        Refused("no", status=400),
        ExpiredPageToken("old", status=400),
        ForeignLink("elsewhere"),
    ],
)
def test_a_refusal_is_not_repeated(error: GraphError) -> None:
    """What Graph refuses once it refuses again; an expired page token is for the listing to handle."""
    assert decide(error, 1, NOW, 0.5) == GiveUp()


def test_a_rejected_token_is_renewed_a_few_times() -> None:
    """A 401 asks for a fresh token at once, and twice at the most."""
    error = TokenRejected("old", status=401)
    assert [decide(error, attempt, NOW, 0.5) for attempt in (1, 2, 3)] == [Again(0.0, renew_token=True)] * 2 + [
        GiveUp()
    ]


def test_an_answer_that_does_not_come_is_waited_for_twice() -> None:
    """Each attempt takes minutes, so that asking for less is tried soon."""
    assert [decide(TooSlow("slow"), attempt, NOW, 0.0) for attempt in (1, 2)] == [Again(0.5), GiveUp()]


@given(attempt=st.integers(1, 100), jitter=st.floats(0, 1, exclude_max=True))
def test_waits_stay_within_their_bounds(attempt: int, jitter: float) -> None:
    """Whatever the attempt, a wait is at most the longest, and attempts end."""
    decision = decide(throttled(None), attempt, NOW, jitter)
    if attempt >= POLICY.throttled_attempts:
        assert decision == GiveUp()
    else:
        assert isinstance(decision, Again)
        assert 0 < decision.after <= POLICY.longest
