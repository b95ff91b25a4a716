"""Simulated tenants in processes of their own: of sign-ins by the million, or broad ones.

The tenant's clock stands still, so that a measurement finds the same rows however long it takes; `Served.later` moves it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any

import numpy as np

from benchmarks.apart import ROOT
from simulator import Server, Tenant, User, populate, serve
from simulator.instants import ticks_of
from simulator.outcomes import KINDS
from simulator.sign_ins import Columns

NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)
"""A Wednesday afternoon."""
MARGIN = timedelta(minutes=20)
"""New sign-ins keep this distance from both ends of the time that passes: a run's own clock goes on while the tenant's stands."""
WORDY = 25
"""More related objects than Graph expands; apps that have so many must be asked singly."""
WORDY_EVERY = 100
"""One of so many apps has them."""


@dataclass(frozen=True)
class Served:
    """A tenant that is being served.

    Attributes:
        settings: with which it is read.
        now: its time at the start.
    """

    settings: dict[str, str]
    now: datetime
    _in: IO[str]
    _out: IO[str]

    def later(self, hours: float, sign_ins: int | None = None) -> datetime:
        """Let time pass.

        Args:
            hours: how much.
            sign_ins: exactly so many appear meanwhile; as many as the tenant's habits have it where it is None.

        Returns:
            The tenant's time by then.
        """
        return datetime.fromisoformat(self._ask("later", hours, sign_ins))

    def asked(self) -> dict[str, int]:
        """Return what was asked for since the last time: path -> answers."""
        return dict(self._ask("asked"))

    def _ask(self, verb: str, *arguments: Any) -> Any:
        self._in.write(json.dumps([verb, *arguments]) + "\n")
        self._in.flush()
        return json.loads(self._out.readline())


@contextmanager
def served(kind: str, **numbers: int) -> Iterator[Served]:
    """Serve a tenant for the block.

    Args:
        kind: `busy` (numbers: users, apps, sign_ins) or `broad` (users, apps, grants, assignments).
        **numbers: its size.
    """
    command = [sys.executable, "-m", "benchmarks.tenants", kind, json.dumps(numbers)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            now = datetime.fromisoformat(told.pop("now"))
            yield Served(told, now, process.stdin, process.stdout)
        finally:
            process.kill()


def busy(users: int, apps: int, sign_ins: int) -> Tenant:
    """Return a tenant with so many sign-ins in the last 29 days, so that none grows too old while it is read."""
    return populate(users=users, apps=apps, days=29, sign_ins=sign_ins, now=NOW)


def broad(users: int, apps: int, grants: int, assignments: int) -> Tenant:
    """Return a tenant of many objects: Microsoft's apps beside so many others, and grants and assignments spread over those.

    One of `WORDY_EVERY` apps has more assignments than Graph expands.
    """
    tenant = Tenant(now=NOW)
    people = [tenant.user(f"Person {number}", upn=f"user{number:06d}@{tenant.domain}") for number in range(users)]
    made = [tenant.app(f"App {number}") for number in range(apps)]
    wordy = made[::WORDY_EVERY]
    left = assignments - WORDY * len(wordy)
    assert left >= 0, f"{assignments} assignments are too few for {apps} apps"
    for number, app in enumerate(wordy):
        app.assigned(*_some(people, number, WORDY))
    quiet = [app for number, app in enumerate(made) if number % WORDY_EVERY]
    for number, app in enumerate(quiet):
        app.assigned(*_some(people, number, left * (number + 1) // len(quiet) - left * number // len(quiet)))
    for number, app in enumerate(made):
        few = grants * (number + 1) // apps - grants * number // apps
        for user in _some(people, number * 7, few):
            app.granted("User.Read", "openid", by=user, days_ago=None)
    return tenant


def _some(people: list[User], first: int, count: int) -> list[User]:
    return [people[(first * 31 + number) % len(people)] for number in range(count)]


def later(tenant: Tenant, hours: float, sign_ins: int | None) -> str:
    """Let time pass; fill the log up to so many new sign-ins, which are like those there are."""
    before = visible(tenant)
    since = tenant.now
    tenant.clock.advance(timedelta(hours=hours))
    if sign_ins is not None:
        missing = sign_ins - (visible(tenant) - before)
        assert missing >= 0, f"more than {sign_ins} sign-ins appear in {hours} hours by themselves"
        fill(tenant, missing, since + MARGIN, tenant.now - MARGIN)
        assert visible(tenant) - before == sign_ins
    return tenant.now.isoformat()


def visible(tenant: Tenant) -> int:
    """Return how many sign-ins the log shows."""
    return sum(tenant.count("signIns", kind=kind) for kind in KINDS)


def fill(tenant: Tenant, count: int, since: datetime, until: datetime) -> None:
    """Log sign-ins spread evenly over a time, each like one that there is."""
    chance = np.random.default_rng(count)
    log = tenant.sign_ins
    sizes = np.array([len(log.columns(kind)) for kind in range(len(KINDS))])
    split = np.floor(count * sizes / sizes.sum()).astype(int)
    split[int(sizes.argmax())] += count - split.sum()
    for kind, number in enumerate(split.tolist()):
        like, drawn = log.columns(kind), chance.integers(0, sizes[kind], number)
        alike = {name: getattr(like, name)[drawn] for name in ("actor", "client", "resource", "error")}
        ticks = chance.integers(ticks_of(since) + 1, ticks_of(until), number)
        log.extend(kind, Columns.of(ticks=ticks, number=log.numbers(kind, number), delay=[1] * number, **alike))


def asked(server: Server) -> dict[str, int]:
    """Return how many answers each path had, and forget them."""
    counted: dict[str, int] = {}
    while server.requests:
        path = server.requests.popleft().path
        counted[path] = counted.get(path, 0) + 1
    return counted


KIND_OF_TENANT = {"busy": busy, "broad": broad}


def main() -> None:
    """Serve a tenant; answer verbs, one a line, until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KIND_OF_TENANT)
    parser.add_argument("numbers", type=json.loads)
    arguments = parser.parse_args()
    tenant = KIND_OF_TENANT[arguments.kind](**arguments.numbers)
    with serve(tenant, token_life=timedelta(days=365)) as server:
        print(json.dumps({**server.settings, "now": tenant.now.isoformat()}), flush=True)
        for line in sys.stdin:
            verb, *rest = json.loads(line)
            print(json.dumps(later(tenant, *rest) if verb == "later" else asked(server)), flush=True)


if __name__ == "__main__":
    main()
