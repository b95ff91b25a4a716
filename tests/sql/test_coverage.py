"""What was collected, from when to when, and what is missing?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from .story import CONTOSO
from .warehouse import NOW, Warehouse, ago


def coverage(marts: Warehouse, tenant: str, collection: str) -> dict[str, Any]:
    """One collection of a tenant."""
    return marts.row(f"select * from marts.coverage where tenant_id = '{tenant}' and collection = '{collection}'")


def test_a_complete_window(marts: Warehouse) -> None:
    """A complete collection shows its stretch and misses nothing."""
    row = coverage(marts, CONTOSO, "sign_ins_interactive")
    assert (row["outcome"], row["is_lookback_covered"], row["what_is_missing"]) == ("complete", True, None)
    assert (row["collected_from"], row["stale_hours"]) == (ago(31), 0.48)


def test_a_list_fetched_whole(marts: Warehouse) -> None:
    """A list without a window is as new as the run that completed it."""
    row = coverage(marts, CONTOSO, "users")
    assert (row["collected_from"], row["collected_to"], row["is_lookback_covered"]) == (None, ago(0), None)


def test_the_missing_permission_is_named(marts: Warehouse) -> None:
    """A refused collection says which permission it needs."""
    assert (
        coverage(marts, "denied", "sign_ins_service_principal")["what_is_missing"] == "denied: needs AuditLog.Read.All"
    )


def test_the_missing_licence_is_named(marts: Warehouse) -> None:
    """A collection without a licence says which one it needs."""
    assert coverage(marts, "unlicensed", "sign_ins_interactive")["what_is_missing"] == "unlicensed: needs Entra ID P1"


def test_a_gap_begins_a_new_stretch(marts: Warehouse) -> None:
    """After a gap only the newest stretch is shown, and the window is not covered."""
    row = coverage(marts, "gappy", "sign_ins_interactive")
    assert (row["collected_from"], row["is_lookback_covered"]) == (ago(10), False)
    assert row["what_is_missing"] == "complete, but not yet all of the last 30 days"


def test_overlapping_windows_are_one_stretch(marts: Warehouse) -> None:
    """Windows of two runs that overlap show as one stretch."""
    assert coverage(marts, "patched", "sign_ins_interactive")["collected_from"] == ago(31)


def test_what_was_never_tried_is_listed(marts: Warehouse) -> None:
    """A collection without any attempt is missing, too."""
    row = coverage(marts, "partway", "sign_ins_non_interactive")
    assert (row["outcome"], row["what_is_missing"]) == ("not_collected", "never collected")


def test_holes_and_uncovered_hours_are_counted(marts: Warehouse) -> None:
    """A day without any window is one hole; a log that begins late has none, and lacks its hours all the same."""
    row = coverage(marts, "gappy", "sign_ins_interactive")
    assert (row["gaps"], round(row["uncovered_hours"], 2)) == (1, 24.48)
    row = coverage(marts, "young", "sign_ins_interactive")
    assert (row["gaps"], round(row["uncovered_hours"], 2)) == (0, 23 * 24 + 0.48)
    assert coverage(marts, CONTOSO, "users")["gaps"] is None


def test_what_was_read_young_is_not_settled(marts: Warehouse) -> None:
    """Rows may still land in the last day before a window was read."""
    row = coverage(marts, CONTOSO, "sign_ins_interactive")
    assert row["settled_to"] == NOW - timedelta(minutes=30, hours=24)
    assert row["settled_to"] < row["collected_to"]


def test_windows_count_whatever_became_of_their_run(marts: Warehouse) -> None:
    """A run that broke off covers the windows that it committed before."""
    row = coverage(marts, "broken-off", "sign_ins_interactive")
    assert (row["outcome"], row["collected_from"], row["collected_to"]) == ("partial", ago(31), ago(2))


def test_lists_that_are_followed_say_when_they_were_reconciled(marts: Warehouse) -> None:
    """The last full round, and Graph's count beside ours, come from the list's cursor."""
    row = coverage(marts, CONTOSO, "groups")
    assert (row["reconciled_at"], row["graph_count"], row["held_count"]) == (ago(5), 5, 4)
    assert coverage(marts, CONTOSO, "users")["reconciled_at"] is None


@pytest.mark.parametrize(
    ("collection", "missing"),
    [
        ("users", "complete, but Graph counts 100 and 89 are held"),
        ("groups", "complete, but Graph counts 100 and 111 are held"),
        ("service_principals", None),
        ("applications", None),
        ("oauth2_permission_grants", None),
    ],
)
def test_a_list_that_differs_from_graphs_count_says_so(marts: Warehouse, collection: str, missing: str | None) -> None:
    """More than ten objects and one in a hundred too few or too many are missing, or should be; fewer are Graph's delay."""
    assert coverage(marts, "miscounted", collection)["what_is_missing"] == missing
