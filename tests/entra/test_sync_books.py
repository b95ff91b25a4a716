"""The books: what each run says of itself is what it did, and tenants keep apart."""

from __future__ import annotations

from typing import Final

from pipelines.entra.ledger import CURSORS, OUTCOMES, WINDOWS
from simulator import Server, Tenant, serve
from tests import truth as told
from tests.collecting import Job, small
from tests.odd_tenant import odd_tenant
from tests.schedule import befall

USERS: Final = small("users")
ROLES: Final = small("role_definitions")
SIGN_INS: Final = small("sign_ins_interactive")


def test_each_run_leaves_one_row_for_each_collection(job: Job, server: Server, truth: Tenant) -> None:
    """The counts in `raw.sync_outcomes` are those of the requests that were made, repeated ones included."""
    truth.delta.page = 2
    befall(server, "/users", lambda faults, path: faults.throttle(path, retry_after="7"))
    asked = len(server.requests)
    for run_id in ("one", "two"):
        job.run(USERS, SIGN_INS, run_id=run_id)
    requests = sum("/oauth2/" not in r.path and "/.well-known/" not in r.path for r in list(server.requests)[asked:])
    found = job.query(
        "select run_id, collection, outcome, rows, pages, requests, waited_seconds, graph_count, missing_permission, error "
        "from raw.sync_outcomes where run_id in ('one', 'two') order by run_id, collection desc"
    )
    people, logged = truth.count("users"), truth.count("signIns")
    assert [row[:4] for row in found] == [
        ("one", "users", "complete", people),
        ("one", "sign_ins_interactive", "complete", logged),
        ("two", "users", "complete", 0),
        ("two", "sign_ins_interactive", "complete", 1),
    ]
    pages = (people + 1) // 2
    assert [row[4:8] for row in found] == [
        (pages, pages + 2, 7.0, people),
        ((logged + 1) // 2, (logged + 1) // 2, 0.0, None),
        (1, 2, 0.0, people),
        (1, 1, 0.0, None),
    ]
    assert sum(row[5] for row in found) == requests
    assert all(row[8:] == (None, None) for row in found)


def test_windows_and_links_say_what_they_stand_for(job: Job, truth: Tenant) -> None:
    """A window's row counts its rows, pages and requests; a link's row holds the counts that were compared, and no secret."""
    job.run(USERS, SIGN_INS, run_id="one")
    window = f"select run_id, rows, pages, requests, read_at >= window_to - interval 1 minute from raw.{WINDOWS.table}"
    logged = truth.count("signIns")
    assert job.query(window) == [("one", logged, (logged + 1) // 2, (logged + 1) // 2, True)]
    cursor = f"select graph_count, held_count, taken_at = full_at from raw.{CURSORS.table} where collection = 'users'"
    assert job.query(cursor)[0][:2] == (truth.count("users"), truth.count("users"))
    assert truth.registration.secret not in str(job.query(f"from raw.{CURSORS.table}"))


def test_two_tenants_share_a_warehouse(job: Job, server: Server, truth: Tenant) -> None:
    """Each tenant has its own rows, windows and links, also where both bring a property that is new."""
    other = odd_tenant(seed=2)
    server.faults.extra_property("/", name="brandNew", value=[1])
    with serve(other) as served:
        served.faults.extra_property("/", name="brandNew", value="two")
        elsewhere = Job.on(served, job.home)
        for _ in range(2):
            job.run(SIGN_INS, ROLES, USERS)
            elsewhere.run(SIGN_INS, ROLES, USERS)
    for collection in (SIGN_INS, ROLES, USERS):
        assert told.held(job.home.warehouse, collection, truth) == told.expected(truth, collection, brandNew=[1])
        assert told.held(job.home.warehouse, collection, other) == told.expected(other, collection, brandNew="two")
    for book in (WINDOWS, CURSORS, OUTCOMES):
        assert job.query(f"select count(distinct tenant_id) from raw.{book.table}") == [(2,)]
    assert told.doubles(job.home.warehouse) == []
