"""One GET to Graph, repeated until it is answered or given up."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, TypeVar
from urllib.parse import urlsplit

import requests

from pipelines import transport
from pipelines.errors import ForeignLink, GraphError, NeverReached, Unreachable
from pipelines.graph import quota
from pipelines.graph.errors import Answer, refusal
from pipelines.graph.retry import Again, Policy, decide
from pipelines.identity import Identity
from pipelines.settings import Tenant

Parsed = TypeVar("Parsed")

CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 300  # sign-in queries are known to take minutes before the first byte
USER_AGENT: Final = "Consentry/0.1"


@dataclass
class Traffic:
    """What one listing cost so far.

    Attributes:
        requests: HTTP requests sent, repeated ones included.
        pages: answers that were used.
        waited_seconds: time spent waiting for quota or after a fault.
    """

    requests: int = 0
    pages: int = 0
    waited_seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, *, requests: int = 0, pages: int = 0, waited: float = 0.0) -> None:
        """Count; several threads may."""
        with self._lock:
            self.requests += requests
            self.pages += pages
            self.waited_seconds += waited


class GraphClient:
    """Microsoft Graph for one tenant. Threads may share it.

    Args:
        tenant: where Graph is.
        policy: how patient to be with faults.
        sleep: waits so many seconds.
    """

    def __init__(self, tenant: Tenant, policy: Policy | None = None, sleep: Callable[[float], None] = time.sleep):
        self.url: Final = tenant.graph_url
        self._origin = transport.origin(tenant.graph_url)
        self._session = transport.session(tenant.ca_file, {"User-Agent": USER_AGENT, "Accept": "application/json"})
        self._has_answered = False
        self._identity = Identity(tenant, self._session)
        self._policy = policy or Policy()
        self._sleep = sleep
        self._limits = quota.limits(tenant)
        self._sent: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=1000))
        self._lock = threading.Lock()

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

    def get(
        self, url: str, *, headers: Mapping[str, str], bucket: str, traffic: Traffic, parse: Callable[[bytes], Parsed]
    ) -> Parsed:
        """Return the parsed body of a GET, repeated as `retry.decide` says.

        Args:
            url: absolute, used as it is.
            headers: beyond the token.
            bucket: the quota that the request counts against.
            traffic: counts what this took.
            parse: body -> value; raises BadAnswer where the body is not what it should be.

        Raises:
            ForeignLink: the URL leads to another origin than Graph's.
            GraphError: the fault did not pass, or cannot pass.
            IdentityError: Entra gave no token.
        """
        self._refuse_foreign(url)
        faults: Counter[type[GraphError]] = Counter()
        rejected = None
        while True:
            token = self._identity.token(rejected=rejected)
            try:
                return parse(self._send(url, {**headers, "Authorization": f"Bearer {token}"}, bucket, traffic))
            except GraphError as error:
                # Each kind has a patience of its own: much throttling must not make one 503 final.
                faults[type(error)] += 1
                # The jitter spreads clients apart; nothing secret depends on it.
                decision = decide(error, faults[type(error)], datetime.now(UTC), random.random(), self._policy)  # noqa: S311
                if not isinstance(decision, Again):
                    raise
                rejected = token if decision.renew_token else None
                self._wait(decision.after, traffic)

    def _send(self, url: str, headers: Mapping[str, str], bucket: str, traffic: Traffic) -> bytes:
        self._pace(bucket, traffic)
        traffic.add(requests=1)
        path = urlsplit(url).path
        try:
            response = self._session.get(
                url,
                headers={**headers, "client-request-id": str(uuid.uuid4())},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as fault:
            kind = Unreachable if self._has_answered else NeverReached
            raise kind(self._unreachable(fault, path)) from fault
        self._has_answered = True
        answer = Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.content)
        if answer.status != HTTPStatus.OK:
            raise refusal(answer, path)
        return answer.body

    def _pace(self, bucket: str, traffic: Traffic) -> None:
        while True:
            with self._lock:
                now = time.monotonic()
                pause = quota.wait(list(self._sent[bucket]), self._limits.get(bucket), now)
                if pause <= 0:
                    self._sent[bucket].append(now)
                    return
            self._wait(pause, traffic)

    def _wait(self, pause: float, traffic: Traffic) -> None:
        if pause > 0:
            traffic.add(waited=pause)
            self._sleep(pause)

    def _refuse_foreign(self, url: str) -> None:
        if transport.origin(url) != self._origin:
            host = urlsplit(url).netloc
            raise ForeignLink(
                f"Graph at {self.url} sent a next link to {host}; it was not followed, because the access token must not go there."
            )

    def _unreachable(self, fault: requests.RequestException, path: str) -> str:
        if isinstance(fault, requests.exceptions.SSLError):
            return f"The certificate of {self.url} is not trusted; set CONSENTRY_CA_FILE to the authority that signed it, or correct CONSENTRY_GRAPH_URL."
        if isinstance(fault, requests.exceptions.ConnectionError) and not isinstance(
            fault, requests.exceptions.ChunkedEncodingError
        ):
            return f"Graph at {self.url} cannot be reached (GET {path}); check CONSENTRY_GRAPH_URL, the network and the proxy settings."
        return f"The connection to Graph at {self.url} broke during GET {path}; check the network, then run the same command again."
