"""The command line: a tenant in a process of its own, the same one after every restart with the same home."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from socket import socket
from time import monotonic

import trustme
import uvicorn
from cryptography import x509

from simulator.identity import make_certificate
from simulator.populate import populate
from simulator.server import Application, Credentials, LoopbackServer, configuration, listen, settings_of
from simulator.tenant import Tenant

_LAST_PORT = 65_535
_USAGE_ERROR = 2


@dataclass(frozen=True)
class Plan:
    """What `tenant.json` keeps, so that a restart continues the same tenant.

    Attributes:
        users: People.
        apps: Apps that are not Microsoft's.
        days: How far back sign-ins go.
        seed: Makes everything.
        sign_ins: How many can be seen at the anchor; the usual number when None.
        premium: Whether there is a licence for sign-in logs.
        anchor: When the tenant was made, ISO 8601.
    """

    users: int
    apps: int
    days: int
    seed: int
    sign_ins: int | None
    premium: bool
    anchor: str

    def tenant(self) -> Tenant:
        """The tenant in real time."""
        return populate(
            users=self.users,
            apps=self.apps,
            days=self.days,
            seed=self.seed,
            sign_ins=self.sign_ins,
            premium=self.premium,
            anchor=datetime.fromisoformat(self.anchor),
        )


def main(argv: Sequence[str]) -> int:
    """Run the simulator until it is told to stop; the exit code."""
    options = _parser().parse_args(argv)
    if not 0 <= options.port <= _LAST_PORT:
        return _complain(f"There is no port {options.port}: choose one from 1 to {_LAST_PORT}, or 0 for any free one.")
    try:
        listener = listen(options.port, options.host)
    except OSError as error:
        return _complain(f"Port {options.port} on {options.host} cannot be used ({error.strerror}): choose another with --port, or 0 for any free one.")  # fmt: skip
    with listener:
        return _run(options, listener)


def _run(options: argparse.Namespace, listener: socket) -> int:
    home = Path(options.home)
    home.mkdir(parents=True, exist_ok=True)
    try:
        tenant = _plan(options, home).tenant()
    except ValueError as error:
        return _complain(f"{error}.")
    credentials = Credentials.make(home, _authority(home))
    certificate = _certificate(home)
    application = Application(tenant, throttling=options.throttling, certificates=(certificate,))
    url = f"https://localhost:{listener.getsockname()[1]}"
    proof = home / "client.pem" if options.certificate else None
    settings = settings_of(tenant, url, credentials.ca.resolve(), proof.resolve() if proof else None)
    lines = [f"{name}={value}" for name, value in settings.items()]
    _write_secret(home / "simulator.env", "\n".join(lines) + "\n")
    server = _Announced(configuration(application, credentials), lines)
    asyncio.run(_until_idle(server, application, listener, options.idle_minutes))
    return 0


class _Announced(LoopbackServer):
    """Tells the settings, and `ready` as soon as it answers."""

    def __init__(self, config: uvicorn.Config, lines: Sequence[str]) -> None:
        super().__init__(config)
        self._lines = lines

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        sys.stdout.write("\n".join([*self._lines, "ready", ""]))
        sys.stdout.flush()


async def _until_idle(
    server: uvicorn.Server, application: Application, listener: socket, minutes: float | None
) -> None:
    watch = asyncio.create_task(_watch(server, application, minutes)) if minutes else None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.handle_exit, number, None)
    try:
        await server._serve([listener])
    finally:
        if watch is not None:
            watch.cancel()


async def _watch(server: uvicorn.Server, application: Application, minutes: float) -> None:
    """End the server when nobody asked anything for that many minutes."""
    seen, since = len(application.requests), monotonic()
    while monotonic() - since < minutes * 60:
        await asyncio.sleep(min(1.0, minutes * 60))
        if len(application.requests) != seen:
            seen, since = len(application.requests), monotonic()
    server.should_exit = True


def _plan(options: argparse.Namespace, home: Path) -> Plan:
    file = home / "tenant.json"
    if file.exists():
        kept = json.loads(file.read_text(encoding="utf-8"))
        return Plan(**{name: kept[name] for name in Plan.__annotations__})
    anchor = datetime.now(UTC).replace(microsecond=0).isoformat()
    plan = Plan(
        options.users, options.apps, options.days, options.seed, options.sign_ins, not options.no_premium, anchor
    )
    tenant_id = Tenant(seed=plan.seed).id
    file.write_text(json.dumps({**asdict(plan), "tenant_id": tenant_id}, indent=2) + "\n", encoding="utf-8")
    return plan


def _authority(home: Path) -> trustme.CA:
    """The certificate authority of the home, made on the first run: clients keep trusting it after a restart."""
    key, certificate = home / "ca.key", home / "ca.pem"
    if key.exists() and certificate.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    authority = trustme.CA()
    _write_secret(key, authority.private_key_pem.bytes().decode())
    return authority


def _certificate(home: Path) -> x509.Certificate:
    """The certificate the registered app may sign with, made on the first run."""
    file = home / "client.pem"
    if not file.exists():
        _write_secret(file, make_certificate().decode())
    return x509.load_pem_x509_certificate(file.read_bytes())


def _write_secret(file: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    file.chmod(0o600)


def _complain(sentence: str) -> int:
    sys.stderr.write(sentence + "\n")
    return _USAGE_ERROR


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m simulator", description="A pretended Entra tenant behind HTTPS on loopback."
    )
    parser.add_argument("--users", type=int, default=200, help="people in the tenant (default: %(default)s)")
    parser.add_argument("--apps", type=int, default=60, help="apps that are not Microsoft's (default: %(default)s)")
    parser.add_argument("--days", type=int, default=30, help="how far back sign-ins go (default: %(default)s)")
    parser.add_argument(
        "--sign-ins", type=int, help="how many sign-ins there are at the start (default: 9 per user and day)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="equal seeds and sizes make equal tenants (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any free one)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--home", default=".simulator", help="folder of its files; the same one continues the same tenant"
    )
    parser.add_argument("--throttling", action="store_true", help="hold Graph's published limits")
    parser.add_argument("--no-premium", action="store_true", help="a tenant without a licence for sign-in logs")
    parser.add_argument(
        "--certificate", action="store_true", help="settings with the client certificate, not the secret"
    )
    parser.add_argument("--idle-minutes", type=float, help="end when nobody asked anything for that long")
    return parser
