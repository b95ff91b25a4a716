"""Graph's published limits, counted by the tenant's clock.

Figures: "Microsoft Graph service-specific throttling limits" (learn.microsoft.com/graph/throttling-limits, 2025-07); for
keyCredentials, the reference page of "List applications". Every limit holds for the app in one tenant; some hold for the
app in all tenants together as well, which servers share by sharing an `AppThrottle`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

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
CREDENTIALS = Limit(150, 60)
IDENTITY_PROTECTION = Limit(1, 1)

APP: Mapping[str, Limit] = {
    "directory": Limit(150_000, 20),
    "reports": Limit(122, 10),
    "sign_in_activity": ACTIVITY,
    "everything": Limit(130_000, 10),
}


@dataclass
class Usage:
    """What became of the requests that counted against a limit.

    Attributes:
        limit: The limit.
        requests: Requests that were let through.
        refused: Requests that were not.
        first: When the first request came, in seconds of the tenant's clock.
        spans: Units that were let through in each span of the limit's length since then, one after the other.
    """

    limit: Limit
    requests: int = 0
    refused: int = 0
    first: float | None = None
    spans: list[int] = field(default_factory=list)

    @property
    def share(self) -> float:
        """How much of the limit was used in the spans that are over."""
        whole = self.spans[:-1]
        return sum(whole) / (self.limit.units * len(whole)) if whole else 0.0

    def came(self, now: float) -> None:
        """Note that somebody asked."""
        self.first = now if self.first is None else self.first
        missing = int((now - self.first) // self.limit.seconds) + 1 - len(self.spans)
        self.spans += [0] * missing

    def spent(self, units: int) -> None:
        """Note that the one who asked was let through."""
        self.requests += 1
        self.spans[-1] += units


class Window:
    """What was spent lately, against a limit."""

    def __init__(self, limit: Limit) -> None:
        self.usage = Usage(limit)
        self._limit = limit
        self._spent: deque[tuple[float, int]] = deque()
        self._total = 0

    def wait(self, units: int, now: float) -> float:
        """The seconds until units can be spent; 0 when they can be spent now."""
        self.usage.came(now)
        while self._spent and self._spent[0][0] <= now - self._limit.seconds:
            self._total -= self._spent.popleft()[1]
        missing = self._total + units - self._limit.units
        if missing <= 0:
            return 0.0
        for at, freed in self._spent:
            missing -= freed
            if missing <= 0:
                return at + self._limit.seconds - now
        return self._limit.seconds

    def spend(self, units: int, now: float) -> None:
        """Spend units that can be spent now."""
        self._spent.append((now, units))
        self._total += units
        self.usage.came(now)
        self.usage.spent(units)

    def share(self) -> float:
        """How much of the limit is spent."""
        return self._total / self._limit.units


@dataclass
class AppThrottle:
    """The limits of an app in all tenants together; servers that share it play tenants of one app."""

    windows: Mapping[str, Window] = field(default_factory=lambda: {name: Window(limit) for name, limit in APP.items()})
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True)
class _Charge:
    """What a request spends of one limit, and how it is refused."""

    window: Window
    units: int
    refusal: GraphError
    tells_wait: bool = True


class Throttle:
    """Says 429 where Graph would.

    Args:
        tenant: Its size sets the limit of the directory, its clock the time.
        app: The limits of the app in all tenants; its own when omitted.
    """

    def __init__(self, tenant: Tenant, app: AppThrottle | None = None) -> None:
        self._tenant = tenant
        self._app = app or AppThrottle()
        users = len(tenant.directory.users)
        size = DIRECTORY_SMALL if users < _SMALL else DIRECTORY_MEDIUM if users <= _LARGE else DIRECTORY_LARGE
        self._windows = {
            "directory": Window(size),
            "reports": Window(REPORTS),
            "sign_in_activity": Window(ACTIVITY),
            "credentials": Window(CREDENTIALS),
            "identity_protection": Window(IDENTITY_PROTECTION),
        }

    @property
    def usage(self) -> dict[str, Usage]:
        """What became of the requests so far, by limit of the app in this tenant."""
        return {name: window.usage for name, window in self._windows.items()}

    def charge(self, collection: Collection, request: Request) -> dict[str, str]:
        """Charge a request; the headers to answer with. A request that is refused spends nothing.

        Raises:
            GraphError: A limit is reached.
        """
        now = self._tenant.now.timestamp()
        charges = self._charges(collection, request)
        with self._app.lock:
            for charge in charges:
                if (wait := charge.window.wait(charge.units, now)) > 0:
                    charge.window.usage.refused += 1
                    raise _refused(charge, wait)
            for charge in charges:
                charge.window.spend(charge.units, now)
            share = self._windows["directory"].share()
        busy = weighed(collection) and share > _BUSY
        return {"x-ms-throttle-limit-percentage": f"{share:.2f}"} if busy else {}

    def _charges(self, collection: Collection, request: Request) -> list[_Charge]:
        asked = " ".join((request.query.get("$select", ""), request.query.get("$filter", "")))
        charges = [_Charge(self._app.windows["everything"], 1, self._busy("Application"))]
        if collection.service == "identityProtection":
            return [*charges, _Charge(self._windows["identity_protection"], 1, _BUSY_SERVICE, tells_wait=False)]
        if "signInActivity" in asked and collection.type == "user":
            charges += self._both("sign_in_activity", 1, _BUSY_REPORTS)
        if "keyCredentials" in asked:
            charges.append(_Charge(self._windows["credentials"], 1, _BUSY_SERVICE))
        if not weighed(collection):
            return [*charges, *self._both("reports", 1, _BUSY_REPORTS)]
        return [*charges, *self._both("directory", cost(collection, request), self._busy("Tenant_Application"))]

    def _both(self, name: str, units: int, refusal: GraphError) -> list[_Charge]:
        """What counts in this tenant and in all of them."""
        windows = (self._windows[name], self._app.windows[name])
        refusals = (refusal, self._busy("Application"))
        return [_Charge(window, units, busy) for window, busy in zip(windows, refusals, strict=True)]

    def _busy(self, scope: str) -> GraphError:
        whose = f"{scope}/ReadWrite/{self._tenant.registration.client_id}/{self._tenant.id}"
        headers = {"x-ms-throttle-scope": whose, "x-ms-throttle-information": "ResourceUnitLimitExceeded"}
        return GraphError(429, "TooManyRequests", "Please retry again later.", headers)


def weighed(collection: Collection) -> bool:
    """Whether requests cost resource units: those that the directory answers."""
    return collection.service == "directory"


def cost(collection: Collection, request: Request) -> int:
    """The resource units of a directory request: $select and a small $top make it cheaper, never below 1."""
    top = request.query.get("$top", "")
    cheaper = ("$select" in request.query) + (top.isdigit() and int(top) < _SMALL_PAGE)
    return max(1, collection.units + ("$expand" in request.query) - cheaper)


def weight(collection: Collection, request: Request) -> dict[str, str]:
    """The header that tells the resource units of a request, if it costs any."""
    return {"x-ms-resource-unit": str(cost(collection, request))} if weighed(collection) else {}


def _refused(charge: _Charge, wait: float) -> GraphError:
    refusal = charge.refusal
    told = {"Retry-After": f"{max(wait, 0.001):.3f}"} if charge.tells_wait else {}
    return GraphError(refusal.status, refusal.code, refusal.message, {**refusal.headers, **told})


_BUSY_REPORTS = GraphError(
    429,
    "UnknownError",
    "This request is throttled. Please try again after the value specified in the Retry-After header.",
)
_BUSY_SERVICE = GraphError(429, "TooManyRequests", "Please retry again later.")
