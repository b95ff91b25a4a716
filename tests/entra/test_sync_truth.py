"""Truth: after a sync, every raw table equals what the tenant has, whole row by whole row."""

from __future__ import annotations

from pipelines.entra.collection import CHANGES, MEMBERS
from pipelines.entra.collections import COLLECTIONS
from simulator import Tenant
from tests import truth as told
from tests.collecting import SMALL, Job

READ = tuple(c for c in COLLECTIONS if c.instead_of is None)


def test_every_table_equals_the_tenant(first_job: Job, truth: Tenant) -> None:
    """Each property of each row of each collection arrives as Graph has it, over many pages, and is counted right; read again, nothing changes, and what is followed brings no row."""
    truth.delta.page = 2
    first = first_job.run(*SMALL)
    assert told.differences(first_job.home.warehouse, truth, *READ) == []
    rows = {c.name: first[c.name].rows for c in READ}
    assert rows == {c.name: len(told.served(truth, c)) for c in READ}
    assert all(rows.values())  # a collection without a row would prove nothing
    assert all(outcome.is_complete for outcome in first.values())
    assert all(first[name].traffic.pages > 2 for name in ("users", "sign_ins_interactive", "directory_audits"))

    again = first_job.run(*SMALL)
    assert told.differences(first_job.home.warehouse, truth, *READ) == []
    assert told.doubles(first_job.home.warehouse) == []
    assert {c.name: again[c.name].rows for c in READ if c.shape in (CHANGES, MEMBERS)} == {
        c.name: 0 for c in READ if c.shape in (CHANGES, MEMBERS)
    }
    assert first_job.query("select count(*) from raw.users where _deleted_at is not null") == [(0,)]


def test_what_stands_in_for_a_log_equals_the_tenant(job: Job, truth: Tenant) -> None:
    """Summaries of sign-ins, which are read where the sign-ins themselves are not, arrive as Graph has them."""
    summaries = [c for c in SMALL if c.instead_of is not None]
    outcomes = job.run(*summaries)
    assert told.differences(job.home.warehouse, truth, *summaries) == []
    assert all(outcomes[c.name].is_complete and outcomes[c.name].rows for c in summaries)
