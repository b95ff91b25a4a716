"""Who may ask Graph now: one governor for each tenant, and the limits of the app above all of them.

A request waits in the lanes of every limit that it counts against, one after the other, first come, first served in each.
Nothing is booked ahead: a request is let through when it fits everywhere, so a hold, a cut or a correction counts at once.
The narrow lanes come first, and what they stop stands in no wide one, where others that need only that would wait behind it.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from pipelines.errors import Throttled
from pipelines.graph import limits
from pipelines.graph.bucket import Bucket, Spent
from pipelines.graph.clock import Clock
from pipelines.graph.limits import DIRECTORY, EVERYTHING, Limit
from pipelines.settings import Tenant

TURN_SECONDS: Final = 0.005
"""The least that is waited for others to take their turn."""


@dataclass(frozen=True)
class Charge:
    """What a request costs.

    Attributes:
        units: resource units.
        requests: requests; more than one in a batch.
    """

    units: int = 1
    requests: int = 1

    def against(self, limit: Limit | None) -> int:
        """Return what counts against a limit."""
        return self.units if limit is not None and limit.weighed else self.requests


@dataclass(eq=False)
class Grant:
    """Leave to send one request.

    Attributes:
        bucket: the quota that it was asked for.
        charge: what it was taken to cost.
        sent_at: when it was given.
        waited: seconds that it took.
        due: when its turn comes, as far as is known.
    """

    bucket: str
    charge: Charge
    sent_at: float = 0.0
    waited: float = 0.0
    due: float = float("-inf")
    _spent: list[tuple[Lane, Spent]] = field(default_factory=list, repr=False)


class Lane(Bucket):
    """A bucket and who waits for it."""

    def __init__(self, limit: Limit | None):
        super().__init__(limit)
        self._queue: deque[Grant] = deque()

    def pause(self, grant: Grant, now: float) -> float:
        """Queue a request, and return the seconds until its turn; none where it fits now."""
        if grant not in self._queue:
            self._queue.append(grant)
        if self._queue[0] is grant:
            return self.wait(grant.charge.against(self.limit), now)
        ahead = 0
        for waiting in self._queue:
            ahead += waiting.charge.against(self.limit)
            if waiting is grant:
                break
        return TURN_SECONDS + max(0.0, self._queue[0].due - now, self.expected(ahead, now))

    def leave(self, grant: Grant) -> None:
        """Stop waiting."""
        if grant in self._queue:
            self._queue.remove(grant)


class AppLimits:
    """What one app may ask in all tenants together; the governors of one client id share it."""

    def __init__(self) -> None:
        self.lanes: Final = {name: Lane(limit) for name, limit in limits.OF_APP.items()}
        self.lock: Final = threading.Lock()


class Governor:
    """Lets requests to one tenant's Graph through, as fast as the published limits allow. Threads may share it.

    Args:
        tenant: whose; its `quota` says whether the published limits are kept or only `Retry-After`.
        app: the limits above it; its own where it is None.
        clock: the time, and the way to wait.
    """

    def __init__(self, tenant: Tenant, app: AppLimits | None = None, clock: Clock | None = None):
        self.clock: Final = clock or Clock()
        self._app = app or AppLimits()
        self._is_kept = limits.is_kept(tenant)
        self._lanes = {name: Lane(limit if self._is_kept else None) for name, limit in limits.OF_TENANT.items()}
        self._ways = {name: self._way(name) for name in limits.OF_TENANT}

    def take(self, bucket: str, units: int = 1, requests: int = 1, patience: float = float("inf")) -> Grant:
        """Wait until a request may be sent, and return the leave to do so.

        Args:
            bucket: the quota it counts against, a name of `limits.toml`.
            units: the resource units that it is taken to cost, where the quota counts those.
            requests: how many it counts as.
            patience: seconds of a `Retry-After` that are waited for.

        Raises:
            Halted: the clock was halted.
            Throttled: Graph asked others of the same quota to wait for longer than `patience`.
        """
        self.clock.check()
        grant = Grant(bucket, Charge(units, requests))
        way = self._ways[bucket]
        try:
            while (pause := self._pause(grant, way)) > 0:
                self._refuse_endless(bucket, patience)
                grant.waited += pause
                self.clock.wait(pause)
        finally:
            with self._app.lock:
                for lane in way:
                    lane.leave(grant)
        return grant

    def answered(self, grant: Grant, units: int | None = None, used: float | None = None) -> None:
        """Learn from an answer that has just come.

        Args:
            grant: the request's.
            units: the resource units that Graph says it cost (`x-ms-resource-unit`).
            used: the share of the directory's limit that Graph says is used (`x-ms-throttle-limit-percentage`).
        """
        with self._app.lock:
            now = self.clock.now()
            for lane, spent in grant._spent:
                lane.settle(spent, now)
                if units is not None and lane.limit is not None and lane.limit.weighed:
                    lane.correct(spent, units)
            if used is not None:
                self._lanes[DIRECTORY].reported(used, now)

    def throttled(self, grant: Grant, seconds: float, *, everywhere: bool = False) -> None:
        """Hold everybody for as long as Graph asked one request to wait, and allow less from then on.

        Args:
            grant: the refused request's.
            seconds: how long to hold.
            everywhere: it was the app's limit in all tenants together.
        """
        with self._app.lock:
            now = self.clock.now()
            for lane in self._throttled(grant.bucket, everywhere=everywhere):
                lane.throttled(grant.sent_at, now)
                lane.hold(seconds, now)

    def sized(self, users: int) -> None:
        """Allow what a tenant with so many users is given; until then it is taken to be a small one."""
        with self._app.lock:
            for lane in self._lanes.values():
                if lane.limit is not None:
                    lane.limit = lane.limit.sized(users)

    def expected(self, bucket: str, requests: int, units: int = 1) -> float:
        """Return the seconds that so many requests need, of so many resource units each."""
        charge = Charge(units * requests, requests)
        with self._app.lock:
            now = self.clock.now()
            return max(lane.expected(charge.against(lane.limit), now) for lane in self._ways[bucket])

    def at_once(self, bucket: str, units: int = 1) -> float:
        """Return how many requests of so many resource units fit into one batch: no more than fit into the limit."""
        kept = [lane.limit for lane in self._ways[bucket] if lane.limit is not None]
        return min((limit.units // Charge(units).against(limit) for limit in kept), default=float("inf"))

    def _way(self, bucket: str) -> list[Lane]:
        """Return the lanes of a bucket's requests, in the one order that all of them keep to."""
        if not self._is_kept:
            return [self._lanes[bucket]]
        names = (bucket, *limits.OF_TENANT[bucket].also, EVERYTHING)
        return [lanes[name] for name in names for lanes in (self._lanes, self._app.lanes) if name in lanes]

    def _throttled(self, bucket: str, *, everywhere: bool) -> list[Lane]:
        """Return the lanes that a 429 is about."""
        own, shared = self._lanes[bucket], self._app.lanes.get(bucket)
        if shared is None or not everywhere:
            return [own]
        return [shared] if self._is_kept else [shared, own]  # where limits are off nobody passes the app's lanes

    def _pause(self, grant: Grant, way: list[Lane]) -> float:
        with self._app.lock:
            now = self.clock.now()
            pause = _queue(grant, way, now)
            if pause > 0:
                grant.due = now + pause
            else:
                grant.sent_at = now
                grant._spent = [(lane, lane.spend(grant.charge.against(lane.limit), now)) for lane in way]
            return pause

    def _refuse_endless(self, bucket: str, patience: float) -> None:
        with self._app.lock:
            held = _held(self._ways[bucket], self.clock.now())
        if held > patience:
            raise Throttled(
                f"Graph asked for {held:.0f} s without requests of the quota {bucket}; run the same command again after that.",
                status=HTTPStatus.TOO_MANY_REQUESTS,
            )


def _queue(grant: Grant, way: list[Lane], now: float) -> float:
    """Queue a request up to the lane that stops it, and return the seconds until it is worth asking again.

    One that a `Retry-After` holds anywhere keeps only its place among its like: they are all held.
    """
    held = _held(way, now)
    for place, lane in enumerate(way):
        if (pause := max(held, lane.pause(grant, now))) > 0:
            for later in way[place + 1 :]:
                later.leave(grant)
            return pause
    return 0.0


def _held(way: list[Lane], now: float) -> float:
    return max(lane.held(now) for lane in way)
