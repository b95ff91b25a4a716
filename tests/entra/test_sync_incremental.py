"""Later runs: they read what is new, find what came late, and forget what is gone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from pipelines.entra import shapes
from pipelines.entra.collections import Collection
from simulator import App, Group, Server, Tenant, User, serve
from tests import truth as told
from tests.collecting import Job, small
from tests.odd_tenant import odd_tenant
from tests.schedule import befall
from tests.scripted import Reply, Scripted, page, scripted

USERS: Final = small("users")
GROUPS: Final = small("groups")
APPS: Final = small("service_principals")
ASSIGNMENTS: Final = small("app_role_assigned_to")
SIGN_INS: Final = small("sign_ins_interactive")
ROBOTS: Final = small("sign_ins_managed_identity")
AUDITS: Final = small("directory_audits")
OVERLAP: Final = timedelta(minutes=60)


def apps(tenant: Tenant) -> list[App]:
    """Return the tenant's apps."""
    return [App(tenant, row) for row in tenant.directory.service_principals.rows()]


def users(tenant: Tenant) -> list[User]:
    """Return the tenant's users."""
    return [User(tenant, row) for row in tenant.directory.users.rows()]


def newest(rows: list[told.Row], property_: str) -> datetime:
    """Return the latest time in a property of the rows."""
    return max(datetime.fromisoformat(row[property_]) for row in rows)


def filters(server: Server, path: str) -> list[str]:
    """Return the `$filter` of each first page that was asked for, oldest first; "" where there was none."""
    asked = [request.query for request in server.requests if request.path.endswith(path)]
    return [query.get("$filter", "") for query in asked if "$skiptoken" not in query]


@pytest.mark.parametrize("collection", [SIGN_INS, AUDITS], ids=lambda c: c.name)
def test_a_log_is_read_from_its_last_row_less_the_overlap(
    job: Job, server: Server, truth: Tenant, collection: Collection
) -> None:
    """The second run asks for rows since the newest one of the first, less 60 minutes, and the outcome says so."""
    job.run(collection)
    outcome = job.run(collection)[collection.name]
    since = newest(told.served(truth, collection), str(collection.cursor)) - OVERLAP
    first, second = filters(server, collection.path.rsplit("/", 1)[-1])
    assert "ge" not in first.split()
    assert f"{collection.cursor} ge {since:%Y-%m-%dT%H:%M:%SZ}" in second
    assert outcome.since == since
    assert outcome.rows < len(told.served(truth, collection))
    assert told.differences(job.home.warehouse, truth, collection) == []


def test_rows_that_land_late_arrive(job: Job, truth: Tenant) -> None:
    """A sign-in that shows up behind newer ones, within the overlap, is found by the next run."""
    app, user = apps(truth)[1], users(truth)[0]
    app.signed_in(user, days_ago=10 / 1440)
    app.signed_in(user, days_ago=30 / 1440, arrives_after=timedelta(minutes=45))
    job.run(SIGN_INS)
    before = told.held(job.home.warehouse, SIGN_INS, truth)
    truth.clock.advance(timedelta(minutes=20))
    job.run(SIGN_INS)
    assert len(told.held(job.home.warehouse, SIGN_INS, truth)) == len(before) + 1
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_a_log_that_was_empty_fills(job: Job, truth: Tenant) -> None:
    """Where the first run found no row, the second one still asks for everything."""
    truth.sign_ins.held_back = (1, int(timedelta(days=3).total_seconds()) * 10_000_000)
    robot = apps(truth)[-1]
    robot.signed_in(days_ago=1)
    with_some = job.run(ROBOTS)["sign_ins_managed_identity"].rows
    truth.sign_ins.held_back = None
    outcome = job.run(ROBOTS)["sign_ins_managed_identity"]
    assert with_some < outcome.rows
    assert told.differences(job.home.warehouse, truth, ROBOTS) == []


def test_many_batches_are_one_load(job: Job, truth: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A listing that is larger than a batch arrives whole, in first and later runs."""
    monkeypatch.setattr(shapes, "BATCH_ROWS", 2)
    for _ in range(2):
        job.run(USERS, SIGN_INS)
        assert told.differences(job.home.warehouse, truth, USERS, SIGN_INS) == []
        users(truth)[3].update(displayName="Renamed")
        apps(truth)[1].signed_in(users(truth)[1], days_ago=0.01, times=3)


def test_what_is_gone_in_the_tenant_goes(job: Job, truth: Tenant) -> None:
    """Deleted objects vanish from the raw tables, changed ones change, and the rest stays."""
    job.run(USERS, APPS, ASSIGNMENTS)
    truth.remove(users(truth)[0])
    users(truth)[1].update(displayName="Zoé", department=None)
    truth.remove(apps(truth)[1])
    truth.user("New User")
    job.run(USERS, APPS, ASSIGNMENTS)
    assert told.differences(job.home.warehouse, truth, USERS, APPS, ASSIGNMENTS) == []


def test_an_empty_list_empties_its_tenant_only(job: Job, truth: Tenant) -> None:
    """When the last group is deleted, the tenant's rows go and another tenant's stay."""
    other = odd_tenant(seed=2)
    with serve(other) as served:
        Job.on(served, job.home).run(GROUPS)
    job.run(GROUPS)
    for row in list(truth.directory.groups.rows()):
        truth.remove(Group(truth, row))
    outcome = job.run(GROUPS)["groups"]
    assert (outcome.is_complete, outcome.rows) == (True, 0)
    assert told.held(job.home.warehouse, GROUPS, truth) == []
    assert told.differences(job.home.warehouse, other, GROUPS) == []


@pytest.mark.parametrize("collection", [USERS, SIGN_INS, ASSIGNMENTS], ids=lambda c: c.name)
def test_half_a_listing_changes_nothing(
    job: Job, server: Server, truth: Tenant, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing that fails half-way leaves rows and cursor as they were, and an outcome `partial`; the next run finds all."""
    monkeypatch.setattr(shapes, "BATCH_ROWS", 2)
    job.run(collection)
    before = told.held(job.home.warehouse, collection, truth)
    _change(truth)
    _break_half_way(server, truth, collection)
    failed = job.run(collection)[collection.name]
    assert (failed.outcome, failed.has_failed, failed.rows > 0) == ("partial", True, True)
    assert told.held(job.home.warehouse, collection, truth) == before
    assert [row[0] for row in _outcomes(job, collection)] == ["complete", "partial"]
    server.faults.clear()
    after = job.run(collection)[collection.name]
    assert after.since == failed.since
    assert told.differences(job.home.warehouse, truth, collection) == []


def _change(truth: Tenant) -> None:
    """Change something in every collection."""
    people = users(truth)
    truth.remove(people[4])
    people[1].update(displayName="Changed")
    apps(truth)[1].assigned(people[5])
    apps(truth)[1].signed_in(people[1], days_ago=0.01, times=5)


def _break_half_way(server: Server, truth: Tenant, collection: Collection) -> None:
    """Let Graph fail from the second page on, or at the last of the parents."""
    if collection is ASSIGNMENTS:
        last = max(app.id for app in apps(truth))
        server.faults.server_error(f"{last}/appRoleAssignedTo", times=1000)
    else:
        befall(server, collection.path.rsplit("/", 1)[-1], lambda faults, path: faults.server_error(path, times=1000))


def _outcomes(job: Job, collection: Collection) -> list[tuple[Any, ...]]:
    return job.query(
        f"select outcome from raw.sync_outcomes where collection = '{collection.name}' order by started_at"
    )


def test_an_app_deleted_meanwhile_is_no_fault(job: Job, server: Server, truth: Tenant) -> None:
    """The list of an app that was deleted after the apps were read answers 404: it has no assignments, and that is all."""
    job.run(APPS)
    truth.remove(apps(truth)[1])
    outcome = job.run(ASSIGNMENTS)["app_role_assigned_to"]
    assert any(request.status == 404 for request in server.requests)
    assert outcome.is_complete
    assert told.differences(job.home.warehouse, truth, ASSIGNMENTS) == []


def test_a_warehouse_that_was_moved_away_is_read_again(job: Job, truth: Tenant) -> None:
    """Without its warehouse the job starts over: no cursor outlives the rows that it stands for."""
    job.run(SIGN_INS)
    job.home.warehouse.unlink()
    outcome = job.run(SIGN_INS)["sign_ins_interactive"]
    assert outcome.since is None
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_a_warehouse_of_yesterday_is_read_on_from_yesterday(job: Job, truth: Tenant) -> None:
    """A restored copy of the warehouse goes on from its own last row, whatever was read since."""
    job.run(SIGN_INS)
    copy = shutil.copy(job.home.warehouse, job.home.path / "yesterday")
    truth.clock.advance(timedelta(days=1))
    for days in (-0.5, -0.9):
        apps(truth)[1].signed_in(users(truth)[0], days_ago=days)
    job.run(SIGN_INS)
    shutil.copy(copy, job.home.warehouse)
    job.run(SIGN_INS)
    assert told.differences(job.home.warehouse, truth, SIGN_INS) == []


def test_two_tenants_share_a_warehouse(job: Job, server: Server, truth: Tenant) -> None:
    """Each tenant has its own rows and cursors, also where both bring a property that is new."""
    other = odd_tenant(seed=2)
    server.faults.extra_property("/", name="brandNew", value=[1])
    with serve(other) as served:
        served.faults.extra_property("/", name="brandNew", value="two")
        for _ in range(2):
            job.run(SIGN_INS)
            Job.on(served, job.home).run(SIGN_INS)
    assert told.held(job.home.warehouse, SIGN_INS, truth) == told.expected(truth, SIGN_INS, brandNew=[1])
    assert told.held(job.home.warehouse, SIGN_INS, other) == told.expected(other, SIGN_INS, brandNew="two")


@pytest.fixture
def graph() -> Iterator[Scripted]:
    """Return a scripted Graph."""
    with scripted() as scripted_graph:
        yield scripted_graph


@pytest.mark.parametrize("collection", [USERS, SIGN_INS], ids=lambda c: c.name)
def test_of_two_versions_the_last_one_wins(job: Job, graph: Scripted, collection: Collection) -> None:
    """A row that comes twice, in one run or in two, is there once, as it was told last."""
    scripted_job = replace(job, tenant=replace(job.tenant, graph_url=graph.url))
    held = f"select id, {{0}} from raw.{collection.table} where id in ('a', 'b') order by id"
    graph.will(*_pages(graph, collection, ("a", "1"), ("b", "1"), ("a", "2")))
    scripted_job.run(collection)
    assert job.query(held.format(_name(collection))) == [("a", "2"), ("b", "1")]
    graph.will(*_pages(graph, collection, ("a", "3"), ("b", "0")))
    scripted_job.run(collection)
    assert job.query(held.format(_name(collection))) == [("a", "3"), ("b", "0")]


def _name(collection: Collection) -> str:
    return "display_name" if collection is USERS else "app_display_name"


def _pages(graph: Scripted, collection: Collection, *rows: tuple[str, str]) -> Iterator[Reply]:
    """Yield pages of one row each: its id, and the version that stands in its name."""
    property_ = "displayName" if collection is USERS else "appDisplayName"
    for number, (id_, version) in enumerate(rows, start=1):
        row = {"id": id_, property_: version, "createdDateTime": "2026-11-20T10:00:00Z"}
        yield page(value=[row], next_link=graph.link(f"/{number}") if number < len(rows) else None)


def test_each_run_leaves_one_row_for_each_collection(job: Job, server: Server, truth: Tenant) -> None:
    """The counts in `raw.sync_outcomes` are those of the requests that were made, repeated ones included."""
    befall(server, "/users", lambda faults, path: faults.throttle(path, retry_after="7"))
    asked = len(server.requests)
    for run_id in ("one", "two"):
        job.run(USERS, SIGN_INS, run_id=run_id)
    requests = sum("/oauth2/" not in r.path and "/.well-known/" not in r.path for r in list(server.requests)[asked:])
    found = job.query(
        "select run_id, collection, outcome, rows, pages, requests, waited_seconds, graph_count, missing_permission, error "
        "from raw.sync_outcomes where run_id in ('one', 'two') order by started_at"
    )
    people, logged = len(told.served(truth, USERS)), len(told.served(truth, SIGN_INS))
    assert [row[:4] for row in found] == [
        ("one", "users", "complete", people),
        ("one", "sign_ins_interactive", "complete", logged),
        ("two", "users", "complete", people),
        ("two", "sign_ins_interactive", "complete", 1),
    ]
    pages = (people + 1) // 2
    assert [row[4:8] for row in found] == [
        (pages, pages + 1, 7.0, people),
        ((logged + 1) // 2, (logged + 1) // 2, 0.0, None),
        (pages, pages, 0.0, people),
        (1, 1, 0.0, None),
    ]
    assert sum(row[5] for row in found) == requests
    assert all(row[8:] == (None, None) for row in found)
