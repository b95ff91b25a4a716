"""Graph's published limits, by a clock that only the test moves."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from simulator import Clock, Tenant, populate, serve
from simulator.routes import named
from simulator.throttling import DIRECTORY_SMALL, AppThrottle, Limit, Window, cost
from simulator.wire import Request
from tests.simulator.reader import NOW, Open, Reader


def test_window_slides() -> None:
    """Units come back exactly when what was spent leaves the window."""
    window = Window(Limit(10, 10))
    window.spend(4, 0)
    window.spend(6, 5)
    assert window.wait(1, 6) == 4
    assert window.wait(5, 9) == pytest.approx(6)
    assert window.wait(4, 10) == 0
    window.spend(4, 10)
    assert window.wait(1, 10) == 5


def test_reports_take_five_requests_in_ten_seconds(read: Open) -> None:
    """Sign-ins and audits share five requests per ten seconds; Retry-After tells the wait, and waiting it helps."""
    tenant = populate(users=3, apps=1, days=1, now=NOW)
    reader = read(tenant, throttling=True)
    for path in ("signIns", "directoryAudits", "signIns", "directoryAudits", "signIns"):
        assert reader.get(f"/v1.0/auditLogs/{path}").status_code == 200
        tenant.clock.advance(timedelta(seconds=0.5))
    answer = reader.get("/v1.0/auditLogs/signIns")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "UnknownError")
    assert answer.headers["Retry-After"] == "7.500"
    tenant.clock.advance(timedelta(seconds=7.5))
    assert reader.get("/v1.0/auditLogs/signIns").status_code == 200
    assert reader.get("/v1.0/users").status_code == 200


def test_directory_has_its_own_units(story: Tenant, read: Open) -> None:
    """A small tenant has 3,500 units in ten seconds; requests cost what the table says."""
    reader = read(story, throttling=True)
    costs = {
        "/v1.0/users": 2,
        "/v1.0/users?$select=id": 1,
        "/v1.0/users?$top=5&$select=id": 1,
        "/v1.0/applications": 2,
        "/v1.0/subscribedSkus": 3,
        "/v1.0/subscribedSkus?$top=5&$select=id": 1,
        "/v1.0/servicePrincipals/delta": 1,
        "/v1.0/users/nobody": 2,
    }
    for path, units in costs.items():
        assert reader.get(path).headers["x-ms-resource-unit"] == str(units), path
    assert Limit(3500, 10) == DIRECTORY_SMALL


def test_directory_says_when_it_is_full(read: Open) -> None:
    """Near the limit answers warn, at the limit they are 429 with scope and reason."""
    tenant = populate(users=3, apps=0, sign_ins=0, now=NOW)
    reader = read(tenant, throttling=True)
    parts = [{"id": str(n), "method": "GET", "url": "/subscribedSkus"} for n in range(20)]
    batches = [reader.session.post(f"{reader.server.url}/v1.0/$batch", json={"requests": parts}, timeout=10).json() for _ in range(59)]  # fmt: skip
    answers = [answer for batch in batches for answer in batch["responses"]]
    refused = [answer for answer in answers if answer["status"] == 429]
    assert len(answers) - len(refused) == 3500 // 3
    assert answers[1100]["headers"]["x-ms-throttle-limit-percentage"] == "0.94"
    assert refused[0]["headers"]["x-ms-throttle-information"] == "ResourceUnitLimitExceeded"
    assert refused[0]["headers"]["x-ms-throttle-scope"].endswith(tenant.id)
    assert refused[0]["body"]["error"]["code"] == "TooManyRequests"


def test_activity_of_users_is_ten_a_minute(story: Tenant, read: Open) -> None:
    """Selecting signInActivity has a lane of its own: ten requests a minute."""
    reader = read(story, throttling=True)
    path = "/v1.0/users?$select=id,signInActivity"
    assert [reader.get(path).status_code for _ in range(11)] == [200] * 10 + [429]
    story.clock.advance(timedelta(minutes=1))
    assert reader.get(path).status_code == 200


def test_credentials_are_a_hundred_and_fifty_a_minute(story: Tenant, read: Open) -> None:
    """Selecting keyCredentials has a lane of its own: 150 requests a minute."""
    reader = read(story, throttling=True)
    parts = [{"id": str(n), "method": "GET", "url": "/applications?$select=keyCredentials"} for n in range(20)]
    batches = [reader.session.post(f"{reader.server.url}/v1.0/$batch", json={"requests": parts}, timeout=10).json() for _ in range(8)]  # fmt: skip
    statuses = [answer["status"] for batch in batches for answer in batch["responses"]]
    assert statuses == [200] * 150 + [429] * 10
    assert reader.get("/v1.0/applications?$select=id").status_code == 200


def test_identity_protection_takes_one_request_a_second(read: Open) -> None:
    """Identity Protection answers one request a second, without saying when to come back and without resource units."""
    tenant = Tenant(now=NOW, roles=("IdentityRiskyServicePrincipal.Read.All",))
    reader = read(tenant, throttling=True)
    path = "/v1.0/identityProtection/riskyServicePrincipals"
    answers = [reader.get(path), reader.get(path)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert all(not {"Retry-After", "x-ms-resource-unit"} & answer.headers.keys() for answer in answers)
    tenant.clock.advance(timedelta(seconds=1))
    assert reader.get(path).status_code == 200


def test_tenants_of_one_app_share_its_limits() -> None:
    """Activity of users is ten requests a minute for the app in all tenants together; the refusal says whose limit it was."""
    app = AppThrottle()
    first, second = Tenant(seed=1, now=NOW), Tenant(seed=2, now=NOW)
    with serve(first, throttling=app) as one, serve(second, throttling=app) as other:
        readers = [Reader(one), Reader(other)]
        path = "/v1.0/users?$select=id,signInActivity"
        assert [reader.get(path).status_code for reader in readers * 5] == [200] * 10
        refused = readers[1].get(path)
        for reader in readers:
            reader.session.close()
    assert refused.status_code == 429
    assert refused.headers["x-ms-throttle-scope"].startswith("Application/")
    assert other.throttle is not None
    assert (other.throttle.usage["sign_in_activity"].requests, app.windows["sign_in_activity"].usage.refused) == (5, 1)


def test_expanding_costs_one_more() -> None:
    """$expand adds a unit, $select takes one off."""
    groups = named("groups")
    assert cost(groups, asked(**{"$expand": "owners"})) == 2
    assert cost(groups, asked(**{"$expand": "owners", "$select": "id"})) == 1


def test_usage_is_counted(story: Tenant, read: Open) -> None:
    """What was let through in each span and what was refused is known for each limit."""
    reader = read(story, throttling=True)
    for _ in range(7):
        reader.get("/v1.0/auditLogs/signIns")
    story.clock.advance(timedelta(seconds=10))
    reader.get("/v1.0/auditLogs/signIns")
    assert reader.server.throttle is not None
    usage = reader.server.throttle.usage["reports"]
    assert (usage.requests, usage.refused, usage.spans, usage.share) == (6, 2, [5, 1], 1.0)


def asked(**query: str) -> Request:
    """Return a request with these options."""
    return Request("GET", "/", query, {}, b"", "", "", NOW)


def test_clock_may_run_faster() -> None:
    """A clock of speed 1,000,000 makes a quarter of an hour of a millisecond; a fixed one stands still."""
    fast, still = Clock(NOW, speed=1_000_000), Clock.fixed(NOW)
    time.sleep(0.001)
    assert fast.now() - NOW >= timedelta(minutes=16)
    assert still.now() == still.now() == NOW
    still.advance(timedelta(hours=1))
    assert still.now() - NOW == timedelta(hours=1)
    with pytest.raises(ValueError, match="zone"):
        Clock(NOW.replace(tzinfo=None))
