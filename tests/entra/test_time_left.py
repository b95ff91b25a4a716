"""How long a log will still take, told while it is read."""

from __future__ import annotations

import pytest

from flows import steps
from pipelines.entra import extraction
from pipelines.entra.outcomes import Outcome
from pipelines.settings import Home
from simulator import Tenant, serve
from tests.collecting import Job, small

ROWS = 300


def test_the_time_left_is_known_in_mid_window_and_shrinks(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first window of a log may hold a month: what is left of it is told by the events that came, and at last nothing is."""
    monkeypatch.setattr(extraction, "BATCH_ROWS", 20)
    watched: list[Outcome] = []
    monkeypatch.setattr(steps.Unwatched, "started", lambda _, outcome: watched.append(outcome))
    tenant = Tenant()
    ada = tenant.user("Ada")
    app = tenant.app("Payroll")
    for number in range(ROWS):
        app.signed_in(ada, days_ago=0.1 + 29 * number / ROWS)
    told: list[float] = []
    with serve(tenant) as server:
        server.faults.call(lambda: told.append(watched[0].seconds_left), "/signIns", times=ROWS)
        server.faults.delay("/signIns", times=ROWS, seconds=0.02)
        outcome = Job.on(server, home).run(small("sign_ins_interactive", 20))["sign_ins_interactive"]
    first_known = next(seconds for seconds in told if seconds)
    assert told[0] == 0
    assert 0 < told[-1] < first_known / 2
    assert (outcome.rows, outcome.seconds_left) == (ROWS, 0)
