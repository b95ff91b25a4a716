"""Ctrl-C in a sync."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import Server, serve
from tests.cli.conftest import SCRIPT
from tests.odd_tenant import odd_tenant


@pytest.fixture
def hesitant() -> Iterator[Server]:
    """Return a served tenant that asks to come back for its users later than anybody waits."""
    with serve(odd_tenant()) as served:
        served.faults.throttle("/users", retry_after="600")
        yield served


def test_an_interrupted_sync_does_not_blame_the_warehouse(tmp_path: Path, hesitant: Server) -> None:
    """Ctrl-C ends a sync that waits in mid-listing, with the exit code of an interrupt and without a reproach."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CONSENTRY_")}
    with subprocess.Popen(
        [SCRIPT, "sync"],
        cwd=tmp_path,
        env={**env, **hesitant.settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as syncing:
        assert syncing.stdout is not None
        next(line for line in syncing.stdout if line.startswith("subscribed_skus"))
        while not any(request.path.endswith("/users") for request in hesitant.requests):
            time.sleep(0.05)
        syncing.send_signal(signal.SIGINT)
        _, err = syncing.communicate(timeout=60)
    assert syncing.returncode == 130
    assert "cannot be used" not in err
    assert "Traceback" not in err
