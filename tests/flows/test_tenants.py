"""Many tenants in one warehouse: side by side, each with its own quota, and none stopped by another's failure."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows import steps
from pipelines.entra.collections import named
from pipelines.errors import CollectionFailed, ConsentryError, IdentityError, Unreachable
from pipelines.graph.clock import Clock
from pipelines.settings import ClientSecret, Home
from simulator import Clock as TenantClock
from simulator import Server, Tenant, populate, serve
from simulator.throttling import AppThrottle
from tests import truth as told
from tests.collecting import small
from tests.odd_tenant import odd_tenant
from tests.parsed import lend

from .reading import Seen, read, tenant_of

COLLECTIONS = [named(name) for name in ("users", "groups", "group_members", "sign_ins_interactive")]
WITHIN_SECONDS = 30
NOBODY = "https://localhost:9"
SCRIPT = Path(sys.executable).parent / "consentry"

Serve = Callable[..., Server]


@pytest.fixture
def start() -> Iterator[Serve]:
    """Return a way to serve tenants until the test ends."""
    with ExitStack() as stack:
        yield lambda tenant, **options: stack.enter_context(serve(tenant, **options))


def company(name: str, seed: int) -> Tenant:
    """Return a tenant of its own with odd data."""
    tenant = odd_tenant(seed=seed)
    tenant.name = name
    return tenant


def test_each_tenant_is_whole_and_apart(start: Serve, home: Home) -> None:
    """Three tenants in one warehouse, two with people of the same name: the rows of each equal its truth, and only its."""
    servers = [start(company(name, seed)) for seed, name in enumerate(("Contoso", "Fabrikam", "Northwind"), start=1)]
    found = read([tenant_of(server) for server in servers], home, COLLECTIONS)
    assert [one.fault for one in found] == [None, None, None]
    for server in servers:
        assert told.differences(home.warehouse, server.tenant, *COLLECTIONS) == []


def test_tenants_are_read_side_by_side(start: Serve, home: Home) -> None:
    """Two tenants answer only when both are asked at once."""
    both = threading.Barrier(2)
    servers = [start(company(name, seed)) for seed, name in enumerate(("Contoso", "Fabrikam"), start=1)]
    for server in servers:
        server.faults.call(lambda: both.wait(WITHIN_SECONDS), "/organization")
    found = read([tenant_of(server) for server in servers], home, [named("organization")])
    assert [one.fault for one in found] == [None, None]
    assert not both.broken


def test_only_so_many_tenants_are_read_at_once(start: Serve, home: Home) -> None:
    """Of many tenants a few are read at a time, and in the end all are."""
    servers = [start(Tenant(seed=seed)) for seed in range(1, steps.TENANTS_AT_ONCE + 3)]
    seen = Seen()
    found = read([tenant_of(server) for server in servers], home, [named("organization")], seen)
    assert 1 < seen.most <= steps.TENANTS_AT_ONCE
    assert [one.fault for one in found] == [None] * len(servers)
    assert {outcome.tenant_id for outcome in seen.outcomes} == {server.tenant.id for server in servers}


def test_one_tenant_that_fails_stops_no_other(start: Serve, home: Home) -> None:
    """Wrong credentials, nobody at the address, a permission that is lacking: each is told as the tenant's own, and the fourth is read whole."""
    whole, stranger, remote, denied = (
        start(company(name, seed))
        for seed, name in enumerate(("Contoso", "Fabrikam", "Northwind", "Tailspin"), start=1)
    )
    denied.faults.deny("/users")
    tenants = [
        tenant_of(whole),
        replace(tenant_of(stranger), credential=ClientSecret("wrong")),
        replace(tenant_of(remote), graph_url=NOBODY),
        tenant_of(denied),
    ]
    found = read(tenants, home, COLLECTIONS)
    assert [type(one.fault) for one in found] == [
        type(None),
        IdentityError,
        Unreachable.__subclasses__()[0],
        CollectionFailed,
    ]
    assert told.differences(home.warehouse, whole.tenant, *COLLECTIONS) == []
    assert "users: " in str(found[3].fault)
    assert "User.Read.All" in str(found[3].fault)
    missing = steps.missing(found)
    assert [name.partition(" (")[0] for name in missing] == ["Fabrikam", "Northwind", "Tailspin"]
    assert all("\n" not in name for name in missing)


def test_all_that_fail_are_told(start: Serve, home: Home) -> None:
    """Where no tenant could be read the run has failed, with each one's name and reason."""
    servers = [start(company(name, seed)) for seed, name in enumerate(("Contoso", "Fabrikam"), start=1)]
    wrong = replace(tenant_of(servers[0]), credential=ClientSecret("wrong"))
    plan = steps.Plan([wrong, replace(tenant_of(servers[1]), graph_url=NOBODY)], home)
    with pytest.raises(ConsentryError) as failed:
        steps.sync(plan)
    first, second, last = str(failed.value).splitlines()
    assert first.startswith("Contoso: ")
    assert second.startswith(f"Fabrikam: Graph at {NOBODY} cannot be reached")
    assert last == "Nothing was published."


def test_tenants_of_one_app_share_its_limits(start: Serve, home: Home) -> None:
    """Two tenants that one app reads at once ask for no more than Graph allows it in all tenants, which is as much as in one."""
    clock, app = TenantClock(), AppThrottle()
    at_once = Clock(lambda seconds: clock.advance(timedelta(seconds=seconds)))
    companies = [populate(users=40, apps=2, days=1, seed=seed, clock=clock) for seed in (1, 2)]
    companies[1].registration = companies[0].registration
    tenants = [replace(tenant_of(start(one, throttling=app)), quota="published") for one in companies]
    activity = small("user_sign_in_activity", rows=5)
    found = read(tenants, home, [activity], clients=lambda all_: steps.clients_of(all_, lambda: at_once))
    assert [one.fault for one in found] == [None, None]
    usage = app.windows["sign_in_activity"].usage
    assert usage.requests > usage.limit.units
    assert usage.refused == 0


TENANTS_FILE = """
authority_url = "{url}"
graph_url = "{url}"
ca_file = "{ca}"

[[tenant]]
name = "Contoso"
tenant_id = "{id}"
client_id = "{client}"
client_secret = "env:SECRET"

[[tenant]]
name = "Fabrikam"
tenant_id = "11111111-2222-4333-8444-555555555555"
client_id = "{client}"
client_secret = "env:OTHER_SECRET"
"""


def test_a_person_is_told_which_tenant_is_missing(start: Serve, tmp_path: Path) -> None:
    """`consentry sync` of two tenants, one of which gives no token, publishes the other, says which is missing and why, and exits with 3."""
    lend(Home(tmp_path / "data"))
    server = start(company("Contoso", 1))
    file = tmp_path / "tenants.toml"
    registration = server.tenant.registration
    values = {"url": server.url, "ca": server.ca_file, "id": server.tenant.id, "client": registration.client_id}
    file.write_text(TENANTS_FILE.format(**values), encoding="utf-8")
    secrets = {"SECRET": registration.secret, "OTHER_SECRET": "wrong"}
    ran = subprocess.run(
        [SCRIPT, "sync", "--scope", "directory"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "CONSENTRY_TENANTS_FILE": str(file), **secrets},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert (tmp_path / "data" / "consentry.duckdb").exists()
    degraded = next(line for line in ran.stdout.splitlines() if line.startswith("Degraded"))
    assert "without Fabrikam (" in degraded
    assert registration.secret not in ran.stdout + ran.stderr
