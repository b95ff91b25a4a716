"""The lines of a sync: what came of each collection, how it goes, and whose it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from pipelines.cli.progress import Lines, Names, going, line
from pipelines.entra.collections import named
from pipelines.entra.outcomes import Outcome
from pipelines.entra.windows import Span
from pipelines.errors import Denied
from pipelines.graph.client import Traffic
from pipelines.settings import Tenant

NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)


def outcome(collection: str = "sign_ins_interactive", *, rows: int = 0, **traffic: Any) -> Outcome:
    """Return an outcome that began a hundred seconds ago."""
    began = datetime.now(UTC) - timedelta(seconds=100)
    return Outcome("t", "r", named(collection), started_at=began, traffic=Traffic(**traffic), rows=rows)


def test_how_it_goes_is_told_in_rows_pace_waits_and_time_left() -> None:
    """Each is there where it is known; nothing is said of what is not."""
    fresh = replace(outcome(), started_at=datetime.now(UTC))
    assert going(fresh) == "0 rows"
    running = outcome(rows=50_000, waited_seconds=80)
    running.read(Span(NOW - timedelta(days=1), NOW), seconds_left=600)
    assert going(running) == "50,000 rows, 500 rows/s, 80 s waited, about 10 min left"
    running.seconds_left = 90
    assert running.ends_at is not None
    running.ends_at -= timedelta(seconds=30)  # which pass
    assert going(running).endswith("about 60 s left")
    running.ends_at -= timedelta(seconds=90)
    assert going(running).endswith("80 s waited")


def test_what_came_of_a_collection_is_one_line() -> None:
    """Rows, requests and the span of a log; a reason where there is one; no rows are not counted where nothing changed."""
    log = outcome(rows=1, requests=1)
    log.read(Span(NOW - timedelta(days=1), NOW), 0)
    log.completed()
    assert line(log, Names()).endswith("1 row, 1 request, from 2026-11-22 12:00 to 2026-11-23 12:00 UTC")
    related = outcome("app_role_assigned_to", rows=332, requests=2, batched=7)
    related.completed()
    assert line(related, Names()).endswith("332 rows, 2 requests and 7 in batches")
    unchanged = outcome("users", requests=2)
    unchanged.completed()
    assert line(unchanged, Names()).endswith("nothing changed, 2 requests")
    members = outcome("group_members", rows=3)
    members.completed()
    assert line(members, Names()).endswith("3 rows, which came with groups")
    spared = outcome("summarized_managed_identity")
    spared.spared()
    assert line(spared, Names()).endswith("not_needed   sign_ins_managed_identity could be read")
    broken = outcome("groups", rows=5)
    broken.failed(Denied("no", status=403))
    assert "partial      5 rows, then: needs the permission GroupMember.Read.All" in line(broken, Names())


def test_the_tenant_is_named_where_there_are_several(tenant: Tenant, capsys: pytest.CaptureFixture[str]) -> None:
    """With one tenant its name would be in every line for nothing."""
    both = [replace(tenant, tenant_id="t", name="Contoso"), replace(tenant, tenant_id="u", name="Ab")]
    done = outcome("users", rows=5)
    done.completed()
    assert line(done, Names(both)).startswith("Contoso users ")
    assert line(replace(done, tenant_id="u"), Names(both)).startswith("Ab      users ")
    assert line(done, Names(both[:1])).startswith("users ")
    lines = Lines(Names(both))
    reading = outcome(rows=5)
    lines.committed(reading)
    reading.seconds_left = 60
    lines.committed(reading)
    (said,) = capsys.readouterr().out.splitlines()
    assert said.startswith("Contoso sign_ins_interactive ")
    assert said.endswith("about 60 s left")
