"""Which time is known? The models' stretches and holes against a count of single hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .story import outcome
from .warehouse import NOW, Warehouse

LOOKBACK, REREAD = 30 * 24, 24
START = NOW - timedelta(hours=LOOKBACK + 200)
FIRST, LAST = 200, 200 + LOOKBACK
MODELS = ("int_collection_window", "int_collection_coverage")

Window = tuple[int, int, int]
"""From, to and when it was read, in hours after START."""


@dataclass(frozen=True)
class Models:
    """The compiled models of one warehouse, run without dbt."""

    connection: duckdb.DuckDBPyConnection
    sql: dict[str, str]

    def coverage(self, windows: Iterable[Window]) -> dict[str, Any] | None:
        """Return the collection's coverage once exactly these windows were read, or None without any."""
        run = self.connection.execute
        run("delete from raw.sync_windows")
        for number, window in enumerate(windows):
            times = [START + timedelta(hours=hours) for hours in window]
            run(
                "insert into raw.sync_windows (tenant_id, collection, window_from, window_to, read_at, run_id)"
                " values ('t', 'directory_audits', ?, ?, ?, ?)",
                [*times, str(number)],
            )
        for name in MODELS:
            run(f"create or replace table intermediate.{name} as {self.sql[name]}")
        cursor = run("select * from intermediate.int_collection_coverage")
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        return dict(zip(names, rows[0], strict=True)) if rows else None


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Models]:
    """A warehouse whose newest sync ended now, and what dbt makes of the models."""
    warehouse = Warehouse(tmp_path_factory.mktemp("windows"))
    warehouse.create()
    warehouse.insert("sync_outcomes", outcome("t", "directory_audits"))
    warehouse.dbt("build", "--select", f"+{MODELS[-1]}", "--exclude-resource-type", "unit_test", "test")
    folder = warehouse.folder / "dbt" / "compiled" / "consentry" / "models" / "intermediate" / "coverage"
    with duckdb.connect(str(warehouse.file)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield Models(connection, {name: (folder / f"{name}.sql").read_text() for name in MODELS})


def runs(hours: set[int]) -> list[tuple[int, int]]:
    """Stretches of hours without a hole."""
    starts = sorted(hour for hour in hours if hour - 1 not in hours)
    ends = sorted(hour + 1 for hour in hours if hour + 1 not in hours)
    return list(zip(starts, ends, strict=True))


@st.composite
def windows(draw: st.DrawFn) -> list[Window]:
    """Windows that overlap, touch, contain each other, leave holes, and are read at once or much later."""
    found = []
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.sampled_from([0, 150, FIRST, 240, 264, 288, 500, 880]) | st.integers(0, LAST - 1))
        end = min(start + draw(st.sampled_from([0, 1, 24, 48]) | st.integers(1, 400)), LAST)
        read = end + draw(st.integers(0, 60))
        found.append((start, end, read))
    return found


@given(windows())
@settings(max_examples=80, deadline=None)
def test_coverage_is_what_the_hours_say(models: Models, read: list[Window]) -> None:
    """Newest stretch, settled end, holes and uncovered hours are those of the single hours, whatever windows were read."""
    covered = {hour for start, end, _ in read for hour in range(start, end)}
    settled = {hour for start, end, at in read for hour in range(start, min(end, at - REREAD))}
    row = models.coverage(read)
    if not covered:
        assert row is None
        return
    assert row is not None
    start, end = runs(covered)[-1]
    at = {name: row[name] and (row[name] - START) / timedelta(hours=1) for name in ("collected_from", "collected_to")}
    assert at == {"collected_from": start, "collected_to": end}
    assert row["settled_to"] == next((START + timedelta(hours=b) for a, b in runs(settled) if a == start), None)
    assert row["gaps"] == sum(1 for a, _ in runs(covered)[1:] if a > FIRST)
    assert row["lookback_uncovered_hours"] == LOOKBACK - len(covered & set(range(FIRST, LAST)))
