"""Lanes: what has a quota of its own waits for nobody else's, logs wait for their quota together, and a fault in one ends all."""

from __future__ import annotations

import resource
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest

from flows import steps
from pipelines.entra.collections import named
from pipelines.errors import Unreachable, WarehouseError
from pipelines.graph.client import GraphClient
from pipelines.graph.clock import Clock
from pipelines.graph.governor import Governor
from pipelines.graph.retry import Policy
from pipelines.settings import Home, Tenant
from simulator import Clock as TenantClock
from simulator import Server, populate, serve
from tests.collecting import small
from tests.odd_tenant import odd_tenant

from .reading import Seen, read, tenant_of

SIGN_INS = "sign_ins_interactive"
DIRECTORY = ("organization", "users", "groups")
SPEED = 20
SOON_SECONDS = 20
FOREVER = 1_000_000


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a served tenant."""
    with serve(odd_tenant()) as served:
        yield served


def hurried(tenants: Sequence[Tenant]) -> list[GraphClient]:
    """Return clients whose time runs as fast as the tenant's."""
    return steps.clients_of(tenants, lambda: Clock(speed=SPEED))


def impatient(tenants: Sequence[Tenant]) -> list[GraphClient]:
    """Return clients that repeat a broken request once."""
    return [GraphClient(tenant, Policy(attempts=2, base=0.1), governor=Governor(tenant)) for tenant in tenants]


def test_the_directory_does_not_wait_for_sign_ins(home: Home) -> None:
    """While sign-ins wait for their quota the directory is read and loaded."""
    company = populate(users=20, apps=5, days=5, sign_ins=1200, clock=TenantClock(speed=SPEED))
    with serve(company, throttling=True) as served:
        tenant, seen = replace(tenant_of(served), quota="published"), Seen()
        read([tenant], home, (small(SIGN_INS, rows=5), *map(named, DIRECTORY)), seen, hurried)
        assert served.throttle is not None
        assert served.throttle.usage["reports"].refused <= 2  # in fast time an answer that is late is late by much
        asked = [request.path.removesuffix("/delta").rpartition("/")[2] for request in served.requests]
    last = max(number for number, name in enumerate(asked) if name == "signIns")
    assert asked.index("signIns") < asked.index("users") < asked.index("groups") < last
    waited = {outcome.collection.name: outcome.traffic.waited_seconds for outcome in seen.outcomes}
    assert waited[SIGN_INS] > 20
    assert max(waited[name] for name in DIRECTORY) < 1
    assert all(outcome.is_complete for outcome in seen.outcomes)


def test_a_log_does_not_wait_for_the_answers_of_another(server: Server, home: Home) -> None:
    """While Graph takes its time over pages of sign-ins, audits are asked for, although both use the same quota."""
    server.faults.delay("/auditLogs/signIns", times=2, seconds=3)
    (collected,) = read([tenant_of(server)], home, (small(SIGN_INS, rows=2), named("directory_audits")))
    asked = [request.path.rpartition("/")[2] for request in server.requests]
    assert asked.count("signIns") > 2
    assert asked.index("directoryAudits") < asked.index("signIns") + 2
    assert all(outcome.is_complete for outcome in collected.outcomes)


def test_who_cannot_be_reached_ends_all_lanes(server: Server, home: Home) -> None:
    """When the connection breaks for good in one lane, another that waits ten minutes ends at once, and the connection is what is told."""
    server.faults.throttle("/auditLogs/signIns", times=FOREVER, retry_after="600")
    server.faults.drop("/groups", times=FOREVER)
    began = time.monotonic()
    (collected,) = read(
        [tenant_of(server)], home, map(named, (SIGN_INS, "groups", "service_principals")), clients=impatient
    )
    assert time.monotonic() - began < SOON_SECONDS
    assert isinstance(collected.fault, Unreachable)
    assert "cannot be reached" in str(collected.fault) or "broke" in str(collected.fault)
    assert not any("/servicePrincipals" in request.path for request in server.requests)


def test_a_file_that_is_taken_away_is_the_warehouses_fault(server: Server, home: Home) -> None:
    """Where the folder is deleted in mid-run, the run ends soon and names the warehouse; lanes that wait end with it."""
    server.faults.throttle("/auditLogs/signIns", times=FOREVER, retry_after="600")
    server.faults.call(lambda: shutil.rmtree(home.path), "/groups")
    (collected,) = read([tenant_of(server)], home, map(named, (SIGN_INS, "users", "groups")))
    assert isinstance(collected.fault, WarehouseError)
    assert str(home.warehouse) in str(collected.fault)


@contextmanager
def growing() -> Iterator[None]:
    """Let files of this process grow again after the block."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_the_warehouses_fault(server: Server, home: Home) -> None:
    """Where nothing more can be written, the run ends soon and says so of the warehouse, and a later run goes on."""

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    with growing():
        server.faults.call(fill, "/groups")
        (collected,) = read([tenant_of(server)], home, map(named, ("users", "groups")))
    assert isinstance(collected.fault, WarehouseError)
    assert str(home.warehouse) in str(collected.fault)
    (again,) = read([tenant_of(server)], home, map(named, ("users", "groups")))
    assert again.fault is None
