"""How much of Graph's quota is used where there is work for all of it, and how often Graph has to refuse.

The simulator holds Graph's published limits in a process of its own, where time runs faster; the client's clock runs as
fast. Each row is one limit, asked as the product asks: several threads, or batches.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import cycle, islice
from threading import Barrier
from typing import Any

from pipelines import settings
from pipelines.graph.batch import lists
from pipelines.graph.client import GraphClient, Traffic
from pipelines.graph.clock import Clock
from pipelines.graph.governor import Governor
from pipelines.graph.pages import Listing, pages
from simulator import Clock as TenantClock
from simulator import populate, serve
from simulator.faults import FOREVER

KINDS = ("interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity")
ORGANIZATION = Listing("/v1.0/organization")

Ask = Callable[[GraphClient, int], None]


def one_by_one(client: GraphClient, requests: int, listings: list[Listing]) -> None:
    """Read the first pages of several lists at once, until so many requests were made."""
    connected = Barrier(len(listings))

    def read(listing: Listing) -> None:
        # A handshake takes as long as ever, which is too long where a second is a minute.
        next(pages(client, ORGANIZATION, Traffic()))
        connected.wait()
        for _ in range(requests // len(listings)):
            next(pages(client, listing, Traffic()))

    with ThreadPoolExecutor(len(listings)) as pool:
        list(pool.map(read, listings))


def sign_ins(client: GraphClient, requests: int) -> None:
    """Read sign-ins of four kinds at once."""
    filters = [f"signInEventTypes/any(t: t eq '{kind}')" for kind in KINDS]
    path = "/beta/auditLogs/signIns"
    one_by_one(client, requests, [Listing(path, {"$filter": each, "$top": "10"}, bucket="reports") for each in filters])


def activity(client: GraphClient, requests: int) -> None:
    """Read users with the time of their last sign-in."""
    users = Listing("/v1.0/users", {"$select": "id,signInActivity", "$top": "10"}, bucket="sign_in_activity")
    one_by_one(client, requests, [users] * 2)


def risks(client: GraphClient, requests: int) -> None:
    """Read risky service principals."""
    risky = Listing("/v1.0/identityProtection/riskyServicePrincipals", {"$top": "10"}, bucket="identity_protection")
    one_by_one(client, requests, [risky] * 2)


def members(client: GraphClient, requests: int) -> None:
    """Read the members of groups in batches."""
    groups = [json.loads(bytes(row))["id"] for row in next(pages(client, Listing("/v1.0/groups"), Traffic())).rows]
    wanted = ((str(n), Listing(f"/v1.0/groups/{id_}/members", cost=3)) for n, id_ in enumerate(cycle(groups)))
    found = {key for key, rows in lists(client, islice(wanted, requests), Traffic()) if isinstance(rows, list)}
    assert len(found) == requests


@dataclass(frozen=True)
class Load:
    """Work for one limit.

    Attributes:
        bucket: the limit.
        what: for the table.
        ask: makes so many requests.
        windows: how many spans of the limit's length the work is for.
        requests: how many requests one span allows.
        speed: how much faster than real time the clocks run.
        delay: seconds of that time between the arrival of a request for sign-ins and its answer.
    """

    bucket: str
    what: str
    ask: Ask
    windows: int
    requests: int
    speed: float
    delay: float = 0.0


LOADS = {
    "reports": Load("reports", "sign-ins of four kinds at once", sign_ins, 60, 5, 30),
    "slow": Load("reports", "the same, each answer takes 4 s", sign_ins, 40, 5, 10, delay=4.0),
    "directory": Load("directory", "members of groups, in batches", members, 20, 3500 // 3, 5),
    "activity": Load("sign_in_activity", "users with signInActivity", activity, 40, 10, 60),
    "risks": Load("identity_protection", "risky service principals", risks, 80, 1, 4),
}


def main() -> None:
    """Serve, or measure every load and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=LOADS, action="append", help="what to measure (default: all)")
    parser.add_argument("--share", type=float, default=1.0, help="how much of the work to do (default: all of it)")
    parser.add_argument("--serve", type=float, nargs=2, metavar=("SPEED", "DELAY"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve_until_told(*arguments.serve)
        return
    print("| limit | work | clock | requests | 429s | share of them | spans | share of the limit used | real seconds |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name in arguments.only or LOADS:
        load = LOADS[name]
        began = time.monotonic()
        used = measured(replace(load, windows=int(load.windows * arguments.share)))
        asked = used["requests"] + used["refused"]
        print(
            f"| {load.bucket} | {load.what} | {load.speed:g} times | {asked:,} | {used['refused']:,} | {used['refused'] / asked:.3f} "
            f"| {len(used['spans']) - 1} | {used['share']:.3f} | {time.monotonic() - began:.0f} |",
            flush=True,
        )


def measured(load: Load) -> dict[str, Any]:
    """Do the work and return what the simulator counted for the limit."""
    with simulator(load) as (env, usage):
        tenant = replace(settings.tenant(env), quota="published")
        with GraphClient(tenant, governor=Governor(tenant, clock=Clock(speed=load.speed))) as client:
            load.ask(client, load.windows * load.requests)
        return usage()[load.bucket]


@contextmanager
def simulator(load: Load) -> Iterator[tuple[dict[str, str], Callable[[], dict[str, Any]]]]:
    """Run a throttling simulator in a process of its own: its settings, and a way to end it and learn what it counted."""
    command = [sys.executable, "-m", "benchmarks.at_the_limit", "--serve", str(load.speed), str(load.delay)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline()), lambda: dict(json.loads(process.communicate()[0]))
        finally:
            process.kill()


def serve_until_told(speed: float, delay: float) -> None:
    """Serve a small tenant; print its settings, and once standard input ends what was counted."""
    tenant = populate(users=40, apps=20, days=2, clock=TenantClock(speed=speed))
    with serve(tenant, throttling=True, token_life=timedelta(days=365)) as server:
        if delay:
            server.faults.delay("/signIns", times=FOREVER, seconds=delay / speed)
        print(json.dumps(server.settings), flush=True)
        sys.stdin.read()
        assert server.throttle is not None
        counted = server.throttle.usage.items()
        print(json.dumps({name: {**vars(usage), "limit": None, "share": usage.share} for name, usage in counted}))


if __name__ == "__main__":
    main()
