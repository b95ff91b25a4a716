"""Outcomes: what a run may claim to know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.entra.collections import named
from pipelines.entra.outcomes import Outcome

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    """Return a moment before now."""
    return NOW - timedelta(days=days)


@pytest.mark.parametrize(
    ("collection", "since", "oldest", "known_from"),
    [
        ("sign_ins_interactive", None, None, 30),
        ("sign_ins_interactive", 0.1, 0.05, 0.1),
        ("sign_ins_interactive", 45, None, 30),
        ("sign_ins_interactive", 45, 31, 31),
        ("sign_ins_interactive", 45, 3, 30),
        ("sign_ins_interactive", None, 29.9, 30),
        ("directory_audits", None, None, 7),
        ("directory_audits", None, 29, 29),
        ("directory_audits", None, 3, 7),
    ],
)
def test_what_is_known_begins_where_graph_surely_keeps_events(
    collection: str, since: float | None, oldest: float | None, known_from: float
) -> None:
    """Coverage reaches back as far as Graph keeps events or an older event shows, never over days that it forgot."""
    outcome = Outcome("t", "r", named(collection), started_at=NOW)
    outcome.opened(None if since is None else days_ago(since))
    outcome.saw(None if oldest is None else days_ago(oldest))
    outcome.completed()
    assert (outcome.window_from, outcome.window_to) == (days_ago(known_from), NOW)
