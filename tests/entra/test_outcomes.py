"""Outcomes: what a run may claim to know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.entra.collections import named
from pipelines.entra.outcomes import Outcome
from pipelines.entra.windows import Span
from pipelines.errors import (
    BadAnswer,
    Denied,
    GraphError,
    NotFound,
    ServerFailed,
    Throttled,
    TooSlow,
    Unlicensed,
    Unreachable,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("error", "before", "after_rows", "is_survived"),
    [
        (Denied("", status=403), "denied", "partial", True),
        (Unlicensed("", status=403), "unlicensed", "partial", True),
        (NotFound("", status=404), "unavailable", "partial", True),
        (ServerFailed("", status=503), "unavailable", "partial", False),
        (Throttled("", status=429), "unavailable", "partial", False),
        (TooSlow(""), "unavailable", "partial", False),
        (BadAnswer(""), "unavailable", "partial", False),
        (Unreachable(""), "unavailable", "partial", False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, GraphError) else None,
)
def test_a_failure_is_named_by_what_it_left(error: GraphError, before: str, after_rows: str, is_survived: bool) -> None:
    """A refusal before the first row has its own name and a run survives it; what broke off in the middle is partial and fails the run; a required collection always does."""
    optional, begun, required = (Outcome("t", "r", named(name)) for name in ("groups", "groups", "users"))
    begun.rows = 1
    for outcome in (optional, begun, required):
        outcome.failed(error)
    assert (optional.outcome, begun.outcome) == (before, after_rows)
    assert (optional.has_failed, begun.has_failed, required.has_failed) == (not is_survived, True, True)


def test_a_window_that_was_read_makes_the_rest_partial() -> None:
    """A log that fails after an empty window is partial, too: part of its time is known."""
    outcome = Outcome("t", "r", named("sign_ins_interactive"))
    outcome.read(Span(NOW - HOUR, NOW), 0)
    outcome.failed(Denied("", status=403))
    assert outcome.outcome == "partial"


def test_what_was_read_spans_all_windows() -> None:
    """The outcome reaches from the oldest window's start to the newest one's end, whatever their order."""
    outcome = Outcome("t", "r", named("sign_ins_interactive"))
    for hours in (2, 5, 1):
        outcome.read(Span(NOW - hours * HOUR, NOW - (hours - 1) * HOUR), 0)
    assert (outcome.window_from, outcome.window_to) == (NOW - 5 * HOUR, NOW)


def test_what_is_spared_lacks_nothing() -> None:
    """A collection whose better source was read is complete without a row, and has no window."""
    outcome = Outcome("t", "r", named("summarized_non_interactive"))
    outcome.spared()
    assert (outcome.outcome, outcome.is_complete, outcome.has_failed) == ("not_needed", True, False)
    assert (outcome.window_from, outcome.missing) == (None, None)
