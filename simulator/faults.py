"""Faults: what goes wrong between a client and Graph, each for some paths and some number of times.

Every verb returns the fault, whose `count` says how often it happened:

    fault = server.faults.throttle("/users", times=3, retry_after="0.5")
    …
    assert fault.count == 3

`after` lets so many requests pass first: those with the path that get as far as the fault.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from threading import Lock
from typing import Any

from simulator.identity import Identity
from simulator.instants import TICKS_PER_SECOND
from simulator.tenant import Tenant
from simulator.wire import HTML, Answer, GraphError, Request, error_answer

FOREVER = 1_000_000_000

_Change = Callable[[Request], Request]
_Replace = Callable[[Request], Answer | None]
_Alter = Callable[[Request, Answer], Answer | None]

_BOUND = re.compile(r" [gl]e (\S+Z)")

_HTML_PAGE = (
    b"<html><head><title>Service Unavailable</title></head><body><h1>Our services aren't available</h1></body></html>"
)


@dataclass
class Fault:
    """One thing that goes wrong.

    Attributes:
        path: Part of the path of the requests it happens to.
        times: How often it still will.
        after: How many such requests it still lets pass first.
        count: How often it has.
        change: Changes the request before it is answered.
        replace: Answers instead of Graph; None lets Graph answer.
        alter: Changes Graph's answer; None leaves it as it is and does not count.
    """

    path: str
    times: int
    after: int = 0
    count: int = 0
    change: _Change | None = None
    replace: _Replace | None = None
    alter: _Alter | None = None
    lock: Lock = field(default_factory=Lock, repr=False)

    def applies(self, request: Request) -> bool:
        """Whether the request is one it may happen to."""
        return self.times > 0 and self.path.lower() in request.path.lower()

    def due(self) -> bool:
        """Whether it happens to a request that has come this far; if not, that request counts as passed."""
        with self.lock:
            passes = self.after > 0
            self.after -= passes
            return not passes

    def happened(self) -> None:
        """Count one time."""
        with self.lock:
            self.times -= 1
            self.count += 1


class Faults:
    """The faults of a running server.

    Args:
        tenant: For late rows.
        identity: For tokens that expire.
    """

    def __init__(self, tenant: Tenant, identity: Identity) -> None:
        self._tenant = tenant
        self._identity = identity
        self._active: list[Fault] = []

    def throttle(self, path: str = "/", *, times: int = 1, retry_after: str | None = "1", after: int = 0) -> Fault:
        """Answer 429; `retry_after` is sent as it is (whole, fractional or an HTTP date), None leaves it out."""
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        return self._error(path, times, after, GraphError(429, "TooManyRequests", "Please retry again later.", headers))

    def server_error(
        self, path: str = "/", *, times: int = 1, status: int = 503, html: bool = False, after: int = 0
    ) -> Fault:
        """Answer 500, 502, 503 or 504 with Graph's error body, or with a web page."""
        if html:
            return self._replaced(path, times, after, lambda _: Answer(status, _HTML_PAGE, HTML))
        code = {503: "ServiceNotAvailable", 504: "GatewayTimeout", 502: "BadGateway"}.get(status, "UnknownError")
        return self._error(path, times, after, GraphError(status, code, ""))

    def drop(self, path: str = "/", *, times: int = 1, after: int = 0) -> Fault:
        """Close the connection without an answer."""
        return self._replaced(path, times, after, lambda _: Answer(200, ending="drop"))

    def cut(self, path: str = "/", *, times: int = 1, chunked: bool = False, after: int = 0) -> Fault:
        """Close the connection in the middle of the body."""
        ending = "cut-chunked" if chunked else "cut"
        return self._altered(path, times, after, lambda _, answer: replace(answer, ending=ending))

    def empty_body(self, path: str = "/", *, times: int = 1, after: int = 0) -> Fault:
        """Answer 200 with no body at all."""
        return self._altered(path, times, after, lambda _, answer: replace(answer, body=b""))

    def html(self, path: str = "/", *, times: int = 1, after: int = 0) -> Fault:
        """Answer 200 with a web page, as a proxy in between does."""
        return self._replaced(path, times, after, lambda _: Answer(200, _HTML_PAGE, HTML))

    def delay(self, path: str = "/", *, times: int = 1, seconds: float, after: int = 0) -> Fault:
        """Answer late."""
        return self._altered(path, times, after, lambda _, answer: replace(answer, delay=seconds))

    def expire_page_token(self, path: str = "/", *, times: int = 1, after: int = 0) -> Fault:
        """Let the next skip token used die; the same link keeps failing, a new listing works."""
        dead: set[str] = set()
        error = GraphError(
            400,
            "Directory_ExpiredPageToken",
            "The specified page token value has expired and can no longer be included in your request.",
        )

        def still_dead(request: Request) -> Answer | None:
            return error_answer(request, error) if request.query.get("$skiptoken") in dead else None

        def kill(request: Request) -> Answer | None:
            token = request.query.get("$skiptoken")
            if token is None:
                return None
            dead.add(token)
            return error_answer(request, error)

        self._replaced(path, FOREVER, 0, still_dead)
        return self._replaced(path, times, after, kill)

    def empty_page(self, path: str = "/", *, times: int = 1, after: int = 0) -> Fault:
        """Put a page without rows into a listing; its link leads on."""

        def change(request: Request) -> Request:
            return replace(request, empty_page=True)

        return self._add(Fault(path, times, after, change=change))

    def repeat_rows(self, path: str = "/", *, times: int = 1, rows: int = 1, after: int = 0) -> Fault:
        """Begin a page with the last rows of the page before."""
        before: dict[str, list[Any]] = {}

        def repeat(request: Request, answer: Answer) -> Answer | None:
            body = _page(answer)
            if body is None:
                return None
            earlier, before[request.path] = before.get(request.path, []), body["value"][-rows:]
            if "$skiptoken" not in request.query or not earlier:
                return None
            return _with_body(answer, {**body, "value": earlier + body["value"]})

        return self._altered(path, times, after, repeat)

    def reverse_rows(self, path: str = "/", *, times: int = FOREVER, after: int = 0) -> Fault:
        """Turn the rows of a page around, so that they are no longer in order."""

        def turn(_: Request, answer: Answer) -> Answer | None:
            body = _page(answer)
            return None if body is None else _with_body(answer, {**body, "value": body["value"][::-1]})

        return self._altered(path, times, after, turn)

    def time_out(self, path: str, *, longer_than: timedelta, times: int = FOREVER, after: int = 0) -> Fault:
        """Answer 504 to whoever asks for events of more time than this, as Graph does where it would take too long."""
        error = GraphError(504, "GatewayTimeout", "")

        def refuse(request: Request) -> Answer | None:
            bounds = [datetime.fromisoformat(time) for time in _BOUND.findall(request.query.get("$filter", ""))]
            return error_answer(request, error) if bounds and max(bounds) - min(bounds) > longer_than else None

        return self._replaced(path, times, after, refuse)

    def extra_property(self, path: str = "/", *, name: str, value: Any, times: int = FOREVER, after: int = 0) -> Fault:
        """Add a property nobody has heard of to every row."""

        def extend(_: Request, answer: Answer) -> Answer | None:
            body = _page(answer)
            if body is None:
                return None
            return _with_body(answer, {**body, "value": [{**row, name: value} for row in body["value"]]})

        return self._altered(path, times, after, extend)

    def foreign_link(
        self, path: str = "/", *, host: str = "graph.evil.example", times: int = 1, after: int = 0
    ) -> Fault:
        """Lead the next link to another host."""

        def mislead(request: Request, answer: Answer) -> Answer | None:
            body = _page(answer)
            if body is None:
                return None
            link = body.get("@odata.nextLink", f"{request.base_url}{request.path}?$skiptoken=x")
            return _with_body(answer, {**body, "@odata.nextLink": link.replace(request.base_url, f"https://{host}")})

        return self._altered(path, times, after, mislead)

    def deny(self, path: str, *, times: int = FOREVER, after: int = 0) -> Fault:
        """Answer as if the app lacked the permission."""
        if "auditlogs" in path.lower():
            message = "The principal does not have required Microsoft Graph permission(s): AuditLog.Read.All to call this API."
            return self._error(path, times, after, GraphError(403, "Authentication_MSGraphPermissionMissing", message))
        message = "Insufficient privileges to complete the operation."
        return self._error(path, times, after, GraphError(403, "Authorization_RequestDenied", message))

    def no_premium(self, path: str = "/auditLogs/signIns", *, times: int = FOREVER, after: int = 0) -> Fault:
        """Answer as if the tenant had no premium licence."""
        message = "Neither tenant is B2C or tenant doesn't have premium license"
        return self._error(
            path, times, after, GraphError(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", message)
        )

    def call(self, then: Callable[[], object], path: str = "/", *, times: int = 1, after: int = 0) -> Fault:
        """Do something of the test's own when a request gets as far as Graph, before it is answered."""

        def change(request: Request) -> Request:
            then()
            return request

        return self._add(Fault(path, times, after, change=change))

    def answer_with(self, answer: Callable[[Request], Answer], path: str, *, times: int = 1, after: int = 0) -> Fault:
        """Answer with something of the test's own."""
        return self._replaced(path, times, after, answer)

    def expire_tokens(self) -> None:
        """Make every access token given out so far invalid."""
        self._identity.expire_tokens()

    def late_rows(self, by: timedelta, *, every: int = 10) -> None:
        """Hold back every n-th sign-in: it shows up that much later, though its time stays the same."""
        self._tenant.sign_ins.held_back = (every, int(by.total_seconds()) * TICKS_PER_SECOND)

    def clear(self) -> None:
        """End all faults, and let late rows in."""
        self._active = []
        self._tenant.sign_ins.held_back = None

    def answer(self, request: Request, graph: Callable[[Request], Answer]) -> Answer:
        """The answer to a request with every fault that applies."""
        faults = [fault for fault in self._active if fault.applies(request)]
        for fault in faults:
            if fault.replace is not None and fault.due() and (instead := fault.replace(request)) is not None:
                fault.happened()
                return instead
        for fault in faults:
            if fault.change is not None and fault.due():
                request = fault.change(request)
                fault.happened()
        answer = graph(request)
        for fault in faults:
            if fault.alter is not None and fault.due() and (altered := fault.alter(request, answer)) is not None:
                answer = altered
                fault.happened()
        return answer

    def _error(self, path: str, times: int, after: int, error: GraphError) -> Fault:
        return self._replaced(path, times, after, lambda request: error_answer(request, error))

    def _replaced(self, path: str, times: int, after: int, action: _Replace) -> Fault:
        return self._add(Fault(path, times, after, replace=action))

    def _altered(self, path: str, times: int, after: int, action: _Alter) -> Fault:
        return self._add(Fault(path, times, after, alter=action))

    def _add(self, fault: Fault) -> Fault:
        self._active = [*self._active, fault]
        return fault


def _page(answer: Answer) -> dict[str, Any] | None:
    """The body of a successful page; None for any other answer."""
    if answer.status != HTTPStatus.OK or not answer.body.startswith(b"{"):
        return None
    body: dict[str, Any] = json.loads(answer.body)
    return body if "value" in body else None


def _with_body(answer: Answer, body: Any) -> Answer:
    return replace(answer, body=json.dumps(body, ensure_ascii=False).encode())
