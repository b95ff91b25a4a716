"""The pages on a port of this machine, until somebody ends it."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import uvicorn

from dashboard.site import Site
from pipelines.errors import ConsentryError

LOOPBACK: Final = "127.0.0.1"
OWN_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
SECONDS_TO_FINISH: Final = 3
BACKLOG: Final = 128


class PortTaken(ConsentryError):
    """Nothing can listen at the address."""


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens there.

    Args:
        host: an address of this machine, or a name for one.
        port: 0 takes a free one.

    Raises:
        PortTaken: another program listens there, or the address is none of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as fault:
        raise PortTaken(f"{host} is no address of this machine ({fault.strerror}); correct --host.") from fault
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as fault:
        listening.close()
        raise PortTaken(
            f"Port {port} of {host} cannot be had ({fault.strerror}). Perhaps a dashboard runs there already; choose another port, for example --port {port + 1}."
        ) from fault
    return listening


def address(listening: socket.socket) -> str:
    """Return what to type into a browser on this machine."""
    host, port = listening.getsockname()[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = LOOPBACK
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


def serve(site: Site, listening: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
    """Answer browsers until the process is told to end; Ctrl-C lets what is being answered finish.

    Args:
        site: the pages.
        listening: where.
        ready: called once browsers are answered.
    """
    hosts = OWN_NAMES if is_loopback(listening.getsockname()[0]) else ("*",)
    config = uvicorn.Config(
        site.application(hosts),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
        lifespan="off",
        ws="none",
    )
    server = _Server(config, ready)
    with listening, suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    site.reader.close()


class _Server(uvicorn.Server):
    """Tells when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]):
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self._ready()
