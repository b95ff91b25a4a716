"""HTTPS on loopback: one port for the token service and for Graph, with faults and a log of requests."""

from __future__ import annotations

import asyncio
import logging
import socket
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import trustme
import uvicorn
from cryptography import x509
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.faults import Faults
from simulator.graph import Graph
from simulator.identity import TOKEN_LIFE, Identity, make_certificate
from simulator.tenant import Tenant
from simulator.throttling import AppThrottle, Throttle
from simulator.wire import Answer, Request

Scope = Mapping[str, Any]
_TRANSPORT = "simulator.transport"
_SECRET_HEADERS = frozenset({"authorization", "cookie"})
_LOG_LENGTH = 200_000


@dataclass(frozen=True)
class Logged:
    """A request that was answered; headers come without secrets."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    status: int
    at: datetime


class Application:
    """The ASGI application of one tenant.

    Args:
        tenant: The tenant that is served.
        throttling: Whether Graph's limits hold; an `AppThrottle` makes its servers tenants of one app.
        certificates: With which the registered app may sign its assertions.
        token_life: How long access tokens last.
        lacks: Paths with their version that the tenant's cloud does not have.
    """

    def __init__(
        self,
        tenant: Tenant,
        *,
        throttling: bool | AppThrottle = False,
        certificates: tuple[x509.Certificate, ...] = (),
        token_life: timedelta = TOKEN_LIFE,
        lacks: Iterable[str] = (),
    ) -> None:
        self.tenant = tenant
        self.identity = Identity(tenant, certificates, token_life)
        self.faults = Faults(tenant, self.identity)
        self.requests: deque[Logged] = deque(maxlen=_LOG_LENGTH)
        app = throttling if isinstance(throttling, AppThrottle) else None
        self.throttle = Throttle(tenant, app) if throttling else None
        self._graph = Graph(tenant, self.identity, self.throttle, lacks)
        self._graph.around = self.faults.answer

    def answer(self, request: Request) -> Answer:
        """The answer to a request, faults included."""
        handler = self.identity.answer if self.identity.answers(request.path) else self._graph.answer
        answer = self.faults.answer(request, handler)
        shown = {name: value for name, value in request.headers.items() if name not in _SECRET_HEADERS}
        self.requests.append(Logged(request.method, request.path, request.query, shown, answer.status, request.at))
        return _with_headers(answer, request)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            raise RuntimeError(f"the simulator speaks HTTP only, not {scope['type']}")
        answer = self.answer(await _request(scope, receive, self.tenant.now))
        if answer.delay:
            await asyncio.sleep(answer.delay)
        await _send(answer, scope["extensions"][_TRANSPORT], receive, send)


class _Protocol(H11Protocol):
    """HTTP/1.1 that lets the application see its connection, so that it can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        application = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            await application({**scope, "extensions": {_TRANSPORT: transport}}, receive, send)

        self.app = with_transport

    def shutdown(self) -> None:
        """Close the connection; an idle client is not asked to agree."""
        super().shutdown()
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()


class LoopbackServer(uvicorn.Server):
    """A server that leaves no connection open when it ends, not even one in the middle of an answer."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, and break what is still open."""
        await super().shutdown(sockets=sockets)
        for connection in list(self.server_state.connections):
            if isinstance(connection, H11Protocol):
                connection.transport.abort()
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Credentials:
    """The files of a server's certificate authority: `ca` verifies it, `server` is its own key and certificate."""

    ca: Path
    server: Path

    @classmethod
    def make(cls, folder: Path, authority: trustme.CA | None = None, names: tuple[str, ...] = ()) -> Credentials:
        """Write a certificate for localhost and further names, and the authority that signed it."""
        authority = authority or trustme.CA()
        credentials = cls(folder / "ca.pem", folder / "server.pem")
        authority.cert_pem.write_to_path(str(credentials.ca))
        credentials.server.touch(mode=0o600)
        pem = authority.issue_cert("localhost", "127.0.0.1", "::1", *names).private_key_and_cert_chain_pem
        credentials.server.write_bytes(pem.bytes())
        return credentials


class Server:
    """A running simulator.

    Attributes:
        url: Where it answers; the same for Graph and the token service.
        ca_file: The authority to verify it with.
        faults: What goes wrong.
        requests: What was asked, oldest first.
        throttle: The limits that hold, and what they let through; None when none do.
        identity: The token service.
    """

    def __init__(self, application: Application, port: int, ca_file: Path, certificate: Path | None) -> None:
        self._certificate = certificate
        self.url = f"https://localhost:{port}"
        self.ca_file = ca_file
        self.faults = application.faults
        self.requests = application.requests
        self.throttle = application.throttle
        self.tenant = application.tenant
        self.identity = application.identity

    def forget_delta_tokens(self, how: str = "410") -> None:
        """Let Graph no longer know any delta token given out so far.

        Args:
            how: How it says so: `410`, `400 syncStateNotFound` or `404 resyncRequired`.
        """
        self.tenant.delta.forget(how)

    @property
    def settings(self) -> dict[str, str]:
        """The settings with which Consentry reads this tenant."""
        return settings_of(self.tenant, self.url, self.ca_file, self._certificate)


def settings_of(tenant: Tenant, url: str, ca_file: Path, certificate: Path | None = None) -> dict[str, str]:
    """The settings for a tenant at an address; with a certificate instead of the secret when one is given."""
    registration = tenant.registration
    proof = {"CONSENTRY_CLIENT_SECRET": registration.secret}
    if certificate is not None:
        proof = {"CONSENTRY_CLIENT_CERTIFICATE": str(certificate)}
    return {
        "CONSENTRY_AUTHORITY_URL": url,
        "CONSENTRY_GRAPH_URL": url,
        "CONSENTRY_CA_FILE": str(ca_file),
        "CONSENTRY_TENANT_ID": tenant.id,
        "CONSENTRY_CLIENT_ID": registration.client_id,
        **proof,
    }


def configuration(application: Application, credentials: Credentials) -> uvicorn.Config:
    """How uvicorn serves the application."""
    return uvicorn.Config(
        application,
        http=_Protocol,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level=logging.ERROR,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
        ssl_certfile=credentials.server,
    )


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    # asyncio turns Nagle's algorithm off only where the protocol is named: without that an answer takes 40 ms longer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener


@contextmanager
def serve(
    tenant: Tenant,
    *,
    throttling: bool | AppThrottle = False,
    certificate: bool = False,
    token_life: timedelta = TOKEN_LIFE,
    names: tuple[str, ...] = (),
    lacks: Iterable[str] = (),
) -> Iterator[Server]:
    """Serve a tenant from a thread of this process on a free port.

    Args:
        tenant: What to serve.
        throttling: Whether Graph's limits hold; an `AppThrottle` makes its servers tenants of one app.
        certificate: Whether `settings` name a client certificate instead of the secret.
        token_life: How long access tokens last by the tenant's clock.
        names: Hosts it has a certificate for besides localhost's.
        lacks: Paths with their version that the tenant's cloud does not have, for example `/v1.0/auditLogs/signIns`.
    """
    with tempfile.TemporaryDirectory(prefix="consentry-simulator-") as folder, listen(0) as listener:
        proof = _client_certificate(Path(folder)) if certificate else None
        trusted = (x509.load_pem_x509_certificate(proof.read_bytes()),) if proof else ()
        application = Application(
            tenant, throttling=throttling, certificates=trusted, token_life=token_life, lacks=lacks
        )
        credentials = Credentials.make(Path(folder), names=names)
        server = LoopbackServer(configuration(application, credentials))
        thread = threading.Thread(target=server.run, args=([listener],), name="simulator", daemon=True)
        thread.start()
        try:
            # The socket listens already: requests wait until the server takes them.
            yield Server(application, listener.getsockname()[1], credentials.ca, proof)
        finally:
            server.should_exit = True
            thread.join()


def _client_certificate(folder: Path) -> Path:
    file = folder / "client.pem"
    file.touch(mode=0o600)
    file.write_bytes(make_certificate())
    return file


async def _request(scope: Scope, receive: Any, now: datetime) -> Request:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True))
    base_url = f"https://{headers.get('host', 'localhost')}"
    return Request(scope["method"], scope["path"], query, headers, body, base_url, str(uuid4()), now)


def _with_headers(answer: Answer, request: Request) -> Answer:
    usual = {
        "Cache-Control": "no-cache",
        "Strict-Transport-Security": "max-age=31536000",
        "request-id": request.id,
        "client-request-id": request.headers.get("client-request-id", request.id),
        "OData-Version": "4.0",
        "Date": format_datetime(request.at, usegmt=True),
        "Content-Type": answer.content_type,
    }
    return replace(answer, headers={**usual, **answer.headers})


async def _send(answer: Answer, transport: asyncio.Transport, receive: Any, send: Any) -> None:
    if answer.ending == "drop":
        transport.abort()
        await _gone(receive)
        return
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    if answer.ending != "cut-chunked":
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.ending == "whole":
        await send({"type": "http.response.body", "body": answer.body})
        return
    await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
    transport.close()
    await _gone(receive)


async def _gone(receive: Any) -> None:
    """Wait until the connection is closed: an unfinished answer would be an error before that."""
    with suppress(asyncio.CancelledError):
        while (await receive())["type"] != "http.disconnect":
            continue
