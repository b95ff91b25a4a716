"""How long a log will still take, told while it is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.entra import extraction
from pipelines.entra.outcomes import Outcome
from pipelines.settings import Home
from simulator import Tenant, serve
from tests.collecting import Job, small

ROWS = 300


def test_the_time_left_is_known_in_mid_window_and_shrinks(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first window of a log may hold a month: what is left of it is told by the events that came, and at last nothing is."""
    monkeypatch.setattr(extraction, "BATCH_ROWS", 20)
    told = noted(monkeypatch)
    tenant = Tenant()
    ada = tenant.user("Ada")
    app = tenant.app("Payroll")
    for number in range(ROWS):
        app.signed_in(ada, days_ago=0.1 + 29 * number / ROWS)
    commits: list[Outcome] = []
    with serve(tenant) as server:
        server.faults.delay("/signIns", times=ROWS, seconds=0.02)
        job = Job.on(server, home, watch=lambda _, one: commits.append(one))
        outcome = job.run(small("sign_ins_interactive", 20))["sign_ins_interactive"]
    assert len(commits) == 1  # it was one window, so all but the last was told in the middle of it
    *known, end = told
    assert (end, 0 < known[-1] < known[0] / 2) == (0, True), told
    assert (outcome.rows, outcome.seconds_left) == (ROWS, 0)


def noted(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the list of what will be told, as parts of the time that went by until then.

    So measured it does not matter how fast the machine is: whatever holds it up counts in both.
    """
    told: list[float] = []

    def tell(outcome: Outcome, seconds: float) -> None:
        told.append(seconds / outcome.elapsed)
        outcome.ends_at = datetime.now(UTC) + timedelta(seconds=seconds)

    monkeypatch.setattr(Outcome, "seconds_left", Outcome.seconds_left.setter(tell))  # type: ignore[attr-defined]
    return told
