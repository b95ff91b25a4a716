"""How fast the simulator serves sign-ins: pages of 1,000 rows, from its own process, over HTTPS.

Usage: python benchmarks/simulator_pages.py [--sign-ins N]

The client only reads bytes, so the figure is what the simulator can give, not what a pipeline makes of it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import resource
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

_KINDS = ("interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity")
_NEXT_LINK = re.compile(rb'"@odata.nextLink":"([^"]+)"')
# Stands once in every row and nowhere else.
_ROW_MARK = b'"uniqueTokenIdentifier":'
_HEAD_BYTES = 4096


@dataclass
class Measured:
    """What one run read."""

    rows: int = 0
    pages: int = 0
    size: int = 0
    seconds: float = 0.0


def main() -> int:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sign-ins", type=int, default=200_000)
    wanted = parser.parse_args().sign_ins
    with tempfile.TemporaryDirectory() as home, simulator(Path(home), wanted) as (process, settings, started):
        before = time.process_time()
        measured = read_all(settings)
        client = time.process_time() - before
        server = cpu_seconds(process.pid)
    assert measured.rows >= wanted, f"{wanted} sign-ins were asked for, {measured.rows} came"
    print(f"ready after            {started:10.2f} s")
    print(
        f"rows                   {measured.rows:10,} in {measured.pages} pages, {measured.size / measured.rows:,.0f} bytes each"
    )
    print(f"rows per second        {measured.rows / measured.seconds:10,.0f}")
    print(f"megabytes per second   {measured.size / measured.seconds / 1e6:10,.1f}")
    print(f"client CPU             {client:10.2f} s")
    print(f"server CPU, start too  {server:10.2f} s")
    print(f"server memory, at most {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:10,.0f} MB")
    return 0


@contextmanager
def simulator(home: Path, sign_ins: int) -> Iterator[tuple[subprocess.Popen[str], dict[str, str], float]]:
    """A simulator in its own process: the process, its settings, and the seconds until it was ready."""
    command = [sys.executable, "-m", "simulator", "--home", str(home), "--sign-ins", str(sign_ins)]
    begun = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as process:
        try:
            yield process, read_settings(process), time.monotonic() - begun
        finally:
            process.terminate()


def read_settings(process: subprocess.Popen[str]) -> dict[str, str]:
    """The settings the simulator prints before it is ready."""
    settings: dict[str, str] = {}
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "ready":
            return settings
        name, _, value = line.strip().partition("=")
        settings[name] = value
    raise SystemExit("the simulator ended before it was ready")


def read_all(settings: dict[str, str]) -> Measured:
    """Page through every kind of sign-in."""
    host = urlsplit(settings["CONSENTRY_GRAPH_URL"]).netloc
    trust = ssl.create_default_context(cafile=settings["CONSENTRY_CA_FILE"])
    connection = http.client.HTTPSConnection(host, context=trust)
    headers = {"Authorization": f"Bearer {access_token(connection, settings)}"}
    measured = Measured()
    begun = time.monotonic()
    for kind in _KINDS:
        condition = quote(f"signInEventTypes/any(t: t eq '{kind}')")
        path = f"/beta/auditLogs/signIns?$top=1000&$filter={condition}"
        while path:
            connection.request("GET", path, headers=headers)
            body = connection.getresponse().read()
            measured.rows += body.count(_ROW_MARK)
            measured.pages += 1
            measured.size += len(body)
            link = _NEXT_LINK.search(body, 0, _HEAD_BYTES)
            path = link.group(1).decode().split(host, 1)[1] if link else ""
    measured.seconds = time.monotonic() - begun
    connection.close()
    return measured


def access_token(connection: http.client.HTTPSConnection, settings: dict[str, str]) -> str:
    """An access token for the client secret in the settings."""
    form = urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": settings["CONSENTRY_CLIENT_ID"],
            "client_secret": settings["CONSENTRY_CLIENT_SECRET"],
            "scope": "https://graph.microsoft.com/.default",
        }
    )
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"/{settings['CONSENTRY_TENANT_ID']}/oauth2/v2.0/token", form, kind)
    return str(json.loads(connection.getresponse().read())["access_token"])


def cpu_seconds(pid: int) -> float:
    """The CPU time a process has used so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
