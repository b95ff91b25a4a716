"""Refusals: what a tenant does not give is an outcome that says so, and no reason to lose anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from flows import steps
from pipelines import settings
from pipelines.entra import schema
from pipelines.entra.collections import COLLECTIONS, Collection
from pipelines.errors import CollectionFailed, Unreachable
from pipelines.settings import Home
from simulator import Server, Tenant, serve
from simulator.faults import Faults
from tests import truth as told
from tests.collecting import Job, small
from tests.odd_tenant import odd_tenant
from tests.schedule import Trouble
from tests.scripted import error, scripted

GROUPS: Final = small("groups")
SIGN_INS: Final = small("sign_ins_interactive")
DUCKDB: Final = {
    "string": "VARCHAR",
    "json": "JSON",
    "boolean": "BOOLEAN",
    "integer": "BIGINT",
    "double": "DOUBLE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}
REFUSALS: Final[dict[str, tuple[Collection, Trouble, tuple[object, ...]]]] = {
    "denied": (
        GROUPS,
        Faults.deny,
        ("denied", 0, "GroupMember.Read.All", None, "Authorization_RequestDenied"),
    ),
    "unlicensed": (
        SIGN_INS,
        Faults.no_premium,
        ("unlicensed", 0, None, "Microsoft Entra ID P1 or P2", "Authentication_RequestFromNonPremiumTenantOrB2CTenant"),
    ),
}


def path_of(collection: Collection) -> str:
    """Return what the paths of a collection's requests end with."""
    return "/" + collection.path.rsplit("/", 1)[-1]


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_is_an_outcome(job: Job, server: Server, truth: Tenant, kind: str) -> None:
    """The row of `sync_outcomes` names what is missing and the request, the run may go on, and rows read once stay."""
    collection, trouble, row = REFUSALS[kind]
    job.run(collection)
    trouble(server.faults, path_of(collection))
    outcome = job.run(collection, run_id="refused")[collection.name]
    found = job.query(
        "select outcome, rows, missing_permission, missing_licence, error_code, length(request_id), is_required, pages, requests "
        "from raw.sync_outcomes where run_id = 'refused'"
    )
    assert found == [(*row, 36, False, 0, 1)]
    assert not outcome.has_failed
    assert outcome.missing is not None
    assert told.differences(job.home.warehouse, truth, collection) == []


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
        plan = steps.Plan(settings.tenant(server.settings), home, "directory")
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
    outcomes = first_job.run(apps, assignments, GROUPS)
    assert outcomes["service_principals"].has_failed
    assert told.differences(first_job.home.warehouse, truth, GROUPS) == []


def test_a_connection_that_is_gone_ends_the_run(job: Job, server: Server, truth: Tenant) -> None:
    """When nobody answers any more, the run ends with an outcome instead of trying every other collection."""
    job.run(GROUPS)
    server.faults.drop("/groups", times=1000)
    with pytest.raises(Unreachable, match=r"cannot be reached|broke"):
        job.run(GROUPS, SIGN_INS, run_id="gone")
    assert job.query("select collection, outcome from raw.sync_outcomes where run_id = 'gone'") == [
        ("groups", "unavailable")
    ]
    assert told.differences(job.home.warehouse, truth, GROUPS) == []
