"""Refusals: what a tenant does not give is an outcome that says so, and no reason to lose anything."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from flows import steps
from flows.collecting import SCOPES, What
from pipelines import settings
from pipelines.entra import schema
from pipelines.entra.collection import CHANGES, MEMBERS, RELATED
from pipelines.entra.collections import COLLECTIONS, Collection, named
from pipelines.errors import CollectionFailed, Unreachable
from pipelines.settings import Home
from simulator import Server, Tenant, serve
from simulator.faults import FOREVER
from simulator.wire import Answer, GraphError, Request, error_answer
from tests import truth as told
from tests.collecting import SMALL, Job, small
from tests.odd_tenant import NOW, odd_tenant
from tests.scripted import error, scripted

GROUPS: Final = small("groups")
MEMBERS_OF_GROUPS: Final = small("group_members")
ROLES: Final = small("role_definitions")
DUCKDB: Final = {
    "string": "VARCHAR",
    "json": "JSON",
    "boolean": "BOOLEAN",
    "integer": "BIGINT",
    "double": "DOUBLE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}
PERMISSION, LICENCE, GONE = "denied", "unlicensed", "unavailable"


def refuse(server: Server, collection: Collection, how: str) -> None:
    """Let Graph refuse whatever a collection is read by."""
    for path in paths(collection):
        if how == PERMISSION:
            server.faults.deny(path)
        elif how == LICENCE:
            server.faults.no_premium(path)
        else:
            server.faults.answer_with(not_there, path, times=FOREVER)


def not_there(request: Request) -> Answer:
    """Answer that there is no such thing."""
    return error_answer(request, GraphError(404, "UnknownError", ""))


def paths(collection: Collection) -> list[str]:
    """Return what is in the paths of a collection's requests, and in no other's."""
    if collection.shape == CHANGES:
        return [f"{collection.path}/delta"]
    if collection.shape == RELATED:
        return [named(str(collection.parent)).path]
    return [collection.path.removesuffix("(aggregationWindow='d1')")]


@pytest.fixture(scope="module")
def whole(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which everything was read, the summaries of sign-ins as well."""
    home = Home(Path(shutil.copytree(prepared, tmp_path_factory.mktemp("whole") / "home")))
    with serve(odd_tenant()) as server:
        job = Job.on(server, home)
        job.run(*[c for c in SMALL if c.instead_of is None])
        job.run(*[c for c in SMALL if c.instead_of is not None])
    return home.path


READ: Final = tuple(c for c in SMALL if c.shape != MEMBERS)


@pytest.mark.parametrize("how", [PERMISSION, LICENCE, GONE])
def test_a_refusal_is_an_outcome(whole: Path, tmp_path: Path, how: str) -> None:
    """Whatever collection is refused: its row of `sync_outcomes` names what is missing and the request, the run may go on unless it is required, and rows that were read stay."""
    home, truth = Home(Path(shutil.copytree(whole, tmp_path / "home"))), odd_tenant()
    for collection in READ:
        with serve(truth) as server:
            job = Job.on(server, home)
            refuse(server, collection, how)
            companions = [c for c in SMALL if c.shape == MEMBERS and c.parent == collection.name]
            outcomes = job.run(collection, *companions, run_id=collection.name)
        for told_of in (collection, *companions):
            outcome = outcomes[told_of.name]
            assert (outcome.outcome, outcome.has_failed) == (how, told_of.is_required), told_of.name
            assert bool(outcome.missing) == (how != GONE)
            assert "None" not in str(outcome.missing or "")
    found = job.query(
        "select collection, outcome, rows, missing_permission, missing_licence, length(error_code) > 0, length(request_id), requests "
        "from raw.sync_outcomes where run_id = collection or run_id = 'groups' order by 1"
    )
    wanted = [
        (
            c.name,
            how,
            0,
            c.permission if how == PERMISSION else None,
            c.licence if how == LICENCE else None,
            True,
            36,
            0 if c.shape == MEMBERS else 1,
        )
        for c in sorted(SMALL, key=lambda c: c.name)
    ]
    assert found == wanted
    assert told.differences(home.warehouse, truth) == []


@pytest.mark.parametrize("how", [PERMISSION, LICENCE, GONE])
@pytest.mark.parametrize("stand_in", [c for c in SMALL if c.instead_of], ids=lambda c: c.name)
def test_a_stand_in_is_read_exactly_where_its_better_source_was_not(
    job: Job, server: Server, truth: Tenant, stand_in: Collection, how: str
) -> None:
    """Summaries of sign-ins are read where the sign-ins were refused, and spared, without a request, where they were read."""
    better = small(str(stand_in.instead_of))
    outcomes = job.run(better, stand_in, run_id="read")
    assert (outcomes[stand_in.name].outcome, outcomes[stand_in.name].traffic.requests) == ("not_needed", 0)
    assert job.query(f"select count(*) from raw.{stand_in.table}") == [(0,)]
    refuse(server, better, how)
    outcomes = job.run(better, stand_in, run_id="refused")
    assert outcomes[better.name].outcome == how
    assert outcomes[stand_in.name].outcome == "complete"
    assert told.differences(job.home.warehouse, truth, stand_in, better) == []
    server.faults.clear()
    job.run(better, stand_in, run_id="again")
    assert told.differences(job.home.warehouse, truth, stand_in, better) == []
    query = f"select outcome from raw.sync_outcomes where collection = '{stand_in.name}' order by started_at"
    assert job.query(query) == [("not_needed",), ("complete",), ("not_needed",)]


def test_what_graph_does_not_know_is_unavailable(job: Job) -> None:
    """A list that this Graph does not have (404) is an outcome too, and names nothing to grant."""
    with scripted() as graph:
        graph.will(error(404, "Request_ResourceNotFound"))
        elsewhere = replace(job, tenant=replace(job.tenant, graph_url=graph.url))
        outcome = elsewhere.run(GROUPS, run_id="unknown")["groups"]
    assert not outcome.has_failed
    found = "select outcome, missing_permission, error_code, request_id from raw.sync_outcomes where run_id = 'unknown'"
    assert job.query(found) == [("unavailable", None, "Request_ResourceNotFound", "r-1")]


def test_tables_exist_before_they_have_rows(first_job: Job, server: Server) -> None:
    """Where everything is refused, each raw table is there with every documented column in its type, and empty."""
    server.faults.deny("/v1.0/")
    first_job.run(small("organization"))
    columns = "select table_name, column_name, data_type from information_schema.columns where table_schema = 'raw'"
    found = {(table, name): kind for table, name, kind in first_job.query(columns)}
    for table in {collection.table for collection in COLLECTIONS}:
        wanted = {(table, name): DUCKDB[kind] for name, kind in schema.types(table).items()}
        assert {key: found.get(key) for key in wanted} == wanted
        assert first_job.query(f"select count(*) from raw.{table}") == [(0,)]


def test_a_required_collection_that_is_denied_fails_the_run(home: Home) -> None:
    """Without the apps there is no answer: the sentence names the permission, the others are loaded, nothing is published."""
    truth = odd_tenant()
    with serve(truth) as server:
        server.faults.deny("/servicePrincipals")
        plan = steps.Plan(
            [settings.tenant(server.settings)], home, What("run", SCOPES["directory"], now=NOW.replace(microsecond=0))
        )
        with pytest.raises(CollectionFailed, match=r"service_principals: .* permission Application\.Read\.All"):
            steps.sync(plan)
        assert told.differences(home.warehouse, truth, small("users"), GROUPS) == []
    assert not home.published.exists()


def test_a_list_that_fails_on_the_first_run_does_not_stop_the_others(
    first_job: Job, server: Server, truth: Tenant
) -> None:
    """When the apps cannot be read, what is read for each of them is nothing, and other collections are whole."""
    server.faults.server_error("/servicePrincipals", times=1000)
    apps, assignments = small("service_principals"), small("app_role_assigned_to")
    outcomes = first_job.run(apps, assignments, GROUPS, MEMBERS_OF_GROUPS)
    assert outcomes["service_principals"].has_failed
    assert told.differences(first_job.home.warehouse, truth, GROUPS) == []


def test_a_connection_that_is_gone_ends_the_run(job: Job, server: Server, truth: Tenant) -> None:
    """When nobody answers any more, the run ends with an outcome instead of trying every other collection."""
    job.run(GROUPS, MEMBERS_OF_GROUPS)
    server.faults.drop("/groups", times=1000)
    with pytest.raises(Unreachable, match=r"cannot be reached|broke"):
        job.run(GROUPS, MEMBERS_OF_GROUPS, ROLES, run_id="gone")
    assert job.query("select collection, outcome from raw.sync_outcomes where run_id = 'gone' order by 1") == [
        ("group_members", "unavailable"),
        ("groups", "unavailable"),
    ]
    assert told.differences(job.home.warehouse, truth, GROUPS) == []
