"""Truth: after a sync, every raw table equals what the tenant has, whole row by whole row."""

from __future__ import annotations

from pipelines.entra.collections import COLLECTIONS
from simulator import Tenant
from tests import truth as told
from tests.collecting import SMALL, Job


def test_every_table_equals_the_tenant(first_job: Job, truth: Tenant) -> None:
    """Each property of each row of each collection arrives as Graph has it, over many pages, and is counted right."""
    outcomes = first_job.run(*SMALL)
    assert told.differences(first_job.home.warehouse, truth) == []
    rows = {name: outcome.rows for name, outcome in outcomes.items()}
    assert rows == {c.name: len(told.served(truth, c)) for c in COLLECTIONS}
    assert all(outcome.is_complete for outcome in outcomes.values())
    assert outcomes["users"].traffic.pages > 2
    assert all(rows[name] for name in rows)  # a collection without a row would prove nothing
