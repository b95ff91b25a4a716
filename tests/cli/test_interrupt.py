"""Ctrl-C in a sync: wherever it comes, the process ends soon, says nothing wrong, and the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.entra.collections import COLLECTIONS
from pipelines.settings import Home
from simulator import Server, Tenant, serve
from tests import truth as told
from tests.cli.conftest import SCRIPT
from tests.collecting import Job
from tests.odd_tenant import odd_tenant

INTERRUPTED = 130
SOON_SECONDS = 15
"""A few seconds on a machine that does nothing else; who waits for Graph would take minutes."""

FOREVER = 1_000_000
READ = [collection for collection in COLLECTIONS if collection.instead_of is None]
"""What a tenant that gives everything is read by."""


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a served tenant."""
    with serve(odd_tenant()) as served:
        yield served


@contextmanager
def syncing(folder: Path, server: Server) -> Iterator[subprocess.Popen[str]]:
    """Keep a sync running for the block."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CONSENTRY_")}
    with subprocess.Popen(
        [SCRIPT, "sync"],
        cwd=folder,
        env={**env, **server.settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - it calls nothing but the system
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def heed_interrupts() -> None:
    """Let Ctrl-C through to the program that is about to start, also where the tests were started to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C, which must end the process soon and as an interrupt; return what it complained of."""
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=SOON_SECONDS)
    assert process.returncode == INTERRUPTED, err
    assert "Traceback" not in err
    assert "cannot be used" not in err
    assert "leaked" not in err
    return err


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def asked(server: Server, *names: str) -> bool:
    """Return whether Graph was asked for all of these."""
    return all(any(f"/{name}" in request.path for request in server.requests) for name in names)


def test_an_interrupt_ends_waits_and_the_next_run_goes_on(tmp_path: Path, server: Server) -> None:
    """Ctrl-C while sign-ins wait ten minutes for their quota ends the sync; the next one ends with everything, as it is in the tenant."""
    throttled = server.faults.throttle("/auditLogs", times=FOREVER, retry_after="600")
    with syncing(tmp_path, server) as process:
        until(lambda: throttled.count > 0 and asked(server, "roleAssignments"))
        interrupted(process)
    server.faults.clear()
    job = Job.on(server, Home(tmp_path / "data"))
    outcomes = job.run(*COLLECTIONS)
    assert [name for name, outcome in outcomes.items() if not outcome.is_complete] == []
    assert told.differences(job.home.warehouse, server.tenant, *READ) == []


@pytest.mark.parametrize("name", ["users", "groups", "signIns"])
def test_an_interrupt_while_rows_are_loaded(tmp_path: Path, server: Server, name: str) -> None:
    """Ctrl-C just when the rows of a collection are there to be loaded ends the sync, too."""
    with syncing(tmp_path, server) as process:
        until(lambda: asked(server, name))
        interrupted(process)


@pytest.fixture
def slow() -> Iterator[Server]:
    """Return a served tenant with an app whose people are asked for in batches, where logs and batches take a minute to answer."""
    tenant = Tenant()
    tenant.app("Payroll").assigned(*(tenant.user(f"User {number}") for number in range(25)))
    with serve(tenant) as served:
        for path in ("/$batch", "/auditLogs"):
            served.faults.delay(path, times=FOREVER, seconds=60)
        yield served


def test_an_interrupt_does_not_wait_for_answers(tmp_path: Path, slow: Server) -> None:
    """Ctrl-C while Graph takes its time to answer, inside a batch and outside, ends the sync without the answers."""
    with syncing(tmp_path, slow) as process:
        until(lambda: asked(slow, "auditLogs", "$batch"))
        interrupted(process)
