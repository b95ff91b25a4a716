"""At the limit: the quota is used and not broken, by the counts of a simulator that holds it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.at_the_limit import LOADS, measured
from pipelines import settings
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.clock import Clock
from pipelines.graph.governor import AppLimits, Governor
from pipelines.graph.pages import Listing, pages
from simulator import Clock as TenantClock
from simulator import populate, serve
from simulator.throttling import AppThrottle

SIGN_INS = Listing("/v1.0/auditLogs/signIns", {"$top": "5"}, bucket="reports")
ACTIVITY = Listing("/v1.0/users", {"$select": "id,signInActivity", "$top": "5"}, bucket="sign_in_activity")


@pytest.mark.parametrize("listing", [SIGN_INS, ACTIVITY], ids=lambda listing: str(listing.bucket))
def test_the_limit_is_reached_and_never_passed(listing: Listing) -> None:
    """While there is work, nearly every request that Graph allows is made, and none that it refuses."""
    tenant = populate(users=5, apps=3, days=1, clock=TenantClock())

    def sleep(seconds: float) -> None:
        tenant.clock.advance(timedelta(seconds=seconds))

    with serve(tenant, throttling=True) as server:
        found = replace(settings.tenant(server.settings), quota="published")
        with GraphClient(found, governor=Governor(found, clock=Clock(sleep))) as client:
            for _ in range(200):
                next(pages(client, listing, Traffic()))
        assert server.throttle is not None
        usage = server.throttle.usage[listing.bucket]
    assert usage.refused == 0
    assert usage.share >= 0.95


def test_tenants_of_one_app_share_its_limit() -> None:
    """Two tenants that are read by one app get what the app is allowed in all tenants, and no more."""
    clock, allowed, throttle = TenantClock(), AppLimits(), AppThrottle()
    companies = [populate(users=5, apps=3, days=1, seed=seed, clock=clock) for seed in (1, 2)]
    ours = Clock(lambda seconds: clock.advance(timedelta(seconds=seconds)))
    with ExitStack() as stack:
        clients = []
        for company in companies:
            server = stack.enter_context(serve(company, throttling=throttle))
            tenant = replace(settings.tenant(server.settings), quota="published")
            clients.append(stack.enter_context(GraphClient(tenant, governor=Governor(tenant, allowed, ours))))
        for client in clients * 60:
            next(pages(client, ACTIVITY, Traffic()))
    usage = throttle.windows["sign_in_activity"].usage
    assert usage.refused == 0
    assert usage.share >= 0.95


def test_several_threads_in_fast_time_stay_under_it() -> None:
    """The benchmark, briefly: sign-ins of four kinds at once, where one real second counts as eight.

    A request that the machine delays by a tenth of a second arrives almost a second later by that clock, which no client can
    foresee. So the clock is slower than the benchmark's, which has the machine for itself.
    """
    usage = measured(replace(LOADS["reports"], windows=12, speed=8))
    assert usage["refused"] <= 2
    assert usage["share"] >= 0.85
