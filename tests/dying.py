"""Syncs that are killed, started again, and killed again: `python -m tests.dying` does it many times and compares the end with the truth.

Each run reads all collections of a tenant that changes in between, in a process of its own, and gets SIGKILL at a random
moment. The processes are forked from one that has imported everything and has no threads, so that dying takes no longer than
it must. KILLS says how often (default 120), SEED what happens.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from dlt.common.runtime.collector import NullCollector
from dlt.common.runtime.collector_base import Collector

from flows import steps
from flows.collecting import What
from pipelines import settings
from pipelines.entra import extraction, logs, windows
from pipelines.entra.collections import COLLECTIONS, named
from pipelines.entra.outcomes import Outcome
from pipelines.settings import Home
from pipelines.warehouse import books
from pipelines.warehouse.load import Loader
from pipelines.warehouse.lock import writing
from simulator import Server, Tenant, serve
from tests import truth as told
from tests.changing import CHANGES
from tests.collecting import Job, small
from tests.odd_tenant import odd_tenant

ROOT: Final = Path(__file__).parents[1]
DEAD: Final = 9
POLL_SECONDS: Final = 0.002
Order = dict[str, Any]
"""What a run is told: `settings`, `home`, `now`, `collections` (names), and `death` or `seconds`, after which it is killed."""


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@dataclass
class Dying(Collector):
    """Ends the process at one of dlt's counts.

    Attributes:
        fatal: what the step's name begins with.
        counter: the name of the count.
        remaining: how much is left of it.
    """

    fatal: str
    counter: str
    remaining: int

    def update(self, name: str, inc: int = 1, *_: Any, **__: Any) -> None:
        """Die, if the count is reached."""
        if self.step.startswith(self.fatal) and name == self.counter:
            self.remaining -= inc
            if self.remaining <= 0:
                os._exit(DEAD)

    def _start(self, step: str) -> None:
        """Go on."""

    def _stop(self) -> None:
        """Go on."""


class DyingAfterCommit(steps.Unwatched):
    """A watcher that ends the process as soon as something is committed."""

    def committed(self, outcome: Outcome) -> None:  # noqa: ARG002 - whatever it was
        """Die."""
        os._exit(DEAD)


@contextmanager
def small_windows() -> Iterator[None]:
    """Let windows of logs hold a few rows, so that there are many of them."""
    before = windows.length.__defaults__, logs.MOST_ROWS, extraction.BATCH_ROWS
    windows.length.__defaults__, logs.MOST_ROWS, extraction.BATCH_ROWS = (4,), 6, 2  # type: ignore[misc]
    yield
    windows.length.__defaults__, logs.MOST_ROWS, extraction.BATCH_ROWS = before  # type: ignore[misc]


def collect(order: Order) -> None:
    """Read collections as a sync does, and die on the way where the order says so."""
    tenant, home = settings.tenant(order["settings"]), Home(Path(order["home"]))
    what = What(order["now"], [small(name) for name in order["collections"]], now=datetime.fromisoformat(order["now"]))
    death, watcher = order.get("death", []), steps.Unwatched()
    if death == ["before the book"]:
        books.write = lambda *_: os._exit(DEAD)
    elif death == ["after the commit"]:
        watcher = DyingAfterCommit()
    progress = Dying(*death) if len(death) > 1 else NullCollector()
    with small_windows(), writing(home.warehouse, "a test"), Loader.on(home, progress) as loader:
        (collected,) = steps.collect(steps.Plan([tenant], home, what), loader, steps.plainly, watcher)
    if collected.fault:
        raise collected.fault


class Runs:
    """Starts runs, each in a process of its own; as a context manager, since they come from a process that waits for orders."""

    def __enter__(self) -> Runs:
        """Start the process that waits."""
        command = [sys.executable, "-m", "tests.dying", "--orders"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Let it end."""
        self._process.communicate()

    def run(self, **order: Any) -> tuple[int, float]:
        """Carry out an order. Return the exit code, negative for a signal, and the seconds that it took."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        code, seconds = json.loads(self._process.stdout.readline())
        return code, seconds


def take_orders() -> None:
    """Carry out the orders that come, one line each."""
    for line in sys.stdin:
        began = time.monotonic()
        process = os.fork()
        if process == 0:
            os.dup2(2, 1)
            _live_and_die(json.loads(line))
        code = _outlived(process, began + json.loads(line).get("seconds", float("inf")))
        say(json.dumps([code, time.monotonic() - began]))


def _live_and_die(order: Order) -> None:
    code = 1
    try:
        collect(order)
        code = 0
    except Exception:  # noqa: BLE001 - nobody else would tell
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _outlived(process: int, until: float) -> int:
    """Wait for a process to end, and kill it where it takes too long. Return its exit code."""
    while (ended := os.waitpid(process, os.WNOHANG)) == (0, 0):
        if time.monotonic() >= until:
            os.kill(process, signal.SIGKILL)
            ended = os.waitpid(process, 0)
            break
        time.sleep(POLL_SECONDS)
    return os.waitstatus_to_exitcode(ended[1])


@dataclass
class Story:
    """A tenant that changes while the runs that read it are killed.

    Attributes:
        seed: what happens.
        truth: the tenant.
        killed: how many runs got SIGKILL.
        ended: how many ended before that.
        longest: seconds that a run may be let live.
    """

    seed: int
    truth: Tenant = field(default_factory=odd_tenant)
    killed: int = 0
    ended: int = 0
    longest: float = 8.0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a story, not a secret
        self.truth.delta.page = self.truth.delta.members = 2
        self.truth.delta.repeats = self.truth.delta.replays = self.truth.delta.empty_pages = True

    def tell(self, server: Server, home: Home, runs: Runs, kills: int) -> None:
        """Kill so many runs, with changes in between; then let one live.

        Raises:
            AssertionError: a run failed by itself.
        """
        while self.killed < kills:
            self._change()
            code, seconds = self._run(server, home, runs, seconds=self._random.uniform(0, self.longest))
            assert code in (0, -signal.SIGKILL), f"a run ended with exit code {code}"
            self.killed += code != 0
            self.ended += code == 0
            self.longest = 1.1 * seconds if code == 0 else min(60.0, 1.02 * self.longest)
            self._say(code, seconds)
        code, seconds = self._run(server, home, runs)
        assert code == 0, f"the last run ended with exit code {code}"

    def _run(self, server: Server, home: Home, runs: Runs, **more: Any) -> tuple[int, float]:
        now = Job.on(server, home).now().isoformat()
        names = [collection.name for collection in COLLECTIONS]
        return runs.run(settings=server.settings, home=str(home.path), now=now, collections=names, **more)

    def _change(self) -> None:
        for _ in range(self._random.randrange(4)):
            CHANGES[self._random.choice(list(CHANGES))](self.truth, self._random.randrange(1_000_000))

    def _say(self, code: int, seconds: float) -> None:
        how = f"killed after {seconds:.2f} s" if code else f"ended after {seconds:.2f} s"
        say(f"run {self.killed + self.ended}: {how} ({self.killed} killed, {self.ended} ended)")

    def faults(self, home: Home) -> list[str]:
        """Return how the warehouse differs from the truth, and which of its rows are there twice; nothing where all is well."""
        read = [collection for collection in COLLECTIONS if collection.instead_of is None]
        return told.differences(home.warehouse, self.truth, *read) + told.doubles(home.warehouse)


def main() -> int:
    """Kill many runs, and say how it ended."""
    kills, seed = int(os.environ.get("KILLS", "120")), int(os.environ.get("SEED", "1"))
    story = Story(seed)
    with tempfile.TemporaryDirectory() as folder, serve(story.truth) as server, Runs() as runs:
        home = Home(Path(folder) / "home")
        story.tell(server, home, runs, kills)
        faults = story.faults(home)
        rows = {c.name: len(told.held(home.warehouse, c, story.truth)) for c in COLLECTIONS}
    say(f"{story.killed} runs killed, {story.ended} ended, then one that was let live (seed {seed}).")
    say("Rows: " + ", ".join(f"{name} {count}" for name, count in rows.items() if named(name).instead_of is None))
    say("\n".join(faults) or "Every table equals the tenant, and no row is there twice.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(take_orders() if "--orders" in sys.argv else main())
