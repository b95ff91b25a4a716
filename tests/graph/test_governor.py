"""The governor: who may ask when, between threads, buckets and tenants."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from pipelines.errors import Halted, Throttled
from pipelines.graph import limits
from pipelines.graph.bucket import SLACK
from pipelines.graph.clock import Clock
from pipelines.graph.governor import AppLimits, Governor
from pipelines.settings import Tenant


@pytest.fixture
def published(tenant: Tenant) -> Tenant:
    """Return a tenant whose published limits are kept."""
    return replace(tenant, quota="published")


@pytest.fixture
def governor(published: Tenant) -> Governor:
    """Return a governor whose waits take no time."""
    return Governor(published, clock=Clock(lambda _: None))


def waits(governor: Governor, bucket: str, requests: int, units: int = 1) -> list[float]:
    """Return how long each of so many requests waits, one after the other."""
    return [governor.take(bucket, units).waited for _ in range(requests)]


@pytest.mark.parametrize(
    ("graph_url", "quota", "is_kept"),
    [
        ("https://graph.microsoft.com", "auto", True),
        ("https://dod-graph.microsoft.us", "auto", True),
        ("https://localhost:1", "auto", False),
        ("https://localhost:1", "published", True),
        ("https://graph.microsoft.com", "off", False),
    ],
)
def test_limits_are_kept_at_microsofts_hosts_unless_told_otherwise(
    tenant: Tenant, graph_url: str, quota: str, is_kept: bool
) -> None:
    """`auto` keeps the published limits at Microsoft's hosts only; the other two settings mean what they say."""
    assert limits.is_kept(replace(tenant, graph_url=graph_url, quota=quota)) == is_kept


@pytest.mark.parametrize(
    ("bucket", "requests", "seconds"),
    [("reports", 5, 10), ("sign_in_activity", 10, 60), ("credentials", 150, 60), ("identity_protection", 1, 1)],
)
def test_each_bucket_has_its_published_limit(governor: Governor, bucket: str, requests: int, seconds: float) -> None:
    """So many requests go at once, and the next waits for the span to pass."""
    found = waits(governor, bucket, requests + 1)
    assert found[:-1] == [0.0] * requests
    assert found[-1] == pytest.approx(seconds * (1 + SLACK), abs=0.5)


@pytest.mark.parametrize(("users", "units"), [(None, 3500), (49, 3500), (50, 5000), (500, 5000), (501, 8000)])
def test_the_directory_grows_with_the_tenant(governor: Governor, users: int | None, units: int) -> None:
    """Resource units are those of the tenant's size, and of the smallest while it is not known."""
    if users is not None:
        governor.sized(users)
    assert waits(governor, "directory", units // 500, 500) == [0.0] * (units // 500)
    assert governor.take("directory", 500).waited > 9


def test_a_waiting_bucket_does_not_block_another(published: Tenant) -> None:
    """While a report waits for its turn, directory requests go at once."""
    governor = Governor(published)
    waits(governor, "reports", 5)
    with ThreadPoolExecutor(1) as pool:
        report = pool.submit(governor.take, "reports")
        time.sleep(0.05)
        assert waits(governor, "directory", 20) == [0.0] * 20
        assert not report.done()
        governor.clock.halt()
        with pytest.raises(Halted):
            report.result()


class Nap:
    """Sleeps that last until they are ended, and tell that they began."""

    def __init__(self) -> None:
        self._begun = threading.Semaphore(0)
        self._ended = threading.Semaphore(0)

    def sleep(self, _: float) -> None:
        """Begin to sleep, and wait to be woken."""
        self._begun.release()
        self._ended.acquire(timeout=5)

    def begun(self) -> None:
        """Wait until somebody sleeps."""
        assert self._begun.acquire(timeout=5)

    def end(self) -> None:
        """Wake one up; its clock has moved on by what it wanted to sleep."""
        self._ended.release()


@dataclass
class Company:
    """Two tenants of one app; who waits in the first one naps.

    Attributes:
        first: the tenant that naps.
        second: the other, whose waits take no time.
        nap: the first one's sleep.
    """

    first: Governor
    second: Governor
    nap: Nap

    @contextmanager
    def waiting(self, bucket: str) -> Iterator[None]:
        """Let a request of the first tenant wait during the block."""
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(self.first.take, bucket)
            self.nap.begun()
            try:
                yield
            finally:
                self.first.clock.halt()
                self.nap.end()
            with pytest.raises(Halted):
                asked.result()


@pytest.fixture
def company(published: Tenant) -> Company:
    """Return two tenants of one app."""
    app, nap = AppLimits(), Nap()
    first, second = (replace(published, tenant_id=name) for name in "ab")
    return Company(Governor(first, app, Clock(nap.sleep)), Governor(second, app, Clock(lambda _: None)), nap)


def used_up(company: Company) -> None:
    """Use all users-with-activity requests of the app."""
    waits(company.second, "sign_in_activity", 10)


def refused_everywhere(company: Company) -> None:
    """Let Graph refuse one for the app's limit in all tenants."""
    company.second.throttled(company.second.take("sign_in_activity"), 60.0, everywhere=True)


@pytest.mark.parametrize("stop", [used_up, refused_everywhere])
def test_what_the_app_stops_does_not_delay_the_directory(company: Company, stop: Callable[[Company], None]) -> None:
    """While a users-with-activity request waits for the app's turn, directory requests of its tenant go at once."""
    stop(company)
    with company.waiting("sign_in_activity"):
        assert waits(company.first, "directory", 20) == [0.0] * 20


def test_a_hold_that_comes_later_does_not_delay_the_directory(company: Company) -> None:
    """A request that waits for the directory's units leaves its lane when the app is told to hold."""
    company.first.take("directory", 3500)
    refused = company.second.take("sign_in_activity")
    with company.waiting("sign_in_activity"):
        company.second.throttled(refused, 60.0, everywhere=True)
        company.nap.end()
        company.nap.begun()
        assert company.first.take("directory").waited == 0.0


def test_a_hold_of_one_tenant_does_not_delay_another(company: Company) -> None:
    """While a tenant's directory is held, its users-with-activity request keeps no turn of the app from other tenants."""
    company.first.throttled(company.first.take("directory"), 600.0)
    with company.waiting("sign_in_activity"):
        assert company.second.take("sign_in_activity").waited == 0.0


def test_everybody_comes_to_their_turn(published: Tenant) -> None:
    """Requests of all buckets and two tenants, with holds among them, all go through in the end."""
    app, clock = AppLimits(), Clock(speed=2000)
    governors = [Governor(replace(published, tenant_id=name), app, clock) for name in "ab"]

    def ask(governor: Governor, bucket: str) -> None:
        for number in range(12):
            grant = governor.take(bucket, units=300)
            if number % 5 == 4:
                governor.throttled(grant, 20.0, everywhere=number == 9)

    with ThreadPoolExecutor(30) as pool:
        asked = [pool.submit(ask, g, b) for g in governors for b in limits.OF_TENANT for _ in range(3)]
        for future in asked:
            future.result(timeout=60)


def test_users_with_activity_count_as_directory_requests_too(governor: Governor) -> None:
    """A request of a special lane spends the directory's resource units as well."""
    governor.take("sign_in_activity", 3500)
    assert governor.take("directory").waited > 9


def test_first_come_first_served(published: Tenant) -> None:
    """Threads that wait for one bucket go in the order that they came in."""
    governor = Governor(published, clock=Clock(speed=200))
    waits(governor, "reports", 5)
    order: list[int] = []

    def ask(number: int) -> None:
        governor.take("reports")
        order.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
        time.sleep(0.002)
    for thread in threads:
        thread.join()
    assert order == sorted(order)


def test_tenants_share_the_limits_of_their_app(published: Tenant) -> None:
    """Ten users-with-activity requests a minute are for all tenants together; a tenant without the app is not held up."""
    app, clock = AppLimits(), Clock(lambda _: None)
    first, second = (Governor(replace(published, tenant_id=name), app, clock) for name in "ab")
    waits(first, "sign_in_activity", 6)
    assert waits(second, "sign_in_activity", 4) == [0.0] * 4
    assert second.take("sign_in_activity").waited > 55
    assert waits(Governor(published, clock=clock), "sign_in_activity", 10) == [0.0] * 10


def test_one_throttled_request_holds_all(governor: Governor) -> None:
    """A `Retry-After` of one request is waited for by the whole bucket, and by no other."""
    governor.throttled(governor.take("directory"), 12.5)
    assert governor.take("directory").waited == pytest.approx(12.5, abs=0.1)
    governor.throttled(governor.take("reports"), 99.0)
    assert governor.take("directory").waited == 0.0


def test_the_apps_limit_holds_every_tenant(published: Tenant) -> None:
    """Where Graph names the app's limit in all tenants, all of them are held."""
    app, clock = AppLimits(), Clock(lambda _: None)
    first, second = (Governor(replace(published, tenant_id=name), app, clock) for name in "ab")
    first.throttled(first.take("directory"), 12.5, everywhere=True)
    assert second.take("directory").waited == pytest.approx(12.5, abs=0.1)


def test_nobody_waits_longer_than_patience(governor: Governor) -> None:
    """A request that a `Retry-After` holds for longer than it would wait is refused unsent; other waits do not count."""
    waits(governor, "reports", 5)
    assert governor.take("reports", patience=5.0).waited > 9
    governor.throttled(governor.take("reports"), 1000.0)
    with pytest.raises(Throttled, match="1000 s without requests of the quota reports"):
        governor.take("reports", patience=900.0)
    assert governor.take("reports", patience=1000.0).waited == pytest.approx(1000.0, abs=0.1)


@pytest.mark.parametrize("everywhere", [False, True])
def test_only_retry_after_holds_where_limits_are_off(tenant: Tenant, everywhere: bool) -> None:
    """With the quota off nothing waits but for a `Retry-After`, whoever's limit it is about."""
    governor = Governor(replace(tenant, quota="off"), clock=Clock(lambda _: None))
    assert waits(governor, "reports", 500) == [0.0] * 500
    governor.throttled(governor.take("reports"), 7.0, everywhere=everywhere)
    assert governor.take("reports").waited == pytest.approx(7.0, abs=0.1)


def test_real_costs_replace_assumed_ones(governor: Governor) -> None:
    """What Graph says a request cost decides how many more fit."""
    for _ in range(350):
        governor.answered(governor.take("directory", 1), units=10)
    assert governor.take("directory").waited > 9


def test_halting_ends_waits_promptly(published: Tenant) -> None:
    """Every request that waits, and every later one, raises at once."""
    governor = Governor(published)
    waits(governor, "reports", 5)
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(governor.take, "reports") for _ in range(3)]
        time.sleep(0.05)
        began = time.monotonic()
        governor.clock.halt()
        for future in waiting:
            with pytest.raises(Halted, match="start it again"):
                future.result()
    assert time.monotonic() - began < 10.0
    with pytest.raises(Halted):
        governor.take("directory")


def test_what_remains_can_be_told(governor: Governor) -> None:
    """The time that a number of requests needs follows from the narrowest limit that they count against."""
    assert governor.expected("reports", 5) == 0.0
    assert governor.expected("reports", 1800) == pytest.approx(3600, rel=SLACK + 0.01)
    assert governor.expected("directory", 7000, 3) == pytest.approx(50, rel=0.1)
    assert governor.expected("sign_in_activity", 100) == pytest.approx(9 * 60, rel=SLACK + 0.01)


def test_a_misspelt_bucket_is_noticed(governor: Governor) -> None:
    """A bucket that no limit is known for is an error, rather than no limit."""
    with pytest.raises(KeyError, match="raports"):
        governor.take("raports")


def test_a_clock_believes_the_sleep_it_is_given() -> None:
    """A sleep that returns at once moves the clock on by what it was asked to wait."""
    slept: list[float] = []
    sleep: Callable[[float], None] = slept.append
    clock = Clock(sleep)
    before = clock.now()
    clock.wait(3600.0)
    assert slept == [3600.0]
    assert clock.now() - before == pytest.approx(3600.0, abs=1.0)
