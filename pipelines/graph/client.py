"""One request to Graph, repeated until it is answered or given up."""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3

from pipelines import transport
from pipelines.errors import ForeignLink, GraphError, NeverReached, NotInCloud, Throttled, TooSlow, Unreachable
from pipelines.graph.clock import Clock, moment
from pipelines.graph.errors import Answer, refusal
from pipelines.graph.governor import Governor, Grant
from pipelines.graph.retry import Again, Policy, decide, seconds
from pipelines.identity import Identity
from pipelines.identity.advice import CORRECT_BUNDLE
from pipelines.settings import Tenant

Parsed = TypeVar("Parsed")
Faults = Counter[type[GraphError]]

CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 300  # sign-in queries are known to take minutes before the first byte
USER_AGENT: Final = "Consentry/0.1"
SLOW: Final = (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError)
"""No answer in time: its beginning, or the rest of its body."""

APP_SCOPE: Final = "application/"
"""How `x-ms-throttle-scope` begins where the app's limit in all tenants together is reached."""


@dataclass
class Traffic:
    """What one listing cost so far.

    Attributes:
        requests: HTTP requests sent, repeated ones included.
        batched: requests that went inside others, repeated ones included.
        pages: answers that were used.
        waited_seconds: time spent waiting for quota or after a fault.
    """

    requests: int = 0
    batched: int = 0
    pages: int = 0
    waited_seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, *, requests: int = 0, batched: int = 0, pages: int = 0, waited: float = 0.0) -> None:
        """Count; several threads may."""
        with self._lock:
            self.requests += requests
            self.batched += batched
            self.pages += pages
            self.waited_seconds += waited


@dataclass(frozen=True)
class Request:
    """What is asked, apart from the token.

    Attributes:
        url: absolute, used as it is.
        headers: beyond the token.
        bucket: the quota that it counts against.
        units: resource units that it costs, where the quota counts those.
        body: JSON to send with a POST; None for a GET.
        parts: how many requests it counts as; a batch counts as all that are in it.
        accepted: statuses whose body is for `parse`.
    """

    url: str
    headers: Mapping[str, str]
    bucket: str
    units: int = 1
    body: bytes | None = None
    parts: int = 1
    accepted: frozenset[int] = frozenset({HTTPStatus.OK})

    @property
    def method(self) -> str:
        """GET or POST."""
        return "GET" if self.body is None else "POST"

    @property
    def shown(self) -> str:
        """What a person is told was asked."""
        return f"{self.method} {urlsplit(self.url).path}"


class GraphClient:
    """Microsoft Graph for one tenant. Threads may share it.

    Args:
        tenant: where Graph is.
        policy: how patient to be with faults.
        sleep: waits so many seconds, in place of a wait that `halt` ends.
        governor: lets requests through; made of the tenant's settings where it is None. One that is given waits by its own
            clock, so that `sleep` does not matter.

    Attributes:
        url: Graph's origin.
        governor: see above.
        skew: how far this machine's clock was ahead of Graph's at the last answer; None before there was one.
        time: Graph's own time at the last answer, whole seconds; None before there was one, or where it told none.
    """

    def __init__(
        self,
        tenant: Tenant,
        policy: Policy | None = None,
        sleep: Callable[[float], None] | None = None,
        governor: Governor | None = None,
    ):
        self.url: Final = tenant.graph_url
        self.governor: Final = governor or Governor(tenant, clock=Clock(sleep))
        self.skew: timedelta | None = None
        self.time: datetime | None = None
        self._cloud = tenant.cloud
        self._origin = transport.origin(tenant.graph_url)
        self._session = transport.session(tenant.ca_file, {"User-Agent": USER_AGENT, "Accept": "application/json"})
        self._has_answered = False
        self._identity = Identity(tenant, self._session)
        self._policy = policy or Policy()

    def __enter__(self) -> GraphClient:
        """Return the client; leaving the block closes its connections."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._session.close()

    def sign_in(self) -> None:
        """Get an access token, so that wrong credentials are found before anything is asked.

        Raises:
            IdentityError: Entra gave none.
        """
        self._identity.token()

    def granted(self) -> frozenset[str]:
        """Return the application permissions in the access token: to be told to a person, not to decide by.

        Raises:
            IdentityError: Entra gave no token.
        """
        return self._identity.granted()

    def halt(self) -> None:
        """Make every request that waits, and every later one, raise Halted; those under way come to their end."""
        self.governor.clock.halt()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str],
        bucket: str,
        traffic: Traffic,
        parse: Callable[[bytes], Parsed],
        units: int = 1,
    ) -> Parsed:
        """Return the parsed body of a GET, repeated as `retry.decide` says.

        Args:
            url: absolute, used as it is.
            headers: beyond the token.
            bucket: the quota that the request counts against.
            traffic: counts what this took.
            parse: body -> value; raises BadAnswer where the body is not what it should be.
            units: resource units that the request costs, where the quota counts those.

        Raises:
            ForeignLink: the URL leads to another origin than Graph's.
            NotInCloud: the tenant's cloud does not have it, and was not asked.
            GraphError: the fault did not pass, or cannot pass.
            IdentityError: Entra gave no token.
        """
        return self.ask(Request(url, headers, bucket, units), traffic, parse)[0]

    def ask(self, request: Request, traffic: Traffic, parse: Callable[[bytes], Parsed]) -> tuple[Parsed, Grant]:
        """Return the parsed body of a request and the leave it was sent with, repeated and raising as `get` does."""
        self._refuse_foreign(request.url)
        self._refuse_absent(request.url)
        faults: Faults = Counter()
        rejected = None
        while True:
            token = self._identity.token(rejected=rejected)
            grant = self.governor.take(request.bucket, request.units, request.parts, self._policy.patience)
            traffic.add(requests=1, batched=request.parts if request.body else 0, waited=grant.waited)
            try:
                return parse(self._send(request, token, grant)), grant
            except GraphError as error:
                again = self.again(error, faults, grant)
                if again is None:
                    raise
                rejected = token if again.renew_token else None
                self.wait(again.after, traffic)

    def again(self, error: GraphError, faults: Faults, grant: Grant) -> Again | None:
        """Return how to repeat a request that failed, or None where it is given up.

        Args:
            error: what went wrong.
            faults: how often each kind went wrong so far; this one is added. Each kind has a patience of its own: much
                throttling must not make one 503 final.
            grant: the leave that it was sent with; a 429 holds everybody who asks for the same quota, given up or not.
        """
        faults[type(error)] += 1
        now = datetime.now(UTC) - (self.skew or timedelta())
        # The jitter spreads clients apart; nothing secret depends on it.
        decision = decide(error, faults[type(error)], now, random.random(), self._policy)  # noqa: S311
        again = decision if isinstance(decision, Again) else None
        if isinstance(error, Throttled):
            everywhere = error.scope.lower().startswith(APP_SCOPE)
            held = again.after if again else seconds(error.retry_after, now) or 0.0
            self.governor.throttled(grant, held, everywhere=everywhere)
        return again

    def wait(self, seconds: float, traffic: Traffic) -> None:
        """Wait, and count it.

        Raises:
            Halted: the client was halted.
        """
        if seconds > 0:
            traffic.add(waited=seconds)
            self.governor.clock.wait(seconds)

    def _send(self, request: Request, token: str, grant: Grant) -> bytes:
        try:
            answer = self._answer(request, token)
        except SLOW as fault:
            raise TooSlow(
                f"Graph did not answer {request.shown} within {READ_SECONDS} s; run the same command again when Graph is less busy."
            ) from fault
        except (OSError, urllib3.exceptions.HTTPError) as fault:  # of requests, or of a bundle of certificates
            kind = Unreachable if self._has_answered else NeverReached
            raise kind(self._unreachable(fault, request.shown)) from fault
        self._has_answered = True
        self.governor.answered(grant, answer.units, answer.used)
        if answer.status not in request.accepted:
            raise refusal(answer, request.shown)
        return answer.body

    def _answer(self, request: Request, token: str) -> Answer:
        own = {"Authorization": f"Bearer {token}", "client-request-id": str(uuid.uuid4())}
        sends = {} if request.body is None else {"Content-Type": "application/json"}
        with self._session.request(
            request.method,
            request.url,
            headers={**request.headers, **sends, **own},
            data=request.body,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            self.time = moment(response.headers.get("Date", ""))
            self.skew = datetime.now(UTC) - self.time if self.time else None
            # In one piece: requests would read it in pieces of 10 KB.
            body = response.raw.read(decode_content=True)
            return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, body)

    def _refuse_foreign(self, url: str) -> None:
        if transport.origin(url) != self._origin:
            host = urlsplit(url).netloc
            raise ForeignLink(
                f"Graph at {self.url} sent a next link to {host}; it was not followed, because the access token must not go there."
            )

    def _refuse_absent(self, url: str) -> None:
        path = urlsplit(url).path
        if self._cloud.lacks(path):
            raise NotInCloud(f"The cloud {self._cloud.name} does not have {path}; it was not asked for.")

    def _unreachable(self, fault: Exception, shown: str) -> str:
        if not isinstance(fault, (requests.RequestException, urllib3.exceptions.HTTPError)):
            return f"{str(fault).rstrip('.')}. {CORRECT_BUNDLE}"
        if isinstance(fault, requests.exceptions.SSLError):
            return f"The certificate of {self.url} is not trusted; set CONSENTRY_CA_FILE to the authority that signed it, or correct CONSENTRY_GRAPH_URL."
        if isinstance(fault, requests.exceptions.ConnectionError):
            return f"Graph at {self.url} cannot be reached ({shown}); check CONSENTRY_GRAPH_URL, the network and the proxy settings."
        return f"The connection to Graph at {self.url} broke during {shown}; check the network, then run the same command again."
