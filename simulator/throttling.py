"""Graph's published limits, counted by the tenant's clock.

Figures: learn.microsoft.com/graph/throttling-limits (2025-07). Units are spent per app and tenant; the simulator has one
app, so there is one window per service.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from simulator.routes import Collection
from simulator.tenant import Tenant
from simulator.wire import GraphError, Request

_SMALL, _LARGE = 50, 500
_BUSY = 0.8
_SMALL_PAGE = 20


@dataclass(frozen=True)
class Limit:
    """At most `units` in any `seconds`."""

    units: int
    seconds: float


# Resource units of the identity and access service by size of tenant.
DIRECTORY_SMALL, DIRECTORY_MEDIUM, DIRECTORY_LARGE = Limit(3500, 10), Limit(5000, 10), Limit(8000, 10)
REPORTS = Limit(5, 10)
ACTIVITY = Limit(10, 60)


class Window:
    """What was spent lately, against a limit."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._spent: deque[tuple[float, int]] = deque()
        self._total = 0

    def spend(self, units: int, now: float) -> float:
        """Spend units and return 0, or leave everything as it is and return the seconds to wait."""
        while self._spent and self._spent[0][0] <= now - self._limit.seconds:
            self._total -= self._spent.popleft()[1]
        if self._total + units <= self._limit.units:
            self._spent.append((now, units))
            self._total += units
            return 0.0
        return self._wait(units, now)

    def share(self) -> float:
        """How much of the limit is spent."""
        return self._total / self._limit.units

    def _wait(self, units: int, now: float) -> float:
        missing = self._total + units - self._limit.units
        for at, freed in self._spent:
            missing -= freed
            if missing <= 0:
                return at + self._limit.seconds - now
        return self._limit.seconds


class Throttle:
    """Says 429 where Graph would.

    Args:
        tenant: Its size sets the limit of the directory, its clock the time.
    """

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        users = len(tenant.directory.users)
        size = DIRECTORY_SMALL if users < _SMALL else DIRECTORY_MEDIUM if users <= _LARGE else DIRECTORY_LARGE
        self._directory = Window(size)
        self._reports = Window(REPORTS)
        self._activity = Window(ACTIVITY)

    def charge(self, collection: Collection, request: Request) -> dict[str, str]:
        """Charge a request; the headers to answer with.

        Raises:
            GraphError: The limit is reached.
        """
        now = self._tenant.now.timestamp()
        if "signInActivity" in request.query.get("$select", ""):
            self._pay(self._activity, 1, now, _REPORTS_BUSY)
        if collection.is_report:
            self._pay(self._reports, 1, now, _REPORTS_BUSY)
            return {}
        units = cost(collection, request)
        self._pay(self._directory, units, now, self._directory_busy())
        share = self._directory.share()
        return {"x-ms-throttle-limit-percentage": f"{share:.2f}"} if share >= _BUSY else {}

    def _pay(self, window: Window, units: int, now: float, refusal: GraphError) -> None:
        wait = window.spend(units, now)
        if wait > 0:
            headers = {**refusal.headers, "Retry-After": f"{max(wait, 0.001):.3f}"}
            raise GraphError(refusal.status, refusal.code, refusal.message, headers)

    def _directory_busy(self) -> GraphError:
        scope = f"Tenant_Application/ReadWrite/{self._tenant.registration.client_id}/{self._tenant.id}"
        headers = {"x-ms-throttle-scope": scope, "x-ms-throttle-information": "ResourceUnitLimitExceeded"}
        return GraphError(429, "TooManyRequests", "Please retry again later.", headers)


def cost(collection: Collection, request: Request) -> int:
    """The resource units of a directory request: $select and a small $top make it cheaper, never below 1."""
    top = request.query.get("$top", "")
    cheaper = ("$select" in request.query) + (top.isdigit() and int(top) < _SMALL_PAGE)
    return max(1, collection.units - cheaper)


_REPORTS_BUSY = GraphError(
    429,
    "UnknownError",
    "This request is throttled. Please try again after the value specified in the Retry-After header.",
)
